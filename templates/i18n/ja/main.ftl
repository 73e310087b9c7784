# すべてのページ
language-label = 言語
page-from = このページは、このネットワークを管理している{ $organisation }が表示しています。
host-label = アドレス
why-label = 理由
todo-label = 対処方法
contact-label = お問い合わせ先
contact-hint = 件名の受付番号は消さずにお送りください。確認が早くなります。
mail-subject = ブロックされたサイト
details-label = 技術情報
event-label = 受付番号
time-label = 日時 (UTC)
location-label = 拠点
policy-label = ポリシー
client-label = お使いのアドレス
connection-label = 接続
detail-label = 技術的な原因
until-label = 有効期限
try-again = もう一度試す

# カテゴリーの区分
class-security = セキュリティ
class-content = コンテンツ
class-legal = 法的要請
class-organisation = 組織の規則

# ブロックページ（区分別）
block-heading = このサイトはブロックされています
block-lead = { $organisation }のネットワークでは、このサイトの閲覧は許可されていません。
block-security-heading = 危険なサイトをブロックしました
block-security-lead = 安全のため、{ $organisation }がこのサイトをブロックしました。機器に害を与えたり、パスワードやデータを盗んだりするおそれがあります。
block-content-lead = { $organisation }のネットワークでは、この種類のサイトの閲覧は許可されていません。
block-legal-heading = 法的な理由によりブロックされています
block-legal-lead = { $organisation }は、法律または当局の命令により、このサイトをブロックする義務を負っています。
block-organisation-heading = このネットワークでは利用できません
block-organisation-lead = { $organisation }の判断により、このサイトはネットワーク上で提供されていません。
block-unlisted-heading = このサイトは開かれませんでした
block-unlisted-lead = ネットワークにより、目的のサイトではなくこのページに接続されました。
why-rule = このサイトには{ $organisation }の規則が適用されています。
why-unlisted = このサイトは、このサーバーのどのリストにも載っていません。ネットワークが別の理由で転送しました。
todo-leave = このタブを閉じるか、ブラウザーの「戻る」ボタンをご利用ください。
todo-security = メッセージのリンクから来た場合は、そのリンクを再び開かないでください。このサイトでパスワードを入力したことがある場合は、すぐに変更してください。
todo-mistake = このサイトが必要な場合や、誤ってブロックされていると思われる場合は、見直しをご依頼ください。
todo-nobody = このサイトが必要な場合や、誤ってブロックされていると思われる場合は、ネットワークの管理者にご相談ください。

# 以前の申請の結果
earlier-label = アクセス申請の状況
earlier-waiting = { $since } にアクセスを申請済みです。まだ決定されていません。
earlier-approved = 申請が承認されました。{ $until } までこのサイトを閲覧できます。
earlier-denied = 申請は承認されませんでした。

# 解除コード
code-summary = 解除コードを持っている
code-label = 解除コード
code-hint = 大文字と小文字、スペースやハイフンの有無は区別されません。
code-send = サイトを開く

# アクセス申請
request-summary = アクセスを申請する
request-label = このサイトが必要な理由
request-hint = 内容はネットワークの管理者が確認します。パスワードは書かないでください。
request-contact-label = 連絡先（任意）
request-contact-hint = 例：メールアドレス、部屋番号
request-send = 申請を送信

# 送信されたフォームの問題
problem-reason-missing = 理由を入力してください。
problem-reason-unknown = 一覧から理由を選択してください。
problem-code-wrong =
    { $left ->
        [0] コードが正しくありません。
       *[other] コードが正しくありません。あと { $left } 回入力できます。
    }
problem-code-locked = 誤ったコードが何度も入力されました。{ $until } 以降にもう一度お試しください。
problem-code-not-for-this = このコードは、このサイトには使えません。
problem-code-spent = このコードは使用済みか、有効ではなくなっています。
problem-too-many-requests = すでに複数の申請が送信されています。次の申請までしばらくお待ちください。
problem-requests-full = 現在、新しい申請を受け付けられません。後でもう一度お試しください。
problem-try-again = 処理できませんでした。もう一度お試しください。

