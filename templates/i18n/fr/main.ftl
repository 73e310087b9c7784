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
passes-through = Si vous continuez vers un site, tout ce que vous échangez avec lui passe par un serveur de { $organisation }, qui pourrait le lire.
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

# Le portail : ses deux pages
portal-install = Installer le certificat
portal-check = Vérifier cet appareil
fingerprint-label = Empreinte (SHA-256)
fingerprint-windows-label = Empreinte (SHA-1 ; Windows l’appelle « empreinte numérique »)
certificate-label = Certificat
ends-label = Valable jusqu’au
download = Télécharger

# Le portail : la page d’où l’on installe le certificat racine
install-heading = Installer le certificat de { $organisation }
install-lead = Avec ce certificat, votre navigateur peut afficher sans avertissement de sécurité les pages de { $organisation } sur les sites bloqués.
install-managed = Votre appareil est-il géré par { $organisation } ? Alors il a très probablement déjà le certificat : vérifiez d’abord cet appareil.
install-unprotected = Cette page est arrivée par une connexion non protégée ; quelqu’un entre vous et ce serveur a pu la modifier. Avant d’installer quoi que ce soit, comparez l’empreinte avec une copie obtenue par une autre voie : sur papier, auprès d’un ou d’une collègue, ou par téléphone.
install-compare = J’ai comparé l’empreinte
install-both = Un certificat prend la place de l’autre. Installez les deux : ainsi, rien ne changera pour vous à ce moment-là.
install-choose = Choisissez votre appareil
install-ios = iPhone et iPad
install-ios-1 = Ouvrez cette page dans Safari, touchez « Télécharger » et autorisez le téléchargement du profil.
install-ios-2 = Dans les huit minutes, ouvrez Réglages, touchez « Profil téléchargé », puis « Installer ».
install-ios-3 = Ouvrez ensuite Réglages › Général › Informations › Réglages de confiance des certificats et activez le certificat. Sans cette étape, rien ne change.
install-ios-remove = Réglages › Général › VPN et gestion de l’appareil › le profil › Supprimer le profil.
install-android = Android
install-android-1 = Touchez « Télécharger ». Android n’ouvre pas le fichier de lui-même.
install-android-2 = Ouvrez les Paramètres et cherchez « Certificat CA ». Il se trouve sous Sécurité et confidentialité › Autres paramètres de sécurité › Chiffrement et identifiants › Installer un certificat › Certificat CA.
install-android-3 = Touchez « Installer quand même » et choisissez le fichier téléchargé.
install-android-note = Chrome et la plupart des autres navigateurs font alors confiance au certificat. Beaucoup d’autres applications ne le font jamais ; c’est une règle d’Android.
install-android-remove = Paramètres › Sécurité et confidentialité › Chiffrement et identifiants › Certificats de confiance › Utilisateur › le certificat › Supprimer.
install-windows = Windows
install-windows-1 = Téléchargez le fichier, ouvrez-le et choisissez « Installer un certificat… ».
install-windows-2 = Choisissez « Ordinateur local » si vous administrez cet ordinateur, sinon « Utilisateur actuel ».
install-windows-3 = Choisissez « Placer tous les certificats dans le magasin suivant », puis « Parcourir… » et là « Autorités de certification racines de confiance ». Si Windows choisit lui-même le magasin, rien ne change.
install-windows-remove = Ouvrez certmgr.msc (ou certlm.msc pour « Ordinateur local ») › Autorités de certification racines de confiance › Certificats et supprimez le certificat.
install-mac = Mac
install-mac-1 = Téléchargez le profil et ouvrez-le.
install-mac-2 = Ouvrez Réglages Système › Général › Gestion de l’appareil, choisissez le profil, puis « Installer ».
install-mac-3 = Si les navigateurs avertissent encore : ouvrez Trousseaux d’accès › Système, puis le certificat, et sous « Se fier » choisissez « Toujours approuver ».
install-mac-ipad = Est-ce un iPad ? Il se présente comme un Mac : voyez « iPhone et iPad ».
install-mac-remove = Réglages Système › Général › Gestion de l’appareil › le profil › Supprimer.
install-chromeos = Chromebook
install-chromeos-1 = Téléchargez le fichier.
install-chromeos-2 = Ouvrez l’adresse chrome://certificate-manager, choisissez « Personnalisé », puis « Importer ».
install-chromeos-3 = Choisissez le fichier et cochez « Faire confiance à ce certificat pour identifier les sites Web ». Sans cette coche, rien ne change.
install-chromeos-remove = À l’adresse chrome://certificate-manager, ouvrez le certificat sous « Personnalisé » et supprimez-le.
install-linux = Linux
install-linux-1 = Téléchargez le fichier, puis saisissez les commandes de votre système. Chromium et Firefox ont leurs propres magasins ; les dernières commandes sont pour eux.
install-linux-remove = Supprimez le fichier que les commandes ont mis en place et saisissez encore une fois la deuxième commande.
install-firefox = Firefox
install-firefox-1 = Sous Windows, Mac et Android, Firefox reprend la confiance du système ; il n’y a rien à faire ici. Sous Linux, ou si Firefox avertit encore, téléchargez le fichier.
install-firefox-2 = Ouvrez Paramètres › Vie privée et sécurité › Certificats › Afficher les certificats… › Autorités › Importer… et choisissez le fichier.
install-firefox-3 = Cochez « Confirmer cette AC pour identifier des sites web ». Sans cette coche, rien ne change.
install-firefox-remove = Au même endroit, choisissez le certificat, puis « Supprimer ou ne plus faire confiance… ».
install-programs = Programmes, et pour qui s’occupe des appareils
install-programs-lead = Fichiers pour Java, Node, Python, git et pour les outils de gestion des appareils. Les responsables de ce serveur produisent les fichiers pour chaque outil avec « blockhouse-ca export --all ».
install-remove-label = Comment le retirer
install-can-label = Ce que peut ce certificat
install-can = Quiconque détient la clé de ce certificat peut répondre au nom de n’importe quel site sur les appareils qui lui font confiance. { $organisation } s’en sert pour afficher des pages sur les sites bloqués ou signalés sur ce réseau.
install-own = La clé n’appartient qu’à cette installation ; aucune autre organisation ne la possède.
install-excluded = Il ne peut jamais servir pour :

