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

# 警告ページ
warn-heading = ご注意ください
warn-lead = { $organisation }は、このサイトの閲覧をお勧めしていません。
warn-todo-leave = ここで閲覧をやめるのが安全です。
warn-todo-continue = よく知っていて信頼できるサイトであれば、続行できます。この選択は記録され、一定の時間だけ有効です。
warn-leave = このサイトから離れる
warn-continue = サイトへ進む

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
todo-reload = しばらく待ってから、ページを再読み込みしてください。
todo-back-and-retry = ブラウザーで前のページに戻り、再読み込みしてからもう一度お試しください。
todo-https = アドレスの先頭に「https://」を付けて、もう一度お試しください。
todo-granted = このページが繰り返し表示される場合は、サイトの許可をご依頼ください。
