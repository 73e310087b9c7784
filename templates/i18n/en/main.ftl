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
passes-through = If you continue to a site, what you and the site send each other passes through a server of { $organisation }, which could read it.
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

# The portal: both of its pages
portal-install = Install the certificate
portal-check = Check this device
fingerprint-label = Fingerprint (SHA-256)
fingerprint-windows-label = Fingerprint (SHA-1; Windows calls it “thumbprint”)
certificate-label = Certificate
ends-label = Valid until
download = Download

# The portal: the page from which people install the root
install-heading = Install the certificate of { $organisation }
install-lead = With this certificate, your browser can show you the pages of { $organisation } about blocked sites without a security warning.
install-managed = Is your device managed by { $organisation }? Then it most likely has the certificate already: check this device first.
install-unprotected = This page came over an unprotected connection, so somebody between you and this server could have changed it. Before you install anything, compare the fingerprint with a copy that you got in another way: on paper, from a colleague, or by telephone.
install-compare = I have compared the fingerprint
install-both = One certificate takes the place of the other. Install both: then nothing changes for you when it does.
install-choose = Choose your device
install-ios = iPhone and iPad
install-ios-1 = Open this page in Safari, tap “Download”, and allow the download of the profile.
install-ios-2 = Within eight minutes, open Settings, tap “Profile Downloaded” and then “Install”.
install-ios-3 = Then open Settings › General › About › Certificate Trust Settings, and switch the certificate on. Without this step nothing changes.
install-ios-remove = Settings › General › VPN & Device Management › the profile › Remove Profile.
install-android = Android
install-android-1 = Tap “Download”. Android does not open the file by itself.
install-android-2 = Open Settings and search for “CA certificate”. It lies under Security & privacy › More security settings › Encryption & credentials › Install a certificate › CA certificate.
install-android-3 = Tap “Install anyway”, and choose the file that you downloaded.
install-android-note = Chrome and most other browsers then trust the certificate. Many other apps never do; that is a rule of Android.
install-android-remove = Settings › Security & privacy › Encryption & credentials › Trusted credentials › User › the certificate › Remove.
install-windows = Windows
install-windows-1 = Download the file, open it, and choose “Install Certificate…”.
install-windows-2 = Choose “Local Machine” if you are an administrator of this computer, otherwise “Current User”.
install-windows-3 = Choose “Place all certificates in the following store”, then “Browse…”, and there “Trusted Root Certification Authorities”. If Windows chooses the store by itself, nothing changes.
install-windows-remove = Open certmgr.msc (or certlm.msc for “Local Machine”) › Trusted Root Certification Authorities › Certificates, and delete the certificate.
install-mac = Mac
install-mac-1 = Download the profile and open it.
install-mac-2 = Open System Settings › General › Device Management, choose the profile and then “Install”.
install-mac-3 = If browsers still warn: open Keychain Access › System, open the certificate, and under “Trust” choose “Always Trust”.
install-mac-ipad = Is this an iPad? It calls itself a Mac: see “iPhone and iPad”.
install-mac-remove = System Settings › General › Device Management › the profile › Remove.
install-chromeos = Chromebook
install-chromeos-1 = Download the file.
install-chromeos-2 = Open the address chrome://certificate-manager, choose “Custom” and then “Import”.
install-chromeos-3 = Choose the file, and tick “Trust this certificate for identifying websites”. Without the tick nothing changes.
install-chromeos-remove = At chrome://certificate-manager, open the certificate under “Custom” and delete it.
install-linux = Linux
install-linux-1 = Download the file, then enter the commands for your system. Chromium and Firefox have stores of their own; the last commands are for them.
install-linux-remove = Delete the file that the commands put in place, and enter the second command once more.
install-firefox = Firefox
install-firefox-1 = On Windows, Mac and Android, Firefox takes over what the system trusts; there is nothing to do here. On Linux, or if Firefox still warns, download the file.
install-firefox-2 = Open Settings › Privacy & Security › Certificates › View Certificates… › Authorities › Import…, and choose the file.
install-firefox-3 = Tick “Trust this CA to identify websites”. Without the tick nothing changes.
install-firefox-remove = In the same place, choose the certificate and then “Delete or Distrust…”.
install-programs = Programs, and those who look after devices
install-programs-lead = Files for Java, Node, Python, git and for device managers. Whoever runs this server makes the files for every device manager with “blockhouse-ca export --all”.
install-remove-label = How to remove it again
install-can-label = What this certificate can do
install-can = Whoever holds the key behind this certificate can answer in the name of any site on devices that trust it. { $organisation } uses it to show pages about sites that are blocked or warned about on this network.
install-own = The key belongs to this installation alone; no other organisation has it.
install-excluded = It can never be used for:

# The portal: the page that checks a device
check-heading = Is this device ready?
check-lead = This page tries what your browser needs to show the pages of { $organisation }.
check-trust-label = Certificate
check-trust-good = This browser trusts the certificate.
check-trust-bad = This browser does not trust the certificate. Install it, then check again.
check-trust-unknown = This could not be found out, because the test address was not reached. Either the certificate is missing, or names are not answered by your network.
check-next-root-label = Next certificate
check-next-root-good = This browser trusts the next certificate of { $organisation } as well.
check-next-root-bad = This browser lacks the next certificate, which will take the place of the present one. Install it, then check again.
check-cookies-label = Cookies
check-cookies-good = This browser keeps cookies.
check-cookies-bad = This browser refuses cookies. Allow them in its settings, at least on this network: warning pages need one.
check-dns-label = Names
check-dns-good = Your network’s name server leads to this server.
check-dns-bad = Your browser does not use your network’s name server. Switch off “secure DNS” and any VPN in its settings, or ask the people who look after your network.
check-dns-unknown = This could not be found out.
check-ipv4-label = IPv4
check-ipv4-good = This server can be reached over IPv4.
check-ipv4-bad = This server cannot be reached over IPv4.
check-ipv6-label = IPv6
check-ipv6-good = This server can be reached over IPv6.
check-ipv6-unknown = This server cannot be reached over IPv6. That does no harm as long as IPv4 works.
check-later = This can be found out once this browser trusts the certificate.
check-waiting = Just a moment…
check-again = Check again
check-script = To check this, the page needs JavaScript. Without it: you see a green tick here if this browser trusts the certificate.
check-script-picture = not trusted yet
check-only = The answer is for this browser only; other programs on this device may have stores of their own.
check-next = To the certificate