# 警告ページ
warn-heading = ご注意ください
warn-lead = { $organisation }は、このサイトの閲覧をお勧めしていません。
warn-todo-leave = ここで閲覧をやめるのが安全です。
warn-todo-continue = よく知っていて信頼できるサイトであれば、続行できます。この選択は記録され、一定の時間だけ有効です。
passes-through = サイトへ続行すると、サイトとの間で送受信される内容は{ $organisation }のサーバーを経由し、そのサーバーは内容を読むことができます。
warn-todo-used-up = このサイトへ本日進める回数の上限に達しました。
warn-leave = このサイトから離れる
warn-continue = サイトへ進む
warn-reason-label = 続行する理由
warn-reason-optional-label = 続行する理由（任意）
warn-reason-hint = 回答は記録されます。
warn-reason-choose = 選択してください

# Cookie のページ
cookies-block-heading = このサイトはブロックされており、Cookie が無効になっています
cookies-warn-heading = このサイトには警告があり、Cookie が無効になっています
cookies-lead = ページ全体を表示するために、{ $organisation }は小さな Cookie を一つ使用しますが、ブラウザーから返されませんでした。
cookies-settings = ブラウザーの設定を開き、「プライバシー」または「Cookie」の項目を探してください。
cookies-allow = 少なくともこのアドレスについて、Cookie を許可してください。
cookies-retry = このページに戻り、もう一度お試しください。

# フレーム内のページ
frame-block = ブロック
frame-warn = 警告
frame-warn-hint = 続行するかどうかは、このアドレスを別のタブで開いてお決めください。

# エラーページ
error-misdirected-heading = 接続が正しくありません
error-misdirected-lead = ブラウザーが、別のアドレス用の接続でこのアドレスを要求しました。
error-bad-request-heading = 要求を読み取れませんでした
error-bad-request-lead = このサーバーが理解できない内容がブラウザーから送信されました。
error-too-large-heading = 要求が大きすぎます
error-too-large-lead = このサーバーが受け付ける量を超えるデータがブラウザーから送信されました。
error-method-heading = ここではできません
error-method-lead = このページは、この種類の要求を受け付けていません。
error-not-found-heading = ページが見つかりません
error-not-found-lead = このサーバーに、お探しのページはありません。
error-expired-heading = フォームの有効期限が切れました
error-expired-lead = ページを開いてから時間がたちすぎたか、二度送信されました。
error-plain-http-heading = 安全な接続が必要です
error-plain-http-lead = HTTPS を待ち受けるポートに、暗号化されていない要求がブラウザーから送信されました。
error-granted-heading = 続行できます
error-granted-lead = 選択は記録されましたが、このサーバーからサイトを開くことはできません。
error-internal-heading = 問題が発生しました
error-internal-lead = 表示するはずのページをサーバーが用意できませんでした。お客様の操作が原因ではありません。
error-busy-heading = ただいま混み合っています
error-busy-lead = サーバーの処理能力が上限に達したため、現在お応えできません。
error-origin-unresolved-heading = サイトが見つかりません
error-origin-unresolved-lead = サーバーがサイトのアドレスを調べましたが、見つかりませんでした。
error-origin-refused-heading = このサイトはここからは開けません
error-origin-refused-lead = サイトのアドレスが内部ネットワークにあるため、このサーバーからは開きません。
error-origin-unreachable-heading = サイトに接続できません
error-origin-unreachable-lead = このサーバーからサイトに接続できませんでした。
error-origin-timeout-heading = サイトが応答しません
error-origin-timeout-lead = サーバーがサイトからの応答を待ちましたが、時間内に届きませんでした。
error-origin-certificate-heading = このサイトは現在信頼できません
error-origin-certificate-lead = サイトの身元を確認できませんでした。安全のため、このサーバーはサイトに接続していません。
error-origin-broke-heading = サイトの応答を利用できません
error-origin-broke-lead = サイトが接続を途中で切断したか、このサーバーが理解できない内容を送信しました。
error-origin-loop-heading = サイトへの経路が循環しています
error-origin-loop-lead = サイトのアドレスがこのサーバー自身を指しているため、サイトを開くことができません。
todo-reload = しばらく待ってから、ページを再読み込みしてください。
todo-back-and-retry = ブラウザーで前のページに戻り、再読み込みしてからもう一度お試しください。
todo-https = アドレスの先頭に「https://」を付けて、もう一度お試しください。
todo-granted = このページが繰り返し表示される場合は、サイトの許可をご依頼ください。
todo-origin-spelling = アドレスのつづりをご確認いただくか、数分後にもう一度お試しください。
todo-origin-later = サイトに障害が起きている可能性があります。数分後にもう一度お試しください。
todo-origin-certificate = 多くの場合、原因はサイト側にあります。証明書の期限が切れているか、別の名前に対して発行されています。日を改めてお試しいただくか、ネットワークの管理者にご相談ください。
todo-origin-administrator = もう一度試しても解決しません。対処できるのはネットワークの管理者だけですので、管理者にお知らせください。

