"""Verifies envelopes: form, algorithm, kind, sender, key, signature, recipient and time, in that order.

The body is only read to verify it. Does NOT know which envelopes were seen before (`rpc.replay`), which request a reply
belongs to (`rpc.client`), nor whether the scopes suffice (the service).
"""

import json
import re
from contextlib import suppress
from typing import Any, Final, Protocol, TypeVar

import msgspec

from shared.clock import Clock
from shared.crypto.ed25519 import VerifyingKey, decode_base64url
from shared.ids import UUID7_PATTERN
from shared.protocol.envelope import (
    ALGORITHM,
    MAX_SIGNATURE_HEADER,
    SKEW_SECONDS,
    EnvelopeRefused,
    FieldPackHead,
    Head,
    MessageHead,
    ReceiptHead,
    RefusalReason,
    ReplyHead,
    RequestHead,
)
from shared.protocol.signed_times import LATEST, SignedTimes

SHOWN_OF_A_FAULT: Final = 120
# Members without which another JOSE library would read the head differently.
REQUIRED_MEMBERS: Final = frozenset({"typ", "alg", "b64", "crit"})

H = TypeVar("H", bound=Head)

_encode = msgspec.json.Encoder().encode
_is_uuid7: Final = re.compile(UUID7_PATTERN[1:-1]).fullmatch
_decode: Final = msgspec.json.Decoder(RequestHead | ReplyHead | MessageHead | ReceiptHead | FieldPackHead).decode


class Keys(Protocol):
    """The keys of the participants."""

    def key_of(self, participant: str, kid: str, signed_at: float, now: float) -> VerifyingKey:
        """Return a participant's key that was valid when it signed and is not revoked now. Raises EnvelopeRefused.

        Times are seconds since 1970.
        """


class Verifier:
    """Verifies the envelopes that one participant receives."""

    def __init__(self, recipient: str, keys: Keys, clock: Clock, times: SignedTimes | None = None) -> None:
        """Add signed times to `times`, also those for which an envelope is refused."""
        self._recipient = recipient
        self._keys = keys
        self._clock = clock
        self._times = times or SignedTimes()

    def verify(self, kind: type[H], signature_header: str, body: bytes, *, sender: str, request_digest: str = "") -> H:
        """Return the head of an envelope from a sender. Raises EnvelopeRefused.

        `sender` is the participant that the broker lets publish on the subject; it must have signed. With the
        `request_digest` of a recent request, the time of a reply to it is known to be new.
        """
        protected, head, signature = parse(kind, signature_header)
        if head.sender != sender:
            raise EnvelopeRefused(RefusalReason.SENDER, f"signed by {head.sender[:16]!r} but sent by {sender}")
        signed, now = protected.encode("ascii") + b"." + body, self._clock.now().timestamp()
        try:
            key = self._keys.key_of(sender, head.kid, head.signed_at(now), now)
        except EnvelopeRefused as refused:
            if refused.reason is RefusalReason.KEY_NOT_VALID:
                self._add_unconfirmed_time(head, signature, signed, request_digest)
            raise
        if not key.verifies(signature, signed):
            raise EnvelopeRefused(RefusalReason.SIGNATURE, "the signature does not fit head and body")
        if not head.is_for(self._recipient):
            raise EnvelopeRefused(
                RefusalReason.RECIPIENT, f"addressed to {head.to[:16]!r}, received by {self._recipient}"
            )
        if head.is_sent_at_once:
            self._add_time(head, request_digest)
        check_time(head, now)
        return head

    def _add_time(self, head: Head, request_digest: str) -> None:
        is_new = isinstance(head, ReplyHead) and head.re_digest == request_digest
        self._times.add(head.sender, head.iat, self._clock, is_new=is_new)

    def _add_unconfirmed_time(self, head: Head, signature: bytes, signed: bytes, request_digest: str) -> None:
        """Add the time of a signature by a key that is valid at that time, or now: either clock may be wrong."""
        if not (head.is_sent_at_once and head.is_for(self._recipient) and 0 < head.iat <= LATEST):
            return
        for at in (head.iat, self._clock.now().timestamp()):
            with suppress(EnvelopeRefused):
                # The holder of a revoked key may state any time.
                if self._keys.key_of(head.sender, head.kid, at, LATEST).verifies(signature, signed):
                    self._add_time(head, request_digest)
                return


def parse(kind: type[H], signature_header: str) -> tuple[str, H, bytes]:
    """Parse a detached JWS: protected header, head, signature. Does NOT verify it. Raises EnvelopeRefused."""
    if len(signature_header) > MAX_SIGNATURE_HEADER:
        raise EnvelopeRefused(
            RefusalReason.MALFORMED, f"the signature header exceeds {MAX_SIGNATURE_HEADER} characters"
        )
    protected, separator, signature_text = signature_header.partition("..")
    if not separator:
        raise EnvelopeRefused(RefusalReason.MALFORMED, "no detached JWS")
    try:
        raw_head, signature = decode_base64url(protected), decode_base64url(signature_text)
        head: Head = _decode(raw_head)
        if _encode(head) != raw_head:
            _check_members(raw_head)
    except msgspec.ValidationError as error:
        raise EnvelopeRefused(RefusalReason.MALFORMED, f"the head does not fit: {error}"[:SHOWN_OF_A_FAULT]) from error
    except (ValueError, RecursionError) as error:
        raise EnvelopeRefused(RefusalReason.MALFORMED, "the head or the signature cannot be decoded") from error
    if not _is_uuid7(head.id):
        raise EnvelopeRefused(RefusalReason.MALFORMED, "the id is not a UUID of version 7 in lower case")
    _check_algorithm(head)
    if not isinstance(head, kind):
        raise EnvelopeRefused(RefusalReason.KIND, f"{type(head).__name__} where {kind.__name__} is expected")
    return protected, head, signature


def _check_members(raw_head: bytes) -> None:
    # Another encoder may write a head differently, but every reader must read it alike.
    if not json.loads(raw_head, object_pairs_hook=unique_members).keys() >= REQUIRED_MEMBERS:
        raise ValueError("a required member is missing")


def unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object, for `object_pairs_hook`. Raises ValueError for a duplicate member."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("an object has a duplicate member")
    return members


def _check_algorithm(head: Head) -> None:
    # Before any key is looked up: the sender does not choose how it is verified.
    if head.alg != ALGORITHM or head.b64 or head.crit != ("b64",):
        raise EnvelopeRefused(RefusalReason.ALGORITHM, f"only {ALGORITHM} with b64=false and crit=[b64] is accepted")


def check_time(head: Head, now: float) -> None:
    """Check that a head is valid at a time, in seconds since 1970. Raises EnvelopeRefused."""
    if not 0 < head.exp - head.iat <= head.max_lifetime:
        raise EnvelopeRefused(RefusalReason.LIFETIME, f"valid for more than {head.max_lifetime:.0f} s, or for no time")
    if head.iat > now + SKEW_SECONDS:
        raise EnvelopeRefused(RefusalReason.NOT_YET_VALID, "issued in the future: check the clocks")
    if head.exp < now - SKEW_SECONDS:
        raise EnvelopeRefused(RefusalReason.EXPIRED, "expired: check the clocks")
