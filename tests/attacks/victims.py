"""Second connections of other participants, which detect bytes of the attacker on subjects that are not its own."""

from typing import Final

from nats.aio.client import Client
from nats.aio.msg import Msg

from tests.attacks.canaries import MARKER
from tests.attacks.interests import ATTACKED
from tests.attacks.network import Network

LISTENING: Final = {
    "DE": ("_INBOX.DE.>", "i247.directory.changes"),
    "PL": ("_INBOX.PL.>",),
    "IPSG": ("_INBOX.IPSG.>", "i247.directory", "i247.directory.fetch.*"),
    "notices": ("_INBOX.notices.>", "i247.req.notices.*", "i247.directory.changes"),
}


class Victims:
    """Participants that receive all messages on their subjects."""

    def __init__(self, attacker: str) -> None:
        self._attacker = attacker
        self._clients: list[Client] = []
        self._intrusions: list[str] = []

    @classmethod
    async def connect(cls, network: Network, attacker: str) -> "Victims":
        """Open a second connection of each victim with its own key."""
        victims = cls(attacker)
        for name, subjects in LISTENING.items():
            client = await network.connect(name)
            victims._clients.append(client)
            for subject in subjects:
                await client.subscribe(subject, cb=victims._callback(name, subject))
        return victims

    async def intrusions(self) -> list[str]:
        """Return the bytes of the attacker that others have received since the last call."""
        for client in self._clients:
            await client.flush()
        found, self._intrusions = self._intrusions, []
        return sorted(set(found))

    async def close(self) -> None:
        """Disconnect."""
        for client in self._clients:
            await client.close()

    def _callback(self, victim: str, subscribed: str) -> "object":
        async def on_message(message: Msg) -> None:
            if _is_allowed(message.subject, victim, self._attacker):
                return
            if subscribed.startswith("i247.req.") and message.subject.startswith(f"i247.msg.{self._attacker}."):
                # A message delivered by JetStream keeps its subject: it is not a valid request, and is dropped.
                return
            if self._is_attack(message):
                self._intrusions.append(f"{victim} received on {message.subject}: {_shown(message)}")

        return on_message

    def _is_attack(self, message: Msg) -> bool:
        if ATTACKED in message.subject.split(".") or MARKER in message.data + repr(message.headers).encode():
            return True
        # Read from the attacker's bucket, or stored there.
        bucket = f"OBJ_{self._attacker}"
        read_out = (message.headers or {}).get("Nats-Stream") == bucket
        return read_out or message.data.startswith(b'{"stream":"%s"' % bucket.encode())


def _is_allowed(subject: str, victim: str, attacker: str) -> bool:
    # Requests to the victim, requests for the directory, and posts to the victim.
    if subject in (f"i247.req.{victim}.{attacker}", "i247.directory", f"i247.directory.fetch.{attacker}"):
        return True
    return subject.startswith(f"i247.msg.{victim}.") and subject.endswith(f".{attacker}")


def _shown(message: Msg) -> str:
    return f"{message.data[:60]!r} {message.headers or ''}"
