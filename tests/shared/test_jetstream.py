"""What JetStream refuses is told apart from what it cannot do while servers of a cluster choose a leader."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from shared.transport import BrokerQuotas, BrokerRefused, NoResponder
from shared.transport.nats.jetstream import administer
from shared.transport.nats.relayed import store
from shared.transport.nats.stream_setup import StreamSetup


class Replying:
    """Replies to each request of JetStream with the same answer."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self._answer = json.dumps(answer).encode()
        self.asked: list[str] = []

    async def only(self, subject: str, _body: bytes, _seconds: float, _headers: object = None) -> Any:
        """Reply to a request."""
        self.asked.append(subject)
        return SimpleNamespace(data=self._answer)


def refusing(code: int, err_code: int) -> Any:
    """Return what refuses each request with these codes."""
    return Replying({"error": {"code": code, "err_code": err_code, "description": "the reason"}})


# As the NATS server states them: the system is not available, this server does not lead, results are incomplete.
@pytest.mark.parametrize(("code", "err_code"), [(503, 10008), (500, 10009), (503, 10004)])
async def test_without_a_leader_another_attempt_is_made(code: int, err_code: int) -> None:
    """Neither is it counted against the sender, nor is a stream deleted because its correction was refused."""
    with pytest.raises(NoResponder, match="the reason"):
        await administer(refusing(code, err_code), "STREAM.UPDATE.MESSAGES", {})
    with pytest.raises(NoResponder, match="the reason"):
        await store(refusing(code, err_code), "i247.post.DE.urgent.id.FR", b"", 1.0)


async def test_another_refusal_is_one() -> None:
    """Such as that of a full stream."""
    with pytest.raises(BrokerRefused, match="the reason"):
        await administer(refusing(400, 10077), "STREAM.UPDATE.MESSAGES", {})
    with pytest.raises(BrokerRefused, match="the reason"):
        await store(refusing(400, 10077), "i247.post.DE.urgent.id.FR", b"", 1.0)


async def test_a_stream_without_a_leader_is_not_taken_for_lost() -> None:
    """A list names it as missing: nothing is created or removed until a server leads it."""
    replies: Any = Replying({"total": 0, "streams": [], "missing": ["MESSAGES", "OBJ_FR"]})
    with pytest.raises(NoResponder, match="no server leads MESSAGES, OBJ_FR at present"):
        await StreamSetup(replies, BrokerQuotas(replicas=3)).ensure_streams(["FR"], [], [])
    assert replies.asked == ["$JS.API.STREAM.LIST"]
