"""Why a search did not find: the records nearest to it that the caller may see, and what kept each out.

Only in a sandbox: it shows records that nobody asked for. Each is read under the same condition of SQL as in a search,
so that no record shows that the caller may not see (RPD article 58), and is disclosed as one of a list: the audit log
has it with officer and purpose, and it is no hit that anybody is notified of.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Final, NamedTuple

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from shared.bureaus import Bureau
from shared.disclosure import Disclosing, Disclosure, How
from shared.ids import RecordId
from shared.names import LEAST_SCORE, best_verdict, fold
from shared.records.access import visible
from shared.records.dependencies import reading
from shared.records.kind_routes import KindRoutes, PerKind, Reader
from shared.records.policy import Record
from shared.records.results import SCORE_DIGITS, Comparison, FieldMatch, compared, reference_in
from shared.records.rules import require_public_terms
from shared.records.search.searchable_store import SearchableStore
from shared.storage import inline_literal

PATH: Final = "/near-misses"
# Reading and comparing so many takes half a second.
MAX_COMPARED: Final = 2_000
MAX_SHOWN: Final = 5
# What comes less near is another record altogether, and of no concern to the officer.
LEAST_CLOSENESS: Final = 0.5
STATUS: Final = "status"
# The fields of searches that name one subject; the others describe many.
IDENTIFYING: Final = frozenset(
    (
        *("name", "reference", "document_number", "score", "vin", "plate", "engine_number", "serial_number"),
        *("hull_number", "imo_number", "mmsi", "call_sign", "registration"),
        *("title", "maker", "words", "serial_number", "imei", "engraving"),
    )
)


class KeptOut(BaseModel):
    """One thing that kept a record out."""

    field: str = Field(description="Of the search, or `status` or `score`.", examples=["date_of_birth"])
    asked: str = Field(examples=["1987-03-14"])
    found: str | None = Field(description="What the record has there; null if nothing.", examples=["1978-03-14"])
    score: float = Field(ge=0, le=1, description="How well it fits.", examples=[0.0])
    needed: float = Field(ge=0, le=1, description="How well it must fit.", examples=[0.64])
    says: str = Field(examples=["asked 1987-03-14, found 1978-03-14"])


class NearMiss(BaseModel):
    """A record that the caller may see, that the search did not find."""

    kind: str = Field(examples=["notice"])
    record: RecordId
    version: int = Field(ge=1, examples=[1])
    owner: Bureau
    kept_out: Sequence[KeptOut] = Field(min_length=1)


class NearMisses(BaseModel, Disclosing):
    """The records nearest to a search that it did not find, nearest first, as the caller may see them now."""

    compared: int = Field(
        ge=0, description="How many of the records that the caller may see were compared.", examples=[200]
    )
    near: list[NearMiss]

    def disclosed(self, _how: How) -> Iterator[Disclosure]:
        """Yield the disclosures of the records, as shown in a list."""
        for each in self.near:
            match = "; ".join(f"{part.field}: {part.says}" for part in each.kept_out)
            yield Disclosure(each.kind, each.record, each.version, each.owner, "list", 0.0, match)


class Compared(NamedTuple):
    """A record that no search found, with how it meets one."""

    record: Record
    comparisons: Sequence[Comparison]

    @property
    def closeness(self) -> float:
        """How near it comes, 0 to 1: the mean of what is asked. Another state does not make it another record."""
        asked = [each.closeness for each in self.comparisons if each.match.field != STATUS]
        return sum(asked) / len(asked) if asked else 1.0

    @property
    def is_near(self) -> bool:
        """Whether it may be the record that is sought: by a name or number if one is, by all together if none is."""
        named = [each.closeness for each in self.comparisons if each.match.field in IDENTIFYING]
        return max(named, default=self.closeness) >= LEAST_CLOSENESS


def nearest(missed: Sequence[Compared], total: int) -> NearMisses:
    """Return the nearest of some records that a search did not find; of equals the newest."""
    near = [each for each in missed if each.is_near]
    near.sort(key=lambda each: each.record.id, reverse=True)
    near.sort(key=lambda each: (-each.closeness, sum(not part.is_met for part in each.comparisons)))
    return NearMisses(compared=total, near=[_near_miss(*each) for each in near[:MAX_SHOWN]])


def _near_miss(record: Record, comparisons: Sequence[Comparison]) -> NearMiss:
    kept_out = [
        KeptOut(**_fields(each.match), needed=each.needed, says=each.says) for each in comparisons if not each.is_met
    ]
    return NearMiss(
        kind=record.record_kind(), record=record.id, version=record.version, owner=record.owner, kept_out=kept_out
    )


def _fields(match: FieldMatch) -> dict[str, Any]:
    return {"field": match.field, "asked": match.asked, "found": match.found, "score": round(match.score, SCORE_DIGITS)}


async def near_misses(store: SearchableStore[Any, Any], query: Any) -> NearMisses:
    """Return the records that the caller may see that come nearest to a search. Raises NotPublic."""
    require_public_terms(store.model, query, store.caller)
    records = [record for record in await _visible_records(store, query) if not store.is_withheld(record)]
    missed = [found for record in records if (found := _compared(store, record, query, store.at)) is not None]
    return nearest(missed, len(records))


async def _visible_records(store: SearchableStore[Any, Any], query: Any) -> Sequence[Record]:
    """Return those that a lead finds, and the newest: each part is read by an index, however many records there are."""
    # A reference is compared with those of the caller's own records alone.
    own = [store.table.c.owner == sa.bindparam("visible_to")] if reference_in(query) is not None else []
    visible_rows = sa.select(*store.table.c["id", "content"]).where(visible(store.table), *own)
    newest = visible_rows.order_by(store.table.c.id.desc())
    found: dict[str, str] = {}
    for statement in (*(visible_rows.where(lead) for lead in store.leads(query)), newest):
        limited = statement.limit(inline_literal(MAX_COMPARED))
        rows = await store.session.fetch(limited, store.visibility, in_thread=True)
        for row in rows:
            if len(found) < MAX_COMPARED:
                found.setdefault(row.id, row.content)
    return [store.parse(content) for content in found.values()]


def _compared(store: SearchableStore[Any, Any], record: Record, query: Any, at: datetime) -> Compared | None:
    """Return how a record meets a search, or None if it is a hit."""
    reference = reference_in(query)
    others = query if reference is None else query.model_copy(update={"reference": None})
    asks_more = bool(others.model_dump(exclude_defaults=True))
    comparisons = list(store.compare(record, others, at)) if asks_more else []
    if reference is not None:
        likeness = likeness_of(reference, record.reference or "")
        is_met = record.reference == reference
        comparisons.insert(0, compared("reference", reference, record.reference, is_met=is_met, likeness=likeness))
    return None if all(each.is_met for each in comparisons) else Compared(record, comparisons)


def compared_name(asked: str, names: Sequence[str], field: str = "name") -> Comparison:
    """Return how the best of the names of a record meets a name that is sought; `field` is the member of the search."""
    if not names:
        return Comparison(FieldMatch(field, asked, None, 0.0), LEAST_SCORE, is_met=False, says="it has no name")
    verdict, found = best_verdict(asked, names)
    if not verdict.reason:
        return Comparison(FieldMatch(field, asked, found, verdict.score), LEAST_SCORE, is_met=True, says="it is met")
    nearest_name = found if verdict.score else max(names, key=partial(ratio, asked))
    says = f"asked {asked}, found {nearest_name}: {verdict.reason}"
    match = FieldMatch(field, asked, nearest_name, verdict.score)
    likeness = max(verdict.score, likeness_of(asked, nearest_name))
    return Comparison(match, LEAST_SCORE, is_met=False, says=says, likeness=likeness)


def likeness_of(one: str, other: str) -> float:
    """Return how like two texts are: two that have nothing in common share half of their letters."""
    return max(0.0, 2 * ratio(one, other) - 1)


def ratio(one: str, other: str) -> float:
    """Return how alike two texts are as they are written, 0 to 1, in any order of their words."""
    from rapidfuzz import fuzz

    return fuzz.token_sort_ratio(" ".join(fold(one)), " ".join(fold(other))) / 100


Readable = Annotated[
    SearchableStore[Any, Any],
    PerKind(lambda kind: Annotated[SearchableStore[Any, Any], Depends(reading(kind))]),
]


def near_miss_routes(router: APIRouter, kind: type[SearchableStore[Any, Any]]) -> None:
    """Declare why a search for one kind of record did not find, on the router for a sandbox of its service."""

    async def explain_search(_: Reader, store: Readable, query: Any) -> NearMisses:
        """Show the records that your bureau may see and that come nearest to a search, and what kept each out.

        At most five, of at most 2,000 that are compared. Only in a sandbox: they are disclosed as those of a list.
        """
        return await near_misses(store, query)

    explain_search.__annotations__["query"] = Annotated[kind.query, Query()]
    named = ("GET ", "explain_search_for_{}", "Explain why a search did not find a {}")
    KindRoutes(router, kind, f"/{kind.below}search{PATH}").declare(explain_search, *named, answer=NearMisses)
