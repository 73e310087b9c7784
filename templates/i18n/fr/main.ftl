# Toutes les pages
language-label = Langue
page-from = Cette page vous est présentée par { $organisation }, qui gère ce réseau.
host-label = Adresse
why-label = Motif
todo-label = Ce que vous pouvez faire
contact-label = À qui vous adresser
contact-hint = Merci de laisser le numéro d’événement dans l’objet du message : il permet de retrouver rapidement votre cas.
mail-subject = Site bloqué
details-label = Informations techniques
event-label = Numéro d’événement
time-label = Heure (UTC)
location-label = Lieu
policy-label = Politique
client-label = Votre adresse
connection-label = Connexion
detail-label = Cause technique
until-label = Valable jusqu’au
try-again = Réessayer

# Classes de catégories
class-security = Sécurité
class-content = Contenu
class-legal = Obligation légale
class-organisation = Règle interne

# La page de blocage, selon la classe
block-heading = Ce site est bloqué
block-lead = { $organisation } n’autorise pas ce site sur son réseau.
block-security-heading = Site dangereux bloqué
block-security-lead = { $organisation } a bloqué ce site pour vous protéger. Il pourrait endommager votre appareil ou voler des mots de passe et des données.
block-content-lead = { $organisation } n’autorise pas ce type de site sur son réseau.
block-legal-heading = Bloqué pour des raisons légales
block-legal-lead = { $organisation } est dans l’obligation de bloquer ce site en vertu de la loi ou sur décision d’une autorité.
block-organisation-heading = Non disponible sur ce réseau
block-organisation-lead = { $organisation } a choisi de ne pas rendre ce site accessible sur son réseau.
block-unlisted-heading = Ce site n’a pas été ouvert
block-unlisted-lead = Le réseau a dirigé votre navigateur vers cette page et non vers le site.
why-rule = Une règle définie par { $organisation } s’applique à ce site.
why-unlisted = Ce site ne figure sur aucune liste de ce serveur. Le réseau l’a redirigé pour une autre raison.
todo-leave = Fermez cet onglet ou utilisez le bouton Retour de votre navigateur.
todo-security = Avez-vous suivi un lien reçu dans un message ? Ne l’ouvrez plus. Si vous avez déjà saisi un mot de passe sur ce site, changez-le dès maintenant.
todo-mistake = Avez-vous besoin de ce site, ou a-t-il été bloqué par erreur ? Demandez un réexamen.
todo-nobody = Avez-vous besoin de ce site, ou a-t-il été bloqué par erreur ? Adressez-vous aux responsables de votre réseau.

# Ce qu’est devenue une demande précédente
earlier-label = Votre demande
earlier-waiting = Vous avez demandé l’accès le { $since }. Aucune décision n’a encore été prise.
earlier-approved = Votre demande a été acceptée. Le site vous est ouvert jusqu’au { $until }.
earlier-denied = Votre demande a été refusée.

# Un code de déblocage
code-summary = J’ai un code de déblocage
code-label = Code de déblocage
code-hint = Les majuscules, les minuscules, les espaces et les traits d’union sont sans importance.
code-send = Ouvrir le site

# Une demande d’accès
request-summary = Demander l’accès
request-label = Pourquoi avez-vous besoin de ce site ?
request-hint = Ce texte est lu par les responsables de votre réseau. N’y écrivez pas de mot de passe.
request-contact-label = Comment vous joindre (facultatif)
request-contact-hint = Par exemple, votre adresse électronique ou le numéro de votre bureau.
request-send = Envoyer la demande

# Ce qui n’allait pas dans un formulaire envoyé
problem-reason-missing = Veuillez indiquer pourquoi.
problem-reason-unknown = Veuillez choisir l’un des motifs de la liste.
problem-code-wrong =
    { $left ->
        [0] Ce code n’est pas correct.
        [one] Ce code n’est pas correct. Il vous reste { $left } essai.
       *[other] Ce code n’est pas correct. Il vous reste { $left } essais.
    }
problem-code-locked = Trop de codes erronés ont été saisis. Vous pourrez réessayer à partir du { $until }.
problem-code-not-for-this = Ce code n’est pas prévu pour ce site.
problem-code-spent = Ce code est épuisé ou n’est plus valable.
problem-too-many-requests = Vous avez déjà envoyé plusieurs demandes. Veuillez patienter avant d’envoyer la suivante.
problem-requests-full = Aucune autre demande ne peut être reçue pour l’instant. Veuillez réessayer plus tard.
problem-try-again = Cela n’a pas fonctionné. Veuillez réessayer.

