"""The entries and records of the service: documents, and ranges of blanks, which are one kind of record (ADR 78)."""

import re
from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from services.travel_documents.issuers import DocumentIssuer
from services.travel_documents.kinds import DocumentEnd, DocumentStatus, DocumentType
from shared.codes import Country
from shared.dates import PartialDate, certainly_before
from shared.identity import Purpose
from shared.mrz.zones import MAX_NUMBER
from shared.numbers import signs_of
from shared.patterns import in_words
from shared.people import Text
from shared.records import service_kit as kit
from shared.validation import wrong

_LATIN_SIGNS = re.compile("[0-9A-Z]+")
_PRINTABLE = in_words("^[^?*]*$", "must be a whole number: a part finds nothing, as numbers are issued in series")


def _require_latin(number: str) -> str:
    if _LATIN_SIGNS.fullmatch(signs_of(number)) is None:
        raise wrong("", "must have letters of A to Z and figures, as the machine-readable zone has")
    return number


Number = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NUMBER, pattern=_PRINTABLE),
    AfterValidator(_require_latin),
]
Place = Annotated[Text, StringConstraints(max_length=80)]
Circumstances = Annotated[Text, StringConstraints(max_length=300)]

PURPOSES: Final = (Purpose.LOCATE, Purpose.CRIMINAL_INVESTIGATION, Purpose.BORDER_MANAGEMENT)
_IDENTIFYING: Final = ("issuer", "type", "number", "first_number", "last_number")
_EVENT: Final = ("status", "event_date", "event_country")
COPIED: Final = kit.Copied(described=frozenset((*_IDENTIFYING, *_EVENT)), where={"ended": None})
"""The least that a check needs: number or range, status, event, owner and terms; no text, reference or reader."""

# What may be stated of a range: blanks were issued to nobody, so that none was lost by its holder.
OF_BLANKS: Final = (
    DocumentStatus.STOLEN_BLANK,
    DocumentStatus.LOST,
    DocumentStatus.REVOKED,
    DocumentStatus.INVALID,
)


class TravelDocumentDescription(kit.RecordInput):
    """A document, or a range of blanks, as the bureau of its issuer describes it, without personal data."""

    issuer: DocumentIssuer | None = Field(
        None,
        description="As printed in the machine-readable zone (ICAO Doc 9303, part 3), one of your bureau: only the "
        "issuing country enters a document. Without it that of your country.",
        examples=["FRA"],
    )
    type: DocumentType = Field(examples=["passport"])
    number: Number | None = Field(
        None,
        description="Of one document, as printed. A bureau enters a number once for each type, while in the register.",
        examples=["26XX00417"],
    )
    first_number: Number | None = Field(
        None,
        description="Of a range of blanks, instead of `number`; the range may be one of 100,000 numbers of one length.",
        examples=[None],
    )
    last_number: Number | None = Field(
        None, description="Of a range of blanks; differs from the first in its last figures alone.", examples=[None]
    )
    status: DocumentStatus = Field(examples=["stolen"])
    event_date: PartialDate = Field(
        description="When it was stolen, lost or revoked: day, month, year, or a range of two. Not in the future.",
        examples=["2026-03-14", "2026-03-13/2026-03-16"],
    )
    event_country: Country | None = None
    event_place: Place | None = Field(None, description="A place, and no address.", examples=["Marseille, airport"])
    circumstances: Circumstances | None = Field(
        None, description="What a border officer should know. No person.", examples=["taken with a briefcase"]
    )
    issued: PartialDate | None = Field(None, description="When it was issued.", examples=["2021-04"])
    valid_until: PartialDate | None = Field(
        None,
        description="The end of its validity. The record is kept until five years after that, otherwise ten years.",
        examples=["2099-04-11"],
    )

    def fitting_purposes(self) -> Sequence[Purpose]:
        """Return the purposes of a record of a document that is not valid for travel."""
        return PURPOSES

    def require_sound(self) -> None:
        """Require one number, or the first and last of a range, and dates that agree.

        Raises PydanticCustomError, ValueError.
        """
        super().require_sound()
        if self.issued and self.valid_until and certainly_before(self.valid_until, self.issued):
            raise wrong("/valid_until", "is before the day on which it was issued")
        if self.first_number is None and self.last_number is None:
            if self.number is None:
                raise ValueError("give a number, or first_number and last_number of a range of blanks")
            return
        if self.number is not None:
            raise wrong("/number", "a range has a first_number and a last_number instead: leave it out")
        self._require_range()

    def _require_range(self) -> None:
        if self.first_number is None or self.last_number is None:
            missing = "first_number" if self.first_number is None else "last_number"
            raise wrong(f"/{missing}", "a range of blanks has a first and a last number: state both")
        if self.status not in OF_BLANKS:
            raise wrong("/status", f"of blanks it must be {kit.listed(OF_BLANKS)}")
        try:
            kit.range_of(self.first_number, self.last_number)
        except ValueError as error:
            raise wrong("/last_number", str(error)) from error


class BlankRange(TravelDocumentDescription):
    """A range of blanks as the bureau of their issuer describes it, by its first and its last number."""

    first_number: Number = Field(description="The first number of the range, as printed.", examples=["26FR10001"])
    last_number: Number = Field(
        description="The last number, as many signs long: it differs from the first in its last figures alone.",
        examples=["26FR20000"],
    )
    # Not in the document, as generators of clients do not know a type that is null.
    number: SkipJsonSchema[None] = None
    status: DocumentStatus = Field(DocumentStatus.STOLEN_BLANK, examples=["stolen-blank"])


class TravelDocument(TravelDocumentDescription, kit.Record):
    """A document, or a range of blanks, as the network knows it: not valid for travel."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    issuer: DocumentIssuer
    ended: DocumentEnd | None = Field(
        None, description="How it left the register: only its owner sees it then; null while it is a hit."
    )

    @property
    def blanks(self) -> bool:
        """Whether it is a range of blanks."""
        return self.first_number is not None

    @property
    def is_sought(self) -> bool:
        """Whether it is in the register, and so not valid for travel."""
        return self.ended is None


class BlankRangeFilter(kit.RecordPageQuery):
    """Which records a list of ranges shows."""

    issuer: DocumentIssuer | None = None
    type: DocumentType | None = None
    status: DocumentStatus | None = None
    ended: DocumentEnd | None = None


class TravelDocumentFilter(BlankRangeFilter):
    """Which records a list shows."""

    blanks: bool | None = Field(None, description="Only ranges of blanks, or only documents.", examples=[False])
