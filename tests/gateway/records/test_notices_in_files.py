"""Notices are exported as a bureau sees them, and imported with its rights: out of one store, into an empty one."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from deploy.commands.notice_lines import READERS
from deploy.commands.notices_export import Export, Exported, export_notices
from deploy.commands.notices_import import Import, check_lines, import_notices
from deploy.commands.output import Line
from deploy.state.errors import CommandFailed, StartRefused
from services import notices
from services.notices.examples import EXAMPLES
from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.service import Context
from tests.conftest import NOW, store_of
from tests.gateway.mesh import Mesh, client_of
from tests.services.notices.examples import complete
from tests.support import ServiceClient

COUNT = 120
PATH = "/api/notices"
DRAFTS = Export(all_states=True)


class Network:
    """A mesh with the notices service alone, filled or empty."""

    def __init__(self, service: ServiceClient) -> None:
        self.service = service

    async def exported(self, bureau: str, wanted: Export) -> tuple[bytes, Exported]:
        written = BytesIO()
        async with self.service.officer(bureau) as client:
            done = await export_notices(client, wanted, written.write)
        return written.getvalue(), done

    def say(self, line: Line) -> None:
        """Keep what a person is told."""
        self.said.append(line.words)

    async def imported(self, bureau: str, file: bytes, form: str = "jsonl", *, publish: bool = False) -> Import:
        self.said = list[str]()
        async with (
            self.service.officer(bureau) as client,
            self.service.officer("IPSG") as first,
            self.service.officer("IPSG-NDTF") as second,
        ):
            lines = READERS[form](BytesIO(file))
            return await import_notices(client, lines, self.say, reviewers=(first, second) if publish else ())


async def network(folder: Path, clock: FixedClock, stack: AsyncExitStack, count: int = 0) -> Network:
    database = await stack.enter_async_context(store_of(notices.SERVICE, f"sqlite:///{folder}.db"))
    if count:
        async with database.writing() as session:
            drawing = Random(7)  # noqa: S311
            await notices.SERVICE.seed(session, drawing, count, [BureauCode("FR"), BureauCode("JP")], NOW)
    return Network(ServiceClient(notices.SERVICE, notices.SERVICE.create_app(Context(database, clock))))


@pytest.fixture
async def full(tmp_path: Path, clock: FixedClock) -> AsyncIterator[Network]:
    async with AsyncExitStack() as stack:
        yield await network(tmp_path / "full", clock, stack, COUNT)


@pytest.fixture
async def empty(tmp_path: Path, clock: FixedClock) -> AsyncIterator[Network]:
    async with AsyncExitStack() as stack:
        yield await network(tmp_path / "empty", clock, stack)


def contents(file: bytes) -> list[str]:
    """Return what the lines say, without what belongs to a network: numbers, links, ids, states."""
    lines = [json.loads(line) for line in file.splitlines()]
    for line in lines:
        for member in ("entity_id", "_links", "id"):
            line.pop(member, None)
        line.get("entry", {}).pop("reference", None)
        for name in ("entity", "holder", "recordId", "status", "startDate"):
            line.get("properties", {}).pop(name, None)
    return sorted(json.dumps(line, sort_keys=True) for line in lines)


@pytest.mark.thorough
@pytest.mark.parametrize("form", ["jsonl", "ftm"])
async def test_what_is_exported_and_imported_as_drafts_is_exported_again(
    full: Network, empty: Network, form: str
) -> None:
    wanted = Export(is_ftm=form == "ftm")
    file, exported = await full.exported("FR", wanted)
    assert exported.written > COUNT / 2
    # Those of the Security Council are drafted by the Secretariat alone.
    done = await empty.imported("IPSG", file, form)
    assert (done.entered, done.published, done.refused, empty.said) == (exported.written, 0, 0, [])
    again, _ = await empty.exported("IPSG", Export(is_ftm=form == "ftm", all_states=True))
    # The authority of a measure, and its country where no warrant says another, are those of the owner.
    assert _of_content(again, form) == _of_content(file, form)
    assert (await empty.exported("DE", DRAFTS))[1].written == 0, "drafts are seen by their owner alone"


def _of_content(file: bytes, form: str) -> list[str]:
    if form == "jsonl":
        return contents(file)
    lines = [json.loads(line) for line in file.splitlines()]
    for line in lines:
        line["properties"].pop("authority", None)
        if line["schema"] == "Sanction" and line["properties"]["program"] != ["Red notice"]:
            line["properties"].pop("country", None)
    return contents(b"\n".join(json.dumps(line).encode() for line in lines))


@pytest.mark.thorough
async def test_a_demo_world_is_published_and_is_exported_again(full: Network, empty: Network) -> None:
    """But for the notices of the Security Council, which a bureau may not enter."""
    file, exported = await full.exported("FR", Export())
    done = await empty.imported("BR", file, publish=True)
    own = [line for line in map(json.loads, file.splitlines()) if line["entry"]["colour"] != "un-special"]
    assert (done.entered, done.known) == (0, 0)
    assert (done.published, done.refused) == (len(own), exported.written - len(own))
    for line in own:
        # Others are not shown who is barred.
        line["entry"].pop("restricted", None)
    shown = (await empty.exported("DE", Export()))[0]
    assert contents(shown) == contents(b"\n".join(json.dumps(line).encode() for line in own))


@pytest.mark.thorough
async def test_a_line_says_what_it_is_if_it_is_of_another_form(full: Network) -> None:
    ftm, _ = await full.exported("FR", Export(is_ftm=True, colour="red"))
    file, _ = await full.exported("FR", Export(colour="red"))
    first = json.loads(file.splitlines()[0])
    mistyped = json.dumps(first | {"forname": "Ilan"}).encode()
    said = list[str]()
    lines = READERS["jsonl"](BytesIO(b"\n".join((ftm.splitlines()[0], mistyped, file.splitlines()[0]))))
    done = check_lines(lines, lambda line: said.append(line.words))
    assert done.summary == "1 lines are good, 2 refused; nothing was entered"
    assert said == [
        "line 1: is an entity of FollowTheMoney: add `--format ftm`",
        "line 2: forname is not known here: leave it out",
    ]


@pytest.mark.thorough
async def test_a_file_is_entered_once_however_often_it_is_imported(full: Network, empty: Network) -> None:
    file, _ = await full.exported("JP", Export(colour="red"))
    first, again = await empty.imported("BR", file), await empty.imported("BR", file)
    assert (first.known, again.entered, first.refused, again.refused) == (0, 0, 0, 0)
    assert first.entered == again.known > 0
    assert again.summary.startswith(f"0 drafts entered, {again.known} known")
    assert contents((await empty.exported("BR", DRAFTS))[0]) == contents(file)


@pytest.mark.thorough
async def test_only_the_public_extract_of_what_is_public_is_exported(full: Network, empty: Network) -> None:
    file, exported = await full.exported("FR", Export(is_public=True))
    everything, all_in_force = await full.exported("FR", Export())
    assert 0 < exported.written < all_in_force.written
    public = [
        line for line in map(json.loads, everything.splitlines()) if line["entry"].get("public") and line["entity_id"]
    ]
    assert exported.written == len(public)
    for line in map(json.loads, file.splitlines()):
        assert not {"entry", "facts"} & line.keys()
        assert line["_links"]["self"]["href"].startswith("http://service/notices/v1/")
    assert (await empty.imported("IPSG", file)).refused == 0
    again, _ = await empty.exported("IPSG", DRAFTS)
    for line in map(json.loads, again.splitlines()):
        assert line["entry"]["public"]


async def test_an_export_holds_what_its_bureau_may_see(empty: Network) -> None:
    france = empty.service.officer("FR")
    barred = (await france.post(PATH, json={**complete("blue"), "restricted": ["DE"]})).json()
    assert (await france.post(f"{PATH}/{barred['id']}/diffusion")).status_code == 200
    assert (await empty.exported("DE", DRAFTS))[0] == b""
    seen, _ = await empty.exported("PL", DRAFTS)
    assert "restricted" not in json.loads(seen)["entry"]
    own, _ = await empty.exported("FR", DRAFTS)
    assert json.loads(own)["entry"]["restricted"] == ["DE"], "so that an import opens it to no more"


async def test_one_wrong_line_is_told_with_its_number_and_loses_no_other(empty: Network) -> None:
    good = {"entry": EXAMPLES["blue"], "entity_id": None}
    lines = [good, {**good, "entry": {**EXAMPLES["blue"], "colour": "pink"}}, {"entry": {"colour": "purple"}}, good]
    file = b"\n".join(json.dumps(line).encode() for line in lines)
    said = list[str]()
    checked = check_lines(READERS["jsonl"](BytesIO(file)), lambda line: said.append(line.words))
    done = await empty.imported("BR", file)
    assert (done.entered, done.refused) == (2, 2)
    assert (checked.entered, checked.refused, said) == (0, 2, empty.said)
    assert [line.partition(":")[0] for line in said] == ["line 2", "line 3"]


async def test_what_the_service_refuses_is_told_with_the_line(empty: Network) -> None:
    """Of an incomplete notice the draft stays, and is not published."""
    line = {"forename": None, "name": "Solvain", "_links": {"self": {"href": "https://x/notices/v1/red/2026-417"}}}
    done = await empty.imported("BR", json.dumps(line).encode(), publish=True)
    assert (done.entered, done.published, done.refused) == (1, 0, 1)
    assert "warrants" in empty.said[0]
    (draft,) = (await empty.service.officer("BR").get(PATH)).json()["items"]
    assert (draft["status"], draft["reference"]) == ("draft", None)


async def test_an_export_without_rights_fails_with_the_reason(empty: Network) -> None:
    async with empty.service.officer("FR", "notices:write") as client:
        with pytest.raises(CommandFailed, match="notices:read"):
            await export_notices(client, DRAFTS, bytes)


async def test_a_gateway_that_does_not_answer_is_named() -> None:
    def unreachable(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(unreachable), base_url="http://gateway") as client:
        with pytest.raises(StartRefused, match="no mesh answers at http://gateway"):
            await export_notices(client, DRAFTS, bytes)


async def test_each_exported_notice_is_a_disclosure_that_its_owner_reads(mesh: Mesh, tmp_path: Path) -> None:
    """Through the gateway, with the token of the exporting bureau."""
    async with AsyncExitStack() as stack:
        await mesh.start(notices.SERVICE, tmp_path, stack, number=100)
        client = await stack.enter_async_context(client_of(mesh.gateway(notices.SERVICE)))
        of_france = {"headers": mesh.bearer("FR", *notices.SERVICE.scopes)}
        sent: Any = (await client.post(PATH, json=complete("blue"), **of_france)).json()
        await client.post(f"{PATH}/{sent['id']}/diffusion", **of_france)
        client.headers.update(mesh.bearer("DE", *notices.SERVICE.scopes))
        assert (await export_notices(client, Export(), bytes)).written == 1
        told = (await client.get(f"{PATH}/{sent['id']}/disclosures", **of_france)).json()
        assert [each["bureau"] for each in told["recipients"] if each["officers"]] == ["DE"]
