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
