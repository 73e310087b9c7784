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
detail-label = السبب التقني
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

# ما آل إليه طلب سابق
earlier-label = طلبك
earlier-waiting = أُرسل طلبك للوصول في { $since }، ولم يُتخذ قرار بشأنه بعد.
earlier-approved = تمت الموافقة على طلبك. الموقع متاح لك حتى { $until }.
earlier-denied = رُفض طلبك.

# رمز رفع الحجب
code-summary = لديّ رمز لرفع الحجب
code-label = رمز رفع الحجب
code-hint = لا فرق بين الأحرف الكبيرة والصغيرة، ولا أثر للمسافات والشرطات.
code-send = فتح الموقع

# طلب الوصول
request-summary = طلب الوصول
request-label = ما حاجتك إلى هذا الموقع؟
request-hint = سيقرأ المسؤولون عن شبكتك هذا النص، فيُرجى عدم كتابة كلمات مرور.
request-contact-label = كيف يمكن التواصل معك (اختياري)
request-contact-hint = مثلًا بريدك الإلكتروني أو رقم غرفتك.
request-send = إرسال الطلب

# ما الخطأ في نموذج مُرسَل
problem-reason-missing = يُرجى كتابة السبب.
problem-reason-unknown = يُرجى اختيار أحد الأسباب من القائمة.
problem-code-wrong =
    { $left ->
        [0] هذا الرمز غير صحيح.
        [one] هذا الرمز غير صحيح. بقيت لك محاولة واحدة.
        [two] هذا الرمز غير صحيح. بقيت لك محاولتان.
        [few] هذا الرمز غير صحيح. بقيت لك { $left } محاولات.
        [many] هذا الرمز غير صحيح. بقيت لك { $left } محاولة.
       *[other] هذا الرمز غير صحيح. بقيت لك { $left } محاولة.
    }
problem-code-locked = أُدخلت رموز خاطئة كثيرة. يمكنك المحاولة من جديد بعد { $until }.
problem-code-not-for-this = هذا الرمز ليس مخصصًا لهذا الموقع.
problem-code-spent = استُنفد هذا الرمز أو انتهت صلاحيته.
problem-too-many-requests = أُرسلت منك عدة طلبات من قبل. يُرجى الانتظار قبل إرسال الطلب التالي.
problem-requests-full = لا يمكن استقبال طلبات أخرى في الوقت الحالي. يُرجى المحاولة لاحقًا.
problem-try-again = لم ينجح ذلك. يُرجى المحاولة مرة أخرى.

