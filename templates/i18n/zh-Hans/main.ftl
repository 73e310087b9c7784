# 所有页面
language-label = 语言
page-from = 本页面由管理此网络的{ $organisation }提供。
host-label = 地址
why-label = 原因
todo-label = 您可以怎么做
contact-label = 联系方式
contact-hint = 请保留邮件主题中的事件编号，以便我们尽快找到您的记录。
mail-subject = 被拦截的网站
details-label = 技术信息
event-label = 事件编号
time-label = 时间 (UTC)
location-label = 位置
policy-label = 策略
client-label = 您的地址
connection-label = 连接
detail-label = 技术原因
until-label = 有效期至
try-again = 重试

# 类别的分类
class-security = 安全
class-content = 内容
class-legal = 法律要求
class-organisation = 内部规定

# 拦截页面（按分类）
block-heading = 此网站已被拦截
block-lead = { $organisation }不允许在其网络中访问此网站。
block-security-heading = 已拦截危险网站
block-security-lead = 为保护您的安全，{ $organisation }已拦截此网站。它可能会损害您的设备，或窃取密码和数据。
block-content-lead = { $organisation }不允许在其网络中访问此类网站。
block-legal-heading = 因法律原因被拦截
block-legal-lead = 根据法律规定或主管机关的命令，{ $organisation }必须拦截此网站。
block-organisation-heading = 在此网络中不可用
block-organisation-lead = { $organisation }决定不在其网络中提供此网站。
block-unlisted-heading = 此网站未能打开
block-unlisted-lead = 网络将您的浏览器引导到了本页面，而不是您要访问的网站。
why-rule = { $organisation }的一条规则适用于此网站。
why-unlisted = 此服务器的任何列表中都没有该网站。网络因其他原因将其重定向。
todo-leave = 请关闭此标签页，或使用浏览器的后退按钮。
todo-security = 您是通过消息中的链接来到这里的吗？请不要再次打开该链接。如果您曾在此网站输入过密码，请立即更改。
todo-mistake = 如果您需要访问此网站，或认为它被误拦截，可以申请重新审核。
todo-nobody = 如果您需要访问此网站，或认为它被误拦截，请联系您的网络管理人员。

# 之前申请的结果
earlier-label = 您的申请
earlier-waiting = 您已于 { $since } 申请访问，目前尚未处理。
earlier-approved = 您的申请已获批准。在 { $until } 之前，您可以访问此网站。
earlier-denied = 您的申请未获批准。

# 放行码
code-summary = 我有放行码
code-label = 放行码
code-hint = 不区分大小写，空格和连字符可有可无。
code-send = 打开网站

# 访问申请
request-summary = 申请访问
request-label = 您为什么需要此网站？
request-hint = 您的网络管理人员会看到这些内容。请不要填写密码。
request-contact-label = 如何联系您（选填）
request-contact-hint = 例如您的电子邮件地址或房间号。
request-send = 提交申请

# 提交的表单有什么问题
problem-reason-missing = 请填写原因。
problem-reason-unknown = 请从列表中选择一个原因。
problem-code-wrong =
    { $left ->
        [0] 放行码不正确。
       *[other] 放行码不正确。您还可以尝试 { $left } 次。
    }
problem-code-locked = 输入错误次数过多。请在 { $until } 之后重试。
problem-code-not-for-this = 此放行码不适用于此网站。
problem-code-spent = 此放行码已用完或已失效。
problem-too-many-requests = 您已提交多个申请。请稍候再提交下一个。
problem-requests-full = 目前无法接收更多申请。请稍后重试。
problem-try-again = 操作未成功。请再试一次。

# 警告页面
warn-heading = 请谨慎访问
warn-lead = { $organisation }建议不要访问此网站。
warn-todo-leave = 现在离开是最安全的选择。
warn-todo-continue = 如果您了解并信任此网站，可以继续访问。您的选择会被记录，并在有限时间内有效。
passes-through = 如果继续访问网站，您与网站之间收发的内容会经过{ $organisation }的服务器，该服务器可以读取这些内容。
warn-todo-used-up = 您今天继续访问此网站的次数已达上限。
warn-leave = 离开此网站
warn-continue = 继续访问网站
warn-reason-label = 您为什么要继续访问？
warn-reason-optional-label = 您为什么要继续访问？（选填）
warn-reason-hint = 您的回答会被记录。
warn-reason-choose = 请选择

# Cookie 页面
cookies-block-heading = 此网站已被拦截，且 Cookie 已停用
cookies-warn-heading = 此网站有一条警告，且 Cookie 已停用
cookies-lead = 为了向您显示完整页面，{ $organisation }会设置一个很小的 Cookie，但您的浏览器没有将其发回。
cookies-settings = 打开浏览器的设置，查找“隐私”或“Cookie”。
cookies-allow = 允许使用 Cookie，至少对此地址允许。
cookies-retry = 回到本页面，然后重试。

# 框架中的页面
frame-block = 已拦截
frame-warn = 警告
frame-warn-hint = 请在单独的标签页中打开此地址，再作决定。

