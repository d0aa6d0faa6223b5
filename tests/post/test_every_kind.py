"""Each kind of which field copies are taken: a post finds offline, of its example records, what the service finds."""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from deploy.commands.fieldpack import COPIED_KINDS
from deploy.commands.fieldpack_asked import ASKED
from deploy.commands.fieldpack_bureau import kind_of
from services import SERVICES
from shared.audit.tables import disclosures
from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.fieldpack.refusals import PackExpired
from shared.service import Context
from tests.conftest import store_of
from tests.contract.operations import document_of
from tests.examples.shown import Document
from tests.post.border import Border, network
from tests.services.stolen_vehicles.copies import database_of
from tests.support import ServiceClient

OWNER = BureauCode("FR")


@pytest.fixture(params=COPIED_KINDS)
async def border(request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock) -> AsyncIterator[Border]:
    kind: Any = kind_of(request.param)
    [service] = [each for each in SERVICES if each.name == kind.service()]
    book = network()
    async with store_of(service, f"sqlite:///{tmp_path / 'store.db'}") as database:
        app = service.create_app(Context(database, clock, directory=book))
        yield Border(ServiceClient(service, app), book, clock, tmp_path, kind)


async def enter_examples(border: Border) -> None:
    """Enter the records that the requests of the documents are about."""
    [service] = [each for each in SERVICES if each.name == border.kind.service()]
    async with database_of(border.service).writing() as session:
        for enter in service.example_records(OWNER, border.clock.now()):
            await enter(session)


def example_query(border: Border) -> dict[str, str]:
    """Return the search that the documents show."""
    [service] = [each for each in SERVICES if each.name == border.kind.service()]
    path = f"{border.kind.path()}search"
    [search] = [each for each in Document(document_of(service)).operations() if each.path == path]
    return {name: str(value) for name, value in search.filled_in("query").items() if value is not False}


async def online(border: Border, query: dict[str, str]) -> dict[str, Any]:
    answer = await border.service.officer("DE").get(f"{border.kind.path()}search", params=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def as_copied(border: Border, answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer with what field copies have of its records."""
    for hit in (*answer["hits"], *answer.get("near", ())):
        hit["record"] = {name: value for name, value in hit["record"].items() if name in border.kind.copied.members}
    return answer


def ids_in(answer: Any) -> Iterator[str]:
    return (hit.record.id for hit in answer.hits)


@pytest.mark.thorough
@pytest.mark.parametrize("as_differential", [False, True])
async def test_a_post_answers_as_the_service_does(border: Border, *, as_differential: bool) -> None:
    """With the same hits, scores, reasons, warnings and verdict, from a pack and from a differential."""
    if as_differential:
        border.install(await border.make())
    await enter_examples(border)
    border.install(await border.make("next.pack", is_differential=as_differential))
    query = example_query(border)
    found = await border.search(**query)
    offline = json.loads(found.model_dump_json())
    assert found.total > 0
    assert as_copied(border, offline) == as_copied(border, await online(border, query))


async def test_a_pack_has_of_a_record_what_its_kind_declares(border: Border) -> None:
    """And nothing else of its content, nor who else may read it."""
    await enter_examples(border)
    await border.make()
    page = (await border.client.get(f"{border.kind.path()}field-copies/1/records")).json()
    contents = [json.loads(row[page["columns"].index("content")]) for row in page["rows"]]
    assert contents
    assert {name for content in contents for name in content} <= border.kind.copied.members
    assert {"reference", "restricted", "addressed", "links", "partners"}.isdisjoint(border.kind.copied.members)


@pytest.mark.thorough
@pytest.mark.parametrize("how", ["recovery", "restriction"])
async def test_a_differential_removes_what_the_bureau_may_no_longer_see(border: Border, how: str) -> None:
    """As the owner recovered it, or bars the bureau from it; a whole pack lacks it from the beginning."""
    await enter_examples(border)
    query = example_query(border)
    border.install(await border.make())
    hidden = [*ids_in(await border.search(**query))]
    for record in hidden:
        path = f"{border.kind.path()}{record}/{how}"
        owner, body = border.service.officer(OWNER), {"restricted": ["DE"]}
        done = await (owner.post(path) if how == "recovery" else owner.put(path, json=body))
        assert done.status_code == 200, done.text
    border.install(await border.make("next.pack", is_differential=True))
    assert (await border.search(**query)).total == 0
    border.install(await border.make("another.pack"))
    assert hidden
    assert (await border.search(**query)).total == 0


async def test_what_a_post_found_is_handed_in_and_nothing_is_found_after_the_expiry(border: Border) -> None:
    """Each search is a disclosure to the bureau, of the record that was shown."""
    await enter_examples(border)
    query = example_query(border)
    border.install(await border.make())
    found = {*ids_in(await border.search(**query))}
    assert (await border.hand_in()).new == 1
    shown = sa.select(disclosures.c.record_id).where(disclosures.c.bureau == "DE", disclosures.c.how == "search")
    assert {row.record_id for row in await database_of(border.service).reading.fetch(shown)} == found
    border.clock.advance(timedelta(hours=24))
    with pytest.raises(PackExpired):
        await border.search(**query)


@pytest.mark.parametrize("kind", COPIED_KINDS)
def test_a_check_has_an_option_for_each_member_of_a_search_that_a_pack_can_answer(kind: str) -> None:
    """So that a kind is added with its options."""
    store: Any = kind_of(kind)
    assert {*store.query.model_fields} - {"reference", *store.copied.unsought} <= {*ASKED, "near"}