# صفحة التحذير
warn-heading = يُرجى توخي الحذر
warn-lead = توصية { $organisation }: عدم زيارة هذا الموقع.
warn-todo-leave = الخيار الآمن هو المغادرة الآن.
warn-todo-continue = إن كنت تعرف هذا الموقع وتثق به، فيمكنك المتابعة. سيُسجَّل قرارك ويسري لمدة محدودة.
passes-through = إذا تابعت إلى موقع، فإن كل ما يُرسَل بينك وبين الموقع يمر عبر خادم لدى { $organisation } يمكنه قراءته.
warn-todo-used-up = بلغت اليوم عدد مرات المتابعة المسموح بها إلى هذا الموقع.
warn-leave = مغادرة هذا الموقع
warn-continue = المتابعة إلى الموقع
warn-reason-label = لماذا تريد المتابعة؟
warn-reason-optional-label = لماذا تريد المتابعة؟ (اختياري)
warn-reason-hint = ستُسجَّل إجابتك.
warn-reason-choose = يُرجى الاختيار

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
error-origin-unresolved-heading = لم يُعثر على الموقع
error-origin-unresolved-lead = بحث هذا الخادم عن عنوان الموقع ولم يجد أي عنوان.
error-origin-refused-heading = لا يمكن فتح الموقع من هنا
error-origin-refused-lead = يقع عنوانه في شبكة داخلية، وهذا الخادم لا يفتح المواقع هناك.
error-origin-unreachable-heading = تعذّر الوصول إلى الموقع
error-origin-unreachable-lead = لم يتمكن هذا الخادم من الاتصال بالموقع.
error-origin-timeout-heading = الموقع لا يستجيب
error-origin-timeout-lead = انتظر هذا الخادم رد الموقع، لكنه لم يصل في الوقت المحدد.
error-origin-certificate-heading = لا يمكن الوثوق بالموقع الآن
error-origin-certificate-lead = لم يتمكن الموقع من إثبات هويته، فلم يتصل به هذا الخادم حمايةً لك.
error-origin-broke-heading = لا يمكن استخدام رد الموقع
error-origin-broke-lead = قطع الموقع الاتصال أو أرسل شيئًا لا يفهمه هذا الخادم.
error-origin-loop-heading = الطريق إلى الموقع يدور في حلقة
error-origin-loop-lead = يعود عنوان الموقع إلى هذا الخادم نفسه، ولذلك لا يستطيع فتح الموقع لك.
todo-reload = انتظر لحظة ثم أعد تحميل الصفحة.
todo-back-and-retry = ارجع إلى الصفحة السابقة في المتصفح وأعد تحميلها ثم حاول مرة أخرى.
todo-https = اكتب ‎https://‎ قبل العنوان وحاول مرة أخرى.
todo-granted = إذا استمر ظهور هذه الصفحة، فيمكنك طلب إتاحة الموقع.
todo-origin-spelling = تأكد من كتابة العنوان كتابةً صحيحة، أو حاول مرة أخرى بعد بضع دقائق.
todo-origin-later = قد يكون الموقع معطّلًا. حاول مرة أخرى بعد بضع دقائق.
todo-origin-certificate = يكون الخطأ غالبًا من الموقع: انتهت صلاحية شهادته أو صدرت باسم آخر. حاول مرة أخرى في يوم آخر، أو تواصل مع المسؤولين عن شبكتك.
todo-origin-administrator = لن تفيد إعادة المحاولة. يُرجى إبلاغ المسؤولين عن شبكتك؛ فهم وحدهم من يستطيع تغيير ذلك.

# البوابة: صفحتاها
portal-install = تثبيت الشهادة
portal-check = فحص هذا الجهاز
fingerprint-label = البصمة (SHA-256)
fingerprint-windows-label = البصمة (SHA-1؛ يسمّيها Windows «بصمة الإبهام»)
certificate-label = الشهادة
ends-label = صالحة حتى
download = تنزيل

