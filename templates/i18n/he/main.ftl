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

# עמוד האזהרה
warn-heading = נא לנקוט זהירות
warn-lead = ההמלצה של { $organisation } היא לא לבקר באתר הזה.
warn-todo-leave = הבחירה הבטוחה היא לעזוב עכשיו.
warn-todo-continue = אם האתר מוכר לך ואמין בעיניך, אפשר להמשיך. ההחלטה נרשמת ותקפה לזמן מוגבל.
warn-leave = יציאה מהאתר
warn-continue = המשך אל האתר

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
todo-reload = יש להמתין רגע ולטעון את העמוד מחדש.
todo-back-and-retry = יש לחזור אחורה בדפדפן, לטעון שם את העמוד מחדש ולנסות שוב.
todo-https = יש לכתוב ‎https://‎ לפני הכתובת ולנסות שוב.
todo-granted = אם העמוד הזה ממשיך להופיע, אפשר לבקש לשחרר את האתר.
