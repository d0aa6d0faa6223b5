"""What a check states, and what it is answered."""

import re
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, StringConstraints, model_validator
from typing_extensions import TypeAliasType

from shared.bureaus import Bureau
from shared.codes import Country, PrintedIssuer
from shared.dates import PartialDate
from shared.ids import UUID_PATTERN
from shared.mrz import MAX_LENGTH
from shared.numbers import has_wildcards, signs_of
from shared.people import SearchedName, Text
from shared.service import NAME_PATTERN
from shared.validation import wrong

MAX_NUMBER: Final = 30
MAX_PLATE: Final = 20
MAX_NAME: Final = 120
MAX_SOURCES: Final = 20
# They go with another.
_NARROWING: Final = frozenset({"date_of_birth", "country", "make", "calibre"})
_HAS_SIGN: Final = re.compile(r"[^\W_]")
_HAS_LATIN_SIGN: Final = re.compile("[0-9A-Z]")
_WHOLE: Final = "must be whole: `?` and `*` are for a search of the register itself"


def _whole(number: str) -> str:
    if has_wildcards(number):
        raise wrong("", _WHOLE)
    return number


def _with_latin_sign(number: str) -> str:
    if _HAS_LATIN_SIGN.search(signs_of(number)) is None:
        raise wrong("", "must have a letter of A to Z or a figure, of any script")
    return number


def _with_sign(plate: str) -> str:
    if _HAS_SIGN.search(plate) is None:
        raise wrong("", "must have a letter or a figure")
    return plate


def _plain(name: str) -> str:
    if "*" in name or "?" in name:
        raise wrong("", "must be a name as it is written: no part of it can be left open by `?` or `*`")
    return name


Number = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NUMBER),
    AfterValidator(_whole),
    AfterValidator(_with_latin_sign),
]
Plate = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_PLATE),
    AfterValidator(_whole),
    AfterValidator(_with_sign),
]
DocumentKind = Annotated[str, Field(pattern=NAME_PATTERN, description="The kind of document.", examples=["passport"])]
Name = Annotated[SearchedName, AfterValidator(_plain)]
CheckedRecord = TypeAliasType(
    "CheckedRecord",
    Annotated[
        dict[str, JsonValue],
        Field(
            description="A record as its register shows it, of the schema of that.",
            examples=[{"plate": "GA 417 XR", "country": "IT"}],
        ),
    ],
)
SourceName = Annotated[
    str,
    Field(
        pattern=NAME_PATTERN,
        description="The register: the service that has it, or `vessels`.",
        examples=["stolen-vehicles"],
    ),
]


class CheckedDocument(BaseModel):
    """A travel or identity document that somebody shows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: PrintedIssuer
    number: Number = Field(description="As printed, in any writing.", examples=["19AK00417"])
    type: DocumentKind | None = None


class CheckQuestion(BaseModel):
    """What is checked: a person, a document, a vehicle, an object, or several of these at once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mrz: str | None = Field(
        None,
        min_length=1,
        max_length=MAX_LENGTH,
        description="The machine-readable zone of a document, instead of `document`: TD1, TD2, TD3, MRV-A or MRV-B, "
        "in its lines or as one string. Registers of documents are asked for its issuer, number and check digit, those "
        "of persons for its name and date of birth, unless these are stated. None gets the zone itself.",
        examples=[None],
    )
    document: CheckedDocument | None = None
    name: Name | None = Field(None, description="Names in any order and script.", examples=["Dupont Jean"])
    date_of_birth: PartialDate | None = Field(None, description="Of the person of that name.", examples=["1987-04-19"])
    plate: Plate | None = Field(None, description="In any writing, and whole.", examples=["GA417XR"])
    country: Country | None = Field(None, description="Of registration, of the plate.", examples=["IT"])
    vin: Number | None = Field(None, description="Of the vehicle, in any writing, and whole.", examples=[None])
    engine_number: Number | None = Field(None, description="Of the vehicle.", examples=[None])
    serial: Number | None = Field(
        None,
        description="Of a firearm, or of a thing of value, such as a watch: whole, in any writing.",
        examples=[None],
    )
    make: Text | None = Field(None, description="Of what has the `serial`.", examples=[None])
    calibre: Text | None = Field(None, description="Of the firearm that has the `serial`.", examples=[None])
    sources: list[SourceName] | None = Field(
        None,
        min_length=1,
        max_length=MAX_SOURCES,
        description="Only these registers are asked; by default each that may know something of what is stated.",
        examples=[None],
    )

    @model_validator(mode="after")
    def _is_sensible(self) -> Self:
        names = [name for name in type(self).model_fields if name != "sources"]
        if all(getattr(self, name) is None for name in names):
            raise ValueError(f"give at least one of {', '.join(name for name in names if name not in _NARROWING)}")
        if self.mrz is not None and self.document is not None:
            raise wrong("/document", "the mrz states it: leave one of both out")
        if self.country is not None and self.plate is None:
            raise wrong("/country", "goes with a plate: state that too")
        for name in ("make", "calibre"):
            if getattr(self, name) is not None and self.serial is None:
                raise wrong(f"/{name}", "goes with a serial: state that too")
        if self.date_of_birth is not None and self.name is None and self.mrz is None:
            raise wrong("/date_of_birth", "goes with a name: state that too")
        return self


