"""Synthetic documents are as valid as entered ones, although they are not validated one by one."""

from random import Random

import pytest
import sqlalchemy as sa

from services import travel_documents
from services.synthetic_records import seeding_officer
from services.travel_documents import rules, synthetic
from services.travel_documents.issuers import bureau_of, first_issuer_of
from services.travel_documents.kinds import DocumentType
from services.travel_documents.models import TravelDocument, TravelDocumentDescription
from services.travel_documents.series import series_of
from services.travel_documents.store import TravelDocumentStore
from services.travel_documents.synthetic import synthetic_document
from shared.bureaus import MEMBERS, BureauCode
from shared.records.policy import Revision
from shared.records.search.number_ranges import range_of
from shared.storage import Database
from tests.services.travel_documents.samples import NOON
from tests.stores import Tables
from tests.support import caller

OWNERS = sorted(MEMBERS)
SAMPLE = 3_000


def seeded() -> Random:
    return Random(7)  # noqa: S311 - nothing secret is drawn


@pytest.fixture(scope="module")
def drawn() -> list[TravelDocument]:
    """Return a sample of documents and ranges."""
    random = seeded()
    return [synthetic_document(random, random.choice(OWNERS), NOON) for _ in range(SAMPLE)]


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of the service."""
    return travel_documents.SERVICE


@pytest.mark.thorough
def test_each_is_what_its_owner_would_have_entered(drawn: list[TravelDocument]) -> None:
    """Its entry is valid, and makes the same record, which is read as it was written."""
    entered_fields = set(TravelDocumentDescription.model_fields) - {"purpose"}
    for document in drawn:
        entry = TravelDocumentDescription.model_validate_json(document.model_dump_json(include=entered_fields))
        revision = Revision(document.id, document.created)
        assert rules.enter(entry, by=seeding_officer(document.owner), revision=revision) == document
        assert TravelDocument.of_json(document.model_dump_json()) == document
        assert bureau_of(document.issuer) == document.owner


def test_some_are_ranges_and_types_are_many(drawn: list[TravelDocument]) -> None:
    """Numbers are hardly ever the same, and as long as those of the issuer."""
    ranges = [document for document in drawn if document.blanks]
    assert 0 < len(ranges) < SAMPLE / 100
    assert {document.type for document in drawn} > {DocumentType.PASSPORT, DocumentType.IDENTITY_CARD}
    numbers = {(document.issuer, document.number) for document in drawn if not document.blanks}
    assert len(numbers) > 0.99 * (SAMPLE - len(ranges))


def test_ranges_of_every_issuer_and_type_are_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers that end in letters have none."""
    monkeypatch.setattr(synthetic, "DOCUMENTS_TO_A_RANGE", 1)
    random = seeded()
    drawn = [synthetic_document(random, owner, NOON) for owner in OWNERS for _ in range(30)]
    ranges = [(each.first_number or "", each.last_number or "") for each in drawn if each.blanks]
    assert len(ranges) > len(drawn) / 2
    assert all(range_of(*ends).size > 1 for ends in ranges)


@pytest.mark.parametrize("issuer", ["FRA", "D", "GBR", "USA", "KEN", "TUV"])
def test_numbers_of_a_series_follow_each_other(issuer: str) -> None:
    """And a range around any place of it is one, of the size that its figures allow."""
    series, random = series_of(issuer, DocumentType.PASSPORT), seeded()
    assert len({series.number(place) for place in range(1_000)}) == 1_000
    for size in (1, 50, 100, 100_000):
        place = random.randrange(series.size)
        first, last = series.range_at(place, size)
        assert range_of(first, last).size == min(size, 10**series.figures)


@pytest.mark.both_databases
async def test_their_rows_are_those_of_entered_records(database: Database, drawn: list[TravelDocument]) -> None:
    """Each with all columns, although no store made them."""
    table, sample = TravelDocumentStore.table, drawn[:200]
    async with database.writing() as session:
        await travel_documents.SERVICE.seed(session, seeded(), len(sample), OWNERS, NOON)
    seed = await database.reading.fetch(sa.select(table).order_by(table.c.id))
    async with database.writing() as session:
        await session.execute(sa.delete(table))
        await TravelDocumentStore(session, caller("FR"), NOON).add_many(sample)
    assert seed == await database.reading.fetch(sa.select(table).order_by(table.c.id))


def test_every_member_may_be_an_owner() -> None:
    """And the Secretariat, which issues documents as well."""
    for owner in (*OWNERS, BureauCode("IPSG")):
        assert synthetic_document(seeded(), owner, NOON).issuer == first_issuer_of(owner)
