"""The main job, on a real mesh: the story that `i247 demo` tells, as README.md says."""

from tests.extent import by_extent
from tests.system.mesh import RunningMesh


def test_the_story_comes_true_and_can_be_told_again(mesh: RunningMesh) -> None:
    """Every step of the demonstration succeeds, and each names who signed its answer; a thorough run repeats it."""
    for _ in range(by_extent(1, 2)):
        told = mesh.i247("demo")
        assert told.returncode == 0, told.stdout + told.stderr
        assert "MISS" not in told.stdout
        assert told.stdout.count("signed by notices for DE") == 3
        assert "All steps succeeded." in told.stdout


def test_seeding_fills_every_store_the_same_for_a_seed(mesh: RunningMesh) -> None:
    """Seeded records are found through the gateway; the same seed a second time adds what is not there yet."""
    before, records = _vehicles(mesh), by_extent(12, 120)
    seeded = mesh.i247("seed", "--records", f"{records}", "--seed", "5")
    assert seeded.returncode == 0, seeded.stderr
    assert _vehicles(mesh) == before + records
    again = mesh.i247("seed", "--records", f"{records}", "--seed", "5", "--service", "stolen-vehicles")
    assert again.returncode == 0, again.stderr
    assert _vehicles(mesh) == before + records


def _vehicles(mesh: RunningMesh) -> int:
    count, after = 0, None
    with mesh.client("FR") as france:
        while True:
            params = {"limit": "200"} | ({"after": after} if after else {})
            page = france.get("/api/stolen-vehicles", params=params).json()
            count, after = count + len(page["items"]), page["next"]
            if after is None:
                return count