# La page d’avertissement
warn-heading = Faites attention
warn-lead = { $organisation } déconseille de consulter ce site.
warn-todo-leave = Le choix le plus sûr est de quitter la page maintenant.
warn-todo-continue = Si vous connaissez ce site et lui faites confiance, vous pouvez continuer. Votre décision est enregistrée et vaut pour une durée limitée.
warn-todo-used-up = Pour aujourd’hui, vous avez ouvert ce site autant de fois que c’est permis.
warn-leave = Quitter ce site
warn-continue = Continuer vers le site
warn-reason-label = Pourquoi voulez-vous continuer ?
warn-reason-optional-label = Pourquoi voulez-vous continuer ? (facultatif)
warn-reason-hint = Votre réponse est enregistrée.
warn-reason-choose = Veuillez choisir

# La page sur les cookies
cookies-block-heading = Ce site est bloqué et les cookies sont désactivés
cookies-warn-heading = Ce site fait l’objet d’un avertissement et les cookies sont désactivés
cookies-lead = { $organisation } dépose un petit cookie pour vous montrer la page complète. Votre navigateur ne l’a pas renvoyé.
cookies-settings = Ouvrez les paramètres de votre navigateur et cherchez « Confidentialité » ou « Cookies ».
cookies-allow = Autorisez les cookies, au moins pour cette adresse.
cookies-retry = Revenez à cette page et réessayez.

# La page dans un cadre
frame-block = Bloqué
frame-warn = Attention
frame-warn-hint = Ouvrez cette adresse dans un onglet à part pour décider.

# Pages d’erreur
error-misdirected-heading = Mauvaise connexion
error-misdirected-lead = Votre navigateur a demandé cette adresse par une connexion destinée à une autre.
error-bad-request-heading = La demande est illisible
error-bad-request-lead = Votre navigateur a envoyé quelque chose que ce serveur ne comprend pas.
error-too-large-heading = La demande est trop volumineuse
error-too-large-lead = Votre navigateur a envoyé plus que ce serveur n’accepte.
error-method-heading = Ce n’est pas possible ici
error-method-lead = Cette page n’accepte pas ce type de demande.
error-not-found-heading = Page introuvable
error-not-found-lead = Cette page n’existe pas sur ce serveur.
error-expired-heading = Ce formulaire a expiré
error-expired-lead = La page est restée ouverte trop longtemps ou a été envoyée deux fois.
error-plain-http-heading = Une connexion sécurisée est nécessaire
error-plain-http-lead = Votre navigateur a envoyé une demande non chiffrée à un port qui attend du HTTPS.
error-granted-heading = Vous pouvez continuer
error-granted-lead = Votre décision a été prise en compte, mais ce serveur ne peut pas ouvrir le site pour vous.
error-internal-heading = Un problème est survenu
error-internal-lead = Ce serveur n’a pas pu préparer la page prévue. Vous n’y êtes pour rien.
error-busy-heading = Serveur momentanément surchargé
error-busy-lead = Ce serveur a atteint sa limite et ne peut pas répondre pour l’instant.
error-origin-unresolved-heading = Site introuvable
error-origin-unresolved-lead = Ce serveur a cherché l’adresse du site et n’en a trouvé aucune.
error-origin-refused-heading = Le site ne peut pas être ouvert ici
error-origin-refused-lead = Son adresse se trouve dans un réseau interne, et ce serveur n’ouvre pas les sites qui s’y trouvent.
error-origin-unreachable-heading = Le site est injoignable
error-origin-unreachable-lead = Ce serveur n’a pas pu se connecter au site.
error-origin-timeout-heading = Le site ne répond pas
error-origin-timeout-lead = Ce serveur a attendu le site, mais la réponse n’est pas arrivée à temps.
error-origin-certificate-heading = Le site n’est pas digne de confiance pour l’instant
error-origin-certificate-lead = Le site n’a pas pu prouver son identité. Pour vous protéger, ce serveur ne s’y est pas connecté.
error-origin-broke-heading = La réponse du site est inutilisable
error-origin-broke-lead = Le site a interrompu la connexion ou a envoyé quelque chose que ce serveur ne comprend pas.
error-origin-loop-heading = Le chemin vers le site tourne en rond
error-origin-loop-lead = L’adresse du site ramène à ce serveur, qui ne peut donc pas ouvrir le site pour vous.
todo-reload = Patientez un instant, puis rechargez la page.
todo-back-and-retry = Revenez en arrière dans votre navigateur, rechargez la page et réessayez.
todo-https = Ajoutez « https:// » devant l’adresse et réessayez.
todo-granted = Si cette page revient sans cesse, demandez que le site soit débloqué.
todo-origin-spelling = Vérifiez que l’adresse est bien écrite, ou réessayez dans quelques minutes.
todo-origin-later = Le site est peut-être en panne. Réessayez dans quelques minutes.
todo-origin-certificate = Le plus souvent, l’erreur vient du site : son certificat a expiré ou porte un autre nom. Réessayez un autre jour ou adressez-vous aux responsables de votre réseau.
todo-origin-administrator = Réessayer ne sert à rien. Prévenez les responsables de votre réseau : eux seuls peuvent y remédier.
