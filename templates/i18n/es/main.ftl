# Todas las páginas
language-label = Idioma
page-from = Esta página es de { $organisation }, que administra esta red.
host-label = Dirección
why-label = Motivo
todo-label = Qué puede hacer
contact-label = A quién dirigirse
contact-hint = Deje el número de incidencia en el asunto del mensaje; así será más rápido localizar su caso.
mail-subject = Sitio bloqueado
details-label = Datos técnicos
event-label = Número de incidencia
time-label = Hora (UTC)
location-label = Ubicación
policy-label = Política
client-label = Su dirección
connection-label = Conexión
detail-label = Causa técnica
until-label = Válido hasta
try-again = Volver a intentarlo

# Clases de categorías
class-security = Seguridad
class-content = Contenido
class-legal = Obligación legal
class-organisation = Norma interna

# La página de bloqueo, según la clase
block-heading = Este sitio está bloqueado
block-lead = { $organisation } no permite este sitio en su red.
block-security-heading = Sitio peligroso bloqueado
block-security-lead = { $organisation } ha bloqueado este sitio para protegerle. Podría dañar su dispositivo o robar contraseñas y datos.
block-content-lead = { $organisation } no permite este tipo de sitios en su red.
block-legal-heading = Bloqueado por motivos legales
block-legal-lead = { $organisation } debe bloquear este sitio por ley o por orden de una autoridad.
block-organisation-heading = No disponible en esta red
block-organisation-lead = { $organisation } ha decidido no ofrecer este sitio en su red.
block-unlisted-heading = Este sitio no se ha abierto
block-unlisted-lead = La red ha llevado su navegador a esta página y no al sitio.
why-rule = A este sitio se le aplica una norma de { $organisation }.
why-unlisted = El sitio no figura en ninguna lista de este servidor. La red lo ha redirigido por otro motivo.
todo-leave = Cierre esta pestaña o use el botón Atrás del navegador.
todo-security = ¿Ha seguido un enlace de un mensaje? No vuelva a abrirlo. Si alguna vez escribió una contraseña en este sitio, cámbiela ahora.
todo-mistake = ¿Necesita este sitio o se ha bloqueado por error? Pida que se revise.
todo-nobody = ¿Necesita este sitio o se ha bloqueado por error? Consulte a quienes se ocupan de su red.

# Qué ha sido de una petición anterior
earlier-label = Su petición
earlier-waiting = Usted pidió acceso el { $since }. Todavía no se ha tomado una decisión.
earlier-approved = Su petición se ha aprobado. Puede abrir el sitio hasta el { $until }.
earlier-denied = Su petición se ha rechazado.

# Un código de desbloqueo
code-summary = Tengo un código de desbloqueo
code-label = Código de desbloqueo
code-hint = No importan las mayúsculas o minúsculas, los espacios ni los guiones.
code-send = Abrir el sitio

# Una petición de acceso
request-summary = Pedir acceso
request-label = ¿Para qué necesita este sitio?
request-hint = Lo leerán quienes se ocupan de su red. No escriba contraseñas.
request-contact-label = Cómo localizarle (opcional)
request-contact-hint = Por ejemplo, su correo electrónico o el número de su despacho.
request-send = Enviar la petición

# Qué falló en un formulario enviado
problem-reason-missing = Escriba el motivo.
problem-reason-unknown = Elija uno de los motivos de la lista.
problem-code-wrong =
    { $left ->
        [0] Este código no es correcto.
        [one] Este código no es correcto. Le queda { $left } intento.
       *[other] Este código no es correcto. Le quedan { $left } intentos.
    }
problem-code-locked = Se han introducido demasiados códigos erróneos. Podrá volver a intentarlo a partir del { $until }.
problem-code-not-for-this = Este código no sirve para este sitio.
problem-code-spent = Este código está agotado o ya no es válido.
problem-too-many-requests = Ya ha enviado varias peticiones. Espere antes de enviar la siguiente.
problem-requests-full = En este momento no se admiten más peticiones. Inténtelo más tarde.
problem-try-again = No ha funcionado. Inténtelo otra vez.

