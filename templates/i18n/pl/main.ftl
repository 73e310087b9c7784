# Każda strona
language-label = Język
page-from = Autor tego komunikatu i operator sieci: { $organisation }.
host-label = Adres
why-label = Powód
todo-label = Co można zrobić
contact-label = Do kogo się zwrócić
contact-hint = Prosimy pozostawić numer zdarzenia w temacie wiadomości – ułatwi to odnalezienie sprawy.
mail-subject = Zablokowana strona
details-label = Dane techniczne
event-label = Numer zdarzenia
time-label = Czas (UTC)
location-label = Lokalizacja
policy-label = Zasady
client-label = Adres użytkownika
connection-label = Połączenie
detail-label = Przyczyna techniczna
until-label = Ważne do
try-again = Spróbuj ponownie

# Klasy kategorii
class-security = Bezpieczeństwo
class-content = Treść
class-legal = Wymóg prawny
class-organisation = Zasada wewnętrzna

# Strona blokady, według klasy
block-heading = Ta strona jest zablokowana
block-lead = { $organisation } nie zezwala na tę stronę w swojej sieci.
block-security-heading = Zablokowano niebezpieczną stronę
block-security-lead = { $organisation } blokuje tę stronę ze względów bezpieczeństwa. Może ona zaszkodzić urządzeniu albo wykraść hasła i dane.
block-content-lead = { $organisation } nie zezwala na strony tego rodzaju w swojej sieci.
block-legal-heading = Zablokowano ze względów prawnych
block-legal-lead = { $organisation } ma obowiązek zablokować tę stronę na mocy prawa lub decyzji organu władzy.
block-organisation-heading = Niedostępne w tej sieci
block-organisation-lead = { $organisation } nie udostępnia tej strony w swojej sieci.
block-unlisted-heading = Ta strona nie została otwarta
block-unlisted-lead = Sieć skierowała przeglądarkę tutaj zamiast na wybraną stronę.
why-rule = Tej strony dotyczy reguła, którą określa { $organisation }.
why-unlisted = Strony nie ma na żadnej liście tego serwera. Sieć przekierowała ją z innego powodu.
todo-leave = Prosimy zamknąć tę kartę lub użyć w przeglądarce przycisku Wstecz.
todo-security = Prowadził tu odnośnik z wiadomości? Prosimy nie otwierać go ponownie. Jeśli na tej stronie zostało kiedykolwiek podane hasło, należy je teraz zmienić.
todo-mistake = Strona jest potrzebna lub została zablokowana przez pomyłkę? Można poprosić o jej sprawdzenie.
todo-nobody = Strona jest potrzebna lub została zablokowana przez pomyłkę? Prosimy zwrócić się do osób, które opiekują się siecią.

# Co stało się z wcześniejszą prośbą
earlier-label = Prośba o dostęp
earlier-waiting = Prośbę o dostęp wysłano { $since }. Nikt jeszcze nie podjął decyzji.
earlier-approved = Prośba została przyjęta. Strona jest dostępna do { $until }.
earlier-denied = Prośba została odrzucona.

# Kod odblokowania
code-summary = Mam kod odblokowania
code-label = Kod odblokowania
code-hint = Wielkość liter, spacje i łączniki nie mają znaczenia.
code-send = Otwórz stronę

# Prośba o dostęp
request-summary = Poproś o dostęp
request-label = Do czego potrzebna jest ta strona?
request-hint = Czytają to osoby, które opiekują się siecią. Prosimy nie wpisywać haseł.
request-contact-label = Dane kontaktowe (nieobowiązkowo)
request-contact-hint = Na przykład adres e-mail albo numer pokoju.
request-send = Wyślij prośbę

# Co było nie tak w wysłanym formularzu
problem-reason-missing = Prosimy podać powód.
problem-reason-unknown = Prosimy wybrać powód z listy.
problem-code-wrong =
    { $left ->
        [0] Ten kod jest nieprawidłowy.
        [one] Ten kod jest nieprawidłowy. Pozostała { $left } próba.
        [few] Ten kod jest nieprawidłowy. Pozostały { $left } próby.
        [many] Ten kod jest nieprawidłowy. Pozostało { $left } prób.
       *[other] Ten kod jest nieprawidłowy. Pozostało { $left } próby.
    }
problem-code-locked = Wpisano zbyt wiele błędnych kodów. Kolejną próbę można podjąć po { $until }.
problem-code-not-for-this = Ten kod nie jest przeznaczony dla tej strony.
problem-code-spent = Ten kod został wykorzystany lub stracił ważność.
problem-too-many-requests = Wysłano już kilka próśb. Przed wysłaniem następnej prosimy odczekać.
problem-requests-full = W tej chwili nie można przyjąć więcej próśb. Prosimy spróbować później.
problem-try-again = Nie udało się. Prosimy spróbować jeszcze raz.

