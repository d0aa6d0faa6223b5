"""A connection of a participant at which faults happen: requests, posts and receipts do not get through, or come late.

Does NOT know the broker: it passes everything else on to the transport that does.
"""

import asyncio
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from shared.crypto.ed25519 import decode_base64url
from shared.identity import AUDIT_WITNESS
from shared.protocol.parcel import Parcel
from shared.sandbox.client_request import ClientRequest, working_on
from shared.sandbox.faults import Faults, FaultStep, Place
from shared.service import HEALTH_PATH
from shared.transport import (
    Arrival,
    DeadlinePassed,
    Disconnected,
    FairSubscription,
    Handler,
    NoResponder,
    ServiceCard,
    Transport,
)


class _Head(msgspec.Struct):
    id: str = ""
    re: str = ""
    sender: str = msgspec.field(default="", name="from")
    target: str = ""
    scopes: tuple[str, ...] = ()


_decode: Final = msgspec.json.Decoder(_Head).decode


class FaultyTransport:
    """The connection of one participant."""

    def __init__(self, inner: Transport, participant: str, faults: Faults) -> None:
        self._inner = inner
        self._participant = participant
        self._faults = faults

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def request(self, subject: str, parcel: Parcel, *, timeout: float) -> Parcel:  # noqa: ASYNC109 - as in the protocol
        """Send a request, and return its reply, unless it is to fail. Raises as any transport does."""
        until = asyncio.get_running_loop().time() + timeout
        try:
            async with asyncio.timeout_at(until):
                failure = await self._faults.meet_for_client(FaultStep.BROKER, self._participant)
        except TimeoutError as error:
            raise DeadlinePassed(f"no reply on {subject} in time") from error
        match failure:
            case None:
                return await self._received(subject, parcel, until)
            case "unreachable":
                raise NoResponder(f"no responder on {subject}")
            case "disconnected":
                raise Disconnected("there is no connection to the broker")
            case "reply-lost":
                await self._received(subject, parcel, until)
        await asyncio.sleep(_seconds_to(until))
        raise DeadlinePassed(f"no reply on {subject} in time")

    async def _received(self, subject: str, parcel: Parcel, until: float) -> Parcel:
        """Return the reply as it arrives: its signature may not fit."""
        reply = await self._inner.request(subject, parcel, timeout=_seconds_to(until))
        if await self._faults.meet_for_client(FaultStep.VERIFY, self._participant, ("reply",)) is None:
            return reply
        return Parcel(_with_other_signature(reply.signature), reply.body)

    async def post(self, subject: str, parcel: Parcel, *, seconds: float) -> None:
        """Have a message or a receipt stored, unless that is to fail. Raises as any transport does."""
        if await self._faults.meet(_place_of_post(subject, parcel)) is not None:
            raise NoResponder(f"no responder on {subject}")
        await self._inner.post(subject, parcel, seconds=seconds)

    async def serve(
        self, pattern: str, handler: Handler, *, senders: Iterable[str], card: ServiceCard
    ) -> FairSubscription:
        """Serve requests, and let the handler know which of them are of clients."""

        async def handle(arrival: Arrival) -> None:
            with working_on(_client_request(arrival, card.name)):
                await handler(arrival)

        return await self._inner.serve(pattern, handle, senders=senders, card=card)


def _head_of(parcel: Parcel) -> _Head:
    """Return the head of an envelope, which is NOT verified; empty if it cannot be read."""
    try:
        return _decode(decode_base64url(parcel.signature.partition("..")[0]))
    except (ValueError, msgspec.MsgspecError):
        return _Head()


def _client_request(arrival: Arrival, service: str) -> ClientRequest | None:
    """Return a request of an officer; None for the pings and the witnesses of gateways."""
    head = _head_of(arrival.parcel)
    if head.target == HEALTH_PATH or AUDIT_WITNESS in head.scopes:
        return None
    return ClientRequest(head.id, service, arrival.sender)


def _place_of_post(subject: str, parcel: Parcel) -> Place:
    """Return the place of a post. Its bureau is the sender, or the recipient of what a service sends."""
    *_, recipient, _lane, message_id, sender = subject.split(".")
    # The names of services are in lower case.
    bureau, service = (sender, "messages") if sender.isupper() else (recipient, sender)
    if parcel.body:
        return Place(FaultStep.DELIVER, (bureau,), service, message_id)
    return Place(FaultStep.RECEIPT, (bureau,), service, _head_of(parcel).re)


def _with_other_signature(header: str) -> str:
    """Return a signature header whose head is the same and whose signature is not."""
    head, _, signature = header.partition("..")
    return f"{head}..{'B' if signature[:1] == 'A' else 'A'}{signature[1:]}"


def _seconds_to(until: float) -> float:
    return max(until - asyncio.get_running_loop().time(), 0.001)
