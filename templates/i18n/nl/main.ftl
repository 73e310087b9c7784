# Elke pagina
language-label = Taal
page-from = Deze pagina komt van { $organisation }, de beheerder van dit netwerk.
host-label = Adres
why-label = Reden
todo-label = Wat u kunt doen
contact-label = Bij wie u terechtkunt
contact-hint = Laat het meldingsnummer in het onderwerp staan; zo is uw melding snel te vinden.
mail-subject = Geblokkeerde website
details-label = Technische gegevens
event-label = Meldingsnummer
time-label = Tijd (UTC)
location-label = Locatie
policy-label = Beleid
client-label = Uw adres
connection-label = Verbinding
detail-label = Technische oorzaak
until-label = Geldig tot
try-again = Opnieuw proberen

# Klassen van categorieën
class-security = Veiligheid
class-content = Inhoud
class-legal = Wettelijke verplichting
class-organisation = Huisregel

# De blokkeerpagina, per klasse
block-heading = Deze website is geblokkeerd
block-lead = { $organisation } staat deze website niet toe op het eigen netwerk.
block-security-heading = Gevaarlijke website geblokkeerd
block-security-lead = { $organisation } heeft deze website geblokkeerd om u te beschermen. De site kan uw apparaat beschadigen of wachtwoorden en gegevens stelen.
block-content-lead = { $organisation } staat dit soort websites niet toe op het eigen netwerk.
block-legal-heading = Geblokkeerd om juridische redenen
block-legal-lead = { $organisation } is wettelijk of op last van een overheid verplicht deze website te blokkeren.
block-organisation-heading = Niet beschikbaar op dit netwerk
block-organisation-lead = { $organisation } heeft besloten deze website niet aan te bieden op het eigen netwerk.
block-unlisted-heading = Deze website is niet geopend
block-unlisted-lead = Het netwerk heeft uw browser naar deze pagina geleid in plaats van naar de website.
why-rule = Voor deze website geldt een regel van { $organisation }.
why-unlisted = De website staat op geen enkele lijst van deze server. Het netwerk heeft haar om een andere reden omgeleid.
todo-leave = Sluit dit tabblad of gebruik de knop Terug van uw browser.
todo-security = Hebt u een link in een bericht gevolgd? Open die niet nog eens. Als u ooit een wachtwoord op deze website hebt ingevoerd, wijzig het dan nu.
todo-mistake = Hebt u deze website nodig of is ze per vergissing geblokkeerd? Vraag om een nieuwe beoordeling.
todo-nobody = Hebt u deze website nodig of is ze per vergissing geblokkeerd? Neem contact op met de beheerders van uw netwerk.

# Wat er van een eerder verzoek geworden is
earlier-label = Uw verzoek
earlier-waiting = U hebt op { $since } om toegang gevraagd. Er is nog niet over beslist.
earlier-approved = Uw verzoek is goedgekeurd. De website is voor u open tot { $until }.
earlier-denied = Uw verzoek is afgewezen.

# Een deblokkeercode
code-summary = Ik heb een deblokkeercode
code-label = Deblokkeercode
code-hint = Hoofdletters, kleine letters, spaties en koppeltekens maken geen verschil.
code-send = Website openen

# Een verzoek om toegang
request-summary = Om toegang vragen
request-label = Waarvoor hebt u deze website nodig?
request-hint = De beheerders van uw netwerk lezen dit. Schrijf geen wachtwoorden op.
request-contact-label = Hoe u bereikbaar bent (niet verplicht)
request-contact-hint = Bijvoorbeeld uw e-mailadres of uw kamernummer.
request-send = Verzoek versturen

# Wat er mis was met een verstuurd formulier
problem-reason-missing = Vul een reden in.
problem-reason-unknown = Kies een reden uit de lijst.
problem-code-wrong =
    { $left ->
        [0] Deze code klopt niet.
        [one] Deze code klopt niet. U hebt nog { $left } poging.
       *[other] Deze code klopt niet. U hebt nog { $left } pogingen.
    }
problem-code-locked = Er zijn te veel verkeerde codes ingevoerd. Na { $until } kunt u het opnieuw proberen.
problem-code-not-for-this = Deze code is niet voor deze website bedoeld.
problem-code-spent = Deze code is opgebruikt of niet meer geldig.
problem-too-many-requests = U hebt al meerdere verzoeken verstuurd. Wacht even voordat u het volgende verstuurt.
problem-requests-full = Op dit moment kunnen er geen verzoeken meer bij. Probeer het later opnieuw.
problem-try-again = Dat is niet gelukt. Probeer het nog eens.