# Strona ostrzeżenia
warn-heading = Prosimy o ostrożność
warn-lead = { $organisation } odradza odwiedzanie tej strony.
warn-todo-leave = Najbezpieczniej jest teraz ją opuścić.
warn-todo-continue = Jeśli strona jest znana i godna zaufania, można przejść dalej. Decyzja zostanie zapisana i obowiązuje przez ograniczony czas.
warn-todo-used-up = Na dziś wykorzystano dozwoloną liczbę przejść do tej strony.
warn-leave = Opuść tę stronę
warn-continue = Przejdź do strony
warn-reason-label = Powód przejścia do strony
warn-reason-optional-label = Powód przejścia do strony (nieobowiązkowo)
warn-reason-hint = Odpowiedź zostanie zapisana.
warn-reason-choose = Prosimy wybrać

# Strona o plikach cookie
cookies-block-heading = Ta strona jest zablokowana, a pliki cookie są wyłączone
cookies-warn-heading = Tej strony dotyczy ostrzeżenie, a pliki cookie są wyłączone
cookies-lead = { $organisation } używa jednego małego pliku cookie, aby pokazać pełną stronę. Przeglądarka go nie odesłała.
cookies-settings = W ustawieniach przeglądarki należy odszukać „Prywatność” lub „Pliki cookie”.
cookies-allow = Następnie zezwolić na pliki cookie, przynajmniej dla tego adresu.
cookies-retry = Na koniec wrócić na tę stronę i spróbować ponownie.

# Strona w ramce
frame-block = Zablokowano
frame-warn = Uwaga
frame-warn-hint = Aby zdecydować, prosimy otworzyć ten adres w osobnej karcie.

# Strony błędów
error-misdirected-heading = Niewłaściwe połączenie
error-misdirected-lead = Przeglądarka zażądała tego adresu przez połączenie, które należy do innego.
error-bad-request-heading = Nie udało się odczytać żądania
error-bad-request-lead = Przeglądarka wysłała coś, czego ten serwer nie rozumie.
error-too-large-heading = Żądanie jest za duże
error-too-large-lead = Przeglądarka wysłała więcej, niż ten serwer przyjmuje.
error-method-heading = Tutaj nie jest to możliwe
error-method-lead = Ta strona nie przyjmuje żądań tego rodzaju.
error-not-found-heading = Nie znaleziono strony
error-not-found-lead = Na tym serwerze nie ma takiej strony.
error-expired-heading = Ten formularz stracił ważność
error-expired-lead = Strona była otwarta zbyt długo albo została wysłana dwukrotnie.
error-plain-http-heading = Potrzebne jest bezpieczne połączenie
error-plain-http-lead = Przeglądarka wysłała nieszyfrowane żądanie do portu, który oczekuje HTTPS.
error-granted-heading = Można przejść dalej
error-granted-lead = Decyzja została zapisana, ale ten serwer nie może sam otworzyć strony.
error-internal-heading = Coś poszło nie tak
error-internal-lead = Serwer nie zdołał przygotować właściwej strony. To nie jest wina użytkownika.
error-busy-heading = Chwilowe przeciążenie
error-busy-lead = Serwer osiągnął swój limit i nie może teraz odpowiedzieć.
error-origin-unresolved-heading = Nie znaleziono witryny
error-origin-unresolved-lead = Serwer szukał adresu tej strony i żadnego nie znalazł.
error-origin-refused-heading = Tej strony nie można tu otworzyć
error-origin-refused-lead = Jej adres należy do sieci wewnętrznej, a ten serwer nie otwiera stron w takich sieciach.
error-origin-unreachable-heading = Strona jest nieosiągalna
error-origin-unreachable-lead = Ten serwer nie mógł połączyć się ze stroną.
error-origin-timeout-heading = Strona nie odpowiada
error-origin-timeout-lead = Serwer czekał na stronę, ale odpowiedź nie nadeszła na czas.
error-origin-certificate-heading = Tej stronie nie można teraz zaufać
error-origin-certificate-lead = Strona nie potwierdziła swojej tożsamości. Ze względów bezpieczeństwa ten serwer się z nią nie połączył.
error-origin-broke-heading = Odpowiedzi strony nie można użyć
error-origin-broke-lead = Strona przerwała połączenie lub wysłała coś, czego ten serwer nie rozumie.
error-origin-loop-heading = Droga do strony prowadzi w kółko
error-origin-loop-lead = Adres strony prowadzi z powrotem do tego serwera, więc nie może on jej otworzyć.
todo-reload = Prosimy chwilę odczekać i odświeżyć stronę.
todo-back-and-retry = Prosimy cofnąć się w przeglądarce, odświeżyć tamtą stronę i spróbować jeszcze raz.
todo-https = Prosimy wpisać „https://” przed adresem i spróbować ponownie.
todo-granted = Jeśli ta strona wciąż się pojawia, można poprosić o odblokowanie witryny.
todo-origin-spelling = Prosimy sprawdzić pisownię adresu lub spróbować ponownie za kilka minut.
todo-origin-later = Być może strona ma awarię. Prosimy spróbować ponownie za kilka minut.
todo-origin-certificate = Najczęściej jest to błąd po stronie witryny: jej certyfikat wygasł lub wystawiono go na inną nazwę. Prosimy spróbować innego dnia lub zwrócić się do osób, które opiekują się siecią.
todo-origin-administrator = Ponowna próba nie pomoże. Prosimy powiadomić osoby, które opiekują się siecią; tylko one mogą to zmienić.