# ポータル：両方のページ
portal-install = 証明書のインストール
portal-check = この端末の確認
fingerprint-label = フィンガープリント（SHA-256）
fingerprint-windows-label = フィンガープリント（SHA-1、Windows では「拇印」）
certificate-label = 証明書
ends-label = 有効期限
download = ダウンロード

# ポータル：ルート証明書をインストールするページ
install-heading = { $organisation }の証明書のインストール
install-lead = この証明書があると、ブロックされたサイトについての{ $organisation }のページを、ブラウザーがセキュリティ警告なしで表示できます。
install-managed = お使いの端末は{ $organisation }が管理していますか。その場合、証明書はおそらくすでに入っています。まずこの端末を確認してください。
install-unprotected = このページは保護されていない接続で届いたため、このサーバーとの間で誰かが書き換えた可能性があります。何かをインストールする前に、フィンガープリントを、紙、同僚、電話など別の方法で入手したものと見比べてください。
install-compare = フィンガープリントを見比べました
install-both = 一方の証明書がもう一方に置き換わります。両方をインストールしておけば、切り替え時に何も変わりません。
install-choose = 端末を選んでください
install-ios = iPhone と iPad
install-ios-1 = このページを Safari で開き、「ダウンロード」をタップして、プロファイルのダウンロードを許可します。
install-ios-2 = 8 分以内に「設定」を開き、「ダウンロード済みのプロファイル」、続いて「インストール」をタップします。
install-ios-3 = 次に「設定 › 一般 › 情報 › 証明書信頼設定」を開き、証明書をオンにします。この手順がないと何も変わりません。
install-ios-remove = 設定 › 一般 › VPN とデバイス管理 › 該当のプロファイル › プロファイルを削除。
install-android = Android
install-android-1 = 「ダウンロード」をタップします。Android はファイルを自動では開きません。
install-android-2 = 「設定」を開き、「CA 証明書」を検索します。場所は「セキュリティとプライバシー › その他のセキュリティ設定 › 暗号化と認証情報 › 証明書のインストール › CA 証明書」です。
install-android-3 = 「インストールする」をタップし、ダウンロードしたファイルを選びます。
install-android-note = これで Chrome とほとんどのブラウザーが証明書を信頼します。ほかの多くのアプリは信頼しません。これは Android の決まりです。
install-android-remove = 設定 › セキュリティとプライバシー › 暗号化と認証情報 › 信頼できる認証情報 › ユーザー › 該当の証明書 › 削除。
install-windows = Windows
install-windows-1 = ファイルをダウンロードして開き、「証明書のインストール…」を選びます。
install-windows-2 = このコンピューターの管理者であれば「ローカル コンピューター」、そうでなければ「現在のユーザー」を選びます。
install-windows-3 = 「証明書をすべて次のストアに配置する」を選び、「参照…」から「信頼されたルート証明機関」を選びます。ストアの選択を Windows に任せると、何も変わりません。
install-windows-remove = certmgr.msc（「ローカル コンピューター」の場合は certlm.msc）› 信頼されたルート証明機関 › 証明書 を開き、証明書を削除します。
install-mac = Mac
install-mac-1 = プロファイルをダウンロードして開きます。
install-mac-2 = 「システム設定 › 一般 › デバイス管理」を開き、プロファイルを選んで「インストール」を選びます。
install-mac-3 = それでもブラウザーが警告する場合は、「キーチェーンアクセス › システム」で証明書を開き、「信頼」で「常に信頼」を選びます。
install-mac-ipad = iPad をお使いですか。iPad は Mac と名乗ります。「iPhone と iPad」をご覧ください。
install-mac-remove = システム設定 › 一般 › デバイス管理 › 該当のプロファイル › 削除。
install-chromeos = Chromebook
install-chromeos-1 = ファイルをダウンロードします。
install-chromeos-2 = アドレス chrome://certificate-manager を開き、「カスタム」、続いて「インポート」を選びます。
install-chromeos-3 = ファイルを選び、「この証明書をウェブサイトの識別用として信頼する」にチェックを入れます。チェックがないと何も変わりません。
install-chromeos-remove = chrome://certificate-manager の「カスタム」で証明書を開き、削除します。
install-linux = Linux
install-linux-1 = ファイルをダウンロードし、お使いのシステム用のコマンドを入力します。Chromium と Firefox には独自の証明書ストアがあり、最後のコマンドはそのためのものです。
install-linux-remove = コマンドで置いたファイルを削除し、2 番目のコマンドをもう一度入力します。
install-firefox = Firefox
install-firefox-1 = Windows、Mac、Android では、Firefox はシステムが信頼するものを引き継ぐため、ここですることはありません。Linux の場合や、Firefox がまだ警告する場合は、ファイルをダウンロードします。
install-firefox-2 = 「設定 › プライバシーとセキュリティ › 証明書 › 証明書を表示… › 認証局証明書 › インポート…」を開き、ファイルを選びます。
install-firefox-3 = 「この認証局によるウェブサイトの識別を信頼する」にチェックを入れます。チェックがないと何も変わりません。
install-firefox-remove = 同じ場所で証明書を選び、「削除または信頼しない…」を選びます。
install-programs = プログラム、および端末を管理する方へ
install-programs-lead = Java、Node、Python、git、および端末管理システム用のファイルです。このサーバーの管理者は、端末管理システムごとのファイルを「blockhouse-ca export --all」で作成できます。
install-remove-label = 削除する方法
install-can-label = この証明書でできること
install-can = この証明書の鍵を持つ者は、証明書を信頼する端末に対して、どのサイトの名でも応答できます。{ $organisation }はこれを、このネットワークでブロックまたは警告の対象となっているサイトについてのページを表示するために使います。
install-own = 鍵はこの環境だけのもので、ほかの組織は持っていません。
install-excluded = 次のものには決して使えません：

