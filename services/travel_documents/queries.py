"""A search for a document: by issuer and number, or by its machine-readable zone, of which these alone are kept."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, Field, ModelWrapValidatorHandler, PrivateAttr, model_validator

from services.travel_documents.issuers import DocumentIssuer
from services.travel_documents.kinds import DocumentType, DocumentVerdict
from services.travel_documents.models import Number, TravelDocument
from services.travel_documents.mrz import type_of
from shared.find_codes import FindCode
from shared.mrz.check_digits import OtherReading, is_wrong, readings_of
from shared.mrz.layouts import ZoneFormat
from shared.mrz.zones import MAX_LENGTH, WrongDigit, Zone, ZoneUnreadable, read_zone
from shared.patterns import in_words
from shared.records import service_kit as kit
from shared.validation import wrong

_BY_ZONE = ("issuer", "number", "check_digit", "reference")

# The warnings of a search that does not show all that there may be.
_INCOMPLETE: Final = frozenset((kit.WITHHELD, kit.NUMBER_COMMON.code))

DocumentCode = Literal[0, 1, 904, 905]
CheckDigit = Annotated[
    str, Field(max_length=1, pattern=in_words("^[0-9A-Z<]$", "must be one sign, as read after the number"))
]


class DocumentQuery(kit.RecordQuery):
    """A check of a document: by issuer and number, or by its machine-readable zone."""

    issuer: DocumentIssuer | None = Field(None, examples=["FRA"])
    number: Number | None = Field(
        None,
        description="As printed: case, spaces, dots, dashes and `<` do not matter, nor O Q and 0, I L and 1, Z and 2, "
        "S and 5, G and 6, B and 8. It is found as that of a document, and within a range of blanks.",
        examples=["26XX 00417"],
    )
    type: DocumentType | None = Field(
        None,
        description="Hides nothing, as types are confused: a hit of another type says so in `match`, and is a hit.",
        examples=[None, "passport"],
    )
    check_digit: CheckDigit | None = Field(
        None,
        description="As read after the number in the machine-readable zone. If it is wrong, the readings one look-"
        "alike away that make it right are searched as well, and found as `near`.",
        examples=[None, "6"],
    )
    mrz: str | None = Field(
        None,
        min_length=1,
        max_length=MAX_LENGTH,
        description="The machine-readable zone instead of all others but `type`: TD1, TD2, TD3, MRV-A or MRV-B, in its "
        "lines or as one string, in any case, with or without spaces. Its issuer, number and check digits are read; "
        "names and all else of the holder are neither kept nor logged.",
        examples=[None],
    )

    _zone: Zone | None = PrivateAttr(None)

    @model_validator(mode="wrap")
    @classmethod
    def _read_zone(cls, sent: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Read the zone, and keep nothing of it but what is searched."""
        text = sent.get("mrz") if isinstance(sent, Mapping) else None
        if not isinstance(text, str) or not 0 < len(text) <= MAX_LENGTH:
            return handler(sent)
        if others := [name for name in _BY_ZONE if sent.get(name) is not None]:
            raise wrong(f"/{others[0]}", "a search by mrz states it there: leave it out, or leave out the mrz")
        try:
            zone = read_zone(text)
        except ZoneUnreadable as unreadable:
            raise wrong("/mrz", str(unreadable)) from None
        stated = {name: value for name, value in sent.items() if name != "mrz"}
        found = {"issuer": zone.issuer, "number": zone.number, "check_digit": zone.digit}
        type_of_zone = {} if stated.get("type") is not None or (kind := type_of(zone)) is None else {"type": kind.value}
        return handler({**stated, **found, **type_of_zone}).read_from(zone)

    def read_from(self, zone: Zone) -> Self:
        """Return the search as one that was read from a machine-readable zone."""
        self._zone = zone
        return self

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        if (self.number is None) != (self.issuer is None):
            missing = "issuer" if self.issuer is None else "number"
            raise wrong(f"/{missing}", "issuer and number go together: state both, or the mrz")
        if self.check_digit is not None and self.number is None:
            raise wrong("/number", "a check_digit goes with the number")
        if self.number is None and self.reference is None:
            raise ValueError("give issuer and number, an mrz, or a reference")
        return self

    @property
    def zone(self) -> Zone | None:
        """The machine-readable zone that was sent; None of a search that was saved."""
        return self._zone

    @property
    def is_doubtful(self) -> bool:
        """Whether the check digit is not that of the number, so that one of both was misread."""
        return self.number is not None and self.check_digit is not None and is_wrong(self.number, self.check_digit)

    @property
    def readings(self) -> tuple[OtherReading, ...] | None:
        """The numbers that may have been misread as this one; None if none is looked for."""
        if self.number is None or self.check_digit is None:
            return None
        return readings_of(self.number, self.check_digit) or None

    def read_as(self, reading: OtherReading) -> Self:
        """Return the search for another reading of the number."""
        return self.model_copy(update={"number": reading.number, "check_digit": None})


