"""The records of valuables, and what their owners enter."""

from enum import StrEnum
from typing import Final, Self

from pydantic import ConfigDict, Field, model_validator

from services.cultural_property.measurements import ComparedMeasurement
from services.cultural_property.objects import ObjectDescription
from services.cultural_property.queries import SearchedWords
from services.cultural_property.valuables.identifiers import Imei, SearchedImei
from services.cultural_property.words import Make, Word
from shared.numbers.stated import Number, SearchedNumber
from shared.people import Text
from shared.records import service_kit as kit
from shared.validation import wrong

MAX_SERIALS: Final = 3
MAX_IMEIS: Final = 2


class ValuableStatus(StrEnum):
    """The state of a record: only what is still stolen is a hit."""

    STOLEN = "stolen"
    RECOVERED = "recovered"
    WITHDRAWN = "withdrawn"


class ValuableKind(StrEnum):
    """The kind of a valuable."""

    WATCH = "watch"
    JEWEL = "jewel"
    COIN = "coin"
    MUSICAL_INSTRUMENT = "musical-instrument"
    TELEPHONE = "telephone"
    COMPUTER = "computer"
    CAMERA = "camera"
    INSTRUMENT = "instrument"
    """A measuring, medical or optical one."""
    MACHINE = "machine"
    TOOL = "tool"
    OTHER = "other"


_IDENTIFYING: Final = ("kind", "make", "model", "serial_number", "other_numbers", "imei", "second_imei", "as_on_device")
_THEFT: Final = ("made", "event_date", "event_country", "status")
COPIED: Final = kit.Copied(
    described=frozenset((*_IDENTIFYING, *_THEFT)),
    where={"status": ValuableStatus.STOLEN.value},
    found_by=("serial_number", "imei"),
    unsought=("engraving",),
)
"""The least that a check needs: numbers, make, theft and terms; no engraving and no other text."""

# A tablet, a computer or a camera may have a modem as well.
WITH_IMEI: Final = (ValuableKind.TELEPHONE, ValuableKind.COMPUTER, ValuableKind.CAMERA, ValuableKind.OTHER)


class ValuableDescription(ObjectDescription):
    """A valuable as its owner bureau describes it, without personal data of holders, victims and insurers."""

    kind: ValuableKind
    make: Make | None = Field(None, examples=["Omega"])
    model: Word | None = Field(None, examples=["Speedmaster"])
    serial_number: Number | None = Field(
        None,
        description="As written. It needs the make: makers number alike. A bureau enters each once while the valuable "
        "is stolen.",
        examples=["77 204 913"],
    )
    other_numbers: tuple[Number, ...] = Field(
        (),
        max_length=MAX_SERIALS - 1,
        description="Of its parts, as of the movement of a watch.",
        examples=[["24 118 650"]],
    )
    imei: Imei | None = None
    second_imei: Imei | None = Field(None, description="Of a telephone with two cards.")
    as_on_device: bool = Field(
        False,
        description="The IMEI was read on the device as it is written here, although its check digit is wrong: it may "
        "have been altered. Without this such a number is refused.",
    )
    engraving: Text | None = Field(None, description="As written. No address or number to call.", examples=["Ad astra"])

    def require_sound(self) -> None:
        """Require what it can be found by. Raises PydanticCustomError."""
        super().require_sound()
        if self.make is None and (self.serial_number is not None or self.other_numbers):
            raise wrong("/make", "a serial number needs its make, as makers number alike: state who made it")
        if self.serial_number is None and self.other_numbers:
            raise wrong("/serial_number", "other_numbers go with a serial_number")
        self._require_telephone()
        if not (self.serial_number or self.imei or self.engraving or self.is_described):
            raise wrong(
                "/serial_number",
                "state a serial_number with its make, an imei, an engraving, or a marking or feature and two "
                "measurements: only what can be told from all others is entered",
            )

    def _require_telephone(self) -> None:
        if self.imei is not None and self.kind not in WITH_IMEI:
            raise wrong("/imei", f"a {self.kind} has none: choose the kind of the device, or leave it out")
        if self.second_imei is not None and self.imei in (None, self.second_imei):
            raise wrong("/second_imei", "goes with an imei, and is another one")
        if self.as_on_device and self.imei is None:
            raise wrong("/imei", "as_on_device needs an imei")

    def free_texts(self) -> dict[str, str | None]:
        """Return its free texts, by their pointers, in which no person may be named."""
        return {**super().free_texts(), "/make": self.make, "/model": self.model}

    def quoted_texts(self) -> dict[str, str | None]:
        """Return what repeats what is written on it, and its numbers."""
        numbers = {f"/other_numbers/{place}": number for place, number in enumerate(self.other_numbers)}
        own = {"/serial_number": self.serial_number, "/engraving": self.engraving}
        return {**super().quoted_texts(), **own, **numbers}


class Valuable(ValuableDescription, kit.Record):
    """A stolen valuable as the network knows it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    status: ValuableStatus
    compared: tuple[ComparedMeasurement, ...] = Field((), description="The measurements in millimetres and grams.")
    warnings: tuple[kit.EntryWarning, ...] = Field(
        (), description="What is not in the list of codes. It was accepted all the same."
    )

    @property
    def serial_numbers(self) -> tuple[str, ...]:
        """Its number, and those of its parts."""
        return (self.serial_number, *self.other_numbers) if self.serial_number else ()

    @property
    def imeis(self) -> tuple[str, ...]:
        """Its one or two IMEIs."""
        return tuple(filter(None, (self.imei, self.second_imei)))


class ValuableFilter(kit.RecordPageQuery):
    """Which records a list shows."""

    status: ValuableStatus | None = None
    kind: ValuableKind | None = None


class ValuableQuery(kit.NumberQuery):
    """A check of a valuable: each number given is looked up, and the engraving; any that fits is a hit."""

    serial_number: SearchedNumber | None = Field(
        None,
        description="Of the thing or a part of it, in any writing. `?` stands for one sign, `*` for any number. State "
        "the make as well, as makers number alike.",
        examples=["77204913"],
    )
    imei: SearchedImei | None = None
    engraving: SearchedWords | None = Field(
        None, description="Words of it, each of which must be there. A hit by them alone proves nothing."
    )
    kind: ValuableKind | None = Field(None, description="Only those of this kind.", examples=[None, "watch"])
    make: Make | None = Field(
        None,
        description="Hides those of other listed makes; one that is not listed, here or in the record, hides nothing "
        "and fits further down.",
        examples=[None, "Omega"],
    )
    model: Word | None = Field(None, description="Hides those of other models.", examples=[None, "Speedmaster"])

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        sought = ("serial_number", "imei", "engraving", "reference")
        if all(getattr(self, member) is None for member in sought):
            raise ValueError(f"give at least one of {', '.join(sought)}")
        return self
