"""The requests and answers of the service: vehicles, checks, and their states."""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.stolen_vehicles.vin import VinVerdict, has_other_letters
from services.stolen_vehicles.vin_decoding import DecodedVin
from services.stolen_vehicles.words import BodyStyle, Colour, Make, Model, Text
from shared.codes import Country
from shared.dates import PartialDate
from shared.identity import Purpose
from shared.numbers import require_searchable
from shared.numbers.stated import HAS_A_SIGN, Number, SearchedNumber
from shared.records import service_kit as kit
from shared.validation import wrong

_has_a_letter = re.compile(r"[^\W_]").search


def _require_letter(plate: str) -> str:
    if _has_a_letter(plate) is None:
        raise wrong("", "must have a letter or a figure")
    return plate


Plate = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=20, pattern=HAS_A_SIGN),
    AfterValidator(_require_letter),
]
Marks = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
SearchedPlate = Annotated[Plate, AfterValidator(require_searchable)]


class VehicleStatus(StrEnum):
    """The state of a record: only a vehicle that is still stolen is a hit."""

    STOLEN = "stolen"
    RECOVERED = "recovered"
    WITHDRAWN = "withdrawn"


class VehicleKind(StrEnum):
    """The kind of a vehicle."""

    CAR = "car"
    VAN = "van"
    MOTORHOME = "motorhome"
    MOTORCYCLE = "motorcycle"
    MOPED = "moped"
    LORRY = "lorry"
    BUS = "bus"
    TRAILER = "trailer"
    CARAVAN = "caravan"
    TRACTOR = "tractor"
    MACHINE = "machine"
    OTHER = "other"


_IDENTIFYING: Final = ("vin", "as_on_vehicle", "plate", "country", "engine_number")
_DESCRIBING: Final = ("make", "model", "variant", "kind", "body", "colour", "second_colour", "marks", "year")
_THEFT: Final = ("theft_date", "theft_place", "theft_country", "status")
COPIED: Final = kit.Copied(
    described=frozenset((*_IDENTIFYING, *_DESCRIBING, *_THEFT)), where={"status": VehicleStatus.STOLEN.value}
)
"""The least that a check needs: keys, description, owner, theft and terms; no reference, document or reader."""

PURPOSES: Final = (Purpose.LOCATE, Purpose.CRIMINAL_INVESTIGATION)


class VehicleDescription(kit.RecordInput):
    """A vehicle as its owner bureau describes it, without personal data."""

    vin: Number | None = Field(
        None,
        description="VIN or chassis number, as written; of a machine its product identification number (ISO 10261). A "
        "bureau enters each once while the vehicle is stolen.",
        examples=["ZAR 937000 05123456"],
    )
    as_on_vehicle: bool = Field(
        False,
        description="The VIN was read on the vehicle as it is written here, although its check digit is wrong: it may "
        "have been altered. Without this such a VIN is refused, where makers must use a check digit.",
    )
    plate: Plate | None = Field(None, examples=["FZ 512 KL"])
    country: Country | None = Field(None, description="Country of registration; goes with the plate.")
    engine_number: Number | None = Field(None, examples=["AR 67203 1234567"])
    make: Make = Field(examples=["Alfa Romeo"])
    model: Model | None = Field(None, examples=["156"])
    variant: Text | None = Field(
        None, description="Version or trim, as the badges state it.", examples=["1.9 JTD Sportwagon"]
    )
    kind: VehicleKind = VehicleKind.CAR
    body: BodyStyle | None = Field(None, examples=["estate"])
    colour: Colour | None = Field(None, examples=["red"])
    second_colour: Colour | None = Field(
        None, description="Of a vehicle of two colours, such as that of the roof.", examples=["black"]
    )
    marks: Marks | None = Field(
        None,
        description="What tells it from others of its kind: damage, stickers, equipment, a fleet number. No person.",
        examples=["dent in the left rear door, roof box"],
    )
    year: int | None = Field(None, ge=1885, le=2100, description="Of manufacture.", examples=[2003])
    theft_date: PartialDate = Field(
        description="Day, month, year, or a range of two, from when the vehicle was last seen to when it was missed: "
        "`2026-03-13/2026-03-16`. Not in the future.",
        examples=["2026-03-14", "2026-03-13/2026-03-16"],
    )
    theft_place: Text | None = Field(None, examples=["Torino"])
    theft_country: Country | None = None
    document_number: Number | None = Field(None, description="Of the registration document.")
    registered_until: PartialDate | None = Field(
        None,
        description="The end of the registration, where the plate or its sticker shows one.",
        examples=["2099-12"],
    )

    def fitting_purposes(self) -> Sequence[Purpose]:
        """Return the purposes of a stolen vehicle. Border management is that of a search, not of a record."""
        return PURPOSES

    def require_sound(self) -> None:
        """Require what a vehicle can be found by. Raises PydanticCustomError, ValueError."""
        super().require_sound()
        if self.plate is not None and self.country is None:
            raise wrong("/country", "a plate needs its country of registration")
        if self.as_on_vehicle and self.vin is None:
            raise wrong("/vin", "as_on_vehicle needs a vin")
        if self.vin is not None and has_other_letters(self.vin) and not self.as_on_vehicle:
            raise wrong(
                "/vin", "has letters other than A to Z: read it again; if it stands so, state as_on_vehicle: true"
            )
        if self.vin is None and self.engine_number is None and self.plate is None:
            raise ValueError("give a vin, an engine_number, or a plate with its country")


