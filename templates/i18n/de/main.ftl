# Jede Seite
language-label = Sprache
page-from = Diese Seite stammt von { $organisation }, dem Betreiber dieses Netzwerks.
host-label = Adresse
why-label = Grund
todo-label = Was Sie tun können
contact-label = An wen Sie sich wenden können
contact-hint = Bitte lassen Sie die Vorgangsnummer im Betreff stehen. So lässt sich Ihr Fall schnell finden.
mail-subject = Gesperrte Website
details-label = Technische Angaben
event-label = Vorgangsnummer
time-label = Zeit (UTC)
location-label = Standort
policy-label = Richtlinie
client-label = Ihre Adresse
connection-label = Verbindung
until-label = Gültig bis
try-again = Erneut versuchen

# Klassen von Kategorien
class-security = Sicherheit
class-content = Inhalt
class-legal = Rechtliche Vorgabe
class-organisation = Hausregel

# Die Sperrseite, je nach Klasse
block-heading = Diese Website ist gesperrt
block-lead = { $organisation } lässt diese Website im eigenen Netzwerk nicht zu.
block-security-heading = Gefährliche Website gesperrt
block-security-lead = { $organisation } hat diese Website zu Ihrem Schutz gesperrt. Sie könnte Ihr Gerät schädigen oder Passwörter und Daten stehlen.
block-content-lead = { $organisation } lässt Websites dieser Art im eigenen Netzwerk nicht zu.
block-legal-heading = Aus rechtlichen Gründen gesperrt
block-legal-lead = { $organisation } ist durch Gesetz oder behördliche Anordnung verpflichtet, diese Website zu sperren.
block-organisation-heading = In diesem Netzwerk nicht verfügbar
block-organisation-lead = { $organisation } hat entschieden, diese Website im eigenen Netzwerk nicht anzubieten.
block-unlisted-heading = Diese Website wurde nicht geöffnet
block-unlisted-lead = Das Netzwerk hat Ihren Browser hierher geleitet und nicht zur gewünschten Website.
why-rule = Für diese Website gilt eine Regel von { $organisation }.
why-unlisted = Die Website steht auf keiner Liste dieses Servers. Das Netzwerk hat sie aus einem anderen Grund umgeleitet.
todo-leave = Schließen Sie diesen Tab oder gehen Sie im Browser zurück.
todo-security = Sind Sie einem Link aus einer Nachricht gefolgt? Öffnen Sie ihn bitte nicht noch einmal. Falls Sie auf dieser Website jemals ein Passwort eingegeben haben, ändern Sie es jetzt.
todo-mistake = Benötigen Sie diese Website, oder ist sie versehentlich gesperrt? Bitten Sie um eine Überprüfung.
todo-nobody = Benötigen Sie diese Website, oder ist sie versehentlich gesperrt? Wenden Sie sich an die Personen, die Ihr Netzwerk betreuen.

# Die Warnseite
warn-heading = Bitte seien Sie vorsichtig
warn-lead = { $organisation } rät davon ab, diese Website zu besuchen.
warn-todo-leave = Am sichersten ist es, die Seite jetzt zu verlassen.
warn-todo-continue = Wenn Sie diese Website kennen und ihr vertrauen, können Sie fortfahren. Ihre Entscheidung wird aufgezeichnet und gilt für begrenzte Zeit.
warn-leave = Website verlassen
warn-continue = Weiter zur Website

# Die Cookie-Seite
cookies-block-heading = Diese Website ist gesperrt, und Cookies sind ausgeschaltet
cookies-warn-heading = Für diese Website gibt es eine Warnung, und Cookies sind ausgeschaltet
cookies-lead = { $organisation } setzt ein kleines Cookie, um Ihnen die vollständige Seite zu zeigen. Ihr Browser hat es nicht zurückgesendet.
cookies-settings = Öffnen Sie die Einstellungen Ihres Browsers und suchen Sie nach „Datenschutz“ oder „Cookies“.
cookies-allow = Lassen Sie Cookies zu, zumindest für diese Adresse.
cookies-retry = Kehren Sie zu dieser Seite zurück und versuchen Sie es erneut.

# Die Seite in einem Rahmen
frame-block = Gesperrt
frame-warn = Warnung
frame-warn-hint = Öffnen Sie diese Adresse in einem eigenen Tab, um zu entscheiden.

# Fehlerseiten
error-misdirected-heading = Falsche Verbindung
error-misdirected-lead = Ihr Browser hat diese Adresse über eine Verbindung angefragt, die zu einer anderen Adresse gehört.
error-bad-request-heading = Die Anfrage war nicht lesbar
error-bad-request-lead = Ihr Browser hat etwas gesendet, das dieser Server nicht versteht.
error-too-large-heading = Die Anfrage ist zu groß
error-too-large-lead = Ihr Browser hat mehr gesendet, als dieser Server annimmt.
error-method-heading = Das ist hier nicht möglich
error-method-lead = Diese Seite nimmt Anfragen dieser Art nicht an.
error-not-found-heading = Seite nicht gefunden
error-not-found-lead = Auf diesem Server gibt es keine solche Seite.
error-expired-heading = Dieses Formular ist abgelaufen
error-expired-lead = Die Seite war zu lange geöffnet oder wurde zweimal abgesendet.
error-plain-http-heading = Eine sichere Verbindung ist nötig
error-plain-http-lead = Ihr Browser hat eine unverschlüsselte Anfrage an einen Port gesendet, der HTTPS erwartet.
error-granted-heading = Sie dürfen fortfahren
error-granted-lead = Ihre Entscheidung ist vermerkt, aber dieser Server kann die Website nicht für Sie öffnen.
error-internal-heading = Etwas ist schiefgegangen
error-internal-lead = Dieser Server konnte die vorgesehene Seite nicht erstellen. Das liegt nicht an Ihnen.
error-busy-heading = Zurzeit überlastet
error-busy-lead = Dieser Server ist an seiner Grenze und kann Ihre Anfrage gerade nicht beantworten.
todo-reload = Warten Sie einen Moment und laden Sie die Seite dann neu.
todo-back-and-retry = Gehen Sie im Browser zurück, laden Sie die Seite dort neu und versuchen Sie es noch einmal.
todo-https = Schreiben Sie „https://“ vor die Adresse und versuchen Sie es erneut.
todo-granted = Wenn diese Seite immer wieder erscheint, bitten Sie um die Freigabe der Website.
