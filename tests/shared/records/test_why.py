"""A hit explains itself by the shown record alone, and warnings depend on the search alone."""

import inspect
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Self

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services import SERVICES
from shared.bureaus import BureauCode
from shared.disclosure import Disclosure
from shared.identity import Caller
from shared.ids import uuid7
from shared.names import fold
from shared.records.access import visible
from shared.records.policy import Audience, Record, RecordInput, Revision, create_record
from shared.records.results import FieldMatch, Hit, Hits, QueryWarning, score_of_all, score_of_any
from shared.records.search.matched_store import MatchedStore
from shared.records.search.query_warnings import WarningKind
from shared.records.search.searchable_store import SearchableStore
from shared.records.tables import record_table, service_metadata
from shared.storage import Database
from tests.conftest import NOW
from tests.shared.records.searchable_kind import LampSearch
from tests.stores import Tables
from tests.support import caller

metadata = service_metadata("safes")
safes = record_table("safes", metadata, sa.Column("colour", sa.String(16), nullable=False))
DARK = WarningKind("dark", "The colour is black.")


class SafeDescription(RecordInput):
    """What the owner states of a safe."""

    colour: str
    combination: str | None = None


class Safe(SafeDescription, Record):
    """A kind of record whose combination is shown to its owner alone."""

    def shown_to(self, caller: Caller) -> Self:
        shown = super().shown_to(caller)
        return shown if caller.bureau == self.owner else shown.model_copy(update={"combination": None})


class SafeStore(SearchableStore[Safe, LampSearch]):
    """Stores safes."""

    table = safes
    model = Safe
    query = LampSearch
    warning_kinds = (DARK,)

    def search_columns(self, record: Safe) -> Mapping[str, Any]:
        return {"colour": record.colour}

    @classmethod
    def audience(cls, record: Safe) -> Audience:  # noqa: ARG003
        return Audience.ALL

    @classmethod
    def query_terms(cls, query: LampSearch) -> Iterable[str]:
        return [query.colour]

    @classmethod
    def record_terms(cls, record: Safe) -> Iterable[str]:
        return [record.colour]

    @classmethod
    def query_warnings(cls, query: LampSearch, at: datetime) -> Iterable[QueryWarning]:  # noqa: ARG003
        return [DARK.at("/colour", "this finds little")] if query.colour == "black" else []

    @classmethod
    def match(cls, record: Safe, query: LampSearch, at: datetime) -> Hit[Safe] | None:  # noqa: ARG003
        if record.colour != query.colour:
            return None
        combination = record.combination
        why = (
            FieldMatch("colour", query.colour, record.colour, 1.0),
            FieldMatch("combination", "any", combination, 0.8 if combination is None else 1.0),
        )
        return Hit(score=score_of_all(why), match="colour", why=why, record=record)

    async def find(self, query: LampSearch) -> Hits[Safe]:
        rows = await self.session.fetch(sa.select(safes.c.content).where(visible(safes)), self.visibility)
        hits = [hit for row in rows if (hit := self.match(self.parse(row.content), query, self.at))]
        return Hits(hits=hits, total=len(hits))


KINDS = [store for service in SERVICES for store in service.metadata.info["stores"] if issubclass(store, MatchedStore)]


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of safes."""
    return metadata


word = st.text("abc", min_size=1, max_size=4)
described = st.fixed_dictionaries(
    {"colour": st.sampled_from(("red", "black"))},
    optional={"combination": word.map(lambda text: f"secret{text}"), "restricted": st.just(["PL"])},
)


@pytest.mark.thorough
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(described, min_size=1, max_size=5), st.sampled_from(("red", "black")))
async def test_a_hit_finds_nothing_that_the_shown_record_does_not_have(
    database: Database, stated: list[dict[str, Any]], colour: str
) -> None:
    """What is shown to the owner alone is found for the owner alone, and a barred bureau finds nothing."""
    owner = caller("FR")
    records = [
        create_record(Safe, SafeDescription.model_validate(each), by=owner, revision=Revision(uuid7(NOW), NOW))
        for each in stated
    ]
    async with database.writing() as session:
        await session.execute(sa.delete(safes))
        await SafeStore(session, owner, NOW).add_many(records)
    for bureau in ("FR", "DE", "PL"):
        found = await SafeStore(database.reading, caller(bureau), NOW).search(LampSearch(colour=colour))
        assert [each.code for each in found.warnings] == (["dark"] if colour == "black" else [])
        for hit in found.hits:
            stated_words = {token for text in hit.record.model_dump(mode="json").values() for token in fold(str(text))}
            for each in hit.why:
                assert each.found is None or {*fold(each.found)} <= stated_words
                assert each.found is not None or each.score < 1
            assert hit.score == score_of_all(hit.why)
            assert bureau == "FR" or "secret" not in hit.model_dump_json()
        assert bureau != "PL" or not any(hit.record.restricted for hit in found.hits)


async def test_a_search_by_reference_is_warned_as_any_other(database: Database) -> None:
    """It finds nothing if another criterion is mistyped, which looks like an answer too."""
    found = await SafeStore(database.reading, caller("FR"), NOW).search(LampSearch(reference="1", colour="black"))
    assert (found.hits, [each.code for each in found.warnings]) == ([], ["dark"])


async def test_the_audit_log_keeps_the_text_and_score_of_a_hit_and_not_its_fields(database: Database) -> None:
    """A field may be personal data, and the log keeps what a hit was in words."""
    why = (FieldMatch("name", "asked", "found", 0.5),)
    safe = create_record(Safe, SafeDescription(colour="red"), by=caller("FR"), revision=Revision(uuid7(NOW), NOW))
    hits = Hits(hits=[Hit(score=0.5, match="name: in words", why=why, record=safe)], total=1)
    [shown] = hits.disclosed("search")
    assert shown == Disclosure("safe", safe.id, 1, BureauCode("FR"), "search", 0.5, "name: in words")


def test_the_score_of_all_is_the_product_and_that_of_any_the_mean() -> None:
    """Of a search that must be met in all its fields, and of one of which any field suffices."""
    why = [FieldMatch("a", "1", "1", 1.0), FieldMatch("b", "2", None, 0.64), FieldMatch("c", "3", "4", 0.5)]
    assert score_of_all(why) == 0.32
    assert score_of_any(why) == pytest.approx(0.7133, abs=1e-4)


def test_a_hit_without_an_explanation_cannot_be_made() -> None:
    """So that no service forgets it."""
    with pytest.raises(ValueError, match="why"):
        Hit.model_validate({"score": 1.0, "match": "all", "record": None})


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.model.record_kind())
def test_every_searched_kind_declares_its_warnings(kind: type[MatchedStore[Any, Any]]) -> None:
    """They are computed from the search and the time alone, without a store, and have a meaning for the documents."""
    assert kind.warning_kinds
    assert len({each.code for each in kind.warning_kinds}) == len(kind.warning_kinds)
    assert not isinstance(inspect.getattr_static(kind, "query_warnings"), type(lambda: 0))
    assert list(inspect.signature(kind.query_warnings).parameters) == ["query", "at"]