# De waarschuwingspagina
warn-heading = Wees voorzichtig
warn-lead = { $organisation } raadt een bezoek aan deze website af.
warn-todo-leave = Het veiligst is om nu weg te gaan.
warn-todo-continue = Als u deze website kent en vertrouwt, kunt u doorgaan. Uw beslissing wordt vastgelegd en geldt voor beperkte tijd.
passes-through = Als u doorgaat naar een website, loopt alles wat u en de website elkaar sturen via een server van { $organisation }, die het zou kunnen lezen.
warn-todo-used-up = Voor vandaag hebt u deze website zo vaak geopend als is toegestaan.
warn-leave = Website verlaten
warn-continue = Doorgaan naar de website
warn-reason-label = Waarom wilt u doorgaan?
warn-reason-optional-label = Waarom wilt u doorgaan? (niet verplicht)
warn-reason-hint = Uw antwoord wordt vastgelegd.
warn-reason-choose = Maak een keuze

# De cookiepagina
cookies-block-heading = Deze website is geblokkeerd en cookies staan uit
cookies-warn-heading = Voor deze website geldt een waarschuwing en cookies staan uit
cookies-lead = { $organisation } plaatst één kleine cookie om u de volledige pagina te tonen. Uw browser heeft die niet teruggestuurd.
cookies-settings = Open de instellingen van uw browser en zoek naar ‘Privacy’ of ‘Cookies’.
cookies-allow = Sta cookies toe, in elk geval voor dit adres.
cookies-retry = Kom terug naar deze pagina en probeer het opnieuw.

# De pagina in een frame
frame-block = Geblokkeerd
frame-warn = Let op
frame-warn-hint = Open dit adres in een eigen tabblad om te beslissen.

# Foutpagina’s
error-misdirected-heading = Verkeerde verbinding
error-misdirected-lead = Uw browser heeft dit adres opgevraagd via een verbinding die bij een ander adres hoort.
error-bad-request-heading = Het verzoek is onleesbaar
error-bad-request-lead = Uw browser heeft iets verstuurd dat deze server niet begrijpt.
error-too-large-heading = Het verzoek is te groot
error-too-large-lead = Uw browser heeft meer verstuurd dan deze server aanneemt.
error-method-heading = Dat kan hier niet
error-method-lead = Deze pagina neemt dit soort verzoeken niet aan.
error-not-found-heading = Pagina niet gevonden
error-not-found-lead = Deze pagina bestaat niet op deze server.
error-expired-heading = Dit formulier is verlopen
error-expired-lead = De pagina stond te lang open of is twee keer verzonden.
error-plain-http-heading = Een beveiligde verbinding is nodig
error-plain-http-lead = Uw browser heeft een onversleuteld verzoek gestuurd naar een poort die HTTPS verwacht.
error-granted-heading = U mag doorgaan
error-granted-lead = Uw beslissing is genoteerd, maar deze server kan de website niet voor u openen.
error-internal-heading = Er is iets misgegaan
error-internal-lead = Deze server kon de bedoelde pagina niet maken. Het ligt niet aan u.
error-busy-heading = Op dit moment te druk
error-busy-lead = Deze server zit aan zijn grens en kan nu niet antwoorden.
error-origin-unresolved-heading = Website niet gevonden
error-origin-unresolved-lead = Deze server heeft het adres van de website opgezocht en er geen gevonden.
error-origin-refused-heading = De website kan hier niet worden geopend
error-origin-refused-lead = Het adres ligt in een intern netwerk, en daar opent deze server geen websites.
error-origin-unreachable-heading = De website is niet bereikbaar
error-origin-unreachable-lead = Deze server kon geen verbinding maken met de website.
error-origin-timeout-heading = De website antwoordt niet
error-origin-timeout-lead = Deze server heeft op de website gewacht, maar er kwam niet op tijd een antwoord.
error-origin-certificate-heading = De website is nu niet te vertrouwen
error-origin-certificate-lead = De website kon haar identiteit niet bewijzen. Om u te beschermen heeft deze server er geen verbinding mee gemaakt.
error-origin-broke-heading = Het antwoord van de website is onbruikbaar
error-origin-broke-lead = De website heeft de verbinding verbroken of iets verstuurd dat deze server niet begrijpt.
error-origin-loop-heading = De weg naar de website loopt in een kring
error-origin-loop-lead = Het adres van de website leidt terug naar deze server. Daarom kan hij de website niet voor u openen.
todo-reload = Wacht even en laad de pagina dan opnieuw.
todo-back-and-retry = Ga terug in uw browser, laad de pagina daar opnieuw en probeer het nog eens.
todo-https = Zet ‘https://’ voor het adres en probeer het opnieuw.
todo-granted = Vraag om de website vrij te geven als deze pagina steeds terugkomt.
todo-origin-spelling = Controleer of het adres goed is gespeld, of probeer het over een paar minuten opnieuw.
todo-origin-later = Misschien is er een storing bij de website. Probeer het over een paar minuten opnieuw.
todo-origin-certificate = Meestal ligt de fout bij de website: haar certificaat is verlopen of staat op een andere naam. Probeer het op een andere dag opnieuw of neem contact op met de beheerders van uw netwerk.
todo-origin-administrator = Opnieuw proberen helpt niet. Neem contact op met de beheerders van uw netwerk; alleen zij kunnen dit veranderen.

