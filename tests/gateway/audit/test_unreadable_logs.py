"""A log that is unreachable, silent, endless or false does not hide the others."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
import sqlalchemy as sa

from gateway.audit import operations
from gateway.audit.operations import MAX_SCANS
from shared.audit.tables import audit_leaves
from shared.rpc.bridge import Bridge
from shared.transport import Arrival
from tests.gateway.audit.network import Network


@pytest.mark.thorough
async def test_the_other_logs_are_shown_if_one_cannot_be_read(network: Network) -> None:
    """It is named, so that the page is not mistaken for complete; requested alone it is refused."""
    await network.serving["notices"].stop()
    found = (await network.audit("DE")).json()
    assert [(each["service"], each["operation"]) for each in found["items"]] == [
        ("stolen-vehicles", "search_vehicles"),
    ]
    [stalled] = found["stalled"]
    assert (stalled["service"], stalled["why"]) == ("notices", "unreadable")
    assert stalled["detail"].startswith("the log of notices cannot be read: ")
    refused = await network.audit("DE", after=found["next"])
    assert (refused.status_code, refused.json()["type"]) == (503, "urn:i247:problem:audit-incomplete")
    assert refused.json()["detail"] == f"{stalled['detail']}; nothing was changed"


@pytest.mark.thorough
async def test_an_audit_request_is_refused_with_503_if_the_service_answers_500(network: Network) -> None:
    """As after its leaves were damaged."""
    database = network.mesh.records["notices"]._database
    async with database.writing() as session:
        await session.execute(sa.update(audit_leaves).values(leaf=b"another"))
    refused = await network.audit("DE", service="notices")
    assert refused.status_code == 503
    assert refused.json()["detail"] == "the log of notices cannot be read: it was answered 500; nothing was changed"


class Log:
    """A hostile service, whose log answers any page."""

    def __init__(self, page: Callable[[int], dict[str, Any]]) -> None:
        self._page = page
        self.asked: list[int] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one page."""
        await receive()
        self.asked.append(int(parse_qs(scope["query_string"].decode())["after"][0]))
        body = json.dumps(self._page(self.asked[-1])).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": body})


async def replaced(network: Network, page: Callable[[int], dict[str, Any]]) -> Log:
    """Replace the notices by another program with the same key."""
    await network.serving["notices"].stop()
    log, participant = Log(page), network.mesh.participants["notices"]
    await network.mesh.handle(participant, Bridge(log, participant).handle)
    return log


@pytest.mark.thorough
@pytest.mark.parametrize(
    "page",
    [
        lambda after: {"items": [], "next": after},
        lambda after: {"items": [], "next": after + 1},
        lambda _: {"items": [], "next": 2**53},
        lambda _: {"items": [], "next": -1},
    ],
)
async def test_a_log_without_progress_does_not_hide_the_others(network: Network, page: Callable[[int], Any]) -> None:
    """Its page is empty and claims that there is more; the others are shown to their end."""
    log = await replaced(network, page)
    found = (await network.audit("DE")).json()
    assert [each["operation"] for each in found["items"]] == ["search_vehicles"]
    [stalled] = found["stalled"]
    assert (stalled["service"], stalled["why"], found["next"]) == ("notices", "no-progress", f"notices:{2**53}")
    assert len(log.asked) == 1
    assert (await network.audit("DE", after=found["next"])).status_code == 503


@pytest.mark.thorough
async def test_an_endless_log_is_read_a_limited_number_of_times_per_page(network: Network) -> None:
    """It is named as incomplete."""
    log = await replaced(network, lambda after: {"items": [], "next": after - 1})
    found = (await network.audit("DE")).json()
    assert [each["operation"] for each in found["items"]] == ["search_vehicles"]
    assert [(each["service"], each["why"]) for each in found["stalled"]] == [("notices", "looking")]
    assert found["next"] == f"notices:{2**53 - MAX_SCANS}"
    assert log.asked == [2**53 - looks for looks in range(MAX_SCANS)]


@pytest.mark.thorough
async def test_a_log_with_leaves_dated_in_the_future_does_not_hide_the_others(network: Network) -> None:
    """They would be the newest on every page."""
    later = (network.mesh.clock.now() + timedelta(seconds=31)).isoformat()

    def made_up(after: int) -> dict[str, Any]:
        leaf = {"at": later, "request": "any", "bureau": "DE", "officer": "any", "purpose": "warning"}
        leaf |= {"operation": "any", "status": 200, "records": []}
        return {"items": [leaf | {"index": after - each} for each in range(1, 51)], "next": after - 50}

    await replaced(network, made_up)
    found = (await network.audit("DE")).json()
    assert [each["operation"] for each in found["items"]] == ["search_vehicles"]
    assert [(each["service"], each["why"]) for each in found["stalled"]] == [("notices", "unreadable")]


@pytest.mark.thorough
async def test_a_log_of_a_silent_service_times_out(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the deadline of its other operations."""
    monkeypatch.setattr(operations, "WAIT_SECONDS", 0.5)

    async def ignore(_arrival: Arrival) -> None: ...

    await network.serving["notices"].stop()
    await network.mesh.handle(network.mesh.participants["notices"], ignore)
    async with asyncio.timeout(5):
        found = (await network.audit("DE")).json()
    assert [each["operation"] for each in found["items"]] == ["search_vehicles"]
    assert [(each["service"], each["why"]) for each in found["stalled"]] == [("notices", "unreadable")]
