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
detail-label = Technische Ursache
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

# Was aus einer früheren Anfrage geworden ist
earlier-label = Ihre Anfrage
earlier-waiting = Sie haben am { $since } um Freigabe gebeten. Noch hat niemand darüber entschieden.
earlier-approved = Ihre Anfrage wurde bewilligt. Die Website ist bis { $until } für Sie freigegeben.
earlier-denied = Ihre Anfrage wurde abgelehnt.

# Ein Freigabecode
code-summary = Ich habe einen Freigabecode
code-label = Freigabecode
code-hint = Groß- und Kleinschreibung, Leerzeichen und Bindestriche spielen keine Rolle.
code-send = Website öffnen

# Eine Anfrage um Freigabe
request-summary = Um Freigabe bitten
request-label = Wofür benötigen Sie diese Website?
request-hint = Dies lesen die Personen, die Ihr Netzwerk betreuen. Bitte schreiben Sie keine Passwörter.
request-contact-label = Wie Sie zu erreichen sind (freiwillig)
request-contact-hint = Zum Beispiel Ihre E-Mail-Adresse oder Ihre Zimmernummer.
request-send = Anfrage senden

# Was an einem abgesendeten Formular nicht stimmte
problem-reason-missing = Bitte schreiben Sie einen Grund auf.
problem-reason-unknown = Bitte wählen Sie einen Grund aus der Liste.
problem-code-wrong =
    { $left ->
        [0] Dieser Code stimmt nicht.
        [one] Dieser Code stimmt nicht. Sie haben noch { $left } Versuch.
       *[other] Dieser Code stimmt nicht. Sie haben noch { $left } Versuche.
    }
problem-code-locked = Es wurden zu viele falsche Codes eingegeben. Ab { $until } werden wieder Codes angenommen.
problem-code-not-for-this = Dieser Code gilt nicht für diese Website.
problem-code-spent = Dieser Code ist aufgebraucht oder nicht mehr gültig.
problem-too-many-requests = Sie haben schon mehrere Anfragen gesendet. Bitte warten Sie vor der nächsten.
problem-requests-full = Zurzeit können keine weiteren Anfragen angenommen werden. Bitte versuchen Sie es später erneut.
problem-try-again = Das hat nicht geklappt. Bitte versuchen Sie es noch einmal.

