"""The demonstration `i247 demo` of README.md, on a real mesh."""

import pytest

from tests.extent import by_extent
from tests.system.mesh import RunningMesh


@pytest.mark.thorough
def test_the_demonstration_succeeds_and_can_be_repeated(mesh: RunningMesh) -> None:
    """Every step succeeds, and each names the signer of its answer; a thorough run repeats it."""
    for _ in range(by_extent(1, 2)):
        completed = mesh.i247("demo")
        assert completed.returncode == 0, completed.stdout + completed.stderr
        assert "MISS" not in completed.stdout
        assert completed.stdout.count("signed by notices for DE") == 3
        assert "All steps succeeded." in completed.stdout


@pytest.mark.thorough
def test_seeding_twice_with_the_same_seed_adds_no_records(mesh: RunningMesh) -> None:
    """Seeded records are found through the gateway, and those of the examples."""
    before, records = _vehicles(mesh), by_extent(12, 120)
    seeded = mesh.i247("seed", "--records", f"{records}", "--seed", "5")
    assert seeded.returncode == 0, seeded.stderr
    after = _vehicles(mesh)
    assert after > before + records
    again = mesh.i247("seed", "--records", f"{records}", "--seed", "5", "--service", "stolen-vehicles")
    assert again.returncode == 0, again.stderr
    assert _vehicles(mesh) == after


def _vehicles(mesh: RunningMesh) -> int:
    count, after = 0, None
    with mesh.client("FR") as france:
        while True:
            params = {"limit": "200"} | ({"after": after} if after else {})
            page = france.get("/api/stolen-vehicles", params=params).json()
            count, after = count + len(page["items"]), page["next"]
            if after is None:
                return count
