# כל העמודים
language-label = שפה
page-from = עמוד זה מוצג מטעם { $organisation }, הגוף שמפעיל את הרשת הזאת.
host-label = כתובת
why-label = סיבה
todo-label = מה אפשר לעשות
contact-label = למי לפנות
contact-hint = נא להשאיר את מספר האירוע בשורת הנושא; כך קל לאתר את הפנייה במהירות.
mail-subject = אתר חסום
details-label = פרטים טכניים
event-label = מספר האירוע
time-label = שעה (UTC)
location-label = מיקום
policy-label = מדיניות
client-label = הכתובת שלך
connection-label = חיבור
detail-label = סיבה טכנית
until-label = בתוקף עד
try-again = ניסיון נוסף

# סוגי קטגוריות
class-security = אבטחה
class-content = תוכן
class-legal = דרישה חוקית
class-organisation = כלל פנימי

# עמוד החסימה, לפי סוג
block-heading = האתר הזה חסום
block-lead = הגישה לאתר הזה אינה מותרת ברשת של { $organisation }.
block-security-heading = אתר מסוכן נחסם
block-security-lead = האתר הזה נחסם ברשת של { $organisation } כדי להגן עליך. הוא עלול להזיק למכשיר או לגנוב סיסמאות ומידע.
block-content-lead = אתרים מסוג זה אינם מותרים ברשת של { $organisation }.
block-legal-heading = חסום מסיבות משפטיות
block-legal-lead = האתר הזה חסום ברשת של { $organisation } על פי חוק או בצו של רשות מוסמכת.
block-organisation-heading = לא זמין ברשת הזאת
block-organisation-lead = הוחלט שהאתר הזה לא יהיה זמין ברשת של { $organisation }.
block-unlisted-heading = האתר הזה לא נפתח
block-unlisted-lead = הרשת הפנתה את הדפדפן לעמוד הזה במקום לאתר המבוקש.
why-rule = על האתר הזה חל כלל של { $organisation }.
why-unlisted = האתר אינו מופיע באף רשימה בשרת הזה. הרשת הפנתה אותו לכאן מסיבה אחרת.
todo-leave = אפשר לסגור את הכרטיסייה או להשתמש בלחצן ״הקודם״ בדפדפן.
todo-security = הגעת לכאן דרך קישור בהודעה? נא לא לפתוח אותו שוב. אם הוזנה אי פעם סיסמה באתר הזה, יש להחליף אותה עכשיו.
todo-mistake = האתר נחוץ לך, או שנחסם בטעות? אפשר לבקש בדיקה חוזרת.
todo-nobody = האתר נחוץ לך, או שנחסם בטעות? אפשר לפנות לאחראים על הרשת.

# מה עלה בגורל בקשה קודמת
earlier-label = הבקשה שלך
earlier-waiting = בקשת הגישה נשלחה ב־{ $since }. טרם התקבלה החלטה.
earlier-approved = הבקשה אושרה. האתר פתוח עבורך עד { $until }.
earlier-denied = הבקשה נדחתה.

# קוד לשחרור החסימה
code-summary = יש לי קוד לשחרור החסימה
code-label = קוד לשחרור החסימה
code-hint = אין הבדל בין אותיות גדולות לקטנות, ורווחים ומקפים אינם משנים.
code-send = פתיחת האתר

# בקשת גישה
request-summary = בקשת גישה
request-label = לשם מה האתר נחוץ לך?
request-hint = האחראים על הרשת יקראו את הדברים. נא לא לכתוב סיסמאות.
request-contact-label = איך אפשר ליצור איתך קשר (לא חובה)
request-contact-hint = למשל כתובת דוא״ל או מספר חדר.
request-send = שליחת הבקשה

# מה לא היה תקין בטופס שנשלח
problem-reason-missing = נא לכתוב את הסיבה.
problem-reason-unknown = נא לבחור אחת מהסיבות שברשימה.
problem-code-wrong =
    { $left ->
        [0] הקוד אינו נכון.
        [one] הקוד אינו נכון. נותר ניסיון אחד.
        [two] הקוד אינו נכון. נותרו שני ניסיונות.
       *[other] הקוד אינו נכון. נותרו { $left } ניסיונות.
    }