# Het portaal: beide pagina’s
portal-install = Certificaat installeren
portal-check = Dit apparaat controleren
fingerprint-label = Vingerafdruk (SHA-256)
fingerprint-windows-label = Vingerafdruk (SHA-1; Windows noemt dit ‘vingerafdruk’ of ‘thumbprint’)
certificate-label = Certificaat
ends-label = Geldig tot
download = Downloaden

# Het portaal: de pagina waar men het basiscertificaat installeert
install-heading = Het certificaat van { $organisation } installeren
install-lead = Met dit certificaat kan uw browser de pagina’s van { $organisation } over geblokkeerde websites zonder beveiligingswaarschuwing tonen.
install-managed = Wordt uw apparaat beheerd door { $organisation }? Dan heeft het het certificaat hoogstwaarschijnlijk al: controleer eerst dit apparaat.
install-unprotected = Deze pagina kwam via een onbeveiligde verbinding; iemand tussen u en deze server kan haar hebben gewijzigd. Vergelijk, voordat u iets installeert, de vingerafdruk met een exemplaar dat u langs een andere weg hebt gekregen: op papier, van een collega of per telefoon.
install-compare = Ik heb de vingerafdruk vergeleken
install-both = Het ene certificaat komt in de plaats van het andere. Installeer beide: dan verandert er voor u niets wanneer dat gebeurt.
install-choose = Kies uw apparaat
install-ios = iPhone en iPad
install-ios-1 = Open deze pagina in Safari, tik op ‘Downloaden’ en sta het downloaden van het profiel toe.
install-ios-2 = Open binnen acht minuten Instellingen, tik op ‘Profiel gedownload’ en daarna op ‘Installeer’.
install-ios-3 = Open daarna Instellingen › Algemeen › Info › Instellingen vertrouwde certificaten en zet het certificaat aan. Zonder deze stap verandert er niets.
install-ios-remove = Instellingen › Algemeen › VPN en apparaatbeheer › het profiel › Verwijder profiel.
install-android = Android
install-android-1 = Tik op ‘Downloaden’. Android opent het bestand niet vanzelf.
install-android-2 = Open Instellingen en zoek naar ‘CA-certificaat’. Het staat onder Beveiliging en privacy › Meer beveiligingsinstellingen › Versleuteling en inloggegevens › Een certificaat installeren › CA-certificaat.
install-android-3 = Tik op ‘Toch installeren’ en kies het gedownloade bestand.
install-android-note = Chrome en de meeste andere browsers vertrouwen het certificaat dan. Veel andere apps doen dat nooit; dat is een regel van Android.
install-android-remove = Instellingen › Beveiliging en privacy › Versleuteling en inloggegevens › Vertrouwde inloggegevens › Gebruiker › het certificaat › Verwijderen.
install-windows = Windows
install-windows-1 = Download het bestand, open het en kies ‘Certificaat installeren…’.
install-windows-2 = Kies ‘Lokale computer’ als u beheerder van deze computer bent, anders ‘Huidige gebruiker’.
install-windows-3 = Kies ‘Alle certificaten in het onderstaande archief opslaan’, dan ‘Bladeren…’ en daar ‘Vertrouwde basiscertificeringsinstanties’. Als Windows het archief zelf kiest, verandert er niets.
install-windows-remove = Open certmgr.msc (of certlm.msc bij ‘Lokale computer’) › Vertrouwde basiscertificeringsinstanties › Certificaten en verwijder het certificaat.
install-mac = Mac
install-mac-1 = Download het profiel en open het.
install-mac-2 = Open Systeeminstellingen › Algemeen › Apparaatbeheer, kies het profiel en daarna ‘Installeer’.
install-mac-3 = Als browsers nog steeds waarschuwen: open Sleutelhangertoegang › Systeem, open het certificaat en kies bij ‘Vertrouw’ de optie ‘Vertrouw altijd’.
install-mac-ipad = Is dit een iPad? Die noemt zich een Mac: zie ‘iPhone en iPad’.
install-mac-remove = Systeeminstellingen › Algemeen › Apparaatbeheer › het profiel › Verwijder.
install-chromeos = Chromebook
install-chromeos-1 = Download het bestand.
install-chromeos-2 = Open het adres chrome://certificate-manager, kies ‘Aangepast’ en daarna ‘Importeren’.
install-chromeos-3 = Kies het bestand en vink ‘Dit certificaat vertrouwen voor het identificeren van websites’ aan. Zonder het vinkje verandert er niets.
install-chromeos-remove = Open op chrome://certificate-manager het certificaat onder ‘Aangepast’ en verwijder het.
install-linux = Linux
install-linux-1 = Download het bestand en voer dan de opdrachten voor uw systeem in. Chromium en Firefox hebben een eigen archief; de laatste opdrachten zijn daarvoor.
install-linux-remove = Verwijder het bestand dat de opdrachten hebben geplaatst en voer de tweede opdracht nog eens in.
install-firefox = Firefox
install-firefox-1 = Op Windows, Mac en Android neemt Firefox over wat het systeem vertrouwt; daar hoeft u niets te doen. Op Linux, of als Firefox nog steeds waarschuwt, downloadt u het bestand.
install-firefox-2 = Open Instellingen › Privacy & Beveiliging › Certificaten › Certificaten bekijken… › Organisaties › Importeren… en kies het bestand.
install-firefox-3 = Vink ‘Deze CA vertrouwen om websites te identificeren’ aan. Zonder het vinkje verandert er niets.
install-firefox-remove = Kies op dezelfde plaats het certificaat en daarna ‘Verwijderen of wantrouwen…’.
install-programs = Programma’s, en voor wie apparaten beheert
install-programs-lead = Bestanden voor Java, Node, Python, git en voor apparaatbeheer. Wie deze server beheert, maakt de bestanden voor elk apparaatbeheer met ‘blockhouse-ca export --all’.
install-remove-label = Zo verwijdert u het weer
install-can-label = Wat dit certificaat kan
install-can = Wie de sleutel van dit certificaat heeft, kan op apparaten die het vertrouwen namens elke website antwoorden. { $organisation } gebruikt die om pagina’s te tonen over websites die op dit netwerk zijn geblokkeerd of waarvoor wordt gewaarschuwd.
install-own = De sleutel hoort alleen bij deze installatie; geen andere organisatie heeft hem.
install-excluded = Het kan nooit worden gebruikt voor:

