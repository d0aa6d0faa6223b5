"""Makes up the subjects of synthetic notices: persons, organisations and things that do not exist."""

from random import Random
from typing import Final

from services.notices.subjects.models import Evidence, Identity, IdentityDocument, Organisation, Person, Thing
from services.synthetic_people import SyntheticPerson, synthetic_person
from shared.people import EyeColour, HairColour, Sex, StatusOfPerson

ALIAS_SHARE: Final = 0.18
RESPELLED_SHARE: Final = 0.12
IDENTITY_SHARE: Final = 0.05
DOCUMENT_SHARE: Final = 0.35
DUAL_NATIONAL_SHARE: Final = 0.06

_BUSINESSES: Final = (
    "Trading",
    "Shipping",
    "Holdings",
    "Logistics",
    "Metals",
    "Petroleum",
    "Electronics",
    "Construction",
    "Foundation",
    "Front",
    "Machinery",
    "Aviation",
    "Textiles",
    "Fisheries",
)
_FORMS: Final = ("Ltd", "LLC", "GmbH", "SARL", "FZE", "& Sons", "International", "")
_CARRIERS: Final = (
    "Fire extinguisher",
    "Car battery",
    "Wooden pallet",
    "Picture frame",
    "Water heater",
    "Fuel tank",
    "Loudspeaker",
    "Pressure cooker",
    "Surfboard",
    "Gas bottle",
    "Child seat",
    "Oil drum",
)
_TRICKS: Final = ("with a false floor", "with a double wall", "with a hollow core", "with a second lid")
_THREATS: Final = ("Parcel with an incendiary device", "Pen gun", "Forged pilot licence", "Contaminated spirits")


def person_of(random: Random, drawn: SyntheticPerson, status: StatusOfPerson | None) -> Person:
    """Return a person as a bureau would describe them."""
    born = drawn.date_of_birth.isoformat()
    script = drawn.written_in_script
    has_other_identity = random.random() < IDENTITY_SHARE
    return Person(
        kind="person",
        name=None if drawn.has_one_name else drawn.name,
        forename=None if drawn.has_one_name else drawn.forename,
        single_name=drawn.name if drawn.has_one_name else None,
        names_in_other_scripts=_in_script(drawn, script),
        aliases=_aliases(random, drawn),
        identities=(_identity(random, drawn),) if has_other_identity else (),
        father_forename=drawn.called.father.latin if random.random() < 0.15 else None,
        person_status=status,
        sex=Sex(drawn.sex),
        date_of_birth=random.choices((born, born[:7], born[:4], _range(drawn)), weights=(90, 2, 6, 2))[0],
        place_of_birth=drawn.place_of_birth,
        country_of_birth=drawn.nationality,
        nationalities=_nationalities(random, drawn),
        height=drawn.height_cm,
        weight=drawn.weight_kg,
        eyes=(EyeColour(drawn.eyes),),
        hair=(HairColour(drawn.hair),),
        distinguishing_marks=drawn.distinguishing_marks,
        languages=drawn.languages,
        documents=(_document(random, drawn.nationality),) if random.random() < DOCUMENT_SHARE else (),
        evidence=(Evidence.FINGERPRINTS,) if random.random() < 0.4 else (),
    )


def unknown_body(random: Random, drawn: SyntheticPerson) -> Person:
    """Return an unidentified body."""
    evidence = random.choice(((Evidence.FINGERPRINTS,), (Evidence.DNA,), (Evidence.FINGERPRINTS, Evidence.DNA)))
    return Person(
        kind="person",
        sex=Sex(drawn.sex) if random.random() < 0.9 else Sex.UNKNOWN,
        height=drawn.height_cm,
        hair=(HairColour(drawn.hair),),
        distinguishing_marks=drawn.distinguishing_marks,
        evidence=evidence,
    )


def organisation(random: Random, drawn: SyntheticPerson) -> Organisation:
    """Return a company or group that does not exist, named after a place or somebody."""
    called = random.choice((drawn.place_of_birth, drawn.name))
    business, form = random.choice(_BUSINESSES), random.choice(_FORMS)
    letters = f"{called[:1]}{business[:1]}{form[:1]}".upper()
    return Organisation(
        kind="entity",
        name=f"{called} {business} {form}".strip(),
        aliases=(f"{letters} {business}",) if random.random() < ALIAS_SHARE else (),
        country=drawn.nationality,
        address=f"{random.randrange(1, 300)} {drawn.name} Street, {drawn.place_of_birth}",
        description="Acts for others who are listed.",
    )


def hiding_place(random: Random) -> Thing:
    """Return an object in which something was hidden."""
    return Thing(
        kind="object",
        name=f"{random.choice(_CARRIERS)} {random.choice(_TRICKS)}",
        number=f"SN {random.randrange(10**7):07d}" if random.random() < 0.3 else None,
        description="Has a cavity that opens by a thread that turns left.",
    )


def threat(random: Random) -> Thing:
    """Return an object that is a threat."""
    return Thing(kind="object", name=random.choice(_THREATS), description="Looks as usual from outside.")


def _in_script(drawn: SyntheticPerson, script: str | None) -> tuple[str, ...]:
    if script is None:
        return ()
    return (drawn.called.name.script,) if drawn.has_one_name else (script,)


def _aliases(random: Random, drawn: SyntheticPerson) -> tuple[str, ...]:
    """Return what else the person is called: another spelling, another name, a nickname."""
    aliases = []
    other = drawn.called.respelled
    if random.random() < RESPELLED_SHARE and not drawn.has_one_name:
        aliases.append(f"{other.latin} {other.script}")
    if random.random() < ALIAS_SHARE:
        invented = synthetic_person(random, drawn.nationality)
        aliases.append(f"{invented.forename} {invented.name}")
    if drawn.nickname is not None:
        aliases.append(drawn.nickname)
    return tuple(dict.fromkeys(aliases))


def _identity(random: Random, drawn: SyntheticPerson) -> Identity:
    """Return another identity, with papers of another country."""
    claimed = synthetic_person(random)
    return Identity(
        name=claimed.name,
        forename=claimed.forename,
        date_of_birth=f"{drawn.date_of_birth.year + random.randint(-4, 4)}",
        place_of_birth=claimed.place_of_birth,
        nationalities=(claimed.nationality,),
        documents=(_document(random, claimed.nationality),),
    )


def _document(random: Random, country: str) -> IdentityDocument:
    kind = random.choice(("passport", "passport", "identity card", "driving licence"))
    return IdentityDocument(
        kind=kind, number=f"{random.choice('ABCDEFGHKLMNPRSTUVXYZ')}{random.randrange(10**8):08d}", country=country
    )


def _nationalities(random: Random, drawn: SyntheticPerson) -> tuple[str, ...]:
    if random.random() >= DUAL_NATIONAL_SHARE:
        return (drawn.nationality,)
    return tuple(dict.fromkeys((drawn.nationality, synthetic_person(random).nationality)))


def _range(drawn: SyntheticPerson) -> str:
    return f"{drawn.date_of_birth.year - 1}/{drawn.date_of_birth.year}"
