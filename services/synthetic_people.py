"""Makes up people for demonstrations, tests and measurements: plausible for their country, and none of them real.

Their names are those of `services.synthetic_names`, composed so that full names are invented. The same state of the
generator makes the same person. Nothing here may be taken from a person who exists.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final, Literal

from services.synthetic_names import SyntheticName, draw_epithet, draw_name, draw_town, language_of
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
NICKNAMED_SHARE: Final = 0.06
_MEMBERS: Final = tuple(MEMBERS)


@dataclass(frozen=True, slots=True)
class SyntheticPerson:
    """Somebody who does not exist."""

    called: SyntheticName
    """In all parts and scripts."""

    nickname: str | None
    has_one_name: bool
    """Whether the surname is all there is, as with some peoples."""

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

    @property
    def name(self) -> str:
        """The surname, in Latin letters."""
        return self.called.name.latin

    @property
    def forename(self) -> str:
        """In Latin letters."""
        return self.called.forename.latin

    @property
    def written_in_script(self) -> str | None:
        """Forename and surname in the script of the language, if that is not Latin."""
        return self.called.in_script


def synthetic_person(random: Random, country: str | None = None) -> SyntheticPerson:
    """Return a grown-up of a country, or of any, as `random` draws it."""
    nationality = country if country in MEMBERS else random.choice(_MEMBERS)
    language = language_of(nationality)
    sex: Literal["M", "F"] = "M" if random.random() < 0.7 else "F"
    tallness = random.gauss(176 if sex == "M" else 163, 7)
    return SyntheticPerson(
        called=draw_name(random, language, of_woman=sex == "F"),
        nickname=draw_epithet(random, language).latin if random.random() < NICKNAMED_SHARE else None,
        has_one_name=random.random() < language.single_share,
        sex=sex,
        date_of_birth=LAST_BIRTHDAY - timedelta(days=random.randrange(AGES_IN_DAYS)),
        place_of_birth=draw_town(random, language),
        nationality=nationality,
        height_cm=round(tallness),
        weight_kg=round(random.uniform(20, 29) * (tallness / 100) ** 2),
        eyes=random.choice(EYES),
        hair=random.choice(HAIR),
        languages=(language.code,) if language.code == "ENG" or random.random() < 0.5 else (language.code, "ENG"),
        distinguishing_marks=random.choice(MARKS) if random.random() < 0.4 else None,
    )