# ポータル：端末を確認するページ
check-heading = この端末の準備はできていますか
check-lead = { $organisation }のページを表示するためにブラウザーに必要なものを、このページで試します。
check-trust-label = 証明書
check-trust-good = このブラウザーは証明書を信頼しています。
check-trust-bad = このブラウザーは証明書を信頼していません。インストールしてから、もう一度確認してください。
check-trust-unknown = テスト用のアドレスに接続できなかったため、確認できませんでした。証明書がないか、ネットワークが名前に応答していません。
check-next-root-label = 次の証明書
check-next-root-good = このブラウザーは { $organisation } の次の証明書も信頼しています。
check-next-root-bad = このブラウザーには、現在の証明書に代わる次の証明書がありません。インストールしてから、もう一度確認してください。
check-cookies-label = Cookie
check-cookies-good = このブラウザーは Cookie を保存します。
check-cookies-bad = このブラウザーは Cookie を拒否しています。少なくともこのネットワークでは、設定で許可してください。警告ページには Cookie が必要です。
check-dns-label = 名前解決
check-dns-good = ネットワークのネームサーバーは、このサーバーを指しています。
check-dns-bad = ブラウザーがネットワークのネームサーバーを使っていません。設定で「セキュア DNS」と VPN をオフにするか、ネットワークの管理者にご相談ください。
check-dns-unknown = 確認できませんでした。
check-ipv4-label = IPv4
check-ipv4-good = このサーバーに IPv4 で接続できます。
check-ipv4-bad = このサーバーに IPv4 で接続できません。
check-ipv6-label = IPv6
check-ipv6-good = このサーバーに IPv6 で接続できます。
check-ipv6-unknown = このサーバーに IPv6 で接続できません。IPv4 が使えるかぎり、問題はありません。
check-later = このブラウザーが証明書を信頼すると確認できます。
check-waiting = 少しお待ちください…
check-again = もう一度確認
check-script = この確認には JavaScript が必要です。使わない場合は、このブラウザーが証明書を信頼していれば、ここに緑のチェックマークが表示されます。
check-script-picture = まだ信頼されていません
check-only = この結果はこのブラウザーだけのものです。この端末のほかのプログラムには独自の証明書ストアがあることがあります。
check-next = 証明書のページへ
