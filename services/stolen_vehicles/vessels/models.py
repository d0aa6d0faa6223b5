"""The requests and answers about vessels, their engines, and their states."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from services.stolen_vehicles.models import PURPOSES, Marks, Plate, SearchedPlate
from services.stolen_vehicles.vessels.hull import HullVerdict, other_writings
from services.stolen_vehicles.vessels.identifiers import ImoNumber, Mmsi, SearchedImoNumber, SearchedMmsi
from services.stolen_vehicles.vocabulary.vessel_makes import standard_vessel_make
from services.stolen_vehicles.words import LISTED, Colour, Text
from shared.codes import Country
from shared.dates import PartialDate
from shared.identity import Purpose
from shared.numbers.stated import Number, SearchedNumber
from shared.people import SearchedName
from shared.records import service_kit as kit
from shared.validation import wrong

MAX_ENGINES: Final = 4
LONGEST_METRES: Final = 500

VesselMake = Annotated[
    Text,
    AfterValidator(standard_vessel_make),
    Field(description=f"In any of the writings that {LISTED} lists; the record states the standard name."),
]


class VesselStatus(StrEnum):
    """The state of a record: only a vessel that is still stolen is a hit."""

    STOLEN = "stolen"
    RECOVERED = "recovered"
    WITHDRAWN = "withdrawn"


class VesselKind(StrEnum):
    """The kind of a vessel, or an engine without one."""

    MOTOR_BOAT = "motor-boat"
    SAILING_BOAT = "sailing-boat"
    INFLATABLE = "inflatable"
    RIGID_INFLATABLE = "rigid-inflatable"
    PERSONAL_WATERCRAFT = "personal-watercraft"
    DINGHY = "dinghy"
    HOUSEBOAT = "houseboat"
    FISHING_VESSEL = "fishing-vessel"
    WORKBOAT = "workboat"
    SHIP = "ship"
    OTHER = "other"
    OUTBOARD_ENGINE = "outboard-engine"
    """An engine that was stolen alone."""


class EngineKind(StrEnum):
    """How an engine is fitted."""

    OUTBOARD = "outboard"
    INBOARD = "inboard"
    STERN_DRIVE = "stern-drive"
    JET = "jet"


class Engine(BaseModel):
    """An engine, by its own number."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    number: Number = Field(description="Serial number, as written.", examples=["6FM 1012345"])
    make: VesselMake | None = Field(None, examples=["Yamaha"])
    model: Text | None = Field(None, examples=["F100"])
    kind: EngineKind = EngineKind.OUTBOARD
    power_kw: float | None = Field(None, gt=0, le=100_000, description="Kilowatts, as on the hood.", examples=[73.6])


class VesselDescription(kit.RecordInput):
    """A vessel, or an outboard engine alone, as its owner bureau describes it, without personal data."""

    name: Text | None = Field(
        None, description="As painted on it. It proves nothing: it is painted over in an hour.", examples=["Sea Breeze"]
    )
    hull_number: Number | None = Field(
        None,
        description="Hull or craft identification number (EN ISO 10087, 33 CFR 181), as written. A bureau enters each "
        "once while the vessel is stolen.",
        examples=["GB-ABC00042-A3-13"],
    )
    imo_number: ImoNumber | None = None
    as_on_vessel: bool = Field(
        False,
        description="The IMO number was read on the ship as it is written here, although its check digit is wrong. "
        "Without this such a number is refused.",
    )
    mmsi: Mmsi | None = None
    call_sign: Number | None = Field(None, examples=["DH1234"])
    registration: Plate | None = Field(None, description="As on the bow; goes with the flag.", examples=["CO 12345 A"])
    flag: Country | None = Field(None, description="Country of registration.", examples=["GB"])
    kind: VesselKind = Field(
        VesselKind.MOTOR_BOAT, description="`outboard-engine` for an engine that was stolen alone."
    )
    make: VesselMake | None = Field(None, examples=["Quicksilver"])
    model: Text | None = Field(None, examples=["Activ 605"])
    colour: Colour | None = Field(None, description="Of the hull. In any listed writing.", examples=["white"])
    second_colour: Colour | None = Field(None, description="Of the deck or tubes.", examples=["blue"])
    length_m: float | None = Field(None, gt=0, le=LONGEST_METRES, description="Metres.", examples=[6.05])
    year: int | None = Field(None, ge=1850, le=2100, description="Of manufacture.", examples=[2013])
    home_port: Text | None = Field(None, description="As painted at the stern.", examples=["Southampton"])
    marks: Marks | None = Field(
        None, description="What tells it from others of its kind. No person.", examples=["radar arch, patched port bow"]
    )
    engines: tuple[Engine, ...] = Field((), max_length=MAX_ENGINES)
    theft_date: PartialDate = Field(
        description="Day, month, year, or a range of two. Not in the future.", examples=["2026-03-14"]
    )
    theft_place: Text | None = Field(None, examples=["Hamble, marina"])
    theft_country: Country | None = None
    document_number: Number | None = Field(None, description="Of the certificate of registry.")

    def fitting_purposes(self) -> Sequence[Purpose]:
        """Return the purposes of a stolen vessel."""
        return PURPOSES

    def require_sound(self) -> None:
        """Require what a vessel can be found by, and of an engine alone nothing of a vessel.

        Raises PydanticCustomError, ValueError.
        """
        super().require_sound()
        if (self.registration is None) != (self.flag is None):
            missing = "/flag" if self.flag is None else "/registration"
            raise wrong(missing, "registration and flag go together")
        if self.as_on_vessel and self.imo_number is None:
            raise wrong("/imo_number", "as_on_vessel needs an imo_number")
        if self.kind is VesselKind.OUTBOARD_ENGINE:
            self._require_engine_alone()
        numbers = (self.hull_number, self.imo_number, self.mmsi, self.call_sign, self.registration)
        if not self.engines and not any(numbers):
            raise ValueError(
                "give a hull_number, an imo_number, an mmsi, a call_sign, a registration with its flag, or an engine"
            )

    def _require_engine_alone(self) -> None:
        of_vessels = ("name", "hull_number", "imo_number", "mmsi", "call_sign", "registration", "length_m", "home_port")
        for member in of_vessels:
            if getattr(self, member) is not None:
                raise wrong(f"/{member}", "an engine alone has none: choose the kind of the vessel, or leave it out")
        if not self.engines:
            raise wrong("/engines", "an outboard-engine is entered with its number")


