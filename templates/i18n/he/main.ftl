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
