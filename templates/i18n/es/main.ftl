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
