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

# The warning page
warn-heading = Please be careful
warn-lead = { $organisation } advises against visiting this site.
warn-todo-leave = The safe choice is to leave now.
warn-todo-continue = If you know this site and trust it, you may continue. Your decision is recorded and holds for a limited time.
warn-leave = Leave this site
warn-continue = Continue to the site

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
todo-reload = Wait a moment, then reload the page.
todo-back-and-retry = Go back in your browser, reload the page there and try once more.
todo-https = Write “https://” in front of the address and try again.
todo-granted = If this page keeps coming back, ask for the site to be released.
