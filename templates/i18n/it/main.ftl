# Tutte le pagine
language-label = Lingua
page-from = Questa pagina è a cura di { $organisation }, che gestisce questa rete.
host-label = Indirizzo
why-label = Motivo
todo-label = Che cosa può fare
contact-label = A chi rivolgersi
contact-hint = Lasci il numero dell’evento nell’oggetto del messaggio: aiuta a trovare subito il Suo caso.
mail-subject = Sito bloccato
details-label = Dati tecnici
event-label = Numero dell’evento
time-label = Ora (UTC)
location-label = Sede
policy-label = Criterio
client-label = Il Suo indirizzo
connection-label = Connessione
detail-label = Causa tecnica
until-label = Valido fino a
try-again = Riprova

# Classi di categorie
class-security = Sicurezza
class-content = Contenuti
class-legal = Obbligo di legge
class-organisation = Regola interna

# La pagina di blocco, secondo la classe
block-heading = Questo sito è bloccato
block-lead = { $organisation } non consente questo sito sulla propria rete.
block-security-heading = Sito pericoloso bloccato
block-security-lead = { $organisation } ha bloccato questo sito per proteggerLa. Potrebbe danneggiare il Suo dispositivo o rubare password e dati.
block-content-lead = { $organisation } non consente siti di questo tipo sulla propria rete.
block-legal-heading = Bloccato per motivi legali
block-legal-lead = { $organisation } ha l’obbligo di bloccare questo sito per legge o per ordine di un’autorità.
block-organisation-heading = Non disponibile su questa rete
block-organisation-lead = { $organisation } ha scelto di non rendere disponibile questo sito sulla propria rete.
block-unlisted-heading = Questo sito non è stato aperto
block-unlisted-lead = La rete ha portato il Suo browser su questa pagina anziché sul sito.
why-rule = A questo sito si applica una regola di { $organisation }.
why-unlisted = Il sito non compare in nessun elenco di questo server. La rete lo ha reindirizzato per un altro motivo.
todo-leave = Chiuda questa scheda o usi il pulsante Indietro del browser.
todo-security = Ha seguito un link ricevuto in un messaggio? Non lo apra di nuovo. Se ha mai inserito una password su questo sito, la cambi subito.
todo-mistake = Le serve questo sito, o è stato bloccato per errore? Chieda una verifica.
todo-nobody = Le serve questo sito, o è stato bloccato per errore? Si rivolga a chi si occupa della rete.

# Che cosa ne è stato di una richiesta precedente
earlier-label = La Sua richiesta
earlier-waiting = Ha chiesto l’accesso il { $since }. Nessuno ha ancora deciso.
earlier-approved = La Sua richiesta è stata approvata. Può aprire il sito fino al { $until }.
earlier-denied = La Sua richiesta è stata respinta.

# Un codice di sblocco
code-summary = Ho un codice di sblocco
code-label = Codice di sblocco
code-hint = Maiuscole e minuscole, spazi e trattini non fanno differenza.
code-send = Apri il sito

# Una richiesta di accesso
request-summary = Chiedi l’accesso
request-label = Per quale motivo Le serve questo sito?
request-hint = Lo legge chi si occupa della rete. Non scriva password.
request-contact-label = Come contattarLa (facoltativo)
request-contact-hint = Per esempio l’indirizzo e-mail o il numero della stanza.
request-send = Invia la richiesta

# Che cosa non andava in un modulo inviato
problem-reason-missing = Scriva il motivo.
problem-reason-unknown = Scelga uno dei motivi dell’elenco.
problem-code-wrong =
    { $left ->
        [0] Questo codice non è corretto.
        [one] Questo codice non è corretto. Le resta { $left } tentativo.
       *[other] Questo codice non è corretto. Le restano { $left } tentativi.
    }
problem-code-locked = Sono stati inseriti troppi codici errati. Potrà riprovare dopo il { $until }.
problem-code-not-for-this = Questo codice non vale per questo sito.
problem-code-spent = Questo codice è esaurito o non è più valido.
problem-too-many-requests = Ha già inviato diverse richieste. Attenda prima di inviare la prossima.
problem-requests-full = Al momento non si possono ricevere altre richieste. Riprovi più tardi.
problem-try-again = Non ha funzionato. Provi ancora una volta.

