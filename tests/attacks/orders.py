"""Orders of an attacker to JetStream: the body that each subject of its API would carry out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from tests.attacks.attacker import as_json
from tests.attacks.canaries import MARKER

SPIED: Final = ["i247.req.>", "_INBOX.>", "_R_.>"]
DESCRIPTION: Final = MARKER.decode()


def spy_stream(**options: Any) -> bytes:
    """Return the configuration of a stream of others' messages, which sends no acknowledgements by default."""
    return as_json({"name": "spy", "subjects": SPIED, "no_ack": True, "description": DESCRIPTION, **options})


def changed(configuration: dict[str, Any], **options: Any) -> bytes:
    """Return the configuration of a stream with a change."""
    return as_json({**configuration, "description": DESCRIPTION, **options})


def spy_consumer(stream: str, deliver_to: str) -> bytes:
    """Return a request for a consumer that delivers messages posted to others."""
    configuration = {"deliver_subject": deliver_to, "ack_policy": "none", "description": DESCRIPTION}
    return as_json({"stream_name": stream, "config": configuration, "action": ""})


@dataclass(frozen=True, slots=True)
class Target:
    """What an attacker knows or guesses of what it attacks."""

    messages: dict[str, Any]
    """The configuration of the stream of messages, as in the source code."""

    sequence: int
    """The sequence number of a message that waits for another participant."""

    inbox: str
    """The inbox of the attacker."""


def order(subject: str, target: Target) -> bytes:
    """Return the body with which a message on a subject would do the most harm."""
    return next((body for fragment, body in _orders(target) if fragment in subject), b"{}")


def all_orders(target: Target) -> list[bytes]:
    """Return every body that is an order on some subject."""
    return [*dict.fromkeys(body for _, body in _orders(target)), b"{}"]


def _orders(target: Target) -> Iterable[tuple[str, bytes]]:
    yield "STREAM.CREATE", spy_stream()
    yield "STREAM.RESTORE", as_json({"config": {"name": "spy", "subjects": SPIED}, "state": {}})
    yield "STREAM.UPDATE", changed(target.messages, republish={"src": ">", "dest": f"{target.inbox}.>"})
    yield "STREAM.MSG.", as_json({"seq": target.sequence})
    yield "DIRECT.GET.MESSAGES", as_json({"seq": target.sequence})
    yield "STREAM.SNAPSHOT", as_json({"deliver_subject": target.inbox})
    yield "CONSUMER.CREATE", spy_consumer("MESSAGES", target.inbox)
    yield "CONSUMER.DURABLE.CREATE", spy_consumer("MESSAGES", target.inbox)
    yield "CONSUMER.PAUSE", as_json({"pause_until": "2099-01-01T00:00:00Z"})
    yield "CONSUMER.RESET", as_json({"seq": 1})
    yield "$JS.ACK", b"+TERM"
    yield "KICK", as_json({"cid": 5})
    yield "i247.", MARKER
    yield "_INBOX", MARKER
