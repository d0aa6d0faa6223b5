"""Old leaves of the log of a running service are archived, by a command that may be killed at any moment."""

import asyncio
import os
import signal
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.stolen_vehicles import SERVICE
from shared.audit.format.part_file import PART
from shared.audit.format.tiles import TILE, entries_path, tile_path
from shared.audit.writer import LogEntry, append
from shared.bureaus import BureauCode
from shared.crypto.merkle import leaf_hash
from shared.identity import Purpose
from shared.ids import uuid7
from shared.storage import open_database
from shared.storage.migrations import upgraded
from tests.documents import DOCS, blocks, lay_out
from tests.shared.audit.rfc6962 import tree_of
from tests.system.mesh import PROJECT, RunningMesh, running_mesh

pytestmark = pytest.mark.thorough

OLD = timedelta(days=40)
TOGETHER = 2_000
WAIT_SECONDS = 60


async def fill(home: Path, leaves: int) -> None:
    """Log as many searches as a service would that found nothing some time ago."""
    at = datetime.now(UTC) - OLD
    database = open_database(f"sqlite:///{home / 'stores' / SERVICE.name}.db")
    async with upgraded(database, SERVICE.tables):
        for start in range(0, leaves, TOGETHER):
            async with database.writing(exclusive=True) as session:
                await append(session, [entry(at) for _ in range(min(TOGETHER, leaves - start))])


def entry(at: datetime) -> LogEntry:
    return LogEntry(
        at=at.timestamp(),
        request=uuid7(at),
        bureau=BureauCode("DE"),
        officer="de.officer",
        purpose=Purpose.LOCATE,
        operation="search_vehicles",
        status=200,
        shown=(),
    )


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningMesh]:
    """Run a mesh whose log of vehicles has two old parts, which bureaus cosigned."""
    home = tmp_path_factory.mktemp("archive") / "home"
    subprocess.run(
        [sys.executable, "-m", "deploy", "provision"],
        env={**os.environ, "I247_HOME": str(home), "PYTHONPATH": str(PROJECT)},
        cwd=PROJECT,
        check=True,
        capture_output=True,
    )
    asyncio.run(fill(home, 2 * PART))
    with running_mesh(home) as running:
        with running.client("FR") as france:
            france.get("/api/stolen-vehicles", params={"limit": 1}).raise_for_status()
        wait_cosigned(running, 2 * PART)
        yield running


def auditor(mesh: RunningMesh, bureau: str = "IPSG") -> httpx.Client:
    headers = {"Authorization": f"Bearer {mesh.token(bureau, 'auditor')}"}
    return httpx.Client(base_url=f"{mesh.base}/api/stolen-vehicles", headers=headers, timeout=60)


def wait_cosigned(mesh: RunningMesh, leaves: int) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    with auditor(mesh) as reader:
        while time.monotonic() < deadline:
            answer = reader.get("/audit/checkpoint")
            if answer.status_code == 200 and int(answer.json()["checkpoint"].splitlines()[1]) >= leaves:
                return
            time.sleep(0.1)
    raise AssertionError("bureaus did not cosign the log")


def store_of(mesh: RunningMesh) -> Path:
    return Path(mesh.environment["I247_HOME"]) / "stores" / f"{SERVICE.name}.db"


def parts_of(mesh: RunningMesh) -> Path:
    """Return the folder of the archived parts."""
    return Path(mesh.environment["I247_HOME"]) / "archive" / archived(mesh)["archive"]


def archived(mesh: RunningMesh) -> dict[str, Any]:
    with auditor(mesh) as reader:
        [log] = reader.get("/audit/logs").raise_for_status().json()["items"]
    return log


def commands_of_page() -> list[str]:
    page = blocks(DOCS / "how-to/archive.md")
    return [
        block.text for block in page if (block.marker, block.note) == ("run by", "tests/system/test_audit_archive.py")
    ]