class CheckVerdict(StrEnum):
    """What a check comes to, in the words of a border."""

    HIT = "hit"
    """A record fits by a number, or by name and date of birth: ask its owner to confirm it before acting on it."""
    POSSIBLE_HIT = "possible-hit"
    """Something may fit, and has to be compared with the person or thing."""
    INCOMPLETE = "incomplete"
    """No hit, and a register did not answer: that says nothing of what it has."""
    NO_HIT = "no-hit"
    """Each register that was to be asked answered, and has nothing."""


class SourceState(StrEnum):
    """What became of one register."""

    ANSWERED = "answered"
    """It answered that it has something."""
    NONE = "none"
    """It answered that it has nothing."""
    NOT_ALLOWED = "not-allowed"
    """The officer or the bureau may not ask it, or not for this purpose."""
    TIMEOUT = "timeout"
    """It did not answer in time."""
    UNREACHABLE = "unreachable"
    """It could not be asked, or failed, or its answer could not be trusted."""
    UNREADABLE = "unreadable"
    """It was not asked for what could not be read in the machine-readable zone."""


class SourceWarning(BaseModel):
    """What a register warns of in its search: finding nothing may be due to it."""

    code: str = Field(description="For programs.", examples=["vin-length"])
    pointer: str = Field(description="Where in the search of the register, a JSON pointer.", examples=["/vin"])
    detail: str = Field(description="For people.", examples=["a VIN has 17 characters, this one 5"])


class CheckedSource(BaseModel):
    """What one register answered."""

    source: SourceName
    state: SourceState = Field(
        description="`answered`: it has something. `none`: it answered, and has nothing. `not-allowed`: the officer or "
        "the bureau may not ask it. `timeout`, `unreachable`: it did not answer, so nothing is known of what it has. "
        "`unreadable`: it has nothing for the rest, and was not asked for what cannot be read in the `mrz`."
    )
    says: str = Field(description="The same in words.", examples=["1 record fits"])
    total: int | None = Field(
        ge=0,
        description="How many of its records fit or are near, also beyond those shown; at least 1 if it has something, "
        "and null if that is not known, or not shown to this officer.",
        examples=[1],
    )
    near: int | None = Field(
        ge=0, description="How many of these are near only, and to be compared; null as `total` is.", examples=[0]
    )
    asked: list[str] = Field(
        description="Of what the check states, what it was asked for.", examples=[["plate", "country"]]
    )
    detail: str | None = Field(description="Why it did not answer; null if it did.", examples=[None])
    warnings: list[SourceWarning] = Field(description="What it warns of.", examples=[[]])
    request: str | None = Field(
        pattern=UUID_PATTERN,
        description="The id of the signed request to it, under which its audit log has what was asked and shown; null "
        "if none was sent.",
        examples=["0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"],
    )


class HitField(BaseModel):
    """How one field of a search was met by a record."""

    field: str = Field(description="As the search of the register names it.", examples=["plate"])
    asked: str = Field(description="What was asked for.", examples=["GA417XR"])
    found: str | None = Field(description="What the record has there.", examples=["GA 417 XR"])
    score: float = Field(ge=0, le=1, description="How well it fits: 1 is exact.", examples=[1.0])
    reading: str | None = Field(None, description="What was read otherwise than asked.", examples=[None])


