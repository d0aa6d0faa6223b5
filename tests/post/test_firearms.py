"""A post searches firearms offline by serial number and make: look-alikes, numbers without letters, what is near."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.firearms import SERVICE
from services.firearms.models import Firearm
from services.firearms.store import FirearmStore
from shared.clock import FixedClock
from tests.post.border import Border, border_of, checking
from tests.services.firearms.samples import PATH, enter_firearm, search
from tests.support import ServiceClient

NUMBER = "GXK 204 881"
ASKED: list[dict[str, str]] = [
    {"serial_number": "gxk-2O4B8I", "make": "Glock"},
    {"serial_number": "204881", "make": "glock gmbh", "calibre": "9 Para"},
    {"serial_number": "GXK2048*", "make": "Glock"},
    {"serial_number": "GXK 204 881"},
    {"serial_number": "GXK 204 887", "make": "Glock", "near": "true"},
    {"serial_number": "GXK 204 887", "make": "Glock"},
    {"serial_number": "GXK 204 881", "make": "Beretta"},
    {"serial_number": "1001"},
]


@pytest.fixture
async def border(tmp_path: Path, clock: FixedClock) -> AsyncIterator[Border]:
    async with border_of(SERVICE, FirearmStore, tmp_path, clock) as border:
        yield border


def as_copied(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer with what a pack has of its firearms."""
    left_out = {"reference", "other_markings", "event_place", "photographs", "restricted", "addressed"}
    for hit in (*answer["hits"], *answer["near"]):
        hit["record"] = {name: value for name, value in hit["record"].items() if name not in left_out}
    return answer


@pytest.mark.thorough
async def test_a_post_answers_as_the_service_does(border: Border) -> None:
    """Of each 25 firearms of makers that number alike, 15 came with the pack: the warning counts all that are near."""
    makes = (await border.service.officer("IT").get(f"{PATH}/codes")).json()["makes"][:25]
    for place, make in enumerate(makes):
        if place == 15:
            border.install(await border.make())
        await enter_firearm(border.service, serial_number="1001", make=make["name"], model=None)
    await enter_firearm(border.service, reference="2026/1", other_markings="property mark", event_place="Linz, range")
    border.install(await border.make("next.pack", is_differential=True))
    counts = []
    for asked in ASKED:
        offline = json.loads((await border.search(**asked)).model_dump_json())
        assert as_copied(offline) == as_copied(await search(border.service, "DE", **asked))
        counts.append((offline["total"], len(offline["near"]), [each["code"] for each in offline["warnings"]]))
    assert counts[:3] == [(1, 0, [])] * 3
    assert counts[3] == (0, 1, ["make-missing"])
    assert counts[4:7] == [(0, 1, []), (0, 0, []), (0, 0, [])]
    assert counts[7] == (0, 20, ["make-missing", "near-cut"])
    assert "20 of 25" in offline["warnings"][1]["detail"]


async def test_a_hit_says_what_was_read_otherwise_and_which_conditions_its_owner_set(border: Border) -> None:
    """As an officer who has no network needs both at once."""
    await enter_firearm(border.service, conditions=["H1"], handling="RESTRICTED")
    border.install(await border.make())
    [hit] = (await border.search(serial_number="GXK 2048BI", make="Glock")).hits
    assert {each.field: each.reading for each in hit.why if each.reading} == {
        "serial_number": "the 8th sign: asked B, found 8; the 9th sign: asked I, found 1"
    }
    assert (hit.record.conditions, hit.record.handling) == (("H1",), "RESTRICTED")


async def test_a_pack_has_no_photograph_and_no_text_of_a_firearm_and_none_that_is_hidden(border: Border) -> None:
    """The least that a check needs; the rest stays with the bureau."""
    texts = {"reference": "2026/1", "other_markings": "property mark", "event_place": "Linz, range"}
    await enter_firearm(border.service, **texts, restricted=["PL"])
    await enter_firearm(border.service, serial_number="GXK 204 882", restricted=["DE"])
    await enter_firearm(border.service, serial_number="GXK 204 883", handling="CONFIDENTIAL")
    border.install(await border.make())
    record: Firearm = (await border.search(serial_number=NUMBER, make="Glock")).hits[0].record
    assert (record.reference, record.other_markings, record.event_place) == (None, None, None)
    assert (record.photographs, record.restricted) == ((), ())
    for number in ("GXK 204 882", "GXK 204 883"):
        assert await border.found(serial_number=number, make="Glock") == []


async def test_a_number_without_its_make_is_handed_in_as_near(border: Border) -> None:
    """It proves nothing, so that no owner is notified of it as of a hit."""
    await enter_firearm(border.service)
    border.install(await border.make())
    await border.search(serial_number=NUMBER)
    await border.search(serial_number=NUMBER, make="Glock")
    assert [[found.near for found in entry.found] for entry in border.post().log.entries()] == [[True], [False]]
    assert (await border.hand_in()).new == 2


def test_a_check_of_a_firearm_tells_near_from_a_hit_by_its_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """0 for a hit, 4 without the make, 1 for none."""

    async def enter_one(service: ServiceClient, day: str) -> None:
        await enter_firearm(service, event_date=day)

    check = checking(SERVICE, FirearmStore, tmp_path, monkeypatch, enter_one)
    assert check("--serial-number", NUMBER, "--make", "Glock", "--calibre", "9x19") == 0
    assert f"stolen pistol Glock 17 9 mm Luger, {NUMBER}" in capsys.readouterr().out
    assert check("--serial-number", NUMBER) == 4
    assert "makers use the same numbers" in capsys.readouterr().out
    assert check("--serial-number", "GXK 999 999", "--make", "Glock") == 1
    capsys.readouterr()
    assert check("--imei", "356938035643809") == 2
    said = "--imei is of another kind: a firearm is searched by --serial-number, --make, --model, --calibre"
    assert said in capsys.readouterr().err