problem-code-locked = הוזנו יותר מדי קודים שגויים. אפשר לנסות שוב אחרי { $until }.
problem-code-not-for-this = הקוד הזה אינו מיועד לאתר הזה.
problem-code-spent = הקוד הזה נוצל או שאינו תקף עוד.
problem-too-many-requests = כבר נשלחו ממך כמה בקשות. נא להמתין לפני שליחת הבקשה הבאה.
problem-requests-full = לא ניתן לקבל בקשות נוספות כרגע. נא לנסות שוב מאוחר יותר.
problem-try-again = הפעולה לא הצליחה. נא לנסות פעם נוספת.

# עמוד האזהרה
warn-heading = נא לנקוט זהירות
warn-lead = ההמלצה של { $organisation } היא לא לבקר באתר הזה.
warn-todo-leave = הבחירה הבטוחה היא לעזוב עכשיו.
warn-todo-continue = אם האתר מוכר לך ואמין בעיניך, אפשר להמשיך. ההחלטה נרשמת ותקפה לזמן מוגבל.
passes-through = אם ממשיכים לאתר, כל מה שהדפדפן והאתר שולחים זה לזה עובר דרך שרת של { $organisation }, שיכול לקרוא אותו.
warn-todo-used-up = להיום נוצל מספר הפעמים שבהן מותר להמשיך אל האתר הזה.
warn-leave = יציאה מהאתר
warn-continue = המשך אל האתר
warn-reason-label = מדוע להמשיך אל האתר?
warn-reason-optional-label = מדוע להמשיך אל האתר? (לא חובה)
warn-reason-hint = התשובה נרשמת.
warn-reason-choose = נא לבחור

# עמוד קובצי ה־Cookie
cookies-block-heading = האתר הזה חסום, וקובצי Cookie כבויים
cookies-warn-heading = יש אזהרה לגבי האתר הזה, וקובצי Cookie כבויים
cookies-lead = כדי להציג את העמוד המלא נשמר קובץ Cookie קטן אחד מטעם { $organisation }. הדפדפן לא החזיר אותו.
cookies-settings = יש לפתוח את הגדרות הדפדפן ולחפש ״פרטיות״ או ״קובצי Cookie״.
cookies-allow = יש לאשר קובצי Cookie, לפחות עבור הכתובת הזאת.
cookies-retry = יש לחזור לעמוד הזה ולנסות שוב.

# העמוד בתוך מסגרת
frame-block = חסום
frame-warn = אזהרה
frame-warn-hint = כדי להחליט, יש לפתוח את הכתובת בכרטיסייה נפרדת.

