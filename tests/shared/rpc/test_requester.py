"""Which answers a requester trusts, and what it raises if there is none."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from shared.crypto.ed25519 import decode_base64url
from shared.errors import ForgedReply, RequestTooLarge, TimedOut, Unreachable
from shared.protocol.envelope import RefusalReason, ReplyHead, RequestHead, digest_of, sign_envelope
from shared.protocol.http import HttpRequest
from shared.protocol.parcel import Parcel
from shared.rpc.client import REPLY_MARGIN_SECONDS
from shared.transport import Arrival
from tests.conftest import NOW
from tests.shared.rpc.network import SUBJECT, Counting, Net

# Requester


class Forger:
    """Serves in the place of the service, and sends the answer that a test makes."""

    def __init__(self, net: Net) -> None:
        self._net = net
        self.seen: list[RequestHead] = []

    def reply(self, request: Parcel, body: bytes = b"{}", *, by: str = "notices", **changed: Any) -> Parcel:
        """Return the genuine answer to a request, with members of its head changed."""
        head = msgspec.json.decode(_raw_head(request), type=RequestHead)
        now = self._net.clock.now().timestamp()
        genuine = ReplyHead(
            kid=self._net.keys[by].kid,
            id="019e8312-1c00-7000-8000-000000000009",
            sender="notices",
            to="FR",
            iat=now,
            exp=now + 30,
            re=head.id,
            re_digest=digest_of(request.signature),
            status=200,
        )
        return Parcel(sign_envelope(msgspec.structs.replace(genuine, **changed), body, self._net.keys[by]), body)

    async def answer_with(self, make: Callable[["Forger", Parcel], Parcel]) -> None:
        """Answer every request with what this function makes."""

        async def handler(arrival: Arrival) -> None:
            await arrival.reply(make(self, arrival.parcel))

        await self._net.participant("notices").transport.subscribe(SUBJECT, handler)


def _raw_head(parcel: Parcel) -> bytes:
    return decode_base64url(parcel.signature.partition("..")[0])


FORGED: dict[str, tuple[RefusalReason, Callable[[Forger, Parcel], Parcel]]] = {
    "nothing": (RefusalReason.MALFORMED, lambda _forger, _asked: Parcel("", b"")),
    "the request itself": (RefusalReason.KIND, lambda _forger, asked: asked),
    "answer to another request": (
        RefusalReason.UNRELATED,
        lambda forger, asked: forger.reply(asked, re_digest="other"),
    ),
    "answer to another id": (RefusalReason.UNRELATED, lambda forger, asked: forger.reply(asked, re="other")),
    "from another service": (
        RefusalReason.SENDER,
        lambda forger, asked: forger.reply(asked, by="fingerprints", sender="fingerprints"),
    ),
    "signed by another service": (
        RefusalReason.KEY_UNKNOWN,
        lambda forger, asked: forger.reply(asked, by="fingerprints"),
    ),
    "signed by a bureau": (RefusalReason.KEY_UNKNOWN, lambda forger, asked: forger.reply(asked, by="DE")),
    "altered body": (RefusalReason.SIGNATURE, lambda forger, asked: replace(forger.reply(asked), body=b"{ }")),
    "to another bureau": (RefusalReason.RECIPIENT, lambda forger, asked: forger.reply(asked, to="DE")),
    "issued too early": (
        RefusalReason.EXPIRED,
        lambda forger, asked: forger.reply(asked, iat=NOW.timestamp() - 90, exp=NOW.timestamp() - 60),
    ),
}


async def test_a_genuine_answer_is_returned(net: Net) -> None:
    """This is the baseline: each forged answer below differs from this one in one respect."""
    await Forger(net).answer_with(lambda forger, asked: forger.reply(asked))
    assert (await net.ask()).body == b"{}"


@pytest.mark.parametrize("fault", FORGED)
async def test_an_untrusted_answer_raises_forged_reply_502(net: Net, fault: str) -> None:
    """The officer gets nothing of it but the reason for the refusal."""
    reason, make = FORGED[fault]
    await Forger(net).answer_with(make)
    with pytest.raises(ForgedReply) as refused:
        await net.ask()
    assert (refused.value.status, refused.value.mark) == (502, "forged")
    assert refused.value.members["reason"] == reason


async def test_a_replayed_answer_to_another_request_is_refused(net: Net) -> None:
    """The answer is genuine and still valid."""
    old: list[Parcel] = []

    def make(forger: Forger, asked: Parcel) -> Parcel:
        old.append(forger.reply(asked))
        return old[0]

    await Forger(net).answer_with(make)
    assert (await net.ask()).head.status == 200
    net.clock.advance(timedelta(seconds=1))
    with pytest.raises(ForgedReply) as refused:
        await net.ask()
    assert refused.value.members["reason"] == RefusalReason.UNRELATED


async def test_a_request_to_a_service_that_is_not_running_raises_unreachable_503(net: Net) -> None:
    with pytest.raises(Unreachable) as refused:
        await net.ask()
    assert (refused.value.status, refused.value.mark) == (503, "unreachable")


async def test_a_request_without_a_connection_raises_unreachable(net: Net) -> None:
    await net.requester.transport.close()
    with pytest.raises(Unreachable, match="no connection"):
        await net.ask()


async def test_a_request_without_an_answer_in_time_raises_timed_out_504(net: Net) -> None:
    """This timeout is the requester's own, unlike a 504 that the service signs."""

    async def silent(_arrival: Arrival) -> None:
        await asyncio.Event().wait()

    await net.participant("notices").transport.subscribe(SUBJECT, silent)
    with pytest.raises(TimedOut) as refused:
        await net.ask(seconds=0.02)
    assert (refused.value.status, refused.value.mark) == (504, "timeout")


async def test_an_oversized_request_is_refused_before_it_is_sent(net: Net) -> None:
    """The gateway refuses what exceeds the broker's limit."""
    application = Counting()
    await net.serve(application)
    with pytest.raises(RequestTooLarge) as refused:
        await net.ask(HttpRequest("POST", "/", "image/png", bytes(100_001)))
    assert (refused.value.status, refused.value.mark) == (413, "too-large")
    assert application.calls == 0


@pytest.mark.parametrize(("seconds", "lifetime"), [(5.0, 5.0 - REPLY_MARGIN_SECONDS), (0.2, 0.1)])
async def test_a_request_expires_shortly_before_the_caller_times_out(net: Net, seconds: float, lifetime: float) -> None:
    """Thus a 504 that the service signs arrives in time."""
    seen: list[RequestHead] = []

    def make(forger: Forger, asked: Parcel) -> Parcel:
        seen.append(msgspec.json.decode(_raw_head(asked), type=RequestHead))
        return forger.reply(asked)

    await Forger(net).answer_with(make)
    await net.ask(seconds=seconds)
    assert seen[0].exp - seen[0].iat == pytest.approx(lifetime)
