"""A post searches travel documents and ranges of blanks offline, by the same code and with the same verdicts."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from deploy.commands.fieldpack import COPIED_KINDS
from deploy.commands.fieldpack_bureau import copied_kinds, kind_of
from deploy.state.errors import WrongUsage
from services.travel_documents import SERVICE
from services.travel_documents.models import TravelDocument
from services.travel_documents.store import TravelDocumentStore
from shared.audit.tables import disclosures
from shared.clock import FixedClock
from tests.post.border import Border, border_of, checking
from tests.services.stolen_vehicles.copies import database_of
from tests.services.travel_documents import zones
from tests.services.travel_documents.check_numbers import right_number
from tests.services.travel_documents.samples import PATH, enter, enter_blanks, search
from tests.support import ServiceClient

NUMBER = "26XX08417"
KNOWN = {"issuer": "FRA", "number": NUMBER}
MISREAD = "\n".join(zones.td3("FRA", NUMBER)).replace(NUMBER, "26XX03417")
OTHER = "26XX99999"
ASKED: list[dict[str, str]] = [
    KNOWN,
    {"issuer": "FRA", "number": "26xx-0B417", "type": "visa"},
    {"issuer": "FRA", "number": "26XX15000"},
    {"mrz": MISREAD},
    {"issuer": "FRA", "number": OTHER},
    {"issuer": "FRA", "number": OTHER, "check_digit": right_number(OTHER, by=1)},
]


@pytest.fixture
async def border(tmp_path: Path, clock: FixedClock) -> AsyncIterator[Border]:
    async with border_of(SERVICE, TravelDocumentStore, tmp_path, clock) as border:
        yield border


def without_texts(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer without what no pack has of a record."""
    left_out = {"reference", "event_place", "circumstances", "issued", "valid_until", "restricted", "addressed"}
    for hit in (*answer["hits"], *answer["near"]):
        hit["record"] = {name: value for name, value in hit["record"].items() if name not in left_out}
    return answer


@pytest.mark.parametrize("as_differential", [False, True])
async def test_a_post_answers_as_the_service_does(border: Border, *, as_differential: bool) -> None:
    """Documents, blanks within a range, other types, misread zones and verdicts, from a pack or a differential."""
    if as_differential:
        await enter(border.service, number="26XX00001")
        border.install(await border.make())
    await enter(border.service, number=NUMBER, reference="2026/1", event_place="Marseille", circumstances="in a bag")
    await enter_blanks(border.service)
    border.install(await border.make("next.pack", is_differential=as_differential))
    verdicts = []
    for asked in ASKED:
        offline = json.loads((await border.search(**asked)).model_dump_json())
        assert offline == without_texts(offline)
        assert offline == without_texts(await search(border.service, "DE", **asked))
        verdicts.append((offline["verdict"], offline["code"]))
    assert verdicts == [("exact", 0), ("near", 0), ("exact", 0), ("near", 0), ("none", 1), ("unreadable", 905)]


async def test_the_verdict_is_on_what_the_pack_and_its_differential_find_together(border: Border) -> None:
    """Whichever of both has it."""
    await enter(border.service, number=NUMBER)
    border.install(await border.make())
    await enter(border.service, number=OTHER)
    border.install(await border.make("next.pack", is_differential=True))
    for number in (NUMBER, OTHER):
        found = await border.search(issuer="FRA", number=number)
        assert (found.total, found.verdict, found.code) == (1, "exact", 0)


@pytest.mark.parametrize("how", ["recovery", "withdrawal"])
async def test_a_differential_removes_what_left_the_register(border: Border, how: str) -> None:
    """Of ranges as of documents; a whole pack lacks it from the beginning."""
    records = [await enter(border.service, number=NUMBER), await enter_blanks(border.service)]
    border.install(await border.make())
    for record in records:
        assert (await border.service.officer("FR").post(f"{PATH}/{record['id']}/{how}")).status_code == 200
    border.install(await border.make("next.pack", is_differential=True))
    for asked in (KNOWN, {"issuer": "FRA", "number": "26XX15000"}):
        assert await border.found(**asked) == []
    border.install(await border.make("another.pack"))
    assert await border.found(**KNOWN) == []


async def test_a_pack_has_no_text_and_no_reader_of_a_document_and_none_that_is_hidden(border: Border) -> None:
    """The least that a check needs; the rest stays with the bureau."""
    await enter(border.service, number=NUMBER, reference="2026/1", circumstances="in a bag", restricted=["PL"])
    await enter(border.service, number=OTHER, restricted=["DE"])
    await enter(border.service, number="26XX00002", handling="CONFIDENTIAL")
    border.install(await border.make())
    record: TravelDocument = (await border.search(**KNOWN)).hits[0].record
    assert (record.reference, record.circumstances, [*record.restricted]) == (None, None, [])
    for number in (OTHER, "26XX00002"):
        assert await border.found(issuer="FRA", number=number) == []


async def test_what_a_post_found_is_handed_in_as_hits_of_documents(border: Border) -> None:
    """With what was near as near; nothing of the holder is in the log of the post."""
    record = await enter(border.service, number=NUMBER)
    border.install(await border.make())
    await border.search(**KNOWN)
    await border.search(mrz=MISREAD)
    logged = [entry.query for entry in border.post().log.entries()]
    assert [set(each) for each in logged] == [{"issuer", "number"}, {"issuer", "number", "check_digit", "type"}]
    await border.hand_in()
    shown = sa.select(disclosures.c["bureau", "how", "record_id"]).where(disclosures.c.record_id == record["id"])
    rows = await database_of(border.service).reading.fetch(shown.order_by(disclosures.c.number))
    found = [(row.bureau, row.how, row.record_id) for row in rows]
    assert found == [("DE", "search", record["id"]), ("DE", "near", record["id"])]


def test_the_help_names_each_kind_of_which_field_copies_are_taken() -> None:
    """And no other, so that each name works."""
    assert sorted(copied_kinds()) == [*COPIED_KINDS]
    with pytest.raises(WrongUsage, match="travel-document"):
        kind_of("travel-documents")


@pytest.mark.thorough
def test_a_check_of_a_document_tells_near_and_unreadable_from_nothing_by_its_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """0 for a hit, 1 for none, 4 for what is to be looked at; what is of another kind is a wrong command."""

    async def enter_one(service: ServiceClient, day: str) -> None:
        await enter(service, number=NUMBER, event_date=day)

    check = checking(SERVICE, TravelDocumentStore, tmp_path, monkeypatch, enter_one)
    number = ("--issuer", "FRA", "--number")
    assert check(*number, NUMBER) == 0
    assert f"stolen FRA passport, {NUMBER}" in capsys.readouterr().out
    assert check(*number, OTHER) == 1
    assert check("--mrz", MISREAD) == 4
    assert "the 6th sign: asked 3, found 8" in capsys.readouterr().out
    assert check(*number, OTHER, "--check-digit", right_number(OTHER, by=1)) == 4
    assert "no hit (unreadable)" in capsys.readouterr().out
    assert check("--plate", "FZ 512 KL", "--country", "IT") == 2
