"""A whole mesh with a shared clock that other programs advance: tokens and records expire, signatures still work."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services import SERVICES
from tests.system.mesh import RunningMesh, running_mesh

pytestmark = pytest.mark.thorough

OPTIONS = ("--bureaus", "FR,DE", "--clock")
CARS = "/api/stolen-vehicles"
WAIT_SECONDS = 20


def moved_on(mesh: RunningMesh, **step: Any) -> datetime:
    response = httpx.post(f"{mesh.base}/clock", json=step)
    assert response.status_code == 200, response.text
    return datetime.fromisoformat(response.json()["now"])


def state_of(client: httpx.Client, message: str) -> str:
    (recipient,) = client.get(f"/api/messages/{message}").json()["recipients"]
    state: str = recipient["state"]
    return state


def send(client: httpx.Client, **more: Any) -> str:
    response = client.post("/api/messages", json={"to": ["DE"], "subject": "A car", "body": "It is here.", **more})
    assert response.status_code == 202, response.text
    message: str = response.json()["id"]
    return message


def until_state(client: httpx.Client, message: str, state: str) -> None:
    until(lambda: state_of(client, message) == state, f"the message never became {state}")


def until(fits: Callable[[], bool], never: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not fits():
        assert time.monotonic() < deadline, never
        time.sleep(0.05)


def test_all_processes_of_a_mesh_follow_an_advanced_clock(tmp_path: Path) -> None:
    """Old tokens expire; requests are still signed and messages delivered, also after a restart."""
    home = tmp_path / "var"
    with running_mesh(home, *OPTIONS) as mesh:
        began = datetime.fromisoformat(httpx.get(f"{mesh.base}/clock").json()["now"])
        with mesh.client("FR") as france:
            assert france.get(CARS).status_code == 200
            assert moved_on(mesh, advance_seconds=61 * 60) - began >= timedelta(minutes=61)
            assert france.get(CARS).status_code == 401
        with mesh.client("FR") as france:
            assert france.get(CARS).status_code == 200
            until_state(france, send(france), "delivered")
        output = mesh.i247("clock", "to", "2061-01-01").stdout
        assert output.startswith("2061-01-01T00:00:0")
    with running_mesh(home, *OPTIONS) as mesh, mesh.client("FR") as france:
        answer = france.post(CARS, json={"vin": "ZAR93200001234567", "make": "Alfa Romeo", "theft_date": "2060-12-31"})
        assert answer.status_code == 201, answer.text
        assert answer.json()["created"].startswith("2061-01-01T00:0")
        until_state(france, send(france), "delivered")
    refused = mesh.i247("up")
    assert (refused.returncode, refused.stderr.count("\n")) == (3, 1)
    assert "i247 up --clock" in refused.stderr


def test_a_record_expires_when_the_shared_clock_is_advanced(tmp_path: Path) -> None:
    """All processes learn the new time within seconds without a request; the bureau that has the record is notified."""
    with running_mesh(tmp_path / "var", *OPTIONS) as mesh:
        with mesh.client("FR") as france, mesh.client("DE") as germany:
            car = {"vin": "ZAR93200001234567", "make": "Alfa Romeo", "theft_date": "2026-01-31"}
            assert france.post(CARS, json=car).status_code == 201
            assert len(germany.get(f"{CARS}/search", params={"vin": car["vin"]}).json()["hits"]) == 1
        moved_on(mesh, advance_seconds=6 * 365 * 86_400)
        with mesh.client("DE") as germany:
            until(lambda: "withdrawal" in forms_of(germany), "the record never ended")
        until(lambda: health_of(mesh)["clock"]["waiting"] is None, "the clock was never proven")
        found = health_of(mesh)
        assert found["clock"]["compared"] == len(SERVICES)
        ahead = [found["clock"]["ahead_seconds"], *(each["clock_ahead_seconds"] for each in found["services"].values())]
        assert max(map(abs, ahead)) < 5


def forms_of(client: httpx.Client) -> list[str | None]:
    return [item["form"] for item in client.get("/api/messages").json()["items"]]


def health_of(mesh: RunningMesh) -> Any:
    return httpx.get(f"{mesh.base}/health").json()


def test_a_key_rotation_with_a_wrong_clock_is_refused(tmp_path: Path) -> None:
    """The command says how far it is ahead of the services and changes nothing; with the clock of the mesh it works."""
    home = tmp_path / "var"
    with running_mesh(home, *OPTIONS) as mesh:
        before = (home / "directory.json").read_bytes()
        clock = home / "clock"
        clock.rename(home / "elsewhere")
        clock.write_bytes((3_600_000_000).to_bytes(8, "little"))
        refused = mesh.i247("keys", "rotate", "FR")
        assert (refused.returncode, refused.stderr.count("\n")) == (3, 1)
        assert f"3600 s ahead of what {len(SERVICES)} services sign" in refused.stderr
        assert (home / "directory.json").read_bytes() == before
        (home / "elsewhere").rename(clock)
        assert mesh.i247("keys", "rotate", "FR").returncode == 0