# Die Warnseite
warn-heading = Bitte seien Sie vorsichtig
warn-lead = { $organisation } rät davon ab, diese Website zu besuchen.
warn-todo-leave = Am sichersten ist es, die Seite jetzt zu verlassen.
warn-todo-continue = Wenn Sie diese Website kennen und ihr vertrauen, können Sie fortfahren. Ihre Entscheidung wird aufgezeichnet und gilt für begrenzte Zeit.
passes-through = Wenn Sie zu einer Website fortfahren, läuft alles, was Sie und die Website einander senden, über einen Server von { $organisation }, der es lesen könnte.
warn-todo-used-up = Für heute haben Sie diese Website so oft geöffnet, wie es erlaubt ist.
warn-leave = Website verlassen
warn-continue = Weiter zur Website
warn-reason-label = Warum möchten Sie fortfahren?
warn-reason-optional-label = Warum möchten Sie fortfahren? (freiwillig)
warn-reason-hint = Ihre Antwort wird aufgezeichnet.
warn-reason-choose = Bitte wählen

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
error-origin-unresolved-heading = Website nicht gefunden
error-origin-unresolved-lead = Dieser Server hat die Adresse der Website nachgeschlagen und keine gefunden.
error-origin-refused-heading = Die Website kann hier nicht geöffnet werden
error-origin-refused-lead = Ihre Adresse liegt in einem internen Netzwerk. Dort öffnet dieser Server keine Websites.
error-origin-unreachable-heading = Die Website ist nicht erreichbar
error-origin-unreachable-lead = Dieser Server konnte keine Verbindung zur Website herstellen.
error-origin-timeout-heading = Die Website antwortet nicht
error-origin-timeout-lead = Dieser Server hat auf die Website gewartet, aber es kam nicht rechtzeitig eine Antwort.
error-origin-certificate-heading = Der Website ist derzeit nicht zu trauen
error-origin-certificate-lead = Die Website konnte ihre Identität nicht nachweisen. Zu Ihrem Schutz hat dieser Server keine Verbindung zu ihr hergestellt.
error-origin-broke-heading = Die Antwort der Website ist nicht verwendbar
error-origin-broke-lead = Die Website hat die Verbindung abgebrochen oder etwas gesendet, das dieser Server nicht versteht.
error-origin-loop-heading = Der Weg zur Website führt im Kreis
error-origin-loop-lead = Die Adresse der Website führt zu diesem Server zurück. Deshalb kann er sie nicht für Sie öffnen.
todo-reload = Warten Sie einen Moment und laden Sie die Seite dann neu.
todo-back-and-retry = Gehen Sie im Browser zurück, laden Sie die Seite dort neu und versuchen Sie es noch einmal.
todo-https = Schreiben Sie „https://“ vor die Adresse und versuchen Sie es erneut.
todo-granted = Wenn diese Seite immer wieder erscheint, bitten Sie um die Freigabe der Website.
todo-origin-spelling = Prüfen Sie, ob die Adresse richtig geschrieben ist, oder versuchen Sie es in einigen Minuten erneut.
todo-origin-later = Vielleicht ist die Website gestört. Versuchen Sie es in einigen Minuten erneut.
todo-origin-certificate = Meist liegt der Fehler bei der Website: Ihr Zertifikat ist abgelaufen oder auf einen anderen Namen ausgestellt. Versuchen Sie es an einem anderen Tag erneut, oder wenden Sie sich an die Personen, die Ihr Netzwerk betreuen.
todo-origin-administrator = Ein neuer Versuch hilft nicht. Wenden Sie sich an die Personen, die Ihr Netzwerk betreuen; nur sie können das ändern.

# Das Portal: beide Seiten
portal-install = Zertifikat installieren
portal-check = Dieses Gerät prüfen
fingerprint-label = Fingerabdruck (SHA-256)
fingerprint-windows-label = Fingerabdruck (SHA-1; unter Windows „Fingerabdruck“ oder „Thumbprint“)
certificate-label = Zertifikat
ends-label = Gültig bis
download = Herunterladen

