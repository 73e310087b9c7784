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

# La página de advertencia
warn-heading = Tenga cuidado
warn-lead = { $organisation } desaconseja visitar este sitio.
warn-todo-leave = Lo más seguro es salir ahora.
warn-todo-continue = Si conoce este sitio y confía en él, puede continuar. Su decisión queda registrada y vale por un tiempo limitado.
warn-leave = Salir de este sitio
warn-continue = Continuar al sitio

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
todo-reload = Espere un momento y recargue la página.
todo-back-and-retry = Vuelva atrás en el navegador, recargue la página e inténtelo otra vez.
todo-https = Escriba «https://» delante de la dirección e inténtelo de nuevo.
todo-granted = Si esta página sigue apareciendo, pida que se desbloquee el sitio.