# Het portaal: de pagina die een apparaat controleert
check-heading = Is dit apparaat klaar?
check-lead = Deze pagina probeert wat uw browser nodig heeft om de pagina’s van { $organisation } te tonen.
check-trust-label = Certificaat
check-trust-good = Deze browser vertrouwt het certificaat.
check-trust-bad = Deze browser vertrouwt het certificaat niet. Installeer het en controleer daarna opnieuw.
check-trust-unknown = Dit was niet vast te stellen, omdat het testadres niet werd bereikt. Of het certificaat ontbreekt, of uw netwerk beantwoordt de namen niet.
check-next-root-label = Volgend certificaat
check-next-root-good = Deze browser vertrouwt ook het volgende certificaat van { $organisation }.
check-next-root-bad = Deze browser mist het volgende certificaat, dat in de plaats van het huidige komt. Installeer het en controleer daarna opnieuw.
check-cookies-label = Cookies
check-cookies-good = Deze browser bewaart cookies.
check-cookies-bad = Deze browser weigert cookies. Sta ze toe in de instellingen, in elk geval op dit netwerk: waarschuwingspagina’s hebben er een nodig.
check-dns-label = Namen
check-dns-good = De naamserver van uw netwerk leidt naar deze server.
check-dns-bad = Uw browser gebruikt de naamserver van uw netwerk niet. Zet ‘veilige DNS’ en elke VPN uit in de instellingen, of neem contact op met de beheerders van uw netwerk.
check-dns-unknown = Dit was niet vast te stellen.
check-ipv4-label = IPv4
check-ipv4-good = Deze server is via IPv4 bereikbaar.
check-ipv4-bad = Deze server is niet via IPv4 bereikbaar.
check-ipv6-label = IPv6
check-ipv6-good = Deze server is via IPv6 bereikbaar.
check-ipv6-unknown = Deze server is niet via IPv6 bereikbaar. Dat is niet erg zolang IPv4 werkt.
check-later = Dit is vast te stellen zodra deze browser het certificaat vertrouwt.
check-waiting = Een ogenblik…
check-again = Opnieuw controleren
check-script = Om dit te controleren heeft de pagina JavaScript nodig. Zonder: u ziet hier een groen vinkje als deze browser het certificaat vertrouwt.
check-script-picture = nog niet vertrouwd
check-only = Het antwoord geldt alleen voor deze browser; andere programma’s op dit apparaat kunnen een eigen archief hebben.
check-next = Naar het certificaat
