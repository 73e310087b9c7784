# Todas as páginas
language-label = Idioma
page-from = Esta página é de { $organisation }, responsável por esta rede.
host-label = Endereço
why-label = Motivo
todo-label = O que você pode fazer
contact-label = Com quem falar
contact-hint = Mantenha o número da ocorrência no assunto da mensagem; assim seu caso é localizado mais depressa.
mail-subject = Site bloqueado
details-label = Dados técnicos
event-label = Número da ocorrência
time-label = Hora (UTC)
location-label = Local
policy-label = Política
client-label = Seu endereço
connection-label = Conexão
detail-label = Causa técnica
until-label = Válido até
try-again = Tentar novamente

# Classes de categorias
class-security = Segurança
class-content = Conteúdo
class-legal = Exigência legal
class-organisation = Regra interna

# A página de bloqueio, conforme a classe
block-heading = Este site está bloqueado
block-lead = { $organisation } não permite este site em sua rede.
block-security-heading = Site perigoso bloqueado
block-security-lead = { $organisation } bloqueou este site para proteger você. Ele pode danificar seu dispositivo ou roubar senhas e dados.
block-content-lead = { $organisation } não permite sites deste tipo em sua rede.
block-legal-heading = Bloqueado por motivos legais
block-legal-lead = { $organisation } tem a obrigação de bloquear este site por lei ou por ordem de uma autoridade.
block-organisation-heading = Não disponível nesta rede
block-organisation-lead = { $organisation } decidiu não oferecer este site em sua rede.
block-unlisted-heading = Este site não foi aberto
block-unlisted-lead = A rede trouxe seu navegador para esta página, e não para o site.
why-rule = Uma regra de { $organisation } se aplica a este site.
why-unlisted = O site não consta em nenhuma lista deste servidor. A rede o redirecionou por outro motivo.
todo-leave = Feche esta aba ou use o botão Voltar do navegador.
todo-security = Você seguiu um link de uma mensagem? Não o abra novamente. Se já digitou uma senha neste site, troque-a agora.
todo-mistake = Você precisa deste site ou ele foi bloqueado por engano? Peça uma revisão.
todo-nobody = Você precisa deste site ou ele foi bloqueado por engano? Fale com quem cuida da sua rede.

# O que houve com um pedido anterior
earlier-label = Seu pedido
earlier-waiting = Você pediu acesso em { $since }. Ninguém decidiu ainda.
earlier-approved = Seu pedido foi aprovado. Você pode abrir o site até { $until }.
earlier-denied = Seu pedido foi recusado.

# Um código de liberação
code-summary = Tenho um código de liberação
code-label = Código de liberação
code-hint = Maiúsculas, minúsculas, espaços e hifens não fazem diferença.
code-send = Abrir o site

# Um pedido de acesso
request-summary = Pedir acesso
request-label = Para que você precisa deste site?
request-hint = Quem cuida da sua rede vai ler isto. Não escreva senhas.
request-contact-label = Como falar com você (opcional)
request-contact-hint = Por exemplo, seu e-mail ou o número da sua sala.
request-send = Enviar o pedido

# O que havia de errado em um formulário enviado
problem-reason-missing = Escreva o motivo.
problem-reason-unknown = Escolha um dos motivos da lista.
problem-code-wrong =
    { $left ->
        [0] Este código não está certo.
        [one] Este código não está certo. Resta { $left } tentativa.
       *[other] Este código não está certo. Restam { $left } tentativas.
    }
problem-code-locked = Códigos errados foram digitados vezes demais. Tente novamente depois de { $until }.
problem-code-not-for-this = Este código não serve para este site.
problem-code-spent = Este código já foi usado ou não é mais válido.
problem-too-many-requests = Você já enviou vários pedidos. Espere antes de enviar o próximo.
problem-requests-full = No momento, não é possível receber mais pedidos. Tente novamente mais tarde.
problem-try-again = Não funcionou. Tente mais uma vez.