# 错误页面
error-misdirected-heading = 连接有误
error-misdirected-lead = 您的浏览器通过属于另一个地址的连接请求了此地址。
error-bad-request-heading = 无法读取请求
error-bad-request-lead = 您的浏览器发送了此服务器无法理解的内容。
error-too-large-heading = 请求过大
error-too-large-lead = 您的浏览器发送的内容超出了此服务器的接受范围。
error-method-heading = 此处无法执行该操作
error-method-lead = 此页面不接受这种类型的请求。
error-not-found-heading = 未找到页面
error-not-found-lead = 此服务器上没有这个页面。
error-expired-heading = 此表单已过期
error-expired-lead = 页面打开时间过长，或已被提交两次。
error-plain-http-heading = 需要安全连接
error-plain-http-lead = 您的浏览器向需要 HTTPS 的端口发送了未加密的请求。
error-granted-heading = 您可以继续
error-granted-lead = 您的选择已记录，但此服务器无法为您打开该网站。
error-internal-heading = 出现了问题
error-internal-lead = 此服务器未能生成应显示的页面。这不是您的原因。
error-busy-heading = 服务器暂时繁忙
error-busy-lead = 此服务器已达到处理上限，目前无法响应您的请求。
error-origin-unresolved-heading = 未找到网站
error-origin-unresolved-lead = 此服务器查询了该网站的地址，但没有找到。
error-origin-refused-heading = 无法在此打开该网站
error-origin-refused-lead = 该网站的地址位于内部网络，此服务器不会打开内部网络中的网站。
error-origin-unreachable-heading = 无法连接到该网站
error-origin-unreachable-lead = 此服务器未能与该网站建立连接。
error-origin-timeout-heading = 该网站没有响应
error-origin-timeout-lead = 此服务器一直在等待该网站，但未能及时收到响应。
error-origin-certificate-heading = 目前无法信任该网站
error-origin-certificate-lead = 该网站未能证明其身份。为保护您的安全，此服务器没有连接该网站。
error-origin-broke-heading = 该网站的响应无法使用
error-origin-broke-lead = 该网站中断了连接，或发送了此服务器无法理解的内容。
error-origin-loop-heading = 通往该网站的路径形成了循环
error-origin-loop-lead = 该网站的地址又指回此服务器，因此无法为您打开该网站。
todo-reload = 请稍候片刻，然后重新加载页面。
todo-back-and-retry = 请在浏览器中返回上一页，重新加载后再试一次。
todo-https = 请在地址前加上“https://”，然后重试。
todo-granted = 如果此页面反复出现，请申请开放该网站。
todo-origin-spelling = 请检查地址拼写是否正确，或几分钟后重试。
todo-origin-later = 该网站可能出现了故障。请几分钟后重试。
todo-origin-certificate = 问题通常出在网站一方：其证书已过期，或是颁发给其他名称的。请改天再试，或联系您的网络管理人员。
todo-origin-administrator = 重试无济于事。请联系您的网络管理人员，只有他们能够解决此问题。

# 门户：两个页面
portal-install = 安装证书
portal-check = 检查此设备
fingerprint-label = 指纹 (SHA-256)
fingerprint-windows-label = 指纹（SHA-1；Windows 称之为“指纹”）
certificate-label = 证书
ends-label = 有效期至
download = 下载

