"""What looks like personal data in free text is recognised, and makes, models, colours and places are not.

Precision comes first: a harmless text that is refused delays a record, a personal one that is missed can be corrected.
"""

from typing import Final

import pytest

from shared.errors import fault
from shared.personal_data import PersonalData, personal_data_in, require_no_personal_data, surely_personal_data_in

HARMLESS: Final = (
    # Makes and models
    "Mercedes-Benz",
    "Mercedes-Benz C 220 d T-Modell",
    "Alfa Romeo Giulia",
    "Sig Sauer P226 U 123456",
    "Smith & Wesson 686 abc1234",
    "Sig P226 on slide",
    "Sig Pro",
    "Pan Am sticker",
    "de89de89-3704-0044-0532-013000013000",
    # Neither the check digits nor the length of an IBAN, nor a country that has any
    "DE89370400440532013001",
    "DE8937040044053201300",
    "VF37A9HZC9S080417",
    "ZZ89370400440532013000",
    "Alfa Romeo 156 1.9 JTD",
    "Rolls-Royce",
    "Ford St. Louis",
    "Dr. Ing. h.c. F. Porsche",
    "Dr. Ing. h. c. F. Porsche AG",
    "DR Automobiles",
    "DR 5.0",
    "Lynk & Co 01",
    "Porsche 911 Carrera 4S flat-6",
    "Porsche 911 GT3 RS 4.0",
    "Harley-Davidson FLHR Road King",
    "John Deere 6155R",
    "Massey Ferguson 135",
    "Suzuki MR Wagon",
    "Toyota MR2 1.8 16V",
    "CUPRA Born 58 kWh",
    "CUPRA Born 77",
    "Renault 4CV",
    "Peugeot 205 GTI 1.9",
    "Land Rover Range Rover Sport 3.0 SDV6",
    "RAM 1500 5.7 HEMI",
    "Mini John Cooper Works",
    "Aston Martin DB11",
    "Škoda Octavia Combi",
    "ВАЗ-2107",
    "ГАЗель Next",
    "トヨタ ランドクルーザー",
    "比亚迪 海豹",
    "Citroën DS 23 Pallas",
    "Pagani Zonda 760",
    "Knaus Sun Ti 700 MEG",
    "Hymer B 544",
    "MAN TGX 18.500",
    "Volvo FH 460 Globetrotter XL",
    # Colours
    "rot metallic, Code LY3D",
    "British Racing Green",
    "bianco gelato 296",
    "flat black",
    "040 black, 197 obsidian",
    "vert olive / toit blanc",
    # Places
    "Rue de la Paix, Paris",
    "Torino",
    "Torino, Via Roma",
    "Marville, railway station",
    "Hauptstraße, Höhe Rathaus, Berlin",
    "Dr.-Karl-Renner-Ring, Wien",
    "Dr. Karl-Lueger-Platz, Wien",
    "Avenida Doctor Fleming, Madrid",
    "Calle Señor de los Milagros, Lima",
    "Place Monsieur Hulot, Saint-Nazaire",
    "Madame Tussauds, London",
    "Prof.-Messerschmitt-Straße, Augsburg",
    "Frau-Holle-Straße",
    "Don Mueang Airport, Bangkok",
    "St. James's Park, London",
    "Pan-American Highway km 1420",
    "A7 northbound, services at km 148.5",
    "SS 36, km 012+500",
    "parking P3, level 2, bay 114",
    "48.137154, 11.576124",
    "N 50.1109 E 8.6821, lay-by",
    "10001-1234 New York",
    "Boston, MA 02134-1001",
    "10115 Berlin, Invalidenstraße",
    "Москва, Ленинградский проспект",
    "東京都千代田区丸の内1-9-1",
    "customer car park of the dealer",
    "at the owner's workplace",
    "driver rest area Kassel Ost",
    "Driver Rest Area Kassel",
    "outside the house of parliament",
    "harbour, berth 12",
    "hotel car park, 3 rue de Rivoli, Paris",
    "Hauptstr. 12, Köln",
)
PERSONAL: Final = {
    "Herr Müller, Tel. 0171 2345678": "a telephone number",
    "+49 30 901820": "a telephone number",
    "+49 30 9018 2000": "a telephone number",
    "call 0033 1 44 55 66 77": "a telephone number",
    "06 12 34 56 78": "a telephone number",
    "Paris, 06.12.34.56.78": "a telephone number",
    "030/90182000": "a telephone number",
    "(030) 901820000": "a telephone number",
    "020 7946 0018": "a telephone number",
    "(212) 555-0147": "a telephone number",
    "212-555-0147": "a telephone number",
    "phone: 555 0147": "a telephone number",
    "тел. 8 495 123 45 67": "a telephone number",
    "móvil 612 345 678": "a telephone number",
    "red, WhatsApp 612345678": "a telephone number",
    "anna.nowak@example.org": "an e-mail address",
    "white, contact j.smith (at) example.com": "an e-mail address",
    "paid to DE89370400440532013000": "an account number",
    "IBAN: IT60 X054 2811 1010 0000 0123 456 in May": "an account number",
    "no93 8601 1117 947": "an account number",
    "IBAN_DE89370400440532013000": "an account number",
    "GB82-WEST-1234-5698-7654-32": "an account number",
    "DE 10 IBAN DE89 3704 0044 0532 0130 00": "an account number",
    "sold to Sig Rossi": "the name of a person",
    "Herr Müller": "the name of a person",
    "blau, Frau Schmidt": "the name of a person",
    "Mr Smith": "the name of a person",
    "Mrs. O'Brien": "the name of a person",
    "Madame Dupont": "the name of a person",
    "Monsieur de la Tour": "the name of a person",
    "Señora García": "the name of a person",
    "Sig.ra Bianchi": "the name of a person",
    "Pani Kowalska": "the name of a person",
    "г-н Иванов": "the name of a person",
    "Praxis Dr. Weber": "the name of a person",
    "Prof. Rossi": "the name of a person",
    "owner: Smith": "the name of a person",
    "Owner John Smith": "the name of a person",
    "Halter: Max Mustermann": "the name of a person",
    "belongs to Anna Nowak": "the name of a person",
    "propriétaire Jean Dupont": "the name of a person",
    "propietario: García": "the name of a person",
    "silver, keeper born 12.03.1980": "a date of birth",
    "geb. 12.03.1980": "a date of birth",
    "DOB 1980-03-12": "a date of birth",
    "né le 12 mars 1980": "a date of birth",
    "Hauptstraße 12, 10115 Berlin": "the address of a person",
    "12 rue de la Paix, 75002 Paris": "the address of a person",
    "221B Baker Street, London NW1 6XE": "the address of a person",
    "Lange Straat 7, 1012 AB Amsterdam": "the address of a person",
    "ul. Długa 5, 00-238 Warszawa": "the address of a person",
    "12 High Street, apt. 4": "the address of a person",
    "Lindenweg 3, Wohnung 12": "the address of a person",
    "home of the complainant": "the address of a person",
    "c/o Weber, Lindenweg": "the address of a person",
}
# What it gets wrong, so that a change that mends or spoils something is seen.
MISSED: Final = (
    "Max Mustermann",
    "ask for Jean at the workshop",
    "Herr Müller, Lindenstraße",
    "Hauptstraße 12, Berlin (home)",
)
FALSE_ALARMS: Final = (
    "Mr Wagon",
    "Frau Holle Brunnen",
    "Driver Lounge Terminal 2",
    "Hotel Adlon, Unter den Linden 77, 10117 Berlin",
)