# עמודי שגיאה
error-misdirected-heading = חיבור שגוי
error-misdirected-lead = הדפדפן ביקש את הכתובת הזאת דרך חיבור ששייך לכתובת אחרת.
error-bad-request-heading = לא ניתן לקרוא את הבקשה
error-bad-request-lead = הדפדפן שלח משהו שהשרת הזה אינו מבין.
error-too-large-heading = הבקשה גדולה מדי
error-too-large-lead = הדפדפן שלח יותר ממה שהשרת הזה מקבל.
error-method-heading = הפעולה אינה אפשרית כאן
error-method-lead = העמוד אינו מקבל בקשות מסוג זה.
error-not-found-heading = העמוד לא נמצא
error-not-found-lead = אין עמוד כזה בשרת הזה.
error-expired-heading = תוקף הטופס פג
error-expired-lead = העמוד היה פתוח זמן רב מדי, או שנשלח פעמיים.
error-plain-http-heading = נדרש חיבור מאובטח
error-plain-http-lead = הדפדפן שלח בקשה לא מוצפנת ליציאה שמצפה ל־HTTPS.
error-granted-heading = אפשר להמשיך
error-granted-lead = ההחלטה נרשמה, אך השרת הזה אינו יכול לפתוח עבורך את האתר.
error-internal-heading = משהו השתבש
error-internal-lead = השרת לא הצליח להכין את העמוד שהיה אמור להופיע. זו אינה אשמתך.
error-busy-heading = עומס זמני
error-busy-lead = השרת הגיע לגבול יכולתו ואינו יכול לענות כרגע.
error-origin-unresolved-heading = האתר לא נמצא
error-origin-unresolved-lead = השרת חיפש את כתובת האתר ולא מצא אף כתובת.
error-origin-refused-heading = אי אפשר לפתוח את האתר מכאן
error-origin-refused-lead = כתובת האתר נמצאת ברשת פנימית, והשרת הזה אינו פותח אתרים ברשתות כאלה.
error-origin-unreachable-heading = אין גישה אל האתר
error-origin-unreachable-lead = השרת הזה לא הצליח להתחבר אל האתר.
error-origin-timeout-heading = האתר אינו עונה
error-origin-timeout-lead = השרת המתין לאתר, אך התשובה לא הגיעה בזמן.
error-origin-certificate-heading = כרגע אי אפשר לתת אמון באתר
error-origin-certificate-lead = האתר לא הצליח להוכיח את זהותו. כדי להגן עליך, השרת לא התחבר אליו.
error-origin-broke-heading = תשובת האתר אינה שמישה
error-origin-broke-lead = האתר ניתק את החיבור או שלח משהו שהשרת הזה אינו מבין.
error-origin-loop-heading = הדרך אל האתר סובבת במעגל
error-origin-loop-lead = כתובת האתר מובילה חזרה אל השרת הזה, ולכן אין באפשרותו לפתוח עבורך את האתר.
todo-reload = יש להמתין רגע ולטעון את העמוד מחדש.
todo-back-and-retry = יש לחזור אחורה בדפדפן, לטעון שם את העמוד מחדש ולנסות שוב.
todo-https = יש לכתוב ‎https://‎ לפני הכתובת ולנסות שוב.
todo-granted = אם העמוד הזה ממשיך להופיע, אפשר לבקש לשחרר את האתר.
todo-origin-spelling = יש לוודא שהכתובת נכתבה נכון, או לנסות שוב בעוד כמה דקות.
todo-origin-later = ייתכן שיש תקלה באתר. אפשר לנסות שוב בעוד כמה דקות.
todo-origin-certificate = בדרך כלל התקלה היא באתר: תוקף האישור שלו פג, או שהוא הונפק לשם אחר. אפשר לנסות שוב ביום אחר, או לפנות לאחראים על הרשת.
todo-origin-administrator = ניסיון נוסף לא יעזור. יש לפנות לאחראים על הרשת; רק הם יכולים לשנות זאת.

# הפורטל: שני העמודים
portal-install = התקנת האישור
portal-check = בדיקת המכשיר
fingerprint-label = טביעת אצבע (SHA-256)
fingerprint-windows-label = טביעת אצבע (SHA-1; ב־Windows היא נקראת ״טביעת אצבע״ או ״thumbprint״)
certificate-label = אישור
ends-label = בתוקף עד
download = הורדה

