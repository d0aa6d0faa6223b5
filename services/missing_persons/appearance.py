"""The sections of the INTERPOL DVI forms for persons and bodies alike: looks, clothing, belongings and teeth."""

from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from typing_extensions import TypeAliasType

from shared.patterns import in_words
from shared.people import EyeColour, HairColour, LongText, Text
from shared.validation import wrong


class Build(StrEnum):
    """The build of a body."""

    SLIGHT = "slight"
    MEDIUM = "medium"
    HEAVY = "heavy"


class HairLength(StrEnum):
    """The length of the hair of the head."""

    SHAVED = "shaved"
    SHORT = "short"
    MEDIUM = "medium"
    LONG = "long"


class MarkKind(StrEnum):
    """The kind of a mark."""

    SCAR = "scar"
    TATTOO = "tattoo"
    BIRTHMARK = "birthmark"
    PIERCING = "piercing"
    AMPUTATION = "amputation"
    DEFORMITY = "deformity"
    IMPLANT = "implant"
    OTHER = "other"


_BLOOD_GROUP = in_words("^(A|B|AB|O)[+-]?$", "must be A, B, AB or O, with + or - if known")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Mark(_Part):
    """A mark by which a body is recognised."""

    kind: MarkKind = Field(examples=["tattoo"])
    body_part: Text = Field(description="Where on the body.", examples=["left forearm"])
    description: Text | None = Field(None, examples=["swallow, blue"])


class Garment(_Part):
    """A piece of clothing or footwear."""

    kind: Text = Field(examples=["jacket"])
    colour: Text | None = Field(None, examples=["dark green"])
    brand: Text | None = Field(None, description="Maker or label.", examples=["Kestrel"])
    size: Text | None = Field(None, description="As printed on it.", examples=["M"])
    description: Text | None = Field(None, examples=["torn at the right cuff"])


class Jewel(_Part):
    """A piece of jewellery, watches included."""

    kind: Text = Field(examples=["ring"])
    material: Text | None = Field(None, examples=["yellow gold"])
    worn_on: Text | None = Field(None, description="Where on the body.", examples=["left ring finger"])
    inscription: Text | None = Field(None, examples=["M & J 14-6-2009"])
    description: Text | None = Field(None, examples=["one small clear stone"])


class Belonging(_Part):
    """A thing carried: a telephone, keys, a bag, glasses."""

    kind: Text = Field(examples=["telephone"])
    number: Text | None = Field(None, description="Serial, call or document number.", examples=["SN 48-1177-20"])
    description: Text | None = Field(None, examples=["black, cracked screen"])


class Physique(_Part):
    """What else is known of the body: each part may be left out."""

    build: Build | None = None
    hair_length: HairLength | None = None
    facial_hair: Text | None = Field(None, examples=["full beard"])
    glasses: StrictBool | None = Field(None, description="Whether glasses or lenses are worn.")
    blood_group: str | None = Field(None, pattern=_BLOOD_GROUP, examples=["AB+"])
    medical: LongText | None = Field(None, description="Operations, implants, illnesses.", examples=["pacemaker"])