# Das Portal: die Seite, von der man das Stammzertifikat installiert
install-heading = Das Zertifikat von { $organisation } installieren
install-lead = Mit diesem Zertifikat kann Ihr Browser die Seiten von { $organisation } über gesperrte Websites ohne Sicherheitswarnung anzeigen.
install-managed = Wird Ihr Gerät von { $organisation } verwaltet? Dann hat es das Zertifikat sehr wahrscheinlich schon: Prüfen Sie zuerst dieses Gerät.
install-unprotected = Diese Seite kam über eine ungeschützte Verbindung. Jemand zwischen Ihnen und diesem Server könnte sie verändert haben. Bevor Sie etwas installieren, vergleichen Sie den Fingerabdruck mit einer Kopie, die Sie auf anderem Weg erhalten haben: auf Papier, von einer Kollegin oder einem Kollegen oder am Telefon.
install-compare = Ich habe den Fingerabdruck verglichen
install-both = Ein Zertifikat löst das andere ab. Installieren Sie beide, dann ändert sich beim Wechsel für Sie nichts.
install-choose = Wählen Sie Ihr Gerät
install-ios = iPhone und iPad
install-ios-1 = Öffnen Sie diese Seite in Safari, tippen Sie auf „Herunterladen“ und erlauben Sie den Download des Profils.
install-ios-2 = Öffnen Sie innerhalb von acht Minuten die App „Einstellungen“, tippen Sie auf „Profil geladen“ und dann auf „Installieren“.
install-ios-3 = Öffnen Sie danach Einstellungen › Allgemein › Info › Zertifikatsvertrauenseinstellungen und schalten Sie das Zertifikat ein. Ohne diesen Schritt ändert sich nichts.
install-ios-remove = Einstellungen › Allgemein › VPN und Geräteverwaltung › das Profil › Profil entfernen.
install-android = Android
install-android-1 = Tippen Sie auf „Herunterladen“. Android öffnet die Datei nicht von selbst.
install-android-2 = Öffnen Sie die Einstellungen und suchen Sie nach „CA-Zertifikat“. Es liegt unter Sicherheit & Datenschutz › Weitere Sicherheitseinstellungen › Verschlüsselung & Anmeldedaten › Zertifikat installieren › CA-Zertifikat.
install-android-3 = Tippen Sie auf „Trotzdem installieren“ und wählen Sie die heruntergeladene Datei.
install-android-note = Chrome und die meisten anderen Browser vertrauen dem Zertifikat danach. Viele andere Apps tun das nie; so will es Android.
install-android-remove = Einstellungen › Sicherheit & Datenschutz › Verschlüsselung & Anmeldedaten › Vertrauenswürdige Anmeldedaten › Nutzer › das Zertifikat › Entfernen.
install-windows = Windows
install-windows-1 = Laden Sie die Datei herunter, öffnen Sie sie und wählen Sie „Zertifikat installieren…“.
install-windows-2 = Wählen Sie „Lokaler Computer“, wenn Sie Administrator dieses Computers sind, sonst „Aktueller Benutzer“.
install-windows-3 = Wählen Sie „Alle Zertifikate in folgendem Speicher speichern“, dann „Durchsuchen…“ und dort „Vertrauenswürdige Stammzertifizierungsstellen“. Wählt Windows den Speicher selbst, ändert sich nichts.
install-windows-remove = Öffnen Sie certmgr.msc (bei „Lokaler Computer“ certlm.msc) › Vertrauenswürdige Stammzertifizierungsstellen › Zertifikate und löschen Sie das Zertifikat.
install-mac = Mac
install-mac-1 = Laden Sie das Profil herunter und öffnen Sie es.
install-mac-2 = Öffnen Sie Systemeinstellungen › Allgemein › Geräteverwaltung, wählen Sie das Profil und dann „Installieren“.
install-mac-3 = Wenn Browser weiterhin warnen: Öffnen Sie Schlüsselbundverwaltung › System, darin das Zertifikat, und wählen Sie unter „Vertrauen“ die Einstellung „Immer vertrauen“.
install-mac-ipad = Ist das ein iPad? Es gibt sich als Mac aus: siehe „iPhone und iPad“.
install-mac-remove = Systemeinstellungen › Allgemein › Geräteverwaltung › das Profil › Entfernen.
install-chromeos = Chromebook
install-chromeos-1 = Laden Sie die Datei herunter.
install-chromeos-2 = Öffnen Sie die Adresse chrome://certificate-manager und wählen Sie „Benutzerdefiniert“ und dann „Importieren“.
install-chromeos-3 = Wählen Sie die Datei und setzen Sie den Haken bei „Diesem Zertifikat zur Identifizierung von Websites vertrauen“. Ohne den Haken ändert sich nichts.
install-chromeos-remove = Öffnen Sie unter chrome://certificate-manager das Zertifikat bei „Benutzerdefiniert“ und löschen Sie es.
install-linux = Linux
install-linux-1 = Laden Sie die Datei herunter und geben Sie dann die Befehle für Ihr System ein. Chromium und Firefox haben eigene Speicher; für sie sind die letzten Befehle.
install-linux-remove = Löschen Sie die Datei, die die Befehle angelegt haben, und geben Sie den zweiten Befehl noch einmal ein.
install-firefox = Firefox
install-firefox-1 = Unter Windows, auf dem Mac und unter Android übernimmt Firefox, wem das System vertraut; dort ist nichts zu tun. Unter Linux, oder wenn Firefox weiterhin warnt, laden Sie die Datei herunter.
install-firefox-2 = Öffnen Sie Einstellungen › Datenschutz & Sicherheit › Zertifikate › Zertifikate anzeigen… › Zertifizierungsstellen › Importieren… und wählen Sie die Datei.
install-firefox-3 = Setzen Sie den Haken bei „Dieser CA vertrauen, um Websites zu identifizieren“. Ohne den Haken ändert sich nichts.
install-firefox-remove = Wählen Sie an derselben Stelle das Zertifikat und dann „Löschen oder Vertrauen entziehen…“.
install-programs = Programme, und für alle, die Geräte betreuen
install-programs-lead = Dateien für Java, Node, Python, git und für Geräteverwaltungen. Wer diesen Server betreibt, erzeugt die Dateien für jede Geräteverwaltung mit „blockhouse-ca export --all“.
install-remove-label = So entfernen Sie es wieder
install-can-label = Was dieses Zertifikat kann
install-can = Wer den Schlüssel zu diesem Zertifikat hat, kann auf Geräten, die ihm vertrauen, im Namen jeder Website antworten. { $organisation } verwendet ihn, um Seiten über Websites zu zeigen, die in diesem Netzwerk gesperrt sind oder vor denen gewarnt wird.
install-own = Der Schlüssel gehört allein zu dieser Installation; keine andere Organisation hat ihn.
install-excluded = Es kann niemals verwendet werden für:

