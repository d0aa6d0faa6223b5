"""The command `i247 status`: what runs, whether it is healthy, and what to do."""

import asyncio
import fcntl
import os
import subprocess
import sys
import time
from contextlib import closing

import pytest

from deploy.cli import main
from deploy.state.record_counts import OF_RECORDS, count_records
from deploy.state.running import MESH, RunningProcess, announced, running_in
from deploy.state.settings import Settings
from services import SERVICES
from shared.service import Service
from tests.system.commands.conftest import Run
from tests.system.mesh import PROJECT, RunningMesh

Printed = pytest.CaptureFixture[str]


def test_a_state_directory_in_which_nothing_runs_is_reported(settings: Settings, run: Run, capsys: Printed) -> None:
    """With the command that starts it; all members are there."""
    status, [report], _ = run("status")
    assert (status, report["state"], report["running"], report["health"]) == (3, "not running", None, None)
    assert "`i247 up`" in report["advice"]
    assert main(["status"]) == 3
    assert capsys.readouterr().out.startswith("not running: start it with `i247 up`")


def test_the_advice_names_the_option_that_the_state_directory_needs(settings: Settings, run: Run) -> None:
    """A sandbox cannot be started without its option."""
    settings.state_dir.mark_sandbox()
    _, [report], _ = run("status")
    assert "`i247 up --sandbox`" in report["advice"]


def test_a_mesh_whose_gateway_does_not_answer_is_not_healthy(settings: Settings, run: Run) -> None:
    """Its processes are shown."""
    with announced(settings.state_dir, MESH) as announcement:
        announcement.write(settings, [RunningProcess("notices", 4711, time.time(), 2)])
        status, [report], _ = run("status")
    assert (status, report["state"]) == (1, "not healthy")
    assert "i247 logs" in report["advice"]
    [mesh] = report["running"]
    assert (mesh["processes"][0]["pid"], mesh["processes"][0]["restarts"]) == (4711, 2)
    assert run("status")[0] == 3


@pytest.mark.thorough
def test_a_running_mesh_is_healthy(mesh: RunningMesh) -> None:
    """With the broker, the gateway, the relay and each service, and the records in each store."""
    done = mesh.i247("status")
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("healthy: nothing to do\n")
    rows = {line.split()[0]: line.split() for line in done.stdout.splitlines() if line}
    assert {"nats-server", "gateway", "relay", *(service.name for service in SERVICES)} <= rows.keys()
    assert {rows[service.name][1] for service in SERVICES} == {"up"}
    assert all(rows[service.name][2].replace(",", "").isdecimal() for service in SERVICES)


@pytest.mark.thorough
def test_a_script_waits_until_what_it_started_is_healthy(settings: Settings) -> None:
    """It looks repeatedly, and ends with the same status as without waiting."""
    settings.state_dir.running.mkdir()
    left = settings.state_dir.running / "mesh-1.json"
    left.write_text("{}")
    command = [sys.executable, "-m", "deploy", "status", "--wait", "60"]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL) as waiting:
        # The first look removes it.
        while left.exists():
            assert waiting.poll() is None
            time.sleep(0.02)
        with announced(settings.state_dir, "relay") as announcement:
            announcement.write(settings)
            assert waiting.wait(60) == 0


@pytest.mark.thorough
def test_waiting_has_an_end(settings: Settings, run: Run) -> None:
    status, [report], _ = run("status", "--wait", "1")
    assert (status, report["state"]) == (3, "not running")


def test_what_a_killed_process_left_is_not_taken_for_running(settings: Settings) -> None:
    """The lock ends with the process, and the file is removed."""
    settings.state_dir.running.mkdir()
    left = settings.state_dir.running / "mesh-1.json"
    left.write_text("{}")
    assert running_in(settings.state_dir) == []
    assert not left.exists()


def test_an_announcement_that_is_being_written_is_no_fault(settings: Settings) -> None:
    """A reader that only ever sees a part of it does without."""
    settings.state_dir.running.mkdir()
    with closing(os.fdopen(os.open(settings.state_dir.running / "mesh-1.json", os.O_RDWR | os.O_CREAT), "w")) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write('{"what":')
        file.flush()
        assert running_in(settings.state_dir) == []


def test_an_announcement_is_readable_by_its_owner_only(settings: Settings) -> None:
    with announced(settings.state_dir, MESH) as announcement:
        announcement.write(settings)
        [file] = settings.state_dir.running.iterdir()
        assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert not file.exists()


@pytest.mark.thorough
@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_the_records_of_a_store_are_those_in_its_tables_of_records(settings: Settings, service: Service) -> None:
    """Counted without the code of the service; every kind of record of it has such a table."""
    tables = service.metadata.tables.values()
    of_records = [table.name for table in tables if {"owner", "reach", "expires", "content"} <= set(table.c.keys())]
    named = [table.name for table in tables for index in table.indexes if index.name == f"{table.name}{OF_RECORDS}"]
    assert sorted(named) == sorted(of_records) != []
    assert asyncio.run(count_records(settings, service.name)) is None
    assert main(["seed", "--records", "7", "--service", service.name]) == 0
    count = asyncio.run(count_records(settings, service.name))
    # A service may draw criminal files as well.
    assert count is not None
    assert count.records >= 7
    assert not count.is_estimate
