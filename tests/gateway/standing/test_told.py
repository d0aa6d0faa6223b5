"""The Secretariat tells a bureau once about each change of its standing; anyone can list the measures in force."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from gateway.standing.worker import StandingNotifier
from shared.bureaus import SECRETARIAT
from shared.protocol.payloads import StandingNotice, read
from shared.standing import Measure
from tests.conftest import NOW
from tests.gateway.mesh import Mesh, client_of
from tests.gateway.messages.officers import Officer

SINCE = NOW.timestamp()
SUPERVISED = Measure(reason="compliance", since=SINCE, until=SINCE + 86_400)
RESTRICTED = Measure(reason="arrears", since=SINCE, resolution="EC/2026/14", services=("notices",))


@pytest.fixture
async def gateway(mesh: Mesh) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of a gateway that handles the mail of all bureaus."""
    async with mesh.handling_mail() as client:
        yield client


@pytest.fixture
def kenya(gateway: httpx.AsyncClient, mesh: Mesh) -> Officer:
    """Return an officer of Kenya."""
    return Officer(gateway, mesh, "KE")


async def told(officer: Officer, count: int) -> list[StandingNotice]:
    """Wait for so many messages from the Secretariat, and return their forms, the oldest first."""
    listed = await officer.until("", lambda page: len(page["items"]) == count)
    messages = [await officer.get(f"/{item['id']}") for item in reversed(listed["items"])]
    assert {(message["from"], message["form"]) for message in messages} <= {("IPSG", "standing")}
    return [read("standing", message["body"]) for message in messages]  # type: ignore[misc]


async def look_again(mesh: Mesh) -> None:
    """Look for changes as another process of the Secretariat's gateway does."""
    mailbox, secretariat = await mesh.mailbox_host.of(SECRETARIAT)
    await StandingNotifier(mailbox, secretariat).tell_changes()


async def sent(mesh: Mesh, gateway: httpx.AsyncClient) -> list[Any]:
    """Return what the Secretariat has sent."""
    return list((await Officer(gateway, mesh, "IPSG").get(box="outbox"))["items"])


@pytest.mark.thorough
async def test_a_bureau_is_told_its_standing_with_reason_end_and_resolution(mesh: Mesh, kenya: Officer) -> None:
    """Each change in order; the last says that it is a member again."""
    for standing, measure, count in (("supervised", SUPERVISED, 1), ("restricted", RESTRICTED, 2), ("member", None, 3)):
        mesh.change_entries("KE", standing=standing, measure=measure)
        forms = await told(kenya, count)
    assert forms == [
        StandingNotice(standing="supervised", reason="compliance", since=SINCE, until=SINCE + 86_400),
        StandingNotice(
            standing="restricted", reason="arrears", since=SINCE, resolution="EC/2026/14", services=("notices",)
        ),
        StandingNotice(standing="member"),
    ]


async def test_a_bureau_is_told_once_however_many_processes_look(
    mesh: Mesh, gateway: httpx.AsyncClient, kenya: Officer
) -> None:
    """At the same time and later, also after other changes of its entry."""
    mesh.change_entries("KE", standing="supervised", measure=SUPERVISED)
    await asyncio.gather(*(look_again(mesh) for _ in range(5)))
    await told(kenya, 1)
    mesh.change_entries("KE", not_after=(NOW + timedelta(days=500)).timestamp())
    await look_again(mesh)
    assert [item["to"] for item in await sent(mesh, gateway)] == [["KE"]]


async def test_a_bureau_that_was_always_a_member_is_told_nothing(mesh: Mesh, gateway: httpx.AsyncClient) -> None:
    """Nor is the Secretariat or a service."""
    mesh.join("vehicles", "service", 100)
    mesh.change_entries("KE", not_after=(NOW + timedelta(days=500)).timestamp())
    await look_again(mesh)
    assert await sent(mesh, gateway) == []


async def test_a_suspended_bureau_is_told_on_its_return(
    mesh: Mesh, gateway: httpx.AsyncClient, kenya: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message waits, as nothing is sealed to a suspended bureau; it is valid for a year."""
    monkeypatch.setattr("shared.mailbox.delivery.NO_KEY_SECONDS", 0.0)
    suspension = Measure(reason="security-incident", since=SINCE)
    mesh.change_entries("KE", standing="suspended", measure=suspension)
    await look_again(mesh)
    [waiting] = await sent(mesh, gateway)
    assert (waiting["to"], waiting["valid_until"]) == (["KE"], "2027-06-02T12:00:00Z")
    assert await kenya.box() == []
    mesh.change_entries("KE", standing="member", measure=None)
    assert {form.standing for form in await told(kenya, 2)} == {"suspended", "member"}


async def test_measures_in_force_are_listed_without_a_token(mesh: Mesh) -> None:
    """One that is over is not; the directory shows each as its entry states it."""
    mesh.change_entries("KE", standing="restricted", measure=RESTRICTED)
    mesh.change_entries("DE", standing="supervised", measure=SUPERVISED)
    async with client_of(mesh.gateway()) as anyone:
        listed = (await anyone.get("/standing")).json()["items"]
        stated = {
            key["participant"]: (key["standing"], key["measure"])
            for key in (await anyone.get("/directory")).json()["keys"]
        }
        mesh.clock.advance(timedelta(days=1))
        later = (await anyone.get("/standing")).json()["items"]
    assert [(item["bureau"], item["standing"], item["reason"]) for item in listed] == [
        ("DE", "supervised", "compliance"),
        ("KE", "restricted", "arrears"),
    ]
    assert listed[1] == {
        "bureau": "KE",
        "name": "Kenya",
        "standing": "restricted",
        "reason": "arrears",
        "since": "2026-06-01T12:00:00Z",
        "until": None,
        "resolution": "EC/2026/14",
        "services": ["notices"],
    }
    assert [item["bureau"] for item in later] == ["KE"]
    assert stated["FR"] == ("member", None)
    assert json.dumps(stated["DE"][1]) == json.dumps({"reason": "compliance", "since": SINCE, "until": SINCE + 86_400})


async def test_a_restricted_bureau_writes_messages(mesh: Mesh, kenya: Officer) -> None:
    """New ones and answers alike: messages are its own, and no records."""
    mesh.change_entries("KE", standing="restricted", measure=Measure(reason="arrears", since=SINCE, resolution="EC/1"))
    first = await kenya.send(to=["FR"])
    await kenya.send(to=["FR"], in_reply_to=first)


@pytest.mark.parametrize(("code", "name"), [("KE", "Kenya"), ("CCF", "Commission for the Control of INTERPOL's Files")])
async def test_a_measure_in_force_names_the_participant(
    mesh: Mesh, gateway: httpx.AsyncClient, code: str, name: str
) -> None:
    """Also one that only the root key could sign, as the command refuses it."""
    mesh.change_entries(code, standing="restricted", measure=RESTRICTED)
    [item] = (await gateway.get("/standing")).json()["items"]
    assert (item["bureau"], item["name"]) == (code, name)