# הפורטל: העמוד שממנו מתקינים את אישור הבסיס
install-heading = התקנת האישור של { $organisation }
install-lead = בעזרת האישור הזה הדפדפן יכול להציג ללא אזהרת אבטחה את העמודים של { $organisation } על אתרים חסומים.
install-managed = המכשיר מנוהל על ידי { $organisation }? אם כן, סביר מאוד שהאישור כבר נמצא בו: כדאי לבדוק קודם את המכשיר הזה.
install-unprotected = העמוד הזה הגיע בחיבור לא מוגן, ולכן ייתכן שמישהו בדרך אל השרת שינה אותו. לפני שמתקינים משהו יש להשוות את טביעת האצבע לעותק שהתקבל בדרך אחרת: על נייר, מעמית לעבודה או בטלפון.
install-compare = השוויתי את טביעת האצבע
install-both = אישור אחד יחליף את האחר. יש להתקין את שניהם, וכך דבר לא ישתנה עבורך בעת ההחלפה.
install-choose = בחירת מכשיר
install-ios = iPhone ו־iPad
install-ios-1 = יש לפתוח את העמוד הזה ב־Safari, להקיש על ״הורדה״ ולאשר את הורדת הפרופיל.
install-ios-2 = בתוך שמונה דקות יש לפתוח את ״הגדרות״, להקיש על ״הפרופיל הורד״ ואז על ״התקן״.
install-ios-3 = לאחר מכן יש לפתוח הגדרות › כללי › אודות › הגדרות אמון לאישורים ולהפעיל את האישור. בלי השלב הזה דבר לא ישתנה.
install-ios-remove = הגדרות › כללי › VPN וניהול המכשיר › הפרופיל › הסר פרופיל.
install-android = Android
install-android-1 = יש להקיש על ״הורדה״. Android אינו פותח את הקובץ מעצמו.
install-android-2 = יש לפתוח את ההגדרות ולחפש ״אישור CA״. הוא נמצא תחת אבטחה ופרטיות › הגדרות אבטחה נוספות › הצפנה ופרטי כניסה › התקנת אישור › אישור CA.
install-android-3 = יש להקיש על ״התקנה בכל זאת״ ולבחור את הקובץ שהורד.
install-android-note = לאחר מכן Chrome ורוב הדפדפנים האחרים נותנים אמון באישור. אפליקציות רבות אחרות לעולם אינן עושות זאת; זה כלל של Android.
install-android-remove = הגדרות › אבטחה ופרטיות › הצפנה ופרטי כניסה › פרטי כניסה מהימנים › משתמש › האישור › הסרה.
install-windows = Windows
install-windows-1 = יש להוריד את הקובץ, לפתוח אותו ולבחור ״התקן אישור…״.
install-windows-2 = מי שמנהל את המחשב הזה בוחר ״מחשב מקומי״, וכל אחד אחר ״משתמש נוכחי״.
install-windows-3 = יש לבחור ״מקם את כל האישורים במאגר הבא״, אחר כך ״עיון…״, ושם ״רשויות אישורי בסיס מהימנות״. אם Windows בוחר את המאגר בעצמו, דבר לא ישתנה.
install-windows-remove = יש לפתוח את certmgr.msc (או certlm.msc עבור ״מחשב מקומי״) › רשויות אישורי בסיס מהימנות › אישורים, ולמחוק את האישור.
install-mac = Mac
install-mac-1 = יש להוריד את הפרופיל ולפתוח אותו.
install-mac-2 = יש לפתוח הגדרות המערכת › כללי › ניהול מכשירים, לבחור את הפרופיל ואז ״התקן״.
install-mac-3 = אם הדפדפנים עדיין מזהירים: יש לפתוח את ״צרור מפתחות״ › מערכת, לפתוח את האישור, ותחת ״אמון״ לבחור ״תמיד לתת אמון״.
install-mac-ipad = זה iPad? הוא מציג את עצמו כ־Mac: ראו ״iPhone ו־iPad״.
install-mac-remove = הגדרות המערכת › כללי › ניהול מכשירים › הפרופיל › הסר.
install-chromeos = Chromebook
install-chromeos-1 = יש להוריד את הקובץ.
install-chromeos-2 = יש לפתוח את הכתובת chrome://certificate-manager, לבחור ״בהתאמה אישית״ ואז ״ייבוא״.
install-chromeos-3 = יש לבחור את הקובץ ולסמן ״מתן אמון באישור הזה לצורך זיהוי אתרים״. בלי הסימון דבר לא ישתנה.
install-chromeos-remove = בכתובת chrome://certificate-manager יש לפתוח את האישור תחת ״בהתאמה אישית״ ולמחוק אותו.
install-linux = Linux
install-linux-1 = יש להוריד את הקובץ ואז להזין את הפקודות המתאימות למערכת. ל־Chromium ול־Firefox יש מאגרים משלהם; הפקודות האחרונות מיועדות להם.
install-linux-remove = יש למחוק את הקובץ שהפקודות יצרו ולהזין שוב את הפקודה השנייה.
install-firefox = Firefox
install-firefox-1 = ב־Windows, ב־Mac וב־Android ‏Firefox נותן אמון במה שהמערכת נותנת בו אמון; אין צורך לעשות דבר. ב־Linux, או אם Firefox עדיין מזהיר, יש להוריד את הקובץ.
install-firefox-2 = יש לפתוח הגדרות › פרטיות ואבטחה › אישורים › הצגת אישורים… › רשויות › ייבוא…, ולבחור את הקובץ.
install-firefox-3 = יש לסמן ״מתן אמון ברשות אישורים זו לצורך זיהוי אתרים״. בלי הסימון דבר לא ישתנה.
install-firefox-remove = באותו מקום יש לבחור את האישור ואז ״מחיקה או ביטול אמון…״.
install-programs = תוכנות, ולמי שאחראים על מכשירים
install-programs-lead = קבצים ל־Java, ל־Node, ל־Python, ל־git ולמערכות לניהול מכשירים. מי שמפעילים את השרת הזה יוצרים את הקבצים לכל מערכת ניהול בעזרת ״blockhouse-ca export --all״.
install-remove-label = איך מסירים אותו
install-can-label = מה האישור הזה יכול לעשות
install-can = מי שמחזיק במפתח של האישור הזה יכול לענות בשם כל אתר במכשירים שנותנים בו אמון. { $organisation } משתמש בו כדי להציג עמודים על אתרים שנחסמו ברשת הזאת או שיש לגביהם אזהרה.
install-own = המפתח שייך להתקנה הזאת בלבד; אין הוא בידי שום ארגון אחר.
install-excluded = לעולם אי אפשר להשתמש בו עבור:

# הפורטל: העמוד שבודק מכשיר
check-heading = המכשיר הזה מוכן?
check-lead = העמוד הזה בודק את מה שהדפדפן צריך כדי להציג את העמודים של { $organisation }.
check-trust-label = אישור
check-trust-good = הדפדפן הזה נותן אמון באישור.
check-trust-bad = הדפדפן הזה אינו נותן אמון באישור. יש להתקין אותו ולבדוק שוב.
check-trust-unknown = לא ניתן לדעת, כי כתובת הבדיקה לא הושגה. או שהאישור חסר, או שהרשת אינה עונה על השמות.
check-next-root-label = האישור הבא
check-next-root-good = הדפדפן הזה נותן אמון גם באישור הבא של { $organisation }.
check-next-root-bad = לדפדפן הזה חסר האישור הבא, שיחליף את הנוכחי. יש להתקין אותו ולבדוק שוב.
check-cookies-label = קובצי Cookie
check-cookies-good = הדפדפן הזה שומר קובצי Cookie.
check-cookies-bad = הדפדפן הזה מסרב לקובצי Cookie. יש לאפשר אותם בהגדרות, לפחות ברשת הזאת: עמודי אזהרה זקוקים לאחד.
check-dns-label = שמות
check-dns-good = שרת השמות של הרשת מוביל אל השרת הזה.
check-dns-bad = הדפדפן אינו משתמש בשרת השמות של הרשת. יש לכבות בהגדרות ״DNS מאובטח״ וכל VPN, או לפנות לאחראים על הרשת.
check-dns-unknown = לא ניתן לדעת.
check-ipv4-label = IPv4
check-ipv4-good = אפשר להגיע אל השרת הזה ב־IPv4.
check-ipv4-bad = אי אפשר להגיע אל השרת הזה ב־IPv4.
check-ipv6-label = IPv6
check-ipv6-good = אפשר להגיע אל השרת הזה ב־IPv6.
check-ipv6-unknown = אי אפשר להגיע אל השרת הזה ב־IPv6. אין בכך נזק כל עוד IPv4 פועל.
check-later = ניתן יהיה לדעת זאת לאחר שהדפדפן הזה ייתן אמון באישור.
check-waiting = רק רגע…
check-again = בדיקה חוזרת
check-script = כדי לבדוק זאת העמוד זקוק ל־JavaScript. בלעדיו: אם הדפדפן הזה נותן אמון באישור, מופיע כאן סימן ירוק.
check-script-picture = עדיין ללא אמון
check-only = התשובה נכונה לדפדפן הזה בלבד; ייתכן שלתוכנות אחרות במכשיר יש מאגרים משלהן.
check-next = אל האישור
