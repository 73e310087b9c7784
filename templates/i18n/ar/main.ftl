# كل الصفحات
language-label = اللغة
page-from = هذه الصفحة من { $organisation }، الجهة المسؤولة عن هذه الشبكة.
host-label = العنوان
why-label = السبب
todo-label = ما يمكنك فعله
contact-label = جهة الاتصال
contact-hint = يُرجى إبقاء رقم الحدث في موضوع الرسالة؛ فهو يساعد على العثور على حالتك بسرعة.
mail-subject = موقع محجوب
details-label = تفاصيل تقنية
event-label = رقم الحدث
time-label = الوقت (UTC)
location-label = الموقع الجغرافي
policy-label = السياسة
client-label = عنوانك
connection-label = الاتصال
until-label = صالح حتى
try-again = إعادة المحاولة

# أصناف الفئات
class-security = الأمان
class-content = المحتوى
class-legal = إلزام قانوني
class-organisation = قاعدة داخلية

# صفحة الحجب بحسب الصنف
block-heading = هذا الموقع محجوب
block-lead = لا يُسمح بفتح هذا الموقع على شبكة { $organisation }.
block-security-heading = تم حجب موقع خطير
block-security-lead = حُجب هذا الموقع على شبكة { $organisation } لحمايتك. فقد يضر بجهازك أو يسرق كلمات المرور والبيانات.
block-content-lead = لا يُسمح بفتح هذا النوع من المواقع على شبكة { $organisation }.
block-legal-heading = محجوب لأسباب قانونية
block-legal-lead = حُجب هذا الموقع على شبكة { $organisation } بموجب القانون أو بأمر من جهة رسمية.
block-organisation-heading = غير متاح على هذه الشبكة
block-organisation-lead = تقرر عدم إتاحة هذا الموقع على شبكة { $organisation }.
block-unlisted-heading = لم يُفتح هذا الموقع
block-unlisted-lead = وجّهت الشبكة متصفحك إلى هذه الصفحة بدلًا من الموقع المطلوب.
why-rule = تنطبق على هذا الموقع قاعدة من قواعد { $organisation }.
why-unlisted = لا يرد هذا الموقع في أي قائمة على هذا الخادم، وقد حوّلته الشبكة لسبب آخر.
todo-leave = يمكنك إغلاق علامة التبويب هذه أو استخدام زر الرجوع في المتصفح.
todo-security = هل وصلت إلى هنا عبر رابط في رسالة؟ يُرجى عدم فتحه مرة أخرى. وإن سبق لك إدخال كلمة مرور في هذا الموقع، فيُرجى تغييرها الآن.
todo-mistake = هل تحتاج إلى هذا الموقع، أم حُجب عن طريق الخطأ؟ يمكنك طلب مراجعته.
todo-nobody = هل تحتاج إلى هذا الموقع، أم حُجب عن طريق الخطأ؟ يُرجى التواصل مع المسؤولين عن شبكتك.

# صفحة التحذير
warn-heading = يُرجى توخي الحذر
warn-lead = توصية { $organisation }: عدم زيارة هذا الموقع.
warn-todo-leave = الخيار الآمن هو المغادرة الآن.
warn-todo-continue = إن كنت تعرف هذا الموقع وتثق به، فيمكنك المتابعة. سيُسجَّل قرارك ويسري لمدة محدودة.
warn-leave = مغادرة هذا الموقع
warn-continue = المتابعة إلى الموقع

# صفحة ملفات تعريف الارتباط
cookies-block-heading = هذا الموقع محجوب، وملفات تعريف الارتباط معطّلة
cookies-warn-heading = يوجد تحذير بشأن هذا الموقع، وملفات تعريف الارتباط معطّلة
cookies-lead = لعرض الصفحة كاملة يُستخدم ملف تعريف ارتباط صغير واحد من { $organisation }، ولم يُعِده متصفحك.
cookies-settings = افتح إعدادات المتصفح وابحث عن «الخصوصية» أو «ملفات تعريف الارتباط».
cookies-allow = اسمح بملفات تعريف الارتباط، لهذا العنوان على الأقل.
cookies-retry = عُد إلى هذه الصفحة وحاول مرة أخرى.

# الصفحة داخل إطار
frame-block = محجوب
frame-warn = تحذير
frame-warn-hint = افتح هذا العنوان في علامة تبويب مستقلة لاتخاذ القرار.

# صفحات الأخطاء
error-misdirected-heading = اتصال خاطئ
error-misdirected-lead = طلب متصفحك هذا العنوان عبر اتصال يخص عنوانًا آخر.
error-bad-request-heading = تعذّرت قراءة الطلب
error-bad-request-lead = أرسل متصفحك شيئًا لا يفهمه هذا الخادم.
error-too-large-heading = الطلب كبير جدًا
error-too-large-lead = أرسل متصفحك أكثر مما يقبله هذا الخادم.
error-method-heading = هذا غير ممكن هنا
error-method-lead = لا تقبل هذه الصفحة هذا النوع من الطلبات.
error-not-found-heading = الصفحة غير موجودة
error-not-found-lead = لا توجد صفحة كهذه على هذا الخادم.
error-expired-heading = انتهت صلاحية هذا النموذج
error-expired-lead = بقيت الصفحة مفتوحة مدة طويلة أو أُرسلت مرتين.
error-plain-http-heading = يلزم اتصال آمن
error-plain-http-lead = أرسل متصفحك طلبًا غير مشفّر إلى منفذ يتوقع HTTPS.
error-granted-heading = يمكنك المتابعة
error-granted-lead = سُجِّل قرارك، لكن هذا الخادم لا يستطيع فتح الموقع لك.
error-internal-heading = حدث خطأ ما
error-internal-lead = لم يتمكن هذا الخادم من إعداد الصفحة المطلوبة. الخطأ ليس منك.
error-busy-heading = ضغط كبير في الوقت الحالي
error-busy-lead = بلغ هذا الخادم حدّه الأقصى ولا يستطيع الرد على طلبك الآن.
todo-reload = انتظر لحظة ثم أعد تحميل الصفحة.
todo-back-and-retry = ارجع إلى الصفحة السابقة في المتصفح وأعد تحميلها ثم حاول مرة أخرى.
todo-https = اكتب ‎https://‎ قبل العنوان وحاول مرة أخرى.
todo-granted = إذا استمر ظهور هذه الصفحة، فيمكنك طلب إتاحة الموقع.