# A página de aviso
warn-heading = Tenha cuidado
warn-lead = { $organisation } não recomenda visitar este site.
warn-todo-leave = O mais seguro é sair agora.
warn-todo-continue = Se você conhece este site e confia nele, pode continuar. Sua decisão fica registrada e vale por tempo limitado.
passes-through = Se você continuar para um site, tudo o que você e o site enviam um ao outro passa por um servidor de { $organisation }, que poderia lê-lo.
warn-todo-used-up = Por hoje, você já continuou para este site tantas vezes quanto é permitido.
warn-leave = Sair deste site
warn-continue = Continuar para o site
warn-reason-label = Por que você quer continuar?
warn-reason-optional-label = Por que você quer continuar? (opcional)
warn-reason-hint = Sua resposta fica registrada.
warn-reason-choose = Escolha uma opção

# A página de cookies
cookies-block-heading = Este site está bloqueado e os cookies estão desativados
cookies-warn-heading = Há um aviso sobre este site e os cookies estão desativados
cookies-lead = { $organisation } usa um pequeno cookie para mostrar a página completa. Seu navegador não o devolveu.
cookies-settings = Abra as configurações do navegador e procure por “Privacidade” ou “Cookies”.
cookies-allow = Permita os cookies, ao menos para este endereço.
cookies-retry = Volte a esta página e tente novamente.

# A página em um quadro
frame-block = Bloqueado
frame-warn = Aviso
frame-warn-hint = Abra este endereço em uma aba própria para decidir.

# Páginas de erro
error-misdirected-heading = Conexão errada
error-misdirected-lead = Seu navegador pediu este endereço por uma conexão que pertence a outro.
error-bad-request-heading = Não foi possível ler a solicitação
error-bad-request-lead = Seu navegador enviou algo que este servidor não entende.
error-too-large-heading = A solicitação é grande demais
error-too-large-lead = Seu navegador enviou mais do que este servidor aceita.
error-method-heading = Isto não é possível aqui
error-method-lead = Esta página não aceita este tipo de solicitação.
error-not-found-heading = Página não encontrada
error-not-found-lead = Esta página não existe neste servidor.
error-expired-heading = Este formulário expirou
error-expired-lead = A página ficou aberta por tempo demais ou foi enviada duas vezes.
error-plain-http-heading = É necessária uma conexão segura
error-plain-http-lead = Seu navegador enviou uma solicitação sem criptografia a uma porta que espera HTTPS.
error-granted-heading = Você pode continuar
error-granted-lead = Sua decisão foi registrada, mas este servidor não pode abrir o site para você.
error-internal-heading = Algo deu errado
error-internal-lead = Este servidor não conseguiu preparar a página que você deveria ver. A culpa não é sua.
error-busy-heading = Sobrecarga no momento
error-busy-lead = Este servidor chegou ao limite e não pode responder agora.
error-origin-unresolved-heading = Site não encontrado
error-origin-unresolved-lead = Este servidor procurou o endereço do site e não encontrou nenhum.
error-origin-refused-heading = O site não pode ser aberto aqui
error-origin-refused-lead = O endereço dele fica em uma rede interna, e este servidor não abre sites nessas redes.
error-origin-unreachable-heading = Não foi possível acessar o site
error-origin-unreachable-lead = Este servidor não conseguiu se conectar ao site.
error-origin-timeout-heading = O site não responde
error-origin-timeout-lead = Este servidor esperou pelo site, mas a resposta não chegou a tempo.
error-origin-certificate-heading = No momento, o site não é confiável
error-origin-certificate-lead = O site não conseguiu provar sua identidade. Para proteger você, este servidor não se conectou a ele.
error-origin-broke-heading = A resposta do site não pode ser usada
error-origin-broke-lead = O site interrompeu a conexão ou enviou algo que este servidor não entende.
error-origin-loop-heading = O caminho até o site anda em círculos
error-origin-loop-lead = O endereço do site leva de volta a este servidor, que por isso não pode abrir o site para você.
todo-reload = Aguarde um momento e recarregue a página.
todo-back-and-retry = Volte no navegador, recarregue a página e tente mais uma vez.
todo-https = Escreva “https://” antes do endereço e tente novamente.
todo-granted = Se esta página continuar aparecendo, peça a liberação do site.
todo-origin-spelling = Verifique se o endereço está escrito corretamente ou tente novamente em alguns minutos.
todo-origin-later = O site pode estar com defeito. Tente novamente em alguns minutos.
todo-origin-certificate = Na maioria das vezes, a falha é do site: o certificado dele expirou ou está em outro nome. Tente novamente outro dia ou fale com quem cuida da sua rede.
todo-origin-administrator = Tentar novamente não adianta. Fale com quem cuida da sua rede; só essas pessoas podem mudar isso.