def run_as_written(mesh: RunningMesh, command: str, folder: Path) -> str:
    done = subprocess.run(
        ["bash", "-c", f"set -euo pipefail\n{command}"],
        env=mesh.environment,
        cwd=folder,
        text=True,
        capture_output=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def kill_while_archiving(mesh: RunningMesh, seconds: float) -> None:
    """Start the command of the page, and kill it after a time."""
    command = [".venv/bin/i247", "audit", "archive", SERVICE.name, "--older-than", "30"]
    folder = lay_out(store_of(mesh).parent.parent.parent / f"killed-{seconds}")
    process = subprocess.Popen(command, env=mesh.environment, cwd=folder, start_new_session=True)
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_a_log_is_archived_beside_its_service_and_stays_whole(mesh: RunningMesh, tmp_path: Path) -> None:
    """Whenever the command is killed, and the file of the store becomes smaller."""
    archive, verify, unpack = commands_of_page()
    folder, before = lay_out(tmp_path), store_of(mesh).stat().st_size
    for seconds in (1.5, 3.0):
        kill_while_archiving(mesh, seconds)
        with mesh.client("FR") as france:
            france.get("/api/stolen-vehicles/search", params={"vin": "UNKNOWN1"}).raise_for_status()
    said = run_as_written(mesh, archive, folder)
    log = archived(mesh)
    assert log["archived"] == 2 * PART, said
    assert log["leaves"] > 2 * PART
    assert sorted(file.name for file in parts_of(mesh).iterdir()) == ["000000.zip", "000001.zip"]
    assert "has no part" in run_as_written(mesh, archive, folder)
    assert store_of(mesh).stat().st_size < before / 3
    proven = run_as_written(mesh, verify, folder)
    assert f"Leaves 0 to {PART - 1} of" in proven
    assert f"Leaves {PART} to {2 * PART - 1} of" in proven
    assert run_as_written(mesh, unpack, folder).split() == ["0", "1", "entries"]
    require_full_tiles(folder / "tlog")
    fetched = mesh.i247("audit", "fetch", SERVICE.name, "--out", str(tmp_path / "log"), seconds=300)
    assert fetched.returncode == 0, fetched.stderr
    verified = mesh.i247("audit", "verify", str(tmp_path / "log"), seconds=300)
    assert verified.returncode == 0, verified.stdout
    assert "all checks passed" in verified.stdout


def require_full_tiles(folder: Path) -> None:
    """Read the tiles of two parts as the specification has them: entries make hashes, and tiles those over them."""
    assert {path.name for path in folder.iterdir()} == {"tile"}
    over = [sorted((folder / "tile" / "1").iterdir())[part].read_bytes() for part in (0, 1)]
    for number in range(2 * TILE):
        hashes = (folder / tile_path(0, number)).read_bytes()
        assert [*map(leaf_hash, entries_in((folder / entries_path(number)).read_bytes()))] == list(split(hashes))
        assert tree_of(list(split(hashes))) == list(split(over[number // TILE]))[number % TILE]


def entries_in(bundle: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(bundle):
        (length,) = struct.unpack_from(">H", bundle, at)
        yield bundle[at + 2 : at + 2 + length]
        at += 2 + length


def split(hashes: bytes) -> Iterator[bytes]:
    return (hashes[at : at + 32] for at in range(0, len(hashes), 32))


def test_what_a_missing_file_has_is_refused_and_the_rest_is_answered(mesh: RunningMesh, tmp_path: Path) -> None:
    """It names the file. When it is back, all is as before."""
    file = parts_of(mesh) / "000001.zip"
    moved = file.rename(tmp_path / "away.zip")
    with auditor(mesh) as reader:
        absent = reader.get(f"/audit/{PART + 1}")
        assert (absent.status_code, absent.json()["type"].rpartition(":")[2]) == (503, "archive-absent")
        assert "0/000001.zip" in absent.json()["detail"]
        assert reader.get("/audit/1").raise_for_status().json()["operation"] == "search_vehicles"
        assert reader.get("/audit", params={"limit": 1}).raise_for_status().json()["archived_below"] == 2 * PART
        refused = mesh.i247("audit", "archive", SERVICE.name)
        assert (refused.returncode, "0/000001.zip is missing" in refused.stderr) == (1, True)
        older = (parts_of(mesh) / "000000.zip").rename(tmp_path / "older.zip")
        moved.rename(file)
        noted = mesh.i247("audit", "archive", SERVICE.name)
        assert (noted.returncode, "has no part" in noted.stdout) == (1, True)
        assert f"lacks 1 of its files ({parts_of(mesh) / '000000.zip'}): " in noted.stderr
        older.rename(parts_of(mesh) / "000000.zip")
        assert reader.get(f"/audit/{PART + 1}").raise_for_status().json()["bureau"] == "DE"


def test_an_altered_file_is_found_by_who_verifies_it(mesh: RunningMesh, tmp_path: Path) -> None:
    file = tmp_path / "altered.zip"
    raw = bytearray((parts_of(mesh) / "000000.zip").read_bytes())
    raw[len(raw) // 2] ^= 1
    file.write_bytes(raw)
    verified = mesh.i247("audit", "verify", str(file))
    assert verified.returncode == 1
    assert "FAILED" in verified.stdout


def test_an_altered_tile_over_the_others_is_found_by_who_verifies_it(mesh: RunningMesh, tmp_path: Path) -> None:
    """No leaf is altered by it, but a tool that reads tiles would be misled."""
    file, tile = tmp_path / "altered.zip", "tile/1/000"
    with zipfile.ZipFile(parts_of(mesh) / "000000.zip") as whole, zipfile.ZipFile(file, "w") as altered:
        for name in whole.namelist():
            altered.writestr(name, bytes(TILE * 32) if name == tile else whole.read(name))
    verified = mesh.i247("audit", "verify", str(file))
    assert verified.returncode == 1
    assert "the tile over the others does not have their hashes" in verified.stdout
