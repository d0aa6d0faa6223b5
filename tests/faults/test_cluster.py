"""A broker of three NATS servers, of which one after another is killed under load."""

import asyncio
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.broker import free_ports
from tests.faults.checks import check_entries, check_messages
from tests.faults.officers import MESSAGES, Officers, Seen
from tests.faults.replicas import Replicas, until
from tests.system.mesh import RunningMesh, running_mesh

pytestmark = pytest.mark.thorough

ANSWERS_AGAIN_SECONDS = 10.0
MORE = 5
PROCESSES = {"i247-1": "nats-server", "i247-2": "nats-server-2", "i247-3": "nats-server-3"}


@pytest.fixture
def mesh(tmp_path: Path) -> Iterator[RunningMesh]:
    """Run a mesh of two bureaus with three NATS servers."""
    with running_mesh(
        tmp_path / "var", "--nats-cluster", "--bureaus", "FR,DE", I247_NATS_PORT=str(free_ports(6))
    ) as running:
        yield running


def servers_of(mesh: RunningMesh) -> dict[str, dict[str, Any]]:
    """Return what `i247 status` says of each server."""
    return {each["name"]: each for each in json.loads(mesh.i247("status", "--json").stdout)["servers"]}


def all_up(mesh: RunningMesh) -> bool:
    """Return whether all servers have everything that the others have."""
    return {each["state"] for each in servers_of(mesh).values()} == {"up"}


def leader_of(mesh: RunningMesh, what: str) -> str:
    """Return the server that leads."""
    [name] = [name for name, each in servers_of(mesh).items() if what in each["leads"]]
    return name


def most_connected(mesh: RunningMesh) -> str:
    """Return the server to which most participants are connected."""
    return max(servers_of(mesh).values(), key=lambda each: int(each["connections"]))["name"]


async def searches_go_on(seen: Seen) -> float:
    """Return the seconds until some more searches are answered."""
    found = len(seen.found) + MORE
    return await until(lambda: len(seen.found) >= found, "searches are answered")


async def deliveries_go_on(mesh: RunningMesh, seen: Seen) -> None:
    """Return when a message that is sent now has its receipt."""
    before = seen.sent.keys() | ()
    with mesh.client("FR") as france:

        def is_delivered() -> bool:
            new = [message for message in list(seen.sent) if message not in before][:1]
            return any("delivered" in france.get(f"{MESSAGES}/{each}").json()["progress"] for each in new)

        await until(is_delivered, "messages are delivered")


async def test_the_broker_goes_on_without_any_one_of_its_servers(mesh: RunningMesh) -> None:
    """The leader of all messages, that of placement, and the one with most connections are killed, and stay away.

    Searches are answered within ten seconds; each message arrives once, and no record is entered twice.
    """
    replicas = Replicas(mesh)
    led = (partial(leader_of, mesh, "messages"), partial(leader_of, mesh, "placement"), partial(most_connected, mesh))
    await until(lambda: all_up(mesh), "all servers are up")
    async with Officers(mesh).at_work() as seen:
        await deliveries_go_on(mesh, seen)
        for choose in led:
            name = await asyncio.to_thread(choose)
            with mesh.unattended():
                replicas.kill(PROCESSES[name])
                assert await searches_go_on(seen) < ANSWERS_AGAIN_SECONDS
                await deliveries_go_on(mesh, seen)
            await until(lambda: all_up(mesh), "all servers have caught up")
    check_entries(mesh, seen)
    await check_messages(mesh, seen)
    check_alarms(mesh)


async def test_without_two_of_three_servers_messages_wait_and_searches_go_on(mesh: RunningMesh) -> None:
    """Nothing is stored without a majority; when the servers are back, each message arrives once."""
    replicas = Replicas(mesh)
    await until(lambda: all_up(mesh), "all servers are up")
    async with Officers(mesh).at_work() as seen:
        await deliveries_go_on(mesh, seen)
        with mesh.unattended():
            for name in ("nats-server", "nats-server-2"):
                replicas.kill(name)
            assert await searches_go_on(seen) < ANSWERS_AGAIN_SECONDS
            sent = len(seen.sent) + MORE
            await until(lambda: len(seen.sent) >= sent, "messages are accepted all the same")
        await until(lambda: all_up(mesh), "all servers have caught up")
        await deliveries_go_on(mesh, seen)
    check_entries(mesh, seen)
    await check_messages(mesh, seen)
    check_alarms(mesh)


def check_alarms(mesh: RunningMesh) -> None:
    """Check that no stream was taken for lost, or changed."""
    alarms = {alarm["fault"] for alarm in httpx.get(f"{mesh.base}/health").json()["alarms"]}
    assert alarms <= {"server-missing", "unattended"}
