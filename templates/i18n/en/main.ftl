# Every page
language-label = Language
page-from = This page comes from { $organisation }, which runs this network.
host-label = Address
why-label = Why
todo-label = What you can do
contact-label = Whom to ask
contact-hint = Please leave the event number in the subject line; it helps to find your case quickly.
mail-subject = Blocked site
details-label = Technical details
event-label = Event number
time-label = Time (UTC)
location-label = Location
policy-label = Policy
client-label = Your address
connection-label = Connection
detail-label = Technical cause
until-label = Valid until
try-again = Try again

# Classes of categories
class-security = Security
class-content = Content
class-legal = Legal requirement
class-organisation = House rule

# The block page, by class
block-heading = This site is blocked
block-lead = { $organisation } does not allow this site on its network.
block-security-heading = Dangerous site blocked
block-security-lead = { $organisation } has blocked this site to protect you. It may harm your device or steal passwords and data.
block-content-lead = { $organisation } does not allow sites of this kind on its network.
block-legal-heading = Blocked for legal reasons
block-legal-lead = { $organisation } is obliged to block this site by law or by order of an authority.
block-organisation-heading = Not available on this network
block-organisation-lead = { $organisation } has decided not to make this site available on its network.
block-unlisted-heading = This site was not opened
block-unlisted-lead = The network led your browser to this page instead of to the site.
why-rule = A rule of { $organisation } applies to this site.
why-unlisted = No list on this server names the site. The network redirected it for a reason of its own.
todo-leave = Close this tab, or use your browser’s Back button.
todo-security = Did you follow a link in a message? Please do not open it again. If you have ever entered a password on this site, change it now.
todo-mistake = Do you need this site, or has it been blocked by mistake? Ask for it to be reviewed.
todo-nobody = Do you need this site, or has it been blocked by mistake? Ask the people who look after your network.

# What became of an earlier request for access
earlier-label = Your request
earlier-waiting = You asked for access on { $since }. Nobody has decided yet.
earlier-approved = Your request for access was approved. The site is open to you until { $until }.
earlier-denied = Your request for access was declined.

# A bypass code
code-summary = I have a bypass code
code-label = Bypass code
code-hint = Capital or small letters, spaces and hyphens make no difference.
code-send = Open the site

# A request for access
request-summary = Ask for access
request-label = Why do you need this site?
request-hint = Those who look after your network read this. Please write no passwords.
request-contact-label = How to reach you (optional)
request-contact-hint = For example, your mail address or the number of your room.
request-send = Send the request

# What was wrong with a form that was sent
problem-reason-missing = Please write down why.
problem-reason-unknown = Please choose one of the reasons on the list.
problem-code-wrong =
    { $left ->
        [0] This code is not right.
        [one] This code is not right. You have { $left } more attempt.
       *[other] This code is not right. You have { $left } more attempts.
    }
problem-code-locked = Too many wrong codes were entered. Codes are taken again after { $until }.
problem-code-not-for-this = This code is not meant for this site.
problem-code-spent = This code is used up or no longer valid.
problem-too-many-requests = You have already sent several requests. Please wait before you send the next one.
problem-requests-full = No more requests can be taken at the moment. Please try again later.
problem-try-again = That did not work. Please try once more.

# The warning page
warn-heading = Please be careful
warn-lead = { $organisation } advises against visiting this site.
warn-todo-leave = The safe choice is to leave now.
warn-todo-continue = If you know this site and trust it, you may continue. Your decision is recorded and holds for a limited time.
warn-todo-used-up = For today, you have continued to this site as often as is allowed.
warn-leave = Leave this site
warn-continue = Continue to the site
warn-reason-label = Why do you want to continue?
warn-reason-optional-label = Why do you want to continue? (optional)
warn-reason-hint = Your answer is recorded.
warn-reason-choose = Please choose

# The cookies page
cookies-block-heading = This site is blocked, and cookies are off
cookies-warn-heading = There is a warning about this site, and cookies are off
cookies-lead = { $organisation } sets one small cookie to show you the full page. Your browser did not send it back.
cookies-settings = Open your browser’s settings and look for “Privacy” or “Cookies”.
cookies-allow = Allow cookies, at least for this address.
cookies-retry = Come back to this page and try again.

# The page in a frame
frame-block = Blocked
frame-warn = Warning
frame-warn-hint = Open this address in a tab of its own to decide.

# Error pages
error-misdirected-heading = Wrong connection
error-misdirected-lead = Your browser asked for this address over a connection that belongs to another one.
error-bad-request-heading = The request could not be read
error-bad-request-lead = Your browser sent something that this server does not understand.
error-too-large-heading = The request is too large
error-too-large-lead = Your browser sent more than this server accepts.
error-method-heading = This is not possible here
error-method-lead = The page does not accept this kind of request.
error-not-found-heading = Page not found
error-not-found-lead = There is no such page on this server.
error-expired-heading = This form has expired
error-expired-lead = The page was open for too long, or it was sent twice.
error-plain-http-heading = A secure connection is needed
error-plain-http-lead = Your browser sent an unencrypted request to a port that expects HTTPS.
error-granted-heading = You may continue
error-granted-lead = Your decision has been noted, but this server cannot open the site for you.
error-internal-heading = Something went wrong
error-internal-lead = This server could not make the page that you should see. It is not your fault.
error-busy-heading = Too much to do at the moment
error-busy-lead = This server has reached its limit and cannot answer your request now.
error-origin-unresolved-heading = Site not found
error-origin-unresolved-lead = This server looked up the site’s address and found none.
error-origin-refused-heading = The site cannot be opened here
error-origin-refused-lead = Its address lies in an inner network, and this server opens no sites there.
error-origin-unreachable-heading = The site cannot be reached
error-origin-unreachable-lead = This server could not connect to the site.
error-origin-timeout-heading = The site is not answering
error-origin-timeout-lead = This server waited for the site, but no answer came in time.
error-origin-certificate-heading = The site is not to be trusted now
error-origin-certificate-lead = The site could not prove its identity. To protect you, this server did not connect to it.
error-origin-broke-heading = The site gave no usable answer
error-origin-broke-lead = The site broke off, or sent something that this server does not understand.
error-origin-loop-heading = The way to the site goes round in a circle
error-origin-loop-lead = The site’s address leads back to this server, so it cannot open the site for you.
todo-reload = Wait a moment, then reload the page.
todo-back-and-retry = Go back in your browser, reload the page there and try once more.
todo-https = Write “https://” in front of the address and try again.
todo-granted = If this page keeps coming back, ask for the site to be released.
todo-origin-spelling = Check that the address is spelt correctly, or try again in a few minutes.
todo-origin-later = The site may be out of order. Try again in a few minutes.
todo-origin-certificate = Most often, the fault lies with the site: its certificate has expired or is made out to another name. Try again on another day, or tell the people who look after your network.
todo-origin-administrator = Trying again does not help. Tell the people who look after your network; only they can change this.
