"""Supervision of the broker where the gateway of the Secretariat has several processes."""

import asyncio
import json
import time
from pathlib import Path

import nats
import psutil
import pytest

from deploy.state.state_dir import StateDir
from tests.system.mesh import RunningMesh, running_mesh

WAIT_SECONDS = 20.0
# Longer than the interval between checks of the streams.
QUIET_SECONDS = 6.0
ALARM = '"event":"broker-alarm"'


@pytest.mark.thorough
async def test_one_process_at_a_time_holds_the_broker_duty(tmp_path: Path) -> None:
    """The next takes over when the one before has ended."""
    home, at_work, seen = StateDir(tmp_path), 0, []

    async def care() -> None:
        nonlocal at_work
        async with home.broker_duty():
            at_work += 1
            seen.append(at_work)
            await asyncio.sleep(0.1)
            at_work -= 1

    async with asyncio.timeout(WAIT_SECONDS):
        await asyncio.gather(care(), care())
    assert seen == [1, 1]


@pytest.mark.thorough
def test_another_process_takes_over_the_broker_duty_when_its_holder_is_killed(tmp_path: Path) -> None:
    """Before and after, an unplanned stream is removed once, with one alarm."""
    home = StateDir(tmp_path / "var")
    with running_mesh(home.path, "--bureaus", "FR", I247_GATEWAY_WORKERS="2") as mesh:
        first = intrude(mesh, home)
        with mesh.unattended():
            gateway_called(mesh, first).kill()
            assert intrude(mesh, home) != first


def intrude(mesh: RunningMesh, home: StateDir) -> str:
    """Make an unplanned stream, and return the log of the one process that reports its removal."""
    before = alarms(home)
    asyncio.run(make_stream(mesh, home))
    deadline = time.monotonic() + WAIT_SECONDS
    while alarms(home) == before:
        assert time.monotonic() < deadline, "nobody removes the stream"
        time.sleep(0.1)
    time.sleep(QUIET_SECONDS)
    [remover] = [name for name, count in alarms(home).items() if count > before[name]]
    assert alarms(home)[remover] == before[remover] + 1
    return remover


def alarms(home: StateDir) -> dict[str, int]:
    """Return the number of alarms in each log of a gateway process."""
    return {name: (home.logs / name).read_text().count(ALARM) for name in ("gateway.log", "gateway-2.log")}


def gateway_called(mesh: RunningMesh, log: str) -> psutil.Process:
    """Return the gateway process that writes a log."""
    gateways = [one for one in mesh.family() if "--gateway" in " ".join(one.cmdline())]
    [found] = [one for one in gateways if any(Path(file.path).name == log for file in one.open_files())]
    return found


async def make_stream(mesh: RunningMesh, home: StateDir) -> None:
    """Make a stream with the operator's NKEY, as a thief of it could."""
    seed = home.nats_seed("operator").read_text().strip()
    url = f"nats://127.0.0.1:{mesh.environment['I247_NATS_PORT']}"
    operator = await nats.connect(url, nkeys_seed_str=seed, inbox_prefix="_INBOX.operator")
    asked = json.dumps({"name": "SPY", "subjects": ["spied.>"]}).encode()
    answer = await operator.request("$JS.API.STREAM.CREATE.SPY", asked, timeout=10)
    assert "error" not in json.loads(answer.data)
    await operator.close()
