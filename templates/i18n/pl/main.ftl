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
passes-through = Po przejściu dalej wszystko, co wymieniają między sobą przeglądarka i witryna, przechodzi przez serwer, który należy do { $organisation } i mógłby to odczytać.
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

# Portal: obie strony
portal-install = Instalacja certyfikatu
portal-check = Sprawdzenie urządzenia
fingerprint-label = Odcisk palca (SHA-256)
fingerprint-windows-label = Odcisk palca (SHA-1; w systemie Windows „odcisk palca” lub „thumbprint”)
certificate-label = Certyfikat
ends-label = Ważny do
download = Pobierz

# Portal: strona, z której instaluje się certyfikat główny
install-heading = Instalacja certyfikatu: { $organisation }
install-lead = Dzięki temu certyfikatowi przeglądarka może bez ostrzeżenia o bezpieczeństwie pokazywać strony, którymi { $organisation } informuje o zablokowanych witrynach.
install-managed = Urządzeniem zarządza { $organisation }? W takim razie najprawdopodobniej ma już certyfikat: prosimy najpierw sprawdzić to urządzenie.
install-unprotected = Ta strona dotarła niezabezpieczonym połączeniem, więc ktoś po drodze mógł ją zmienić. Zanim cokolwiek zostanie zainstalowane, prosimy porównać odcisk palca z kopią otrzymaną inną drogą: na papierze, od współpracownika lub przez telefon.
install-compare = Odcisk palca został porównany
install-both = Jeden certyfikat zastąpi drugi. Proszę zainstalować oba: wtedy podczas zmiany nic się nie zmieni.
install-choose = Wybór urządzenia
install-ios = iPhone i iPad
install-ios-1 = Proszę otworzyć tę stronę w Safari, stuknąć „Pobierz” i zezwolić na pobranie profilu.
install-ios-2 = W ciągu ośmiu minut proszę otworzyć Ustawienia, stuknąć „Pobrano profil”, a potem „Instaluj”.
install-ios-3 = Następnie proszę otworzyć Ustawienia › Ogólne › To urządzenie › Ustawienia zaufania certyfikatu i włączyć certyfikat. Bez tego kroku nic się nie zmieni.
install-ios-remove = Ustawienia › Ogólne › VPN i zarządzanie urządzeniami › profil › Usuń profil.
install-android = Android
install-android-1 = Proszę stuknąć „Pobierz”. Android nie otworzy pliku sam.
install-android-2 = Proszę otworzyć Ustawienia i wyszukać „Certyfikat CA”. Znajduje się w: Bezpieczeństwo i prywatność › Więcej ustawień zabezpieczeń › Szyfrowanie i dane logowania › Zainstaluj certyfikat › Certyfikat CA.
install-android-3 = Proszę stuknąć „Zainstaluj mimo to” i wybrać pobrany plik.
install-android-note = Chrome i większość innych przeglądarek ufa wtedy certyfikatowi. Wiele innych aplikacji nigdy tego nie robi; taka jest zasada Androida.
install-android-remove = Ustawienia › Bezpieczeństwo i prywatność › Szyfrowanie i dane logowania › Zaufane dane logowania › Użytkownik › certyfikat › Usuń.
install-windows = Windows
install-windows-1 = Proszę pobrać plik, otworzyć go i wybrać „Zainstaluj certyfikat…”.
install-windows-2 = Administrator tego komputera wybiera „Komputer lokalny”, każdy inny „Bieżący użytkownik”.
install-windows-3 = Proszę wybrać „Umieść wszystkie certyfikaty w następującym magazynie”, potem „Przeglądaj…”, a tam „Zaufane główne urzędy certyfikacji”. Jeśli magazyn wybierze sam Windows, nic się nie zmieni.
install-windows-remove = Proszę otworzyć certmgr.msc (lub certlm.msc dla „Komputer lokalny”) › Zaufane główne urzędy certyfikacji › Certyfikaty i usunąć certyfikat.
install-mac = Mac
install-mac-1 = Proszę pobrać profil i go otworzyć.
install-mac-2 = Proszę otworzyć Ustawienia systemowe › Ogólne › Zarządzanie urządzeniami, wybrać profil, a potem „Instaluj”.
install-mac-3 = Jeśli przeglądarki nadal ostrzegają: proszę otworzyć Dostęp do pęku kluczy › System, otworzyć certyfikat i w sekcji „Zaufaj” wybrać „Zawsze ufaj”.
install-mac-ipad = To iPad? Przedstawia się jako Mac: patrz „iPhone i iPad”.
install-mac-remove = Ustawienia systemowe › Ogólne › Zarządzanie urządzeniami › profil › Usuń.
install-chromeos = Chromebook
install-chromeos-1 = Proszę pobrać plik.
install-chromeos-2 = Proszę otworzyć adres chrome://certificate-manager, wybrać „Niestandardowe”, a potem „Importuj”.
install-chromeos-3 = Proszę wybrać plik i zaznaczyć „Ufaj temu certyfikatowi przy identyfikowaniu witryn”. Bez zaznaczenia nic się nie zmieni.
install-chromeos-remove = Pod adresem chrome://certificate-manager proszę otworzyć certyfikat w „Niestandardowe” i go usunąć.
install-linux = Linux
install-linux-1 = Proszę pobrać plik, a potem wpisać polecenia dla swojego systemu. Chromium i Firefox mają własne magazyny; dla nich są ostatnie polecenia.
install-linux-remove = Proszę usunąć plik, który utworzyły polecenia, i jeszcze raz wpisać drugie polecenie.
install-firefox = Firefox
install-firefox-1 = W systemach Windows, Mac i Android Firefox ufa temu, czemu ufa system; tam nic nie trzeba robić. W systemie Linux, lub jeśli Firefox nadal ostrzega, proszę pobrać plik.
install-firefox-2 = Proszę otworzyć Ustawienia › Prywatność i bezpieczeństwo › Certyfikaty › Wyświetl certyfikaty… › Organy certyfikacji › Importuj… i wybrać plik.
install-firefox-3 = Proszę zaznaczyć „Zaufaj temu CA przy identyfikacji witryn internetowych”. Bez zaznaczenia nic się nie zmieni.
install-firefox-remove = W tym samym miejscu proszę wybrać certyfikat, a potem „Usuń lub przestań ufać…”.
install-programs = Programy, oraz dla osób opiekujących się urządzeniami
install-programs-lead = Pliki dla programów Java, Node, Python, git oraz dla systemów zarządzania urządzeniami. Administratorzy tego serwera tworzą pliki dla każdego takiego systemu poleceniem „blockhouse-ca export --all”.
install-remove-label = Jak go usunąć
install-can-label = Co może ten certyfikat
install-can = Kto ma klucz do tego certyfikatu, może na urządzeniach, które mu ufają, odpowiadać w imieniu dowolnej witryny. { $organisation } używa go, aby pokazywać strony o witrynach, które w tej sieci są zablokowane lub objęte ostrzeżeniem.
install-own = Klucz należy wyłącznie do tej instalacji; nie ma go żadna inna organizacja.
install-excluded = Nigdy nie można go użyć dla:

# Portal: strona, która sprawdza urządzenie
check-heading = Czy to urządzenie jest gotowe?
check-lead = Ta strona sprawdza, czego potrzebuje przeglądarka, aby pokazywać strony, których autorem jest { $organisation }.
check-trust-label = Certyfikat
check-trust-good = Ta przeglądarka ufa certyfikatowi.
check-trust-bad = Ta przeglądarka nie ufa certyfikatowi. Proszę go zainstalować i sprawdzić ponownie.
check-trust-unknown = Nie udało się tego ustalić, ponieważ adres testowy jest nieosiągalny. Albo brakuje certyfikatu, albo sieć nie odpowiada na te nazwy.
check-next-root-label = Następny certyfikat
check-next-root-good = Ta przeglądarka ufa także następnemu certyfikatowi { $organisation }.
check-next-root-bad = Tej przeglądarce brakuje następnego certyfikatu, który zastąpi obecny. Proszę go zainstalować i sprawdzić ponownie.
check-cookies-label = Pliki cookie
check-cookies-good = Ta przeglądarka zachowuje pliki cookie.
check-cookies-bad = Ta przeglądarka odrzuca pliki cookie. Prosimy zezwolić na nie w ustawieniach, przynajmniej w tej sieci: strony z ostrzeżeniem potrzebują jednego.
check-dns-label = Nazwy
check-dns-good = Serwer nazw tej sieci prowadzi do tego serwera.
check-dns-bad = Przeglądarka nie korzysta z serwera nazw tej sieci. Prosimy wyłączyć w ustawieniach „bezpieczny DNS” i każdy VPN lub zwrócić się do osób, które opiekują się siecią.
check-dns-unknown = Nie udało się tego ustalić.
check-ipv4-label = IPv4
check-ipv4-good = Ten serwer jest osiągalny przez IPv4.
check-ipv4-bad = Ten serwer nie jest osiągalny przez IPv4.
check-ipv6-label = IPv6
check-ipv6-good = Ten serwer jest osiągalny przez IPv6.
check-ipv6-unknown = Ten serwer nie jest osiągalny przez IPv6. To nie przeszkadza, dopóki działa IPv4.
check-later = Będzie to można ustalić, gdy ta przeglądarka zaufa certyfikatowi.
check-waiting = Chwileczkę…
check-again = Sprawdź ponownie
check-script = Aby to sprawdzić, strona potrzebuje JavaScriptu. Bez niego: jeśli ta przeglądarka ufa certyfikatowi, widać tu zielony znak.
check-script-picture = jeszcze bez zaufania
check-only = Odpowiedź dotyczy tylko tej przeglądarki; inne programy na tym urządzeniu mogą mieć własne magazyny.
check-next = Do certyfikatu