# O portal: suas duas páginas
portal-install = Instalar o certificado
portal-check = Verificar este dispositivo
fingerprint-label = Impressão digital (SHA-256)
fingerprint-windows-label = Impressão digital (SHA-1; o Windows a chama de “impressão digital” ou “thumbprint”)
certificate-label = Certificado
ends-label = Válido até
download = Baixar

# O portal: a página em que se instala o certificado raiz
install-heading = Instalar o certificado de { $organisation }
install-lead = Com este certificado, seu navegador pode mostrar sem aviso de segurança as páginas de { $organisation } sobre sites bloqueados.
install-managed = Seu dispositivo é gerenciado por { $organisation }? Então é muito provável que já tenha o certificado: verifique primeiro este dispositivo.
install-unprotected = Esta página chegou por uma conexão sem proteção; alguém entre você e este servidor pode tê-la alterado. Antes de instalar qualquer coisa, compare a impressão digital com uma cópia que você recebeu por outro meio: em papel, de um colega ou por telefone.
install-compare = Comparei a impressão digital
install-both = Um certificado toma o lugar do outro. Instale os dois: assim nada muda para você quando isso acontecer.
install-choose = Escolha seu dispositivo
install-ios = iPhone e iPad
install-ios-1 = Abra esta página no Safari, toque em “Baixar” e permita o download do perfil.
install-ios-2 = Em até oito minutos, abra Ajustes, toque em “Perfil Baixado” e depois em “Instalar”.
install-ios-3 = Depois abra Ajustes › Geral › Sobre › Ajustes de Confiança dos Certificados e ative o certificado. Sem este passo nada muda.
install-ios-remove = Ajustes › Geral › VPN e Gerenciamento de Dispositivos › o perfil › Remover Perfil.
install-android = Android
install-android-1 = Toque em “Baixar”. O Android não abre o arquivo sozinho.
install-android-2 = Abra as Configurações e procure por “Certificado de CA”. Fica em Segurança e privacidade › Mais configurações de segurança › Criptografia e credenciais › Instalar um certificado › Certificado de CA.
install-android-3 = Toque em “Instalar mesmo assim” e escolha o arquivo baixado.
install-android-note = O Chrome e a maioria dos outros navegadores passam então a confiar no certificado. Muitos outros apps nunca confiam; é uma regra do Android.
install-android-remove = Configurações › Segurança e privacidade › Criptografia e credenciais › Credenciais confiáveis › Usuário › o certificado › Remover.
install-windows = Windows
install-windows-1 = Baixe o arquivo, abra-o e escolha “Instalar Certificado…”.
install-windows-2 = Escolha “Computador Local” se você administra este computador; caso contrário, “Usuário Atual”.
install-windows-3 = Escolha “Colocar todos os certificados no repositório a seguir”, depois “Procurar…” e ali “Autoridades de Certificação Raiz Confiáveis”. Se o Windows escolher o repositório sozinho, nada muda.
install-windows-remove = Abra certmgr.msc (ou certlm.msc para “Computador Local”) › Autoridades de Certificação Raiz Confiáveis › Certificados e exclua o certificado.
install-mac = Mac
install-mac-1 = Baixe o perfil e abra-o.
install-mac-2 = Abra Ajustes do Sistema › Geral › Gerenciamento de Dispositivos, escolha o perfil e depois “Instalar”.
install-mac-3 = Se os navegadores ainda avisarem: abra Acesso às Chaves › Sistema, abra o certificado e, em “Confiança”, escolha “Confiar Sempre”.
install-mac-ipad = É um iPad? Ele se apresenta como Mac: veja “iPhone e iPad”.
install-mac-remove = Ajustes do Sistema › Geral › Gerenciamento de Dispositivos › o perfil › Remover.
install-chromeos = Chromebook
install-chromeos-1 = Baixe o arquivo.
install-chromeos-2 = Abra o endereço chrome://certificate-manager, escolha “Personalizados” e depois “Importar”.
install-chromeos-3 = Escolha o arquivo e marque “Confiar neste certificado para identificar sites”. Sem a marca nada muda.
install-chromeos-remove = Em chrome://certificate-manager, abra o certificado em “Personalizados” e exclua-o.
install-linux = Linux
install-linux-1 = Baixe o arquivo e depois digite os comandos para seu sistema. O Chromium e o Firefox têm repositórios próprios; os últimos comandos são para eles.
install-linux-remove = Exclua o arquivo que os comandos criaram e digite mais uma vez o segundo comando.
install-firefox = Firefox
install-firefox-1 = No Windows, no Mac e no Android, o Firefox adota a confiança do sistema; ali não há nada a fazer. No Linux, ou se o Firefox ainda avisar, baixe o arquivo.
install-firefox-2 = Abra Configurações › Privacidade e Segurança › Certificados › Ver certificados… › Autoridades › Importar… e escolha o arquivo.
install-firefox-3 = Marque “Considerar confiável esta CA para identificar sites”. Sem a marca nada muda.
install-firefox-remove = No mesmo lugar, escolha o certificado e depois “Excluir ou deixar de confiar…”.
install-programs = Programas, e para quem cuida dos dispositivos
install-programs-lead = Arquivos para Java, Node, Python, git e para gerenciadores de dispositivos. Quem administra este servidor gera os arquivos para cada gerenciador com “blockhouse-ca export --all”.
install-remove-label = Como removê-lo
install-can-label = O que este certificado pode fazer
install-can = Quem tem a chave deste certificado pode responder em nome de qualquer site nos dispositivos que confiam nele. { $organisation } a usa para mostrar páginas sobre sites bloqueados ou com aviso nesta rede.
install-own = A chave pertence só a esta instalação; nenhuma outra organização a tem.
install-excluded = Nunca pode ser usado para:

# O portal: a página que verifica um dispositivo
check-heading = Este dispositivo está pronto?
check-lead = Esta página testa o que seu navegador precisa para mostrar as páginas de { $organisation }.
check-trust-label = Certificado
check-trust-good = Este navegador confia no certificado.
check-trust-bad = Este navegador não confia no certificado. Instale-o e verifique de novo.
check-trust-unknown = Não foi possível descobrir, porque o endereço de teste não foi alcançado. Ou falta o certificado, ou sua rede não responde pelos nomes.
check-next-root-label = Próximo certificado
check-next-root-good = Este navegador também confia no próximo certificado de { $organisation }.
check-next-root-bad = Falta a este navegador o próximo certificado, que tomará o lugar do atual. Instale-o e verifique de novo.
check-cookies-label = Cookies
check-cookies-good = Este navegador guarda cookies.
check-cookies-bad = Este navegador recusa cookies. Permita-os nas configurações, ao menos nesta rede: as páginas de aviso precisam de um.
check-dns-label = Nomes
check-dns-good = O servidor de nomes da sua rede leva a este servidor.
check-dns-bad = Seu navegador não usa o servidor de nomes da sua rede. Desative o “DNS seguro” e qualquer VPN nas configurações ou fale com quem cuida da sua rede.
check-dns-unknown = Não foi possível descobrir.
check-ipv4-label = IPv4
check-ipv4-good = Este servidor pode ser alcançado por IPv4.
check-ipv4-bad = Este servidor não pode ser alcançado por IPv4.
check-ipv6-label = IPv6
check-ipv6-good = Este servidor pode ser alcançado por IPv6.
check-ipv6-unknown = Este servidor não pode ser alcançado por IPv6. Isso não atrapalha enquanto o IPv4 funcionar.
check-later = Será possível descobrir quando este navegador confiar no certificado.
check-waiting = Um momento…
check-again = Verificar de novo
check-script = Para verificar isto, a página precisa de JavaScript. Sem ele: você vê aqui um sinal verde se este navegador confia no certificado.
check-script-picture = ainda não é confiável
check-only = A resposta vale só para este navegador; outros programas deste dispositivo podem ter repositórios próprios.
check-next = Ir para o certificado