# Le portail : la page qui vérifie un appareil
check-heading = Cet appareil est-il prêt ?
check-lead = Cette page essaie ce dont votre navigateur a besoin pour afficher les pages de { $organisation }.
check-trust-label = Certificat
check-trust-good = Ce navigateur fait confiance au certificat.
check-trust-bad = Ce navigateur ne fait pas confiance au certificat. Installez-le, puis vérifiez à nouveau.
check-trust-unknown = Impossible de le savoir, car l’adresse de test n’a pas été atteinte. Soit le certificat manque, soit votre réseau ne répond pas pour les noms.
check-next-root-label = Prochain certificat
check-next-root-good = Ce navigateur fait aussi confiance au prochain certificat de { $organisation }.
check-next-root-bad = Il manque à ce navigateur le prochain certificat, qui prendra la place de l’actuel. Installez-le, puis vérifiez à nouveau.
check-cookies-label = Cookies
check-cookies-good = Ce navigateur conserve les cookies.
check-cookies-bad = Ce navigateur refuse les cookies. Autorisez-les dans ses paramètres, au moins sur ce réseau : les pages d’avertissement en ont besoin.
check-dns-label = Noms
check-dns-good = Le serveur de noms de votre réseau mène à ce serveur.
check-dns-bad = Votre navigateur n’utilise pas le serveur de noms de votre réseau. Désactivez le « DNS sécurisé » et tout VPN dans ses paramètres, ou adressez-vous aux responsables de votre réseau.
check-dns-unknown = Impossible de le savoir.
check-ipv4-label = IPv4
check-ipv4-good = Ce serveur est accessible en IPv4.
check-ipv4-bad = Ce serveur n’est pas accessible en IPv4.
check-ipv6-label = IPv6
check-ipv6-good = Ce serveur est accessible en IPv6.
check-ipv6-unknown = Ce serveur n’est pas accessible en IPv6. Cela ne gêne pas tant que l’IPv4 fonctionne.
check-later = Cela pourra être établi dès que ce navigateur fera confiance au certificat.
check-waiting = Un instant…
check-again = Vérifier à nouveau
check-script = Pour vérifier cela, la page a besoin de JavaScript. Sans lui : vous voyez ici une coche verte si ce navigateur fait confiance au certificat.
check-script-picture = pas encore de confiance
check-only = La réponse ne vaut que pour ce navigateur ; d’autres programmes de cet appareil peuvent avoir leurs propres magasins.
check-next = Vers le certificat