class SeenDocument(kit.Sighting):
    """A document that a partner saw: nothing of its holder."""

    issuer: DocumentIssuer
    number: Number = Field(description="As printed.", examples=["26XX00417"])
    type: DocumentType | None = Field(None, examples=["passport"])

    def query(self) -> DocumentQuery:
        """Return the search for it."""
        return DocumentQuery(issuer=self.issuer, number=self.number, type=self.type)


class WrongCheckDigit(BaseModel):
    """A check digit that is not the one of what it is about: it or that was misread, or the document was altered."""

    part: str = Field(description="What it is about.", examples=["the number"])
    line: int = Field(ge=1, le=3, examples=[2])
    column: int = Field(ge=1, le=44, examples=[10])
    found: str = Field(description="As it was read.", examples=["3"])
    expected: str = Field(description="By the signs that were read.", examples=["6"])


class ZoneReading(BaseModel):
    """What was read in a machine-readable zone and searched for. Nothing of the holder."""

    format: ZoneFormat = Field(examples=["TD3"])
    issuer: str = Field(examples=["FRA"])
    number: str = Field(examples=["26XX00417"])
    type: DocumentType | None = Field(description="Null if its code does not tell.", examples=["passport"])
    wrong_check_digits: list[WrongCheckDigit] = Field(description="Each that is wrong; empty if all are right.")


class DocumentHits(kit.NumberHits[TravelDocument]):
    """The documents and ranges of blanks that a search found, and its verdict in one word."""

    verdict: DocumentVerdict = Field(
        DocumentVerdict.NONE,
        description="`exact`: a record has the number as asked. `near`: one has it if signs are read as others that "
        "look like them. `unreadable`: nothing was found, and the check digit of the number is wrong: read it again. "
        "`none` otherwise.",
    )
    code: DocumentCode = Field(
        1,
        description="For clients of FIND: 0 NO_ERROR where `hits` or `near` has entries, 1 NO_ANSWER where nothing was "
        "found. Not of FIND, but of i247, where nothing is known: 904 ORIGIN_INCOMPLETE, entries are not shown to this "
        "officer, or not all were compared; 905 UNREADABLE, as the verdict says.",
    )
    mrz: ZoneReading | None = Field(None, description="What was read in the `mrz`, if one was sent.")


class DocumentLineResult(kit.LineResult[TravelDocument]):
    """The answer to one line of many checks, with the verdict that a search of its own has."""

    verdict: DocumentVerdict | None = Field(
        None, description="As of a search; null if the line was not searched.", examples=["none"]
    )


def zone_reading(zone: Zone) -> ZoneReading:
    """Return what is answered of a zone."""
    digits = [WrongCheckDigit(**_members_of(each)) for each in zone.wrong]
    return ZoneReading(
        format=zone.format, issuer=zone.issuer, number=zone.number, type=type_of(zone), wrong_check_digits=digits
    )


def _members_of(digit: WrongDigit) -> dict[str, Any]:
    return digit._asdict()


def verdict_of(query: DocumentQuery, found: kit.Hits[TravelDocument]) -> DocumentVerdict:
    """Return the verdict on what a search found and shows."""
    near = found.near if isinstance(found, kit.NumberHits) else []
    if any(part.field != "number" or part.score == 1.0 for hit in found.hits for part in hit.why[:1]):
        return DocumentVerdict.EXACT
    if found.hits or near:
        return DocumentVerdict.NEAR
    return verdict_of_nothing(query)


def verdict_of_nothing(query: DocumentQuery) -> DocumentVerdict:
    """Return the verdict on a search that found nothing."""
    return DocumentVerdict.UNREADABLE if query.is_doubtful else DocumentVerdict.NONE


def code_of(verdict: DocumentVerdict, found: kit.Hits[TravelDocument]) -> DocumentCode:
    """Return the code of FIND for what a search found and shows: NO_ANSWER only where nothing else can be."""
    if verdict in {DocumentVerdict.EXACT, DocumentVerdict.NEAR}:
        return FindCode.NO_ERROR.value
    if verdict is DocumentVerdict.UNREADABLE:
        return FindCode.UNREADABLE.value
    is_incomplete = any(each.code in _INCOMPLETE for each in found.warnings)
    return FindCode.ORIGIN_INCOMPLETE.value if is_incomplete else FindCode.NO_ANSWER.value
