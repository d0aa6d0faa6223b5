"""What is told of mail by the log of a gateway, and by the file of a mailbox, to whoever gets hold of them."""

from pathlib import Path

from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import Officer

SAID = "Seen at the border, all in plain text."


def everything_in(folder: Path, bureau: str) -> bytes:
    """Return all bytes of a mailbox, the log of its changes included."""
    return b"".join(file.read_bytes() for file in folder.glob(f"mailbox-{bureau.lower()}.db*"))


async def test_the_log_tells_who_read_mail_and_not_which(mesh: Mesh, france: Officer, germany: Officer) -> None:
    """As of all that answers in the gateway: the officer, when and for what purpose."""
    sent = await france.send(body=SAID)
    await germany.receives(sent)
    [*_, line] = mesh.logged("request")
    assert (line["officer"], line["service"], line["purpose"]) == ("de.officer", "messages", "security-check")
    assert sent not in str(mesh.logged("request"))


async def test_a_stolen_mailbox_is_read_by_anybody(france: Officer, germany: Officer, tmp_path: Path) -> None:
    """On both sides, without any key: what was said is kept as text, for the officers who read and search it."""
    await germany.receives(await france.send(body=SAID))
    for bureau in ("FR", "DE"):
        assert SAID.encode() in everything_in(tmp_path, bureau)
    assert SAID.encode() not in everything_in(tmp_path, "KE")
