"""What officers were told, compared with what the mesh holds: nothing is lost, and nothing is there twice."""

from collections import Counter
from pathlib import Path

from tests.faults.officers import MESSAGES, VEHICLES, Seen, everything_in
from tests.faults.replicas import until
from tests.system.mesh import RunningMesh


def check_entries(mesh: RunningMesh, seen: Seen) -> None:
    """Check that each accepted record is there once, and each other at most once."""
    with mesh.client("FR") as france:
        stored = Counter(record["vin"] for record in everything_in(france, VEHICLES))
    accepted = Counter(seen.entered.values())
    assert accepted <= stored, f"lost: {accepted - stored}"
    assert set(stored.values()) == {1}, f"twice: {stored - Counter(set(stored))}"
    assert stored.keys() - accepted.keys() <= seen.unsure.keys()


async def check_log(mesh: RunningMesh, seen: Seen, folder: Path) -> None:
    """Check that the audit log, written by several processes, verifies and has each accepted request once."""
    file = folder / "log.jsonl"

    def has_all() -> bool:
        file.unlink(missing_ok=True)
        fetched = mesh.i247("audit", "fetch", "stolen-vehicles", "--bureau", "FR", "--out", str(file))
        assert fetched.returncode == 0, fetched.stderr
        text = file.read_text()
        return all(request in text for request in seen.entered)

    # It is fetched up to the last leaves that bureaus have cosigned.
    await until(has_all, "the audit log has all accepted requests")
    verdict = mesh.i247("audit", "verify", str(file))
    assert verdict.returncode == 0, verdict.stdout
    text = file.read_text()
    assert {request: text.count(request) for request in seen.entered} == dict.fromkeys(seen.entered, 1)


async def check_messages(mesh: RunningMesh, seen: Seen) -> None:
    """Check that each accepted message is once in the inbox that it was for, with a receipt."""
    with mesh.client("FR") as france, mesh.client("DE") as germany:

        def receipted() -> bool:
            states = {item["id"]: item["progress"] for item in everything_in(france, MESSAGES, box="outbox")}
            return all("delivered" in states[message] for message in seen.sent)

        await until(receipted, "all messages have receipts")
        inbox = Counter(item["id"] for item in everything_in(germany, MESSAGES, box="inbox") if item["id"] in seen.sent)
        assert inbox == dict.fromkeys(seen.sent, 1)