# 门户：安装根证书的页面
install-heading = 安装{ $organisation }的证书
install-lead = 安装此证书后，您的浏览器可以显示{ $organisation }关于被拦截网站的页面，而不会出现安全警告。
install-managed = 您的设备由{ $organisation }管理吗？那么它很可能已经有此证书：请先检查此设备。
install-unprotected = 本页面通过未受保护的连接传来，您与此服务器之间的某人可能更改过它。安装任何内容之前，请将指纹与您通过其他途径得到的副本（纸质文件、同事或电话）进行比对。
install-compare = 我已比对指纹
install-both = 其中一个证书将取代另一个。请两个都安装，这样更换时您不会受到任何影响。
install-choose = 选择您的设备
install-ios = iPhone 和 iPad
install-ios-1 = 在 Safari 中打开本页面，轻点“下载”，并允许下载描述文件。
install-ios-2 = 在八分钟之内打开“设置”，轻点“已下载描述文件”，然后轻点“安装”。
install-ios-3 = 然后打开“设置 › 通用 › 关于本机 › 证书信任设置”，并打开此证书的开关。不做这一步，一切都不会改变。
install-ios-remove = 设置 › 通用 › VPN 与设备管理 › 该描述文件 › 移除描述文件。
install-android = Android
install-android-1 = 轻点“下载”。Android 不会自动打开该文件。
install-android-2 = 打开“设置”并搜索“CA 证书”。它位于：安全和隐私 › 更多安全设置 › 加密与凭据 › 安装证书 › CA 证书。
install-android-3 = 轻点“仍然安装”，然后选择已下载的文件。
install-android-note = 此后 Chrome 和大多数其他浏览器会信任此证书。许多其他应用永远不会信任；这是 Android 的规定。
install-android-remove = 设置 › 安全和隐私 › 加密与凭据 › 信任的凭据 › 用户 › 该证书 › 移除。
install-windows = Windows
install-windows-1 = 下载文件并打开，然后选择“安装证书…”。
install-windows-2 = 如果您是这台电脑的管理员，请选择“本地计算机”，否则选择“当前用户”。
install-windows-3 = 选择“将所有的证书都放入下列存储”，然后选择“浏览…”，再选择“受信任的根证书颁发机构”。如果由 Windows 自行选择存储，一切都不会改变。
install-windows-remove = 打开 certmgr.msc（“本地计算机”则打开 certlm.msc）› 受信任的根证书颁发机构 › 证书，然后删除该证书。
install-mac = Mac
install-mac-1 = 下载描述文件并打开。
install-mac-2 = 打开“系统设置 › 通用 › 设备管理”，选择该描述文件，然后选择“安装”。
install-mac-3 = 如果浏览器仍然发出警告：打开“钥匙串访问 › 系统”，打开该证书，在“信任”下选择“始终信任”。
install-mac-ipad = 这是 iPad 吗？它会自称为 Mac：请看“iPhone 和 iPad”。
install-mac-remove = 系统设置 › 通用 › 设备管理 › 该描述文件 › 移除。
install-chromeos = Chromebook
install-chromeos-1 = 下载文件。
install-chromeos-2 = 打开地址 chrome://certificate-manager，选择“自定义”，然后选择“导入”。
install-chromeos-3 = 选择文件，并勾选“信任该证书，以标识网站的身份”。不勾选，一切都不会改变。
install-chromeos-remove = 在 chrome://certificate-manager 的“自定义”中打开该证书并删除。
install-linux = Linux
install-linux-1 = 下载文件，然后输入适用于您系统的命令。Chromium 和 Firefox 有自己的证书存储；最后的命令是为它们准备的。
install-linux-remove = 删除命令所放置的文件，并再次输入第二条命令。
install-firefox = Firefox
install-firefox-1 = 在 Windows、Mac 和 Android 上，Firefox 采用系统所信任的证书，无需操作。在 Linux 上，或者 Firefox 仍然发出警告时，请下载文件。
install-firefox-2 = 打开“设置 › 隐私与安全 › 证书 › 查看证书… › 证书颁发机构 › 导入…”，然后选择文件。
install-firefox-3 = 勾选“信任由此证书颁发机构来标识网站”。不勾选，一切都不会改变。
install-firefox-remove = 在同一位置选择该证书，然后选择“删除或不信任…”。
install-programs = 程序，以及设备管理人员
install-programs-lead = 适用于 Java、Node、Python、git 和设备管理系统的文件。此服务器的管理者可以用“blockhouse-ca export --all”为每种设备管理系统生成文件。
install-remove-label = 如何移除
install-can-label = 此证书能做什么
install-can = 持有此证书密钥的人，可以在信任它的设备上以任何网站的名义作出应答。{ $organisation }将其用于显示关于此网络中被拦截或警告的网站的页面。
install-own = 密钥只属于此安装；没有其他组织持有它。
install-excluded = 它永远不能用于：

# 门户：检查设备的页面
check-heading = 此设备准备好了吗？
check-lead = 本页面测试您的浏览器显示{ $organisation }的页面所需的条件。
check-trust-label = 证书
check-trust-good = 此浏览器信任该证书。
check-trust-bad = 此浏览器不信任该证书。请安装后重新检查。
check-trust-unknown = 无法确定，因为没有连接到测试地址。可能是缺少证书，或者您的网络没有解析这些名称。
check-next-root-label = 下一个证书
check-next-root-good = 此浏览器也信任 { $organisation } 的下一个证书。
check-next-root-bad = 此浏览器缺少将取代当前证书的下一个证书。请安装后重新检查。
check-cookies-label = Cookie
check-cookies-good = 此浏览器保存 Cookie。
check-cookies-bad = 此浏览器拒绝 Cookie。请在其设置中允许 Cookie，至少在此网络中允许：警告页面需要一个 Cookie。
check-dns-label = 名称解析
check-dns-good = 您网络的域名服务器指向此服务器。
check-dns-bad = 您的浏览器没有使用您网络的域名服务器。请在其设置中关闭“安全 DNS”和所有 VPN，或联系您的网络管理人员。
check-dns-unknown = 无法确定。
check-ipv4-label = IPv4
check-ipv4-good = 可以通过 IPv4 连接到此服务器。
check-ipv4-bad = 无法通过 IPv4 连接到此服务器。
check-ipv6-label = IPv6
check-ipv6-good = 可以通过 IPv6 连接到此服务器。
check-ipv6-unknown = 无法通过 IPv6 连接到此服务器。只要 IPv4 可用，就没有影响。
check-later = 此浏览器信任该证书后即可确定。
check-waiting = 请稍候…
check-again = 重新检查
check-script = 检查此项需要 JavaScript。没有 JavaScript 时：如果此浏览器信任该证书，您会在这里看到绿色对勾。
check-script-picture = 尚未信任
check-only = 此结果仅适用于此浏览器；此设备上的其他程序可能有自己的证书存储。
check-next = 前往证书