class CheckedHit(BaseModel):
    """A record that a register shows to this officer, as it shows it. No proof: ask its owner to confirm it."""

    source: SourceName
    verdict: CheckVerdict = Field(
        description="`hit` if a number, or name and date of birth together, fit as they are; otherwise `possible-hit`."
    )
    what: str = Field(description="What the record is.", examples=["stolen vehicle"])
    owner: Bureau = Field(description="The bureau to ask for confirmation.")
    id: str = Field(
        pattern=UUID_PATTERN, description="Of the record.", examples=["0197a3c2-4a1d-7b2f-8e10-3c4d5e6f7081"]
    )
    path: str = Field(
        description="Where to read the record.", examples=["/api/stolen-vehicles/0197a3c2-4a1d-7b2f-8e10-3c4d5e6f7081"]
    )
    asked: list[str] = Field(description="Of what the check states, what led to it.", examples=[["plate", "country"]])
    near: bool = Field(description="Whether the register shows it as near only, and not as a hit.", examples=[False])
    score: float = Field(ge=0, le=1, description="By the search of the register.", examples=[1.0])
    match: str = Field(description="Which part of the search met which part.", examples=["plate GA417XR of IT"])
    why: list[HitField] = Field(description="Each field of the search.")
    record: CheckedRecord


class WrongDigitRead(BaseModel):
    """A check digit that is not the one of its part: one of both was misread, or the document was altered."""

    part: str = Field(examples=["the number"])
    line: int = Field(ge=1, le=3, examples=[2])
    column: int = Field(ge=1, le=44, examples=[10])
    found: str = Field(description="As read.", examples=["3"])
    expected: str = Field(description="By the signs that were read.", examples=["6"])


class UnreadPart(BaseModel):
    """A part of a machine-readable zone that cannot be read, which no register is asked for."""

    part: str | None = Field(description="Null if registers are not asked for it.", examples=["the issuer"])
    line: int = Field(ge=1, le=3, examples=[1])
    column: int = Field(ge=1, le=44, examples=[3])
    detail: str = Field(description="Where, and why.", examples=["line 1, column 3: no issuer of documents, ..."])


class ZoneRead(BaseModel):
    """What was read in the machine-readable zone, and asked of the registers."""

    issuer: str | None = Field(description="Null if it cannot be read.", examples=["FRA"])
    number: str | None = Field(description="Null if it cannot be read.", examples=["26XX00417"])
    name: str | None = Field(
        description="Null if the zone has none, or it cannot be read.", examples=["MUSTERFRAU ERIKA"]
    )
    date_of_birth: str | None = Field(
        description="Null if the zone has none, its check digit is wrong, or it cannot be read: then it is not asked.",
        examples=["1979-11-02"],
    )
    wrong_check_digits: list[WrongDigitRead] = Field(description="Empty if all are right.", examples=[[]])
    unreadable: list[UnreadPart] = Field(description="What cannot be read; empty if all can.", examples=[[]])


class CheckAnswer(BaseModel):
    """The answer of all registers to one check."""

    verdict: CheckVerdict = Field(
        description="`hit`: a record fits; ask its owner to confirm it before acting on it. `possible-hit`: compare "
        "what was found with the person or thing. `incomplete`: no hit, but a register that was to be asked did not "
        "answer, or did not compare all, so nothing is known of what it has. `no-hit`: all answered, and have nothing."
    )
    says: str = Field(
        description="The same in a sentence, with each register that did not answer.",
        examples=["HIT: stolen vehicle of IT; notices did not answer in time"],
    )
    complete: bool = Field(
        description="Whether each register that was to be asked has said all that it has; a `hit` may be without.",
        examples=[True],
    )
    mrz: ZoneRead | None = Field(None, description="What was read in the `mrz`, if the check states one.")
    hits: list[CheckedHit] = Field(description="What all registers show, the weightiest first.")
    sources: list[CheckedSource] = Field(description="Each register that was to be asked.")


class AskedSource(BaseModel):
    """A register that is asked, before it answers."""

    source: SourceName
    asked: list[str] = Field(
        description="Of what the check states, what it is asked for.", examples=[["plate", "country"]]
    )


class AskedSources(BaseModel):
    """The registers that a check asks: each of them answers later, or is said not to have."""

    sources: list[AskedSource]


class SourceHits(BaseModel):
    """What one register answered, before the others have."""

    source: CheckedSource
    hits: list[CheckedHit] = Field(description="What it shows, the weightiest first.")
