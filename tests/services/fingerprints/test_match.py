"""A record matches a print exactly if the gallery finds it, with the same score and explanation."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from services import fingerprints
from services.fingerprints.gallery import Gallery
from services.fingerprints.models import (
    MAX_CANDIDATES,
    IdentificationQuery,
    PrintSought,
    RecordStatus,
)
from services.fingerprints.store import FingerprintStore, prints, records
from shared.storage import Database
from tests.conftest import NOW, store_of
from tests.services.fingerprints.samples import SPAIN, drawn, entered, with_prints
from tests.services.matching import EACH_EXAMPLE_EMPTIES_THE_STORE, by_record, expect_explained, matched

taken = st.tuples(st.integers(0, 2), st.integers(0, 2))
held = st.dictionaries(st.sampled_from((1, 2, 7)), taken, min_size=1, max_size=3)
wanted = st.builds(
    IdentificationQuery,
    position=st.none() | st.sampled_from((1, 2, 9)),
    person_status=st.none() | st.sampled_from(("suspect", "charged")),
    least_score=st.sampled_from((0.01, 0.03, 0.3)),
    limit=st.just(MAX_CANDIDATES),
)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """Open a store of the service in a file: no SQL compares prints."""
    async with store_of(fingerprints.SERVICE, f"sqlite:///{tmp_path / 'store.db'}") as opened:
        yield opened


@pytest.mark.thorough
@settings(EACH_EXAMPLE_EMPTIES_THE_STORE, max_examples=10)
@given(
    fingers=st.lists(
        st.tuples(held, st.sampled_from((RecordStatus.ACTIVE, *RecordStatus)), st.sampled_from(("suspect", "charged"))),
        min_size=1,
        max_size=4,
    ),
    sought=st.lists(st.tuples(taken, wanted), min_size=1, max_size=6),
)
async def test_a_record_matches_a_print_exactly_if_the_gallery_finds_it(
    database: Database, fingers: list[tuple[Any, RecordStatus, str]], sought: list[tuple[Any, IdentificationQuery]]
) -> None:
    """In any state, for one finger or for any, by the finger that is most similar, of a person of any status."""
    gallery, enrolled = Gallery(), []
    for by_position, status, person_status in fingers:
        impressions = {position: drawn(finger, impression=which) for position, (finger, which) in by_position.items()}
        record = with_prints(entered(person_status=person_status), impressions).model_copy(update={"status": status})
        enrolled.append((record, impressions))
        for position, impression in impressions.items():
            gallery.add(record.id, impression.template, finger=position)
    async with database.writing() as session:
        await session.execute(sa.delete(prints))
        await session.execute(sa.delete(records))
        await FingerprintStore(session, SPAIN, NOW).enrol_many(enrolled)
    all_records = [record for record, _ in enrolled]
    for (finger, which), query in sought:
        template = drawn(finger, impression=which).template
        store = FingerprintStore(database.reading, SPAIN, NOW)
        hidden = await store.hidden(query.person_status)
        candidates = gallery.identify(template, MAX_CANDIDATES, excluded=hidden, finger=query.position)
        found = await store.hits(candidates, query)
        saved = PrintSought(template=template.to_bytes(), wanted=query)
        assert await matched(FingerprintStore, database, all_records, saved) == by_record(found.hits)
        for hit in found.hits:
            [why] = hit.why
            expect_explained(hit)
            assert (why.field, why.asked) == ("finger", "any" if query.position is None else str(query.position.value))
