"""Replies of registers as a requester has verified them."""

from shared.protocol.envelope import ReplyHead
from shared.rpc.client import Reply


def reply(body: bytes, status: int = 200) -> Reply:
    """Return a reply to a request of a check."""
    head = ReplyHead(
        kid="",
        id="",
        sender="",
        to="",
        iat=0.0,
        exp=0.0,
        re="",
        re_digest="",
        status=status,
        content_type="application/json",
        headers={},
    )
    return Reply(head, body, "", "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192")