class Vehicle(VehicleDescription, kit.Record):
    """A stolen vehicle as the network knows it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    status: VehicleStatus
    vin_verdict: VinVerdict | None = Field(
        None,
        description="The result of checking the VIN; null without one, and of a machine or tractor.",
    )
    vin_decoded: DecodedVin | None = Field(
        None,
        description="What the VIN says of maker and model year; null without one of ISO 3779 form, and of a machine or "
        "tractor.",
    )
    warnings: tuple[kit.EntryWarning, ...] = Field(
        (), description="What contradicts itself in the entry, or is not listed. It was accepted all the same."
    )


class VehicleFilter(kit.RecordPageQuery):
    """Which records a list shows."""

    status: VehicleStatus | None = None


class VehicleQuery(kit.NumberQuery):
    """A check of a vehicle: each number given is looked up, and any that fits is a hit; the rest narrows the hits."""

    vin: SearchedNumber | None = Field(
        None,
        description="In any writing: case, spaces and dashes do not matter. Eight signs are the last of a VIN. "
        "`?` stands for one sign, `*` for any number; one on each side are the stars that are stamped around a number.",
        examples=["zar-932000-01234567", "01234567", "ZAR932*"],
    )
    plate: SearchedPlate | None = Field(
        None, description="In any writing; `?` and `*` as in a VIN.", examples=["fz 512-kl", "FZ51*"]
    )
    country: Country | None = Field(
        None, description="Of registration, of the plate. Without it a plate of any country is a hit.", examples=["IT"]
    )
    engine_number: SearchedNumber | None = Field(
        None, description="In any writing; `?` and `*` as in a VIN.", examples=["AR67203 1234567"]
    )
    make: Make | None = Field(
        None,
        description="In any listed writing. Hides vehicles of other listed makes; one that is not listed, here or in "
        "the record, hides nothing and fits further down.",
        examples=[None, "Alfa Romeo"],
    )
    model: Model | None = Field(
        None,
        description="As `make`, by the list of the make of the record; `Golf 7` fits `Golf`.",
        examples=[None, "156"],
    )
    colour: Colour | None = Field(
        None,
        description="As `make`; fits dark and light ones, and what people confuse, as grey and silver.",
        examples=[None, "red"],
    )
    year_min: int | None = Field(None, ge=1885, le=2100, description="Of manufacture.", examples=[None, 2002])
    year_max: int | None = Field(None, ge=1885, le=2100, description="Of manufacture.", examples=[None, 2004])

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        if self.country is not None and self.plate is None:
            raise wrong("/plate", "a country goes with a plate")
        if self.vin is None and self.plate is None and self.engine_number is None and self.reference is None:
            raise ValueError("give a vin, an engine_number, a plate, or a reference")
        if self.year_min is not None and self.year_max is not None and self.year_min > self.year_max:
            raise wrong("/year_min", "is after year_max")
        return self


class VinNumber(BaseModel):
    """A number that is checked and decoded, and not searched for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    vin: Number = Field(description="In any writing.", examples=["zar-932000-01234567"])
