"""What the log of a gateway and the file of a mailbox disclose to a thief."""

from pathlib import Path

import pytest

from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import Officer

TEXT = "Seen at the border, all in plain text."


def everything_in(folder: Path, bureau: str) -> bytes:
    """Return all bytes of a mailbox, its write-ahead log included."""
    return b"".join(file.read_bytes() for file in folder.glob(f"mailbox-{bureau.lower()}.db*"))


async def test_the_log_shows_the_officer_who_read_messages_but_not_the_message_ids(
    mesh: Mesh, france: Officer, germany: Officer
) -> None:
    """The officer, the time and the purpose, as of every operation of the gateway."""
    sent = await france.send(body=TEXT)
    await germany.receives(sent)
    [*_, line] = mesh.logged("request")
    assert (line["officer"], line["service"], line["purpose"]) == ("de.officer", "messages", "security-check")
    assert sent not in str(mesh.logged("request"))


@pytest.mark.thorough
async def test_the_database_file_of_a_mailbox_contains_messages_in_plaintext(
    france: Officer, germany: Officer, tmp_path: Path
) -> None:
    """Of sender and recipient, without any key: officers read and search it. A known limit."""
    await germany.receives(await france.send(body=TEXT))
    for bureau in ("FR", "DE"):
        assert TEXT.encode() in everything_in(tmp_path, bureau)
    assert TEXT.encode() not in everything_in(tmp_path, "KE")