# Das Portal: die Seite, die ein Gerät prüft
check-heading = Ist dieses Gerät bereit?
check-lead = Diese Seite prüft, was Ihr Browser braucht, um die Seiten von { $organisation } anzuzeigen.
check-trust-label = Zertifikat
check-trust-good = Dieser Browser vertraut dem Zertifikat.
check-trust-bad = Dieser Browser vertraut dem Zertifikat nicht. Installieren Sie es und prüfen Sie dann erneut.
check-trust-unknown = Das ließ sich nicht feststellen, weil die Testadresse nicht erreicht wurde. Entweder fehlt das Zertifikat, oder Ihr Netzwerk beantwortet die Namen nicht.
check-next-root-label = Nächstes Zertifikat
check-next-root-good = Dieser Browser vertraut auch dem nächsten Zertifikat von { $organisation }.
check-next-root-bad = Diesem Browser fehlt das nächste Zertifikat, welches das jetzige ablösen wird. Installieren Sie es und prüfen Sie dann erneut.
check-cookies-label = Cookies
check-cookies-good = Dieser Browser behält Cookies.
check-cookies-bad = Dieser Browser lehnt Cookies ab. Erlauben Sie sie in seinen Einstellungen, zumindest in diesem Netzwerk: Warnseiten brauchen eines.
check-dns-label = Namen
check-dns-good = Der Nameserver Ihres Netzwerks führt zu diesem Server.
check-dns-bad = Ihr Browser verwendet nicht den Nameserver Ihres Netzwerks. Schalten Sie „Sicheres DNS“ und jedes VPN in seinen Einstellungen aus, oder wenden Sie sich an die Personen, die Ihr Netzwerk betreuen.
check-dns-unknown = Das ließ sich nicht feststellen.
check-ipv4-label = IPv4
check-ipv4-good = Dieser Server ist über IPv4 erreichbar.
check-ipv4-bad = Dieser Server ist über IPv4 nicht erreichbar.
check-ipv6-label = IPv6
check-ipv6-good = Dieser Server ist über IPv6 erreichbar.
check-ipv6-unknown = Dieser Server ist über IPv6 nicht erreichbar. Das schadet nicht, solange IPv4 funktioniert.
check-later = Das lässt sich feststellen, sobald dieser Browser dem Zertifikat vertraut.
check-waiting = Einen Moment bitte…
check-again = Erneut prüfen
check-script = Um das zu prüfen, braucht die Seite JavaScript. Ohne gilt: Sie sehen hier einen grünen Haken, wenn dieser Browser dem Zertifikat vertraut.
check-script-picture = noch kein Vertrauen
check-only = Die Antwort gilt nur für diesen Browser; andere Programme auf diesem Gerät haben möglicherweise eigene Speicher.
check-next = Zum Zertifikat
