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

# La pagina di avviso
warn-heading = Faccia attenzione
warn-lead = { $organisation } sconsiglia di visitare questo sito.
warn-todo-leave = La scelta più sicura è uscire adesso.
warn-todo-continue = Se conosce questo sito e se ne fida, può continuare. La Sua decisione viene registrata e vale per un tempo limitato.
warn-leave = Esci da questo sito
warn-continue = Continua verso il sito

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
todo-reload = Attenda un momento, poi ricarichi la pagina.
todo-back-and-retry = Torni indietro nel browser, ricarichi la pagina e riprovi.
todo-https = Scriva «https://» davanti all’indirizzo e riprovi.
todo-granted = Se questa pagina continua a comparire, chieda lo sblocco del sito.
