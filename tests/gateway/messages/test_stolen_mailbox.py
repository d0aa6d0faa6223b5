"""What is in the file of a mailbox, for whoever gets hold of it or of a backup of it."""

from pathlib import Path

from tests.gateway.messages.officers import Officer

SAID = "Seen at the border, all in plain text."


def everything_in(folder: Path, bureau: str) -> bytes:
    """Return all bytes of a mailbox, the log of its changes included."""
    return b"".join(file.read_bytes() for file in folder.glob(f"mailbox-{bureau.lower()}.db*"))


async def test_a_stolen_mailbox_is_read_by_anybody(france: Officer, germany: Officer, tmp_path: Path) -> None:
    """On both sides, without any key: what was said is kept as text, for the officers who read and search it."""
    await germany.receives(await france.send(body=SAID))
    for bureau in ("FR", "DE"):
        assert SAID.encode() in everything_in(tmp_path, bureau)
    assert SAID.encode() not in everything_in(tmp_path, "KE")
