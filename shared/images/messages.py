"""The messages between a service and its workers over pipes: each with its length before it, and a letter for its kind.

A worker reads untrusted files, so its answers are untrusted as well.
"""

from typing import Final

LENGTH_BYTES: Final = 4
READY, REFUSED = b"+", b"R"
MAX_REASON_BYTES: Final = 1000


class Garbled(ValueError):
    """A worker sent an invalid answer."""


def frame(body: bytes) -> bytes:
    """Return a message with its length before it."""
    return len(body).to_bytes(LENGTH_BYTES) + body


def reason_of(body: bytes) -> str:
    """Return why a worker refuses an image. Raises Garbled."""
    reason = body.decode(errors="replace")
    if len(body) > MAX_REASON_BYTES or not reason.isprintable():
        raise Garbled("a reason that is no sentence")
    return reason
