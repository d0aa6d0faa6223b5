"""The requests and answers of the service: firearms, checks, and their states."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, Self

from pydantic import ConfigDict, Field, model_validator

from shared.codes import Country
from shared.dates import PartialDate
from shared.firearms.vocabulary import OTHER
from shared.firearms.words import EARLIEST_YEAR, Action, Calibre, Kind, Make, Marks, Model, Text, require_marked
from shared.identity import Purpose
from shared.numbers.stated import Number, SearchedNumber
from shared.records import service_kit as kit
from shared.validation import wrong

PURPOSES: Final = (Purpose.LOCATE, Purpose.CRIMINAL_INVESTIGATION)


class FirearmStatus(StrEnum):
    """Why a firearm is sought."""

    LOST = "lost"
    STOLEN = "stolen"
    TRAFFICKED = "trafficked"
    SMUGGLED = "smuggled"


class FirearmState(StrEnum):
    """The state of a record: only a firearm that is still sought is a hit."""

    SOUGHT = "sought"
    RECOVERED = "recovered"
    WITHDRAWN = "withdrawn"


class IllicitReason(StrEnum):
    """Why a firearm is illicit: the International Tracing Instrument, paragraph 6 (A/60/88)."""

    NATIONAL_LAW = "national-law"
    """By the law of the country in whose jurisdiction it was found (a)."""

    ARMS_EMBARGO = "arms-embargo"
    """Transferred in violation of an arms embargo of the Security Council (b)."""

    UNMARKED = "unmarked"
    """Not marked as the instrument requires (c)."""

    UNLICENSED_MANUFACTURE = "unlicensed-manufacture"
    """Made or assembled without a licence of the country where that took place (d)."""

    UNLICENSED_TRANSFER = "unlicensed-transfer"
    """Transferred without a licence (e)."""


_MARKED: Final = ("serial_number", "make", "make_marked", "model", "calibre", "calibre_marked", "kind", "action")
_MADE: Final = ("country_of_manufacture", "import_mark", "import_country", "year")
_EVENT: Final = ("status", "illicit", "event_date", "event_country", "state")
COPIED: Final = kit.Copied(described=frozenset((*_MARKED, *_MADE, *_EVENT)), where={"state": FirearmState.SOUGHT.value})
"""The least that a check needs: marks, kind, event and terms; no other text, photograph, reference or reader."""

# Of these the law is broken by the firearm itself, and not by its loss alone.
ILLICIT: Final = (FirearmStatus.TRAFFICKED, FirearmStatus.SMUGGLED)


class FirearmDescription(kit.RecordInput):
    """A firearm as its owner bureau describes it, without personal data."""

    serial_number: Number = Field(
        description="As it is marked, with its letters. A bureau enters each once for a make, while it is sought.",
        examples=["GXK 204 881"],
    )
    make: Make = Field(examples=["Glock"])
    make_marked: Text | None = Field(
        None, description=f"What is marked in place of a listed make; required with `{OTHER}`.", examples=[None]
    )
    model: Model | None = Field(None, examples=["17"])
    calibre: Calibre = Field(examples=["9 mm Luger"])
    calibre_marked: Text | None = Field(
        None, description=f"What is marked in place of a listed calibre; required with `{OTHER}`.", examples=[None]
    )
    kind: Kind = Field(
        description="In any of the listed writings. A frame, receiver, barrel or slide is entered by its own number.",
        examples=["pistol"],
    )
    action: Action | None = Field(None, examples=["semi-automatic"])
    country_of_manufacture: Country | None = Field(
        None, description="As marked; a trace begins there, or where it was imported last.", examples=["AT"]
    )
    import_mark: Marks | None = Field(
        None,
        description="As marked where it was imported (International Tracing Instrument, paragraph 8(b)).",
        examples=["DE 19"],
    )
    import_country: Country | None = Field(
        None, description="The country of the last legal import, as marked.", examples=["DE"]
    )
    year: int | None = Field(None, ge=EARLIEST_YEAR, le=2100, description="Of manufacture.", examples=[2019])
    other_markings: Marks | None = Field(
        None,
        description="Proof marks, numbers of parts, engravings, property marks. No person.",
        examples=["proof mark of Ferlach, property mark of a police force"],
    )
    status: FirearmStatus = Field(description="Why it is sought.", examples=["stolen"])
    illicit: IllicitReason | None = Field(
        None,
        description="Why it is illicit: by the `national-law`, transferred against an `arms-embargo` of the Security "
        "Council, `unmarked`, or by `unlicensed-manufacture` or `unlicensed-transfer`. Required of a trafficked or "
        "smuggled one.",
        examples=[None],
    )
    event_date: PartialDate = Field(
        description="Of the loss, theft or seizure: day, month, year, or a range of two. Not in the future.",
        examples=["2026-03-14", "2026-03-13/2026-03-16"],
    )
    event_place: Text | None = Field(None, examples=["Linz, shooting range"])
    event_country: Country | None = Field(None, examples=["AT"])

    def fitting_purposes(self) -> Sequence[Purpose]:
        """Return the purposes of a firearm that is sought. Border management is that of a search, not of a record."""
        return PURPOSES

    def require_sound(self) -> None:
        """Require what tells a firearm from others, and why it is illicit if it is. Raises PydanticCustomError."""
        super().require_sound()
        require_marked(self)
        if self.status in ILLICIT and self.illicit is None:
            raise wrong("/illicit", f"a {self.status} firearm needs the reason why it is illicit")
        if self.import_mark is not None and self.import_country is None:
            raise wrong("/import_country", "an import mark needs the country of import")


class Firearm(FirearmDescription, kit.Record):
    """A firearm as the network knows it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: FirearmState
    photographs: kit.Photographs = ()
    warnings: tuple[kit.EntryWarning, ...] = Field(
        (), description="What contradicts itself in the entry. It was accepted all the same."
    )


class FirearmFilter(kit.RecordPageQuery):
    """Which records a list shows."""

    status: FirearmStatus | None = None
    state: FirearmState | None = None


class FirearmQuery(kit.NumberQuery):
    """A check of a firearm by its serial number: with its make what is found is a hit, without it only near."""

    serial_number: SearchedNumber | None = Field(
        None,
        description="In any writing, with or without the letters before and after its figures. `?` stands for one "
        "sign, `*` for any number.",
        examples=["gxk-2O4881"],
    )
    make: Make | None = Field(
        None,
        description="In any listed writing. Hides firearms of other makes. Without it, and with `Unknown` or `Other`, "
        "what is found is `near` and no hit, because makers use the same numbers.",
        examples=["Glock"],
    )
    model: Model | None = Field(
        None, description="Hides other listed models of the make; any other fits further down.", examples=[None, "17"]
    )
    calibre: Calibre | None = Field(
        None,
        description="In any listed writing. Hides other calibres, but for those that are fired from one chamber, as "
        "5.56x45 NATO and .223 Remington.",
        examples=[None, "9x19"],
    )

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        if self.serial_number is None and self.reference is None:
            raise wrong("/serial_number", "give a serial_number, or a reference; make, model and calibre narrow it")
        return self