class Vessel(VesselDescription, kit.Record):
    """A stolen vessel or outboard engine as the network knows it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    status: VesselStatus
    hull_verdict: HullVerdict | None = Field(None, description="What the hull number says; null without one.")
    warnings: tuple[kit.EntryWarning, ...] = Field(
        (), description="What contradicts itself in the entry, or is not listed. It was accepted all the same."
    )

    @property
    def hull_writings(self) -> tuple[str | kit.OtherWriting, ...]:
        """The hull number as written, and with or without a country."""
        if self.hull_number is None:
            return ()
        others = other_writings(self.hull_number, self.flag)
        return (self.hull_number, *(kit.OtherWriting(self.hull_number, other) for other in others))

    @property
    def engine_numbers(self) -> tuple[str, ...]:
        """The numbers of its engines."""
        return tuple(engine.number for engine in self.engines)


class VesselFilter(kit.RecordPageQuery):
    """Which records a list shows."""

    status: VesselStatus | None = None
    kind: VesselKind | None = None


class VesselQuery(kit.NumberQuery):
    """A check of a vessel or engine: each number given is looked up, and the name; any that fits is a hit."""

    hull_number: SearchedNumber | None = Field(
        None,
        description="In any writing, with or without its country. `?` stands for one sign, `*` for any number.",
        examples=["gb abc00042a313"],
    )
    imo_number: SearchedImoNumber | None = None
    mmsi: SearchedMmsi | None = None
    call_sign: SearchedNumber | None = Field(None, examples=["DH1234"])
    registration: SearchedPlate | None = Field(None, examples=["CO 12345 A"])
    flag: Country | None = Field(None, description="Of the registration. Without it one of any flag is a hit.")
    engine_number: SearchedNumber | None = Field(
        None, description="Of an engine, with a vessel or alone.", examples=["6FM1012345"]
    )
    name: SearchedName | None = Field(
        None,
        description="Of the vessel, in any case and script, as it is misspelt. A hit by it alone proves nothing.",
        examples=["sea breeze"],
    )
    kind: VesselKind | None = Field(None, description="Only those of this kind.", examples=[None, "motor-boat"])
    make: VesselMake | None = Field(
        None,
        description="Of the vessel or an engine. Hides those of other listed makes; one that is not listed, here or "
        "in the record, hides nothing and fits further down.",
        examples=[None, "Quicksilver"],
    )
    colour: Colour | None = Field(None, description="As `make`.", examples=[None, "white"])

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        if self.flag is not None and self.registration is None:
            raise wrong("/registration", "a flag goes with a registration")
        sought = (
            "hull_number",
            "imo_number",
            "mmsi",
            "call_sign",
            "registration",
            "engine_number",
            "name",
            "reference",
        )
        if all(getattr(self, member) is None for member in sought):
            raise ValueError(f"give at least one of {', '.join(sought)}")
        return self