# البوابة: الصفحة التي تُثبَّت منها الشهادة الجذر
install-heading = تثبيت شهادة { $organisation }
install-lead = بهذه الشهادة يستطيع متصفحك عرض صفحات { $organisation } عن المواقع المحجوبة من دون تحذير أمني.
install-managed = هل يدير جهازك { $organisation }؟ إذن فالأرجح أن الشهادة موجودة عليه: يُرجى فحص هذا الجهاز أولًا.
install-unprotected = وصلت هذه الصفحة عبر اتصال غير محمي، لذا قد يكون شخص ما بينك وبين هذا الخادم قد غيّرها. قبل تثبيت أي شيء، قارن البصمة بنسخة حصلت عليها بطريقة أخرى: على ورق، أو من زميل، أو بالهاتف.
install-compare = لقد قارنت البصمة
install-both = ستحلّ إحدى الشهادتين محلّ الأخرى. ثبّت كلتيهما، فلا يتغيّر شيء بالنسبة إليك عند ذلك.
install-choose = اختر جهازك
install-ios = iPhone وiPad
install-ios-1 = افتح هذه الصفحة في Safari، واضغط «تنزيل»، واسمح بتنزيل ملف التعريف.
install-ios-2 = خلال ثماني دقائق افتح الإعدادات، واضغط «تم تنزيل ملف التعريف» ثم «تثبيت».
install-ios-3 = ثم افتح الإعدادات › عام › حول › إعدادات الثقة بالشهادات، وفعّل الشهادة. من دون هذه الخطوة لا يتغير شيء.
install-ios-remove = الإعدادات › عام › VPN وإدارة الجهاز › ملف التعريف › إزالة ملف التعريف.
install-android = Android
install-android-1 = اضغط «تنزيل». لا يفتح Android الملف من تلقاء نفسه.
install-android-2 = افتح الإعدادات وابحث عن «شهادة CA». تجدها في: الأمان والخصوصية › المزيد من إعدادات الأمان › التشفير وبيانات الاعتماد › تثبيت شهادة › شهادة CA.
install-android-3 = اضغط «التثبيت على أي حال»، واختر الملف الذي نزّلته.
install-android-note = بعد ذلك يثق Chrome ومعظم المتصفحات الأخرى بالشهادة. كثير من التطبيقات الأخرى لا تثق بها أبدًا؛ هذه قاعدة في Android.
install-android-remove = الإعدادات › الأمان والخصوصية › التشفير وبيانات الاعتماد › بيانات الاعتماد الموثوقة › المستخدم › الشهادة › إزالة.
install-windows = Windows
install-windows-1 = نزّل الملف وافتحه، واختر «تثبيت الشهادة…».
install-windows-2 = اختر «الجهاز المحلي» إن كنت مسؤول هذا الكمبيوتر، وإلا فاختر «المستخدم الحالي».
install-windows-3 = اختر «وضع كافة الشهادات في المخزن التالي»، ثم «استعراض…»، وهناك «المراجع المصدقة الجذر الموثوق بها». إذا اختار Windows المخزن بنفسه فلن يتغير شيء.
install-windows-remove = افتح certmgr.msc (أو certlm.msc لخيار «الجهاز المحلي») › المراجع المصدقة الجذر الموثوق بها › الشهادات، واحذف الشهادة.
install-mac = Mac
install-mac-1 = نزّل ملف التعريف وافتحه.
install-mac-2 = افتح إعدادات النظام › عام › إدارة الأجهزة، واختر ملف التعريف ثم «تثبيت».
install-mac-3 = إذا استمرت المتصفحات في التحذير: افتح «الوصول إلى سلسلة المفاتيح» › النظام، وافتح الشهادة، وتحت «الثقة» اختر «الثقة دائمًا».
install-mac-ipad = هل هذا iPad؟ إنه يعرّف نفسه على أنه Mac: انظر «iPhone وiPad».
install-mac-remove = إعدادات النظام › عام › إدارة الأجهزة › ملف التعريف › إزالة.
install-chromeos = Chromebook
install-chromeos-1 = نزّل الملف.
install-chromeos-2 = افتح العنوان chrome://certificate-manager، واختر «مخصصة» ثم «استيراد».
install-chromeos-3 = اختر الملف، وضع علامة على «الوثوق بهذه الشهادة لتحديد هوية مواقع الويب». من دون العلامة لا يتغير شيء.
install-chromeos-remove = في العنوان chrome://certificate-manager افتح الشهادة ضمن «مخصصة» واحذفها.
install-linux = Linux
install-linux-1 = نزّل الملف، ثم أدخل الأوامر الخاصة بنظامك. لدى Chromium وFirefox مخازن خاصة بهما؛ والأوامر الأخيرة لهما.
install-linux-remove = احذف الملف الذي وضعته الأوامر، ثم أدخل الأمر الثاني مرة أخرى.
install-firefox = Firefox
install-firefox-1 = على Windows وMac وAndroid يأخذ Firefox بما يثق به النظام؛ فلا حاجة إلى فعل شيء هنا. على Linux، أو إذا استمر Firefox في التحذير، نزّل الملف.
install-firefox-2 = افتح الإعدادات › الخصوصية والأمان › الشهادات › عرض الشهادات… › سلطات الشهادات › استيراد…، واختر الملف.
install-firefox-3 = ضع علامة على «الوثوق بسلطة الشهادات هذه للتعرف على المواقع». من دون العلامة لا يتغير شيء.
install-firefox-remove = في المكان نفسه اختر الشهادة ثم «حذف أو عدم وثوق…».
install-programs = البرامج، ولمن يعتني بالأجهزة
install-programs-lead = ملفات لبرامج Java وNode وPython وgit ولأنظمة إدارة الأجهزة. ينشئ مسؤولو هذا الخادم الملفات لكل نظام لإدارة الأجهزة بالأمر «blockhouse-ca export --all».
install-remove-label = كيفية إزالتها
install-can-label = ما الذي تستطيعه هذه الشهادة
install-can = من يملك مفتاح هذه الشهادة يستطيع أن يجيب باسم أي موقع على الأجهزة التي تثق بها. تستخدمه { $organisation } لعرض صفحات عن المواقع المحجوبة أو التي يُحذَّر منها على هذه الشبكة.
install-own = المفتاح يخص هذا التثبيت وحده؛ ولا تملكه أي جهة أخرى.
install-excluded = لا يمكن استخدامها أبدًا من أجل:

# البوابة: الصفحة التي تفحص الجهاز
check-heading = هل هذا الجهاز جاهز؟
check-lead = تجرّب هذه الصفحة ما يحتاج إليه متصفحك لعرض صفحات { $organisation }.
check-trust-label = الشهادة
check-trust-good = هذا المتصفح يثق بالشهادة.
check-trust-bad = هذا المتصفح لا يثق بالشهادة. ثبّتها ثم افحص مرة أخرى.
check-trust-unknown = تعذّرت معرفة ذلك لأنه لم يمكن الوصول إلى عنوان الاختبار. إما أن الشهادة غير موجودة، أو أن شبكتك لا تجيب عن الأسماء.
check-next-root-label = الشهادة التالية
check-next-root-good = هذا المتصفح يثق أيضًا بالشهادة التالية لـ { $organisation }.
check-next-root-bad = تنقص هذا المتصفحَ الشهادةُ التالية التي ستحلّ محلّ الحالية. ثبّتها ثم افحص مرة أخرى.
check-cookies-label = ملفات تعريف الارتباط
check-cookies-good = هذا المتصفح يحتفظ بملفات تعريف الارتباط.
check-cookies-bad = هذا المتصفح يرفض ملفات تعريف الارتباط. اسمح بها في إعداداته، على الأقل على هذه الشبكة: فصفحات التحذير تحتاج إلى واحد منها.
check-dns-label = الأسماء
check-dns-good = خادم الأسماء في شبكتك يقود إلى هذا الخادم.
check-dns-bad = متصفحك لا يستخدم خادم الأسماء في شبكتك. أوقف «DNS الآمن» وأي VPN في إعداداته، أو تواصل مع المسؤولين عن شبكتك.
check-dns-unknown = تعذّرت معرفة ذلك.
check-ipv4-label = IPv4
check-ipv4-good = يمكن الوصول إلى هذا الخادم عبر IPv4.
check-ipv4-bad = لا يمكن الوصول إلى هذا الخادم عبر IPv4.
check-ipv6-label = IPv6
check-ipv6-good = يمكن الوصول إلى هذا الخادم عبر IPv6.
check-ipv6-unknown = لا يمكن الوصول إلى هذا الخادم عبر IPv6. لا ضرر في ذلك ما دام IPv4 يعمل.
check-later = تمكن معرفة ذلك بعد أن يثق هذا المتصفح بالشهادة.
check-waiting = لحظة من فضلك…
check-again = الفحص مرة أخرى
check-script = لفحص ذلك تحتاج الصفحة إلى JavaScript. ومن دونه: ترى هنا علامة خضراء إذا كان هذا المتصفح يثق بالشهادة.
check-script-picture = غير موثوقة بعد
check-only = الإجابة لهذا المتصفح وحده؛ فقد تكون لبرامج أخرى على هذا الجهاز مخازن خاصة بها.
check-next = إلى الشهادة