# La página de advertencia
warn-heading = Tenga cuidado
warn-lead = { $organisation } desaconseja visitar este sitio.
warn-todo-leave = Lo más seguro es salir ahora.
warn-todo-continue = Si conoce este sitio y confía en él, puede continuar. Su decisión queda registrada y vale por un tiempo limitado.
passes-through = Si continúa a un sitio, todo lo que usted y el sitio se envían pasa por un servidor de { $organisation }, que podría leerlo.
warn-todo-used-up = Por hoy ya ha continuado a este sitio tantas veces como está permitido.
warn-leave = Salir de este sitio
warn-continue = Continuar al sitio
warn-reason-label = ¿Por qué desea continuar?
warn-reason-optional-label = ¿Por qué desea continuar? (opcional)
warn-reason-hint = Su respuesta queda registrada.
warn-reason-choose = Elija una opción

# La página de cookies
cookies-block-heading = Este sitio está bloqueado y las cookies están desactivadas
cookies-warn-heading = Hay una advertencia sobre este sitio y las cookies están desactivadas
cookies-lead = { $organisation } usa una pequeña cookie para mostrarle la página completa. Su navegador no la ha devuelto.
cookies-settings = Abra los ajustes del navegador y busque «Privacidad» o «Cookies».
cookies-allow = Permita las cookies, al menos para esta dirección.
cookies-retry = Vuelva a esta página e inténtelo de nuevo.

# La página en un marco
frame-block = Bloqueado
frame-warn = Aviso
frame-warn-hint = Abra esta dirección en una pestaña propia para decidir.

# Páginas de error
error-misdirected-heading = Conexión equivocada
error-misdirected-lead = Su navegador ha pedido esta dirección por una conexión que corresponde a otra.
error-bad-request-heading = No se pudo leer la solicitud
error-bad-request-lead = Su navegador ha enviado algo que este servidor no entiende.
error-too-large-heading = La solicitud es demasiado grande
error-too-large-lead = Su navegador ha enviado más de lo que este servidor acepta.
error-method-heading = Aquí no es posible
error-method-lead = Esta página no admite este tipo de solicitud.
error-not-found-heading = Página no encontrada
error-not-found-lead = No existe esa página en este servidor.
error-expired-heading = Este formulario ha caducado
error-expired-lead = La página estuvo abierta demasiado tiempo o se envió dos veces.
error-plain-http-heading = Hace falta una conexión segura
error-plain-http-lead = Su navegador ha enviado una solicitud sin cifrar a un puerto que espera HTTPS.
error-granted-heading = Puede continuar
error-granted-lead = Su decisión ha quedado anotada, pero este servidor no puede abrirle el sitio.
error-internal-heading = Algo ha fallado
error-internal-lead = Este servidor no ha podido preparar la página que debía mostrarle. No es culpa suya.
error-busy-heading = Demasiado trabajo en este momento
error-busy-lead = Este servidor ha llegado a su límite y ahora no puede responder.
error-origin-unresolved-heading = No se ha encontrado el sitio
error-origin-unresolved-lead = Este servidor ha buscado la dirección del sitio y no ha encontrado ninguna.
error-origin-refused-heading = El sitio no se puede abrir aquí
error-origin-refused-lead = Su dirección está en una red interna, y este servidor no abre sitios de esas redes.
error-origin-unreachable-heading = No se puede acceder al sitio
error-origin-unreachable-lead = Este servidor no ha podido conectarse al sitio.
error-origin-timeout-heading = El sitio no responde
error-origin-timeout-lead = Este servidor ha esperado al sitio, pero la respuesta no ha llegado a tiempo.
error-origin-certificate-heading = Ahora no se puede confiar en el sitio
error-origin-certificate-lead = El sitio no ha podido demostrar su identidad. Para protegerle, este servidor no se ha conectado a él.
error-origin-broke-heading = La respuesta del sitio no se puede usar
error-origin-broke-lead = El sitio ha cortado la conexión o ha enviado algo que este servidor no entiende.
error-origin-loop-heading = El camino al sitio da vueltas en círculo
error-origin-loop-lead = La dirección del sitio lleva de vuelta a este servidor, que por eso no puede abrírselo.
todo-reload = Espere un momento y recargue la página.
todo-back-and-retry = Vuelva atrás en el navegador, recargue la página e inténtelo otra vez.
todo-https = Escriba «https://» delante de la dirección e inténtelo de nuevo.
todo-granted = Si esta página sigue apareciendo, pida que se desbloquee el sitio.
todo-origin-spelling = Compruebe que la dirección está bien escrita o inténtelo de nuevo dentro de unos minutos.
todo-origin-later = Es posible que el sitio tenga una avería. Inténtelo de nuevo dentro de unos minutos.
todo-origin-certificate = Casi siempre el fallo es del sitio: su certificado ha caducado o está a otro nombre. Inténtelo otro día o consulte a quienes se ocupan de su red.
todo-origin-administrator = Volver a intentarlo no sirve de nada. Avise a quienes se ocupan de su red: son los únicos que pueden cambiarlo.

