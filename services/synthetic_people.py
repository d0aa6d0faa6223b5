"""Makes up people for demonstrations, tests and measurements: plausible for their country, and none of them real.

Surnames and towns are put together from stems and endings of a language, so that most belong to nobody. The same
state of the generator makes the same person. Nothing here may be taken from a person who exists.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final, Literal

from anyascii import anyascii

from shared.bureaus import MEMBERS

EYES: Final = ("BRO", "BROD", "BROH", "BLU", "BLUL", "GRE", "GRY", "BLA")
HAIR: Final = ("BRO", "BROF", "BLA", "BLA", "YELB", "RED", "GRY", "HAIB")
MARKS: Final = (
    "scar on the left forearm",
    "scar above the right eyebrow",
    "tattoo of an anchor on the right shoulder",
    "tattoo of a swallow on the left hand",
    "birthmark on the neck",
    "left little finger missing",
)
LAST_BIRTHDAY: Final = date(2007, 1, 1)
AGES_IN_DAYS: Final = 52 * 365


@dataclass(frozen=True, slots=True)
class _Language:
    """What names are made of where a language is spoken: words, some with another script after a slash."""

    code: str
    women: str
    men: str
    stems: str
    endings: str
    """An underscore stands for an ending of no letters."""
    town_endings: str


_LANGUAGES: Final = {
    language.code: language
    for language in (
        _Language(
            "FRE",
            "Amélie Béatrice Chloé Édith Florence Hélène Inès Jeanne Léa Margot Océane Solène",
            "Adrien Baptiste Cédric Étienne François Gaël Hugo Jérôme Léon Mathieu Noël Rémi",
            "Mar Bel Cour Dur Fon Gal Lam Mont Per Rou Tess Val Vern Chab",
            "ain ard aud eau ellier ier in ois ot taine ville elle",
            "-sur-Vaure bourg ville court -les-Bois mont",
        ),
        _Language(
            "GER",
            "Anke Britta Clara Dörte Frieda Greta Heike Ilse Käthe Lena Marlies Ute",
            "Arne Bernd Detlef Emil Falk Günther Holger Jörg Karsten Lutz Rolf Sönke",
            "Ahl Bach Eich Feld Grün Hart Kalt Lind Rot Stein Wald Weiß",
            "mann er bauer hauser meier ner inger stedt hoff kamp brecht",
            "hausen dorf bach brück stedt felde",
        ),
        _Language(
            "ENG",
            "Abigail Beth Claire Daisy Eleanor Fiona Grace Hazel Ivy Joan Kate Megan",
            "Alan Barry Colin Derek Edwin Frank Graham Harvey Ian Keith Neil Owen",
            "Ash Black Brad Clay Hather Hol Mar Nor Red Stan Thorn Whit",
            "bourne by combe don field ford gate ley more ton well wick",
            "bridge ford ham port ton wick",
        ),
        _Language(
            "SPA",
            "Alba Begoña Consuelo Elvira Inés Lucía Marisol Nuria Pilar Rocío Soledad Ximena",
            "Adrián Benito César Darío Emilio Fermín Héctor Íñigo Joaquín Mateo Raúl Tomás",
            "Alc Barr Calv Domin Est Fern Guill Lag Mart Pach Quint Sal",
            "ares edo eja era erez iga illo ino oya uera ondo ano",
            "alba illa ejo osa adero edo",
        ),
        _Language(
            "POR",
            "Adriana Beatriz Cecília Débora Fernanda Graça Inês Joana Lídia Mônica Raquel Tânia",
            "Álvaro Bento Caio Duarte Estêvão Fábio Gonçalo Heitor João Luís Otávio Vítor",
            "Alm Barb Carv Figu Gam Mag Nog Per Quint Sant Tav Vasc",
            "alho eira eiro osa oso ares eda eido ães inho ão onde",
            "ópolis inho eira ânia edo alva",
        ),
        _Language(
            "ITA",
            "Agnese Bianca Cosima Donata Elisa Fiorella Ginevra Ilaria Luisa Noemi Ornella Rosa",
            "Aldo Bruno Carlo Dario Ennio Fabio Gino Ivo Luca Nino Piero Ugo",
            "Bal Cast Dell Ferr Gall Lamb Mont Pell Ross Salv Tron Vent",
            "acci aldi elli ani eri esi etti ini oni otti ucci ano",
            "anova ara asco ello etta onte",
        ),
        _Language(
            "POL",
            "Agnieszka Bożena Dorota Elżbieta Grażyna Halina Jadwiga Kinga Łucja Małgorzata Wanda Zofia",
            "Andrzej Bogdan Czesław Dariusz Grzegorz Jacek Krzysztof Łukasz Marek Paweł Stanisław Zbigniew",
            "Bor Brzoz Dąb Górn Jasz Kalin Król Lip Mal Sosn Wron Ziel",
            "ak czyk ek ewicz iak icki ik ił owiak owicz oń as",
            "ów no ice owo in sk",
        ),
        _Language(
            "RUS",
            "Алла Вера Галина Дарья Ирина Лариса Марина Нина Ольга Раиса Тамара Юлия",
            "Андрей Борис Виктор Глеб Денис Игорь Кирилл Максим Олег Роман Степан Фёдор",
            "Бел Вор Гор Дуб Жар Зим Кос Лаз Мор Сол Тих Черн",
            "анов енко ев ин ко ов ович чук ак енков ун ей",
            "град ск ово ино ец ное",
        ),
        _Language(
            "GRE",
            "Άννα Βασιλική Δέσποινα Ελένη Ζωή Ιωάννα Κατερίνα Λήδα Μαρία Νίκη Σοφία Χριστίνα",
            "Αλέξης Βασίλης Γιάννης Δημήτρης Θανάσης Κώστας Λευτέρης Μάνος Νίκος Πέτρος Σπύρος Φώτης",
            "Αντων Βλαχ Γεωργ Δαμ Καλ Λαμπρ Μαυρ Νικ Παπ Σταμ Τσακ Χατζ",
            "άκης όπουλος ίδης άτος έλης ίνος ούδης άς ιάδης ανός αίος ώτης",
            "ούπολη ιά ός αία ές ωνας",
        ),
        _Language(
            "ARA",
            "Amina/أمينة Dina/دينا Farah/فرح Hanan/حنان Jamila/جميلة Layla/ليلى Nadia/نادية Rania/رانيا Zeinab/زينب",
            "Adel/عادل Bilal/بلال Faris/فارس Hamid/حامد Karim/كريم Majid/ماجد Nabil/نبيل Rashid/راشد Tariq/طارق",
            "Amari/العماري Badawi/البدوي Darwish/درويش Fahri/الفهري Ghanem/غانم Haddad/حداد Khatib/الخطيب "
            "Mansuri/المنصوري Najjar/النجار Qasimi/القاسمي Rahmani/الرحماني Salimi/السليمي Tamimi/التميمي",
            "_",
            "abad iya awi an ara un",
        ),
        _Language(
            "CHI",
            "丽华 春梅 桂芳 海燕 秀兰 雪莲 玉珍 婷婷 慧敏 晓红",
            "志强 建国 文斌 海涛 国平 立新 光明 永辉 宏伟 天宇",
            "王 陈 林 赵 黄 周 吴 徐 孙 胡 朱 高 郭 何 罗 梁",
            "_",
            "zhou shan jiang kou yang cheng",
        ),
        _Language(
            "JPN",
            "アキコ エミ カオリ サクラ チヨ ナオミ ハルカ マリコ ユイ レイコ",
            "アキラ ケンジ コウタ サトシ タカシ ツヨシ ノボル ヒロシ マサル ユウタ",
            "アオ イシ ウエ オカ カワ キタ クロ サカ シロ タカ ナカ フジ マツ ミナミ ヤマ",
            "ダ モト ムラ ノ サキ ザワ タニ ハラ オ カミ",
            "saki yama kawa mura hama shima",
        ),
        _Language(
            "SWA",
            "Amani Bahati Eshe Furaha Imani Jamila Neema Rehema Subira Tatu Wangari Zawadi",
            "Baraka Faraji Hamisi Jabari Juma Kamau Mosi Njoroge Omondi Rashidi Simba Tumaini",
            "Ach Kar Kib Maz Mbo Mut Mwa Nde Nja Odh Wam Kip",
            "eri iambo anga ua ugo uma uri oti iru ando eki ori",
            "ani oni uru anga ini eru",
        ),
        _Language(
            "HIN",
            "Anjali Bhavna Deepa Gita Indira Kavita Lakshmi Meera Nisha Priya Sunita Usha",
            "Ajay Bhuvan Deepak Girish Harish Karan Manoj Naveen Pradeep Rakesh Suresh Vijay",
            "Agar Bhatt Chand Desh Gan Jag Kash Mah Nar Pan Raj Sur",
            "wal acharya an aval eshi ekar gar iwari mukh kar pal yap",
            "pur nagar abad garh ganj gaon",
        ),
    )
}
_SPOKEN: Final = {
    "FRE": "FR BE MC LU BF BI BJ CD CF CG CI CM DJ GA GN HT MG ML NE RW SN TD TG",
    "GER": "DE AT CH LI NL DK NO SE IS FI EE LV",
    "SPA": "ES AD AR BO CL CO CR CU DO EC GQ GT HN MX NI PA PE PY SV UY VE",
    "POR": "PT BR AO CV GW MZ ST TL",
    "ITA": "IT SM VA MT",
    "POL": "PL CZ SK HU SI HR LT",
    "RUS": "RU UA BY BG MK ME RS BA KZ KG TJ TM UZ MD MN AM GE AZ",
    "GRE": "GR CY",
    "ARA": "AE BH DZ EG IQ IR JO KW LB LY MA OM PS QA SA SY TN YE SD SO MR KM TR PK AF",
    "CHI": "CN SG KR VN LA KH MM TH",
    "JPN": "JP",
    "SWA": "KE TZ UG BW ER ET GH GM LR LS MW MU NA NG SC SL SS SZ ZA ZM ZW",
    "HIN": "IN BD BT LK MV NP",
}
_LANGUAGE_OF: Final = {country: code for code, countries in _SPOKEN.items() for country in countries.split()}


@dataclass(frozen=True, slots=True)
class SyntheticPerson:
    """Somebody who does not exist."""

    name: str
    """The surname, in Latin letters."""

    forename: str
    written_in_script: str | None
    """Forename and surname in the script of the language, if that is not Latin."""

    sex: Literal["M", "F"]
    date_of_birth: date
    place_of_birth: str
    nationality: str
    """ISO 3166-1 alpha-2."""

    height_cm: int
    weight_kg: int
    eyes: str
    """A code of the public notices, as are those of hair and languages."""

    hair: str
    languages: tuple[str, ...]
    distinguishing_marks: str | None


def synthetic_person(random: Random, country: str | None = None) -> SyntheticPerson:
    """Return a grown-up of a country, or of any, as `random` draws it."""
    nationality = country if country in MEMBERS else random.choice(tuple(MEMBERS))
    language = _LANGUAGES[_LANGUAGE_OF.get(nationality, "ENG")]
    sex: Literal["M", "F"] = "M" if random.random() < 0.7 else "F"
    forename, forename_in_script = _written(_word(random, language.men if sex == "M" else language.women))
    name, name_in_script = _written(_word(random, language.stems) + _word(random, language.endings).strip("_"))
    tallness = random.gauss(176 if sex == "M" else 163, 7)
    return SyntheticPerson(
        name=name,
        forename=forename,
        written_in_script=f"{forename_in_script} {name_in_script}" if name_in_script else None,
        sex=sex,
        date_of_birth=LAST_BIRTHDAY - timedelta(days=random.randrange(AGES_IN_DAYS)),
        place_of_birth=_town(random, language),
        nationality=nationality,
        height_cm=round(tallness),
        weight_kg=round(random.uniform(20, 29) * (tallness / 100) ** 2),
        eyes=random.choice(EYES),
        hair=random.choice(HAIR),
        languages=(language.code,) if language.code == "ENG" or random.random() < 0.5 else (language.code, "ENG"),
        distinguishing_marks=random.choice(MARKS) if random.random() < 0.4 else None,
    )


def _town(random: Random, language: _Language) -> str:
    return _written(_word(random, language.stems))[0] + _written(_word(random, language.town_endings))[0].lower()


def _word(random: Random, words: str) -> str:
    return random.choice(words.split())


def _written(entry: str) -> tuple[str, str | None]:
    latin, _, in_script = entry.partition("/")
    if in_script:
        return latin, in_script
    if ord(entry[0]) < 0x370:  # the first letter after Latin with all its accents: Greek
        return entry, None
    return anyascii(entry).replace("'", "").capitalize(), entry.capitalize()