# La pagina di avviso
warn-heading = Faccia attenzione
warn-lead = { $organisation } sconsiglia di visitare questo sito.
warn-todo-leave = La scelta più sicura è uscire adesso.
warn-todo-continue = Se conosce questo sito e se ne fida, può continuare. La Sua decisione viene registrata e vale per un tempo limitato.
passes-through = Se continua verso un sito, tutto ciò che Lei e il sito vi scambiate passa per un server di { $organisation }, che potrebbe leggerlo.
warn-todo-used-up = Per oggi ha già continuato verso questo sito quante volte è consentito.
warn-leave = Esci da questo sito
warn-continue = Continua verso il sito
warn-reason-label = Perché desidera continuare?
warn-reason-optional-label = Perché desidera continuare? (facoltativo)
warn-reason-hint = La Sua risposta viene registrata.
warn-reason-choose = Scelga un motivo

# La pagina dei cookie
cookies-block-heading = Questo sito è bloccato e i cookie sono disattivati
cookies-warn-heading = C’è un avviso su questo sito e i cookie sono disattivati
cookies-lead = { $organisation } usa un piccolo cookie per mostrarLe la pagina completa. Il Suo browser non lo ha restituito.
cookies-settings = Apra le impostazioni del browser e cerchi «Privacy» o «Cookie».
cookies-allow = Consenta i cookie, almeno per questo indirizzo.
cookies-retry = Torni a questa pagina e riprovi.

# La pagina in un riquadro
frame-block = Bloccato
frame-warn = Avviso
frame-warn-hint = Apra questo indirizzo in una scheda a parte per decidere.

# Pagine di errore
error-misdirected-heading = Connessione sbagliata
error-misdirected-lead = Il Suo browser ha chiesto questo indirizzo su una connessione che appartiene a un altro.
error-bad-request-heading = Impossibile leggere la richiesta
error-bad-request-lead = Il Suo browser ha inviato qualcosa che questo server non comprende.
error-too-large-heading = La richiesta è troppo grande
error-too-large-lead = Il Suo browser ha inviato più di quanto questo server accetti.
error-method-heading = Qui non è possibile
error-method-lead = Questa pagina non accetta richieste di questo tipo.
error-not-found-heading = Pagina non trovata
error-not-found-lead = Su questo server non esiste una pagina simile.
error-expired-heading = Questo modulo è scaduto
error-expired-lead = La pagina è rimasta aperta troppo a lungo o è stata inviata due volte.
error-plain-http-heading = Serve una connessione sicura
error-plain-http-lead = Il Suo browser ha inviato una richiesta non cifrata a una porta che attende HTTPS.
error-granted-heading = Può continuare
error-granted-lead = La Sua decisione è stata registrata, ma questo server non può aprire il sito per Lei.
error-internal-heading = Qualcosa è andato storto
error-internal-lead = Questo server non è riuscito a preparare la pagina prevista. Non è colpa Sua.
error-busy-heading = Server momentaneamente sovraccarico
error-busy-lead = Questo server ha raggiunto il limite e ora non può rispondere.
error-origin-unresolved-heading = Sito non trovato
error-origin-unresolved-lead = Questo server ha cercato l’indirizzo del sito e non ne ha trovato nessuno.
error-origin-refused-heading = Il sito non si può aprire da qui
error-origin-refused-lead = Il suo indirizzo si trova in una rete interna e questo server non apre siti in tali reti.
error-origin-unreachable-heading = Il sito non è raggiungibile
error-origin-unreachable-lead = Questo server non è riuscito a collegarsi al sito.
error-origin-timeout-heading = Il sito non risponde
error-origin-timeout-lead = Questo server ha atteso il sito, ma la risposta non è arrivata in tempo.
error-origin-certificate-heading = Ora il sito non è affidabile
error-origin-certificate-lead = Il sito non ha potuto dimostrare la propria identità. Per proteggerLa, questo server non vi si è collegato.
error-origin-broke-heading = La risposta del sito non è utilizzabile
error-origin-broke-lead = Il sito ha interrotto la connessione o ha inviato qualcosa che questo server non comprende.
error-origin-loop-heading = La via verso il sito gira in tondo
error-origin-loop-lead = L’indirizzo del sito riporta a questo server, che perciò non può aprire il sito per Lei.
todo-reload = Attenda un momento, poi ricarichi la pagina.
todo-back-and-retry = Torni indietro nel browser, ricarichi la pagina e riprovi.
todo-https = Scriva «https://» davanti all’indirizzo e riprovi.
todo-granted = Se questa pagina continua a comparire, chieda lo sblocco del sito.
todo-origin-spelling = Controlli che l’indirizzo sia scritto bene oppure riprovi tra qualche minuto.
todo-origin-later = Forse il sito è guasto. Riprovi tra qualche minuto.
todo-origin-certificate = Di solito l’errore è del sito: il suo certificato è scaduto o è intestato a un altro nome. Riprovi un altro giorno oppure si rivolga a chi si occupa della rete.
todo-origin-administrator = Riprovare non serve. Avvisi chi si occupa della rete: nessun altro può rimediare.