# El portal: sus dos páginas
portal-install = Instalar el certificado
portal-check = Comprobar este dispositivo
fingerprint-label = Huella digital (SHA-256)
fingerprint-windows-label = Huella digital (SHA-1; Windows la llama «huella digital» o «thumbprint»)
certificate-label = Certificado
ends-label = Válido hasta
download = Descargar

# El portal: la página desde la que se instala el certificado raíz
install-heading = Instalar el certificado de { $organisation }
install-lead = Con este certificado, su navegador puede mostrarle sin advertencia de seguridad las páginas de { $organisation } sobre sitios bloqueados.
install-managed = ¿{ $organisation } administra su dispositivo? Entonces es muy probable que ya tenga el certificado: compruebe primero este dispositivo.
install-unprotected = Esta página ha llegado por una conexión sin proteger, de modo que alguien entre usted y este servidor podría haberla cambiado. Antes de instalar nada, compare la huella digital con una copia que haya recibido por otra vía: en papel, de otra persona de la organización o por teléfono.
install-compare = He comparado la huella digital
install-both = Un certificado sustituye al otro. Instale los dos: así nada cambiará para usted cuando lo haga.
install-choose = Elija su dispositivo
install-ios = iPhone y iPad
install-ios-1 = Abra esta página en Safari, toque «Descargar» y permita la descarga del perfil.
install-ios-2 = Antes de que pasen ocho minutos, abra Ajustes, toque «Perfil descargado» y después «Instalar».
install-ios-3 = Después abra Ajustes › General › Información › Configuración de confianza de los certificados y active el certificado. Sin este paso no cambia nada.
install-ios-remove = Ajustes › General › VPN y gestión de dispositivos › el perfil › Eliminar perfil.
install-android = Android
install-android-1 = Toque «Descargar». Android no abre el archivo por sí mismo.
install-android-2 = Abra Ajustes y busque «Certificado de CA». Está en Seguridad y privacidad › Más ajustes de seguridad › Cifrado y credenciales › Instalar un certificado › Certificado de CA.
install-android-3 = Toque «Instalar de todos modos» y elija el archivo descargado.
install-android-note = Chrome y la mayoría de los demás navegadores confían entonces en el certificado. Muchas otras aplicaciones no lo hacen nunca; es una norma de Android.
install-android-remove = Ajustes › Seguridad y privacidad › Cifrado y credenciales › Credenciales de confianza › Usuario › el certificado › Eliminar.
install-windows = Windows
install-windows-1 = Descargue el archivo, ábralo y elija «Instalar certificado…».
install-windows-2 = Elija «Equipo local» si administra este equipo; si no, «Usuario actual».
install-windows-3 = Elija «Colocar todos los certificados en el siguiente almacén», luego «Examinar…» y ahí «Entidades de certificación raíz de confianza». Si Windows elige el almacén por su cuenta, no cambia nada.
install-windows-remove = Abra certmgr.msc (o certlm.msc para «Equipo local») › Entidades de certificación raíz de confianza › Certificados y elimine el certificado.
install-mac = Mac
install-mac-1 = Descargue el perfil y ábralo.
install-mac-2 = Abra Ajustes del Sistema › General › Gestión de dispositivos, elija el perfil y después «Instalar».
install-mac-3 = Si los navegadores siguen avisando: abra Acceso a Llaveros › Sistema, abra el certificado y en «Confiar» elija «Confiar siempre».
install-mac-ipad = ¿Es un iPad? Se presenta como un Mac: consulte «iPhone y iPad».
install-mac-remove = Ajustes del Sistema › General › Gestión de dispositivos › el perfil › Eliminar.
install-chromeos = Chromebook
install-chromeos-1 = Descargue el archivo.
install-chromeos-2 = Abra la dirección chrome://certificate-manager, elija «Personalizado» y después «Importar».
install-chromeos-3 = Elija el archivo y marque «Confiar en este certificado para identificar sitios web». Sin la marca no cambia nada.
install-chromeos-remove = En chrome://certificate-manager, abra el certificado en «Personalizado» y elimínelo.
install-linux = Linux
install-linux-1 = Descargue el archivo e introduzca después las órdenes para su sistema. Chromium y Firefox tienen almacenes propios; las últimas órdenes son para ellos.
install-linux-remove = Elimine el archivo que las órdenes han colocado e introduzca otra vez la segunda orden.
install-firefox = Firefox
install-firefox-1 = En Windows, Mac y Android, Firefox adopta la confianza del sistema; ahí no hay nada que hacer. En Linux, o si Firefox sigue avisando, descargue el archivo.
install-firefox-2 = Abra Ajustes › Privacidad y seguridad › Certificados › Ver certificados… › Autoridades › Importar… y elija el archivo.
install-firefox-3 = Marque «Confiar en esta CA para identificar sitios web». Sin la marca no cambia nada.
install-firefox-remove = En el mismo lugar, elija el certificado y después «Eliminar o dejar de confiar…».
install-programs = Programas, y para quienes se ocupan de los dispositivos
install-programs-lead = Archivos para Java, Node, Python, git y para gestores de dispositivos. Quien administra este servidor genera los archivos para cada gestor con «blockhouse-ca export --all».
install-remove-label = Cómo quitarlo
install-can-label = Qué puede hacer este certificado
install-can = Quien tenga la clave de este certificado puede responder en nombre de cualquier sitio en los dispositivos que confían en él. { $organisation } la usa para mostrar páginas sobre sitios bloqueados o con advertencia en esta red.
install-own = La clave pertenece solo a esta instalación; ninguna otra organización la tiene.
install-excluded = Nunca puede usarse para:

# El portal: la página que comprueba un dispositivo
check-heading = ¿Está listo este dispositivo?
check-lead = Esta página prueba lo que su navegador necesita para mostrar las páginas de { $organisation }.
check-trust-label = Certificado
check-trust-good = Este navegador confía en el certificado.
check-trust-bad = Este navegador no confía en el certificado. Instálelo y compruebe de nuevo.
check-trust-unknown = No se ha podido averiguar porque no se ha alcanzado la dirección de prueba. O falta el certificado, o su red no responde a los nombres.
check-next-root-label = Próximo certificado
check-next-root-good = Este navegador también confía en el próximo certificado de { $organisation }.
check-next-root-bad = A este navegador le falta el próximo certificado, que sustituirá al actual. Instálelo y compruebe de nuevo.
check-cookies-label = Cookies
check-cookies-good = Este navegador conserva las cookies.
check-cookies-bad = Este navegador rechaza las cookies. Permítalas en sus ajustes, al menos en esta red: las páginas de advertencia necesitan una.
check-dns-label = Nombres
check-dns-good = El servidor de nombres de su red conduce a este servidor.
check-dns-bad = Su navegador no usa el servidor de nombres de su red. Desactive el «DNS seguro» y cualquier VPN en sus ajustes, o consulte a quienes se ocupan de su red.
check-dns-unknown = No se ha podido averiguar.
check-ipv4-label = IPv4
check-ipv4-good = Se llega a este servidor por IPv4.
check-ipv4-bad = No se llega a este servidor por IPv4.
check-ipv6-label = IPv6
check-ipv6-good = Se llega a este servidor por IPv6.
check-ipv6-unknown = No se llega a este servidor por IPv6. No importa mientras IPv4 funcione.
check-later = Se podrá averiguar cuando este navegador confíe en el certificado.
check-waiting = Un momento…
check-again = Comprobar de nuevo
check-script = Para comprobarlo, la página necesita JavaScript. Sin él: aquí ve una marca verde si este navegador confía en el certificado.
check-script-picture = todavía no es de confianza
check-only = La respuesta vale solo para este navegador; otros programas de este dispositivo pueden tener almacenes propios.
check-next = Ir al certificado