@pytest.mark.parametrize("text", HARMLESS)
def test_makes_models_colours_and_places_are_not_taken_for_personal_data(text: str) -> None:
    """Of several languages, also those that are named after persons."""
    assert personal_data_in(text) is None


@pytest.mark.parametrize(("text", "what"), PERSONAL.items(), ids=PERSONAL)
def test_what_looks_like_personal_data_is_named(text: str, what: str) -> None:
    """So that the officer knows what to take out."""
    assert personal_data_in(text) == what


@pytest.mark.parametrize("text", MISSED)
def test_what_has_no_sign_of_a_person_is_not_recognised(text: str) -> None:
    """Known limits: a bare name has the form of a make or a place; a place word hides a title."""
    assert personal_data_in(text) is None


@pytest.mark.parametrize("text", FALSE_ALARMS)
def test_what_looks_like_a_person_or_an_address_is_refused_though_it_is_none(text: str) -> None:
    """Known limits: the officer writes it without the title or the house number."""
    assert personal_data_in(text) is not None


def test_the_module_states_how_often_it_errs_in_this_table() -> None:
    """The figures in its docstring are those of this table."""
    import shared.personal_data as module

    wrong = f"takes {len(MISSED)} of {len(PERSONAL) + len(MISSED)} personal texts for harmless"
    alarms = f"{len(FALSE_ALARMS)} of {len(HARMLESS) + len(FALSE_ALARMS)} harmless for personal"
    assert module.__doc__ is not None
    assert f"{wrong} and {alarms}" in " ".join(module.__doc__.split())


def test_each_text_with_personal_data_is_refused_with_its_pointer_and_what_to_write_instead() -> None:
    """The text itself is not repeated, as problems may be logged."""
    with pytest.raises(PersonalData) as refused:
        require_no_personal_data({"/make": "Fiat", "/colour": "Herr Müller", "/place": "+49 30 901820"}, "a sentence")
    assert refused.value.members["errors"] == [
        fault("/colour", "this looks like the name of a person: a sentence"),
        fault("/place", "this looks like a telephone number: a sentence"),
    ]
    assert "Müller" not in str(refused.value)
    assert str(refused.value).startswith("colour: this looks like the name of a person")


SURE: Final = {
    "John Smith +49 170 1234567": "a telephone number",
    "tel. 0170 1234567": "a telephone number",
    "2026/17 max@example.org": "an e-mail address",
    "born 19.04.1987": "a date of birth",
    "DE89 3704 0044 0532 0130 00": "an account number",
    # Names are not looked for, and a number of a file may look like a telephone number within a country.
    "Max Mustermann": None,
    "0026000417": None,
    "030 901820-17": None,
    "2026/DCPJ/00417": None,
    "555-123-4567": None,
    "AR 67203 1234567": None,
    "19.04.1987/3": None,
}


@pytest.mark.parametrize(("text", "what"), SURE.items())
def test_in_references_and_numbers_the_sure_signs_alone_count(text: str, what: str | None) -> None:
    assert surely_personal_data_in(text) == what
    if what is None:
        require_no_personal_data({}, "a number", {"/engine_number": text})
    else:
        with pytest.raises(PersonalData, match=f"engine_number: this looks like {what}"):
            require_no_personal_data({}, "a number", {"/engine_number": text})


@pytest.mark.parametrize("text", ["Sold to Mr Hans Müller", "Frau E. Mustermann", "owner: Mustermann"])
def test_a_number_has_no_name_with_a_title_or_a_role(text: str) -> None:
    """A reference may have the form of one."""
    with pytest.raises(PersonalData, match="serial_number: this looks like the name of a person"):
        require_no_personal_data({}, "a number", {"/serial_number": text})


def test_texts_without_personal_data_and_absent_ones_are_accepted() -> None:
    require_no_personal_data({"/make": "Fiat", "/model": None}, "a sentence")
