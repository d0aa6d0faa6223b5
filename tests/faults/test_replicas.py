"""Several processes of a service under load: killed, and replaced one after another."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.checks import check_entries, check_log, check_messages
from tests.faults.officers import OFFICERS, Officers, Seen
from tests.faults.replicas import Replicas, until
from tests.postgres import running_postgres
from tests.system.mesh import PROJECT, RunningMesh, run_i247, running_mesh

pytestmark = pytest.mark.thorough

KILLS = 4
MORE = 10
REPLICAS = ("stolen-vehicles", "stolen-vehicles-2")
READY, RELAY_READY = '"service-ready"', '"relay-ready"'
SETTINGS = {"I247_WORKERS": "2", "I247_GATEWAY_WORKERS": "2", "I247_BUREAUS": "FR,DE", "I247_STORE_CONNECTIONS": "4"}


@pytest.fixture(params=["sqlite", "postgresql"])
def mesh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunningMesh]:
    """Run a mesh with two processes of each service, and of the gateway, on each kind of database."""
    if request.param == "sqlite":
        with running_mesh(tmp_path / "var", **SETTINGS) as running:
            yield running
        return
    with running_postgres(synchronous_commit="on", max_connections="300") as server:
        settings = {**SETTINGS, "I247_STORE_URL": server.store_url("replicas")}
        home = {"I247_HOME": str(tmp_path / "var"), "PYTHONPATH": str(PROJECT)}
        assert run_i247("provision", environment={**os.environ, **settings, **home}).returncode == 0
        with running_mesh(tmp_path / "var", **settings) as running:
            yield running


async def test_a_killed_replica_loses_only_what_it_was_doing(mesh: RunningMesh, tmp_path: Path) -> None:
    """Under load one after the other is killed: what was accepted is there once, and nothing is carried out twice."""
    replicas = Replicas(mesh)
    async with Officers(mesh).at_work() as seen:
        for kill in range(KILLS):
            await more_entered(seen)
            await replicas.replace(REPLICAS[kill % 2], READY, number=9)
        await more_entered(seen)
    check_entries(mesh, seen)
    # At most what was under way at each kill.
    assert len(seen.unsure) <= KILLS * OFFICERS, seen.unsure
    assert seen.not_found.total() <= KILLS * OFFICERS, seen.not_found
    assert seen.not_found.keys() <= {504}
    await check_log(mesh, seen, tmp_path)
    await check_messages(mesh, seen)


async def test_a_rolling_restart_is_noticed_by_no_client(mesh: RunningMesh, tmp_path: Path) -> None:
    """Replicas of a service and the relay are replaced in turn: each request succeeds, and each message arrives."""
    replicas = Replicas(mesh)
    async with Officers(mesh).at_work() as seen:
        await more_entered(seen)
        for name in REPLICAS:
            await replicas.replace(name, READY)
            await more_entered(seen)
        await replicas.replace("relay", RELAY_READY)
        await more_entered(seen)
    assert (seen.unsure, seen.not_found, seen.not_sent) == ({}, Counter(), Counter())
    check_entries(mesh, seen)
    await check_messages(mesh, seen)


async def more_entered(seen: Seen) -> None:
    """Return when some more records were accepted, and some more searches answered."""
    entered, found = len(seen.entered) + MORE, len(seen.found) + MORE
    await until(lambda: len(seen.entered) >= entered and len(seen.found) >= found, "more is entered and found")