def _not_a_number(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError('must be a text, such as "36"')  # noqa: TRY004 - pydantic reports this one
    return value


ToothNumber = Annotated[
    str,
    Field(
        pattern=in_words("^([1-4][1-8]|[5-8][1-5])$", "must be a tooth in FDI notation, such as 36"),
        description="FDI notation (ISO 3950): quadrant and position. Quadrants 1 to 4 are permanent teeth, positions "
        "1 to 8; quadrants 5 to 8 are milk teeth, positions 1 to 5.",
        examples=["36"],
    ),
    BeforeValidator(_not_a_number),
]


class ToothState(StrEnum):
    """What was found at the place of a tooth."""

    SOUND = "sound"
    DECAYED = "decayed"
    FILLED = "filled"
    ROOT_FILLED = "root-filled"
    CROWNED = "crowned"
    BRIDGED = "bridged"
    IMPLANT = "implant"
    UNERUPTED = "unerupted"
    MISSING = "missing"
    LOST_AFTER_DEATH = "lost-after-death"


def _in_life(state: ToothState) -> ToothState:
    if state is ToothState.LOST_AFTER_DEATH:
        raise ValueError("lost-after-death is found on bodies alone: a tooth that was lost in life is missing")
    return state


ToothStateInLife = TypeAliasType(
    "ToothStateInLife",
    Annotated[
        ToothState,
        AfterValidator(_in_life),
        WithJsonSchema(
            {
                "type": "string",
                "enum": [state.value for state in ToothState if state is not ToothState.LOST_AFTER_DEATH],
                "description": "What was found at the place of a tooth of a living person.",
                "examples": ["filled"],
            }
        ),
    ],
)


class Surface(StrEnum):
    """A surface of a tooth."""

    MESIAL = "M"
    OCCLUSAL = "O"
    INCISAL = "I"
    DISTAL = "D"
    BUCCAL = "B"
    LINGUAL = "L"
    PALATAL = "P"


# Incisors and canines bite with an edge, the teeth behind them with a surface.
_FRONT: Final = frozenset("123")
_UPPER: Final = frozenset("1256")


def surfaces_of(tooth: str) -> frozenset[Surface]:
    """Return the five surfaces that a tooth has, by its FDI number."""
    biting = Surface.INCISAL if tooth[1] in _FRONT else Surface.OCCLUSAL
    inner = Surface.PALATAL if tooth[0] in _UPPER else Surface.LINGUAL
    return frozenset({Surface.MESIAL, Surface.DISTAL, Surface.BUCCAL, biting, inner})


class ToothFinding(_Part):
    """What was found at the place of one tooth."""

    tooth: ToothNumber
    state: ToothState = Field(examples=["filled"])
    surfaces: tuple[Surface, ...] = Field(
        (),
        max_length=5,
        description="Those concerned, each once: mesial, distal, buccal (or labial); incisal of front teeth (positions "
        "1 to 3), occlusal of back teeth; palatal of upper teeth, lingual of lower ones.",
        examples=[["M", "O"]],
    )
    material: Text | None = Field(None, examples=["amalgam"])

    @field_validator("surfaces")
    @classmethod
    def _has_them(cls, surfaces: tuple[Surface, ...], known: ValidationInfo) -> tuple[Surface, ...]:
        if len(set(surfaces)) < len(surfaces):
            raise ValueError("state each surface once")
        # Without a valid number the error is the number's.
        if (tooth := known.data.get("tooth")) and (wrong := set(surfaces) - surfaces_of(tooth)):
            raise ValueError(f"tooth {tooth} has no surface {', '.join(sorted(wrong))}: {_surfaces(tooth)}")
        return surfaces


def _surfaces(tooth: str) -> str:
    return ", ".join(f"{each.value} {each.name.lower()}" for each in Surface if each in surfaces_of(tooth))


class FindingInLife(ToothFinding):
    """What the dentist's file says about the place of one tooth."""

    state: ToothStateInLife


class DentalChart(_Part):
    """The teeth that were examined. A tooth that is not listed was not examined: it may not be sound."""

    teeth: tuple[ToothFinding, ...] = Field(
        (), max_length=52, description="At most one finding for each of 32 permanent and 20 milk teeth."
    )
    dentures: Text | None = Field(None, description="Removable ones.", examples=["upper full denture"])
    remarks: LongText | None = Field(None, examples=["gap between the upper front teeth"])

    @model_validator(mode="after")
    def _one_finding_a_tooth(self) -> Self:
        numbers = [finding.tooth for finding in self.teeth]
        repeated = sorted({number for number in numbers if numbers.count(number) > 1})
        if repeated:
            raise wrong("/teeth", f"more than one finding for {', '.join(repeated)}")
        return self


class AnteMortemChart(DentalChart):
    """The teeth of a living person that were examined. A tooth that is not listed was not: it may not be sound."""

    teeth: tuple[FindingInLife, ...] = Field(
        (), max_length=52, description="At most one finding for each of 32 permanent and 20 milk teeth."
    )


Hair = Annotated[tuple[HairColour, ...], Field(max_length=4, description="One code or several.", examples=[["BRO"]])]
Eyes = Annotated[tuple[EyeColour, ...], Field(max_length=4, description="One code or several.", examples=[["BLU"]])]
Marks = Annotated[tuple[Mark, ...], Field(max_length=30, description="Distinguishing marks.")]
Clothing = Annotated[tuple[Garment, ...], Field(max_length=40, description="Clothing and footwear.")]
Jewellery = Annotated[tuple[Jewel, ...], Field(max_length=40, description="Jewellery and watches.")]
Belongings = Annotated[tuple[Belonging, ...], Field(max_length=40, description="What was carried.")]