# Il portale: le sue due pagine
portal-install = Installare il certificato
portal-check = Verificare questo dispositivo
fingerprint-label = Impronta digitale (SHA-256)
fingerprint-windows-label = Impronta digitale (SHA-1; Windows la chiama «identificazione personale»)
certificate-label = Certificato
ends-label = Valido fino al
download = Scarica

# Il portale: la pagina da cui si installa il certificato radice
install-heading = Installare il certificato di { $organisation }
install-lead = Con questo certificato il Suo browser può mostrarLe senza avvisi di sicurezza le pagine di { $organisation } sui siti bloccati.
install-managed = Il Suo dispositivo è gestito da { $organisation }? Allora molto probabilmente ha già il certificato: verifichi prima questo dispositivo.
install-unprotected = Questa pagina è arrivata tramite una connessione non protetta: qualcuno tra Lei e questo server potrebbe averla modificata. Prima di installare qualcosa, confronti l’impronta digitale con una copia ricevuta per altra via: su carta, da un collega o da una collega, o per telefono.
install-compare = Ho confrontato l’impronta digitale
install-both = Un certificato prende il posto dell’altro. Li installi entrambi: così, al momento del cambio, per Lei non cambierà nulla.
install-choose = Scelga il Suo dispositivo
install-ios = iPhone e iPad
install-ios-1 = Apra questa pagina in Safari, tocchi «Scarica» e consenta il download del profilo.
install-ios-2 = Entro otto minuti apra Impostazioni, tocchi «Profilo scaricato» e poi «Installa».
install-ios-3 = Poi apra Impostazioni › Generali › Info › Impostazioni attendibilità certificati e attivi il certificato. Senza questo passaggio non cambia nulla.
install-ios-remove = Impostazioni › Generali › VPN e gestione dispositivo › il profilo › Rimuovi profilo.
install-android = Android
install-android-1 = Tocchi «Scarica». Android non apre il file da solo.
install-android-2 = Apra le Impostazioni e cerchi «Certificato CA». Si trova in Sicurezza e privacy › Altre impostazioni di sicurezza › Crittografia e credenziali › Installa un certificato › Certificato CA.
install-android-3 = Tocchi «Installa comunque» e scelga il file scaricato.
install-android-note = Chrome e la maggior parte degli altri browser allora si fidano del certificato. Molte altre app non lo fanno mai; è una regola di Android.
install-android-remove = Impostazioni › Sicurezza e privacy › Crittografia e credenziali › Credenziali attendibili › Utente › il certificato › Rimuovi.
install-windows = Windows
install-windows-1 = Scarichi il file, lo apra e scelga «Installa certificato…».
install-windows-2 = Scelga «Computer locale» se amministra questo computer, altrimenti «Utente corrente».
install-windows-3 = Scelga «Colloca tutti i certificati nel seguente archivio», poi «Sfoglia…» e lì «Autorità di certificazione radice attendibili». Se è Windows a scegliere l’archivio, non cambia nulla.
install-windows-remove = Apra certmgr.msc (o certlm.msc per «Computer locale») › Autorità di certificazione radice attendibili › Certificati ed elimini il certificato.
install-mac = Mac
install-mac-1 = Scarichi il profilo e lo apra.
install-mac-2 = Apra Impostazioni di Sistema › Generali › Gestione dispositivo, scelga il profilo e poi «Installa».
install-mac-3 = Se i browser avvisano ancora: apra Accesso Portachiavi › Sistema, apra il certificato e alla voce «Attendibilità» scelga «Fidati sempre».
install-mac-ipad = È un iPad? Si presenta come un Mac: veda «iPhone e iPad».
install-mac-remove = Impostazioni di Sistema › Generali › Gestione dispositivo › il profilo › Rimuovi.
install-chromeos = Chromebook
install-chromeos-1 = Scarichi il file.
install-chromeos-2 = Apra l’indirizzo chrome://certificate-manager, scelga «Personalizzati» e poi «Importa».
install-chromeos-3 = Scelga il file e spunti «Considera attendibile questo certificato per l’identificazione di siti web». Senza la spunta non cambia nulla.
install-chromeos-remove = All’indirizzo chrome://certificate-manager apra il certificato in «Personalizzati» e lo elimini.
install-linux = Linux
install-linux-1 = Scarichi il file e poi inserisca i comandi per il Suo sistema. Chromium e Firefox hanno archivi propri; gli ultimi comandi sono per loro.
install-linux-remove = Elimini il file che i comandi hanno creato e inserisca ancora una volta il secondo comando.
install-firefox = Firefox
install-firefox-1 = Su Windows, Mac e Android Firefox si fida di ciò di cui si fida il sistema; lì non c’è nulla da fare. Su Linux, o se Firefox avvisa ancora, scarichi il file.
install-firefox-2 = Apra Impostazioni › Privacy e sicurezza › Certificati › Mostra certificati… › Autorità › Importa… e scelga il file.
install-firefox-3 = Spunti «Considera attendibile questa CA per identificare siti web». Senza la spunta non cambia nulla.
install-firefox-remove = Nello stesso posto scelga il certificato e poi «Elimina o considera inattendibile…».
install-programs = Programmi, e per chi si occupa dei dispositivi
install-programs-lead = File per Java, Node, Python, git e per i sistemi di gestione dei dispositivi. Chi gestisce questo server crea i file per ciascun sistema con «blockhouse-ca export --all».
install-remove-label = Come rimuoverlo
install-can-label = Che cosa può fare questo certificato
install-can = Chi possiede la chiave di questo certificato può rispondere a nome di qualsiasi sito sui dispositivi che se ne fidano. { $organisation } la usa per mostrare pagine sui siti bloccati o segnalati in questa rete.
install-own = La chiave appartiene solo a questa installazione; nessun’altra organizzazione ce l’ha.
install-excluded = Non può mai essere usato per:

# Il portale: la pagina che verifica un dispositivo
check-heading = Questo dispositivo è pronto?
check-lead = Questa pagina prova ciò che serve al Suo browser per mostrare le pagine di { $organisation }.
check-trust-label = Certificato
check-trust-good = Questo browser si fida del certificato.
check-trust-bad = Questo browser non si fida del certificato. Lo installi e poi verifichi di nuovo.
check-trust-unknown = Non è stato possibile stabilirlo, perché l’indirizzo di prova non è stato raggiunto. O manca il certificato, o la Sua rete non risponde per i nomi.
check-next-root-label = Prossimo certificato
check-next-root-good = Questo browser si fida anche del prossimo certificato di { $organisation }.
check-next-root-bad = A questo browser manca il prossimo certificato, che prenderà il posto di quello attuale. Lo installi e poi verifichi di nuovo.
check-cookies-label = Cookie
check-cookies-good = Questo browser conserva i cookie.
check-cookies-bad = Questo browser rifiuta i cookie. Li consenta nelle impostazioni, almeno in questa rete: le pagine di avviso ne richiedono uno.
check-dns-label = Nomi
check-dns-good = Il server dei nomi della Sua rete porta a questo server.
check-dns-bad = Il Suo browser non usa il server dei nomi della Sua rete. Disattivi «DNS sicuro» e ogni VPN nelle impostazioni, oppure si rivolga a chi si occupa della rete.
check-dns-unknown = Non è stato possibile stabilirlo.
check-ipv4-label = IPv4
check-ipv4-good = Questo server è raggiungibile tramite IPv4.
check-ipv4-bad = Questo server non è raggiungibile tramite IPv4.
check-ipv6-label = IPv6
check-ipv6-good = Questo server è raggiungibile tramite IPv6.
check-ipv6-unknown = Questo server non è raggiungibile tramite IPv6. Non è un problema finché IPv4 funziona.
check-later = Si potrà stabilire quando questo browser si fiderà del certificato.
check-waiting = Un momento…
check-again = Verifica di nuovo
check-script = Per verificarlo la pagina ha bisogno di JavaScript. Senza: qui vede un segno di spunta verde se questo browser si fida del certificato.
check-script-picture = non ancora attendibile
check-only = La risposta vale solo per questo browser; altri programmi di questo dispositivo possono avere archivi propri.
check-next = Al certificato
