"""Stores documents and ranges of blanks, which are found by number: one search finds both."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, cast

import sqlalchemy as sa

from services.travel_documents import query_warnings, rules
from services.travel_documents.issuers import bureau_of
from services.travel_documents.kinds import DocumentEnd
from services.travel_documents.models import COPIED, TravelDocument, TravelDocumentDescription, TravelDocumentFilter
from services.travel_documents.queries import (
    DocumentHits,
    DocumentLineResult,
    DocumentQuery,
    code_of,
    verdict_of,
    verdict_of_nothing,
    zone_reading,
)
from services.travel_documents.tables import metadata
from shared.bureaus import BureauCode
from shared.mrz.check_digits import OtherReading
from shared.numbers import DOCUMENT_NUMBER, NumberPattern
from shared.records import service_kit as kit

NUMBERS: Final = kit.NumberKeys(
    kit.NumberKey("number", DOCUMENT_NUMBER, country="issuer"),
    kit.RangeKey(
        "first_number",
        kit.StretchKind("a range of document numbers", DOCUMENT_NUMBER.look_alikes, is_whole=True),
        country="issuer",
        sought_as="number",
        last="last_number",
        of=DOCUMENT_NUMBER,
    ),
)

documents = kit.record_table(
    "travel_documents",
    metadata,
    sa.Column("blanks", sa.Boolean, nullable=False),
    sa.Column("issuer", sa.String(3), nullable=False),
    sa.Column("type", sa.String(16), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("ended", sa.String(16)),
    *NUMBERS.table_columns(),
)


class TravelDocumentStore(kit.RangeSearchStore[TravelDocument, DocumentQuery]):
    """The documents and ranges of blanks that the caller's bureau may know of."""

    table = documents
    model = TravelDocument
    query = DocumentQuery
    answer_model = DocumentHits
    line_model = DocumentLineResult
    copied = COPIED
    numbers = NUMBERS
    sought = documents.c.ended.is_(None)
    sought_otherwise = ("readings",)
    state = staticmethod(rules.state)
    narrowing = staticmethod(rules.narrowing)
    warning_kinds = (*query_warnings.KINDS, kit.HITS_CUT)
    query_warnings = staticmethod(query_warnings.query_warnings)
    identifying = ("number", "first_number")
    identifiers = staticmethod(rules.identifiers)

    def search_columns(self, record: TravelDocument) -> Mapping[str, Any]:
        """Return the values of the columns that a document is found and listed by."""
        listed = {name: getattr(record, name) for name in ("blanks", "issuer", "type", "status", "ended")}
        return {**listed, **super().search_columns(record)}

    @classmethod
    def is_sought(cls, record: TravelDocument) -> bool:
        """Return whether a document is still in the register."""
        return record.is_sought

    @classmethod
    def audience(cls, record: TravelDocument) -> kit.Audience:
        """Return who besides the owner may know: all, while it is in the register."""
        return kit.Audience.ALL if record.is_sought else kit.Audience.OWNER

    @classmethod
    def is_unshared(cls, wanted: kit.RecordPageQuery) -> bool:
        """Return whether a list asks for documents that left the register."""
        return isinstance(wanted, TravelDocumentFilter) and wanted.ended is not None

    def has_ended_well(self, record: TravelDocument) -> bool:
        """Return whether the document was recovered, as lost ones often are within days."""
        return record.ended is DocumentEnd.RECOVERED

    def kept_for(self, record: TravelDocument) -> timedelta:
        """Return how long a record is kept after it was entered or renewed: again as long as it was entered for."""
        return rules.kept_from(record.valid_until, record.created)

    def restated(self, record: TravelDocument, entry: kit.RecordInput) -> TravelDocument:
        """Return the next version of a document that the Commission corrects."""
        return rules.restate(record, cast("TravelDocumentDescription", entry), at=self.at)

    def require_plausible(self, record: TravelDocument) -> None:
        """Require an event that is not in the future. Raises EventInFuture."""
        rules.require_past(record, today=self.at.date())

    @classmethod
    def query_terms(cls, query: DocumentQuery) -> Iterable[str]:
        """Return the terms under which a search is saved: of the number, and of its other readings."""
        yield from super().query_terms(query)
        for reading in query.readings or ():
            yield from super().query_terms(query.read_as(reading))

    @classmethod
    def near_steps(cls, query: DocumentQuery, asked: Sequence[kit.Asked]) -> Iterable[kit.Probe]:  # noqa: ARG003
        """Return what reads the documents and ranges with another reading of the number."""
        others = [each for reading in query.readings or () for each in cls.numbers.asked(query.read_as(reading))]
        for key in cls.numbers.keys:
            of_key = (each.number for each in others if each.key is key)
            keys = list(dict.fromkeys(number.key for number in of_key if not isinstance(number, NumberPattern)))
            yield from (kit.Probe(column, keys, are_beginnings=False) for column in key.column_names if keys)

    @classmethod
    def found_as(cls, record: TravelDocument, query: DocumentQuery, asked: Sequence[kit.Asked]) -> kit.Found | None:
        """Return how a search finds a record, as it was asked or by another reading of the number."""
        found = super().found_as(record, query, asked)
        readings = query.readings or () if found is None else ()
        return found or next(filter(None, (cls._found_by(record, query, each) for each in readings)), None)

    @classmethod
    def _found_by(cls, record: TravelDocument, query: DocumentQuery, reading: OtherReading) -> kit.Found | None:
        other = query.read_as(reading)
        found = super().found_as(record, other, cls.numbers.asked(other))
        return found and kit.Found(rules.read_otherwise(found.hit, query, reading.words), is_near=True)

    @classmethod
    def owner_of(cls, query: DocumentQuery) -> BureauCode | None:
        """Return the bureau of the issuer, which alone enters its documents."""
        return bureau_of(query.issuer) if query.issuer is not None else None

    @classmethod
    def compare(cls, record: TravelDocument, query: DocumentQuery, at: datetime) -> Sequence[kit.Comparison]:
        """Return its state, how it meets the number, and what else is asked; another reading meets it as well."""
        comparisons = super().compare(record, query, at)
        near = None if all(each.is_met for each in comparisons) else cls.match(record, query, at)
        return comparisons if near is None else [cls.state(record), *map(rules.met_by_reading, near.why)]

    async def search(self, query: DocumentQuery) -> DocumentHits:
        """Return the hits of a search, what is near, warnings and the verdict, and save it."""
        return cast("DocumentHits", await super().search(query))

    async def look_up(self, query: DocumentQuery) -> DocumentHits:
        """Return what a search finds, with its verdict. Does NOT save it."""
        return self.summed_up(query, await super().look_up(query))

    @classmethod
    def summed_up(cls, query: DocumentQuery, found: kit.Hits[TravelDocument]) -> DocumentHits:
        """Return what a search found, with the verdict on it."""
        zone = zone_reading(query.zone) if query.zone else None
        verdict = verdict_of(query, found)
        said = {"verdict": verdict, "code": code_of(verdict, found), "mrz": zone}
        return cast("DocumentHits", found.model_copy(update=said))

    @classmethod
    def said_of_nothing(cls, query: DocumentQuery) -> Mapping[str, str]:
        """Return the verdict on a line that finds nothing."""
        return {"verdict": verdict_of_nothing(query).value}


class Screenings(kit.ScreeningQueue):
    """What partners send."""

    screened = kit.screening_tables(metadata, TravelDocumentStore)


__all__ = ["Screenings", "TravelDocumentStore", "documents", "metadata"]
