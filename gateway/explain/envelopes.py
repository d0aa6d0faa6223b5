"""Verifies an envelope again, one check after the other, as of the time when it was verified. Pure.

The checks are those of `shared.protocol.verifier`, whose own verdict is the last step.
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import msgspec

from gateway.explain.models import EnvelopeShown, Part, SigningInput, Step
from shared.clock import FixedClock, time_at
from shared.crypto.ed25519 import encode_base64url
from shared.protocol.check_report import moment
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import Entry
from shared.protocol.envelope import SKEW_SECONDS, EnvelopeRefused, Head, digest_of
from shared.protocol.parcel import Parcel
from shared.protocol.verifier import Verifier, check_time, parse

# Of the signing input; a largest body would make an answer of 20 MB.
MAX_SHOWN: Final = 64 * 1024


class Expected(NamedTuple):
    """What an envelope has to be."""

    part: Part
    kind: type[Head]
    sender: str
    recipient: str
    at: float
    """When it was verified, in seconds since 1970."""

    request_digest: str = ""
    """Of the request that it answers."""


def ok(part: Part, step: str, says: str) -> Step:
    """Return a step that succeeded."""
    return Step(part=part, step=step, result="ok", says=says)


def failed(part: Part, step: str, says: str) -> Step:
    """Return a step that failed."""
    return Step(part=part, step=step, result="failed", says=says)


def checked(part: Part, step: str, says: str, check: Callable[[], object]) -> Step:
    """Return a step: `says`, unless the check raises EnvelopeRefused."""
    try:
        check()
    except EnvelopeRefused as refused:
        return failed(part, step, f"{refused.detail} ({refused.reason})")
    return ok(part, step, says)


def envelope_steps(parcel: Parcel, expected: Expected, directory: Directory) -> Iterator[Step]:
    """Yield the steps of the verification of an envelope; those after `form` need a head that can be read."""
    part = expected.part
    try:
        protected, head, signature = parse(expected.kind, parcel.signature)
    except EnvelopeRefused as refused:
        yield failed(part, "form", f"{refused.detail} ({refused.reason})")
    else:
        yield ok(part, "form", f"a detached JWS with the head of {head.__struct_config__.tag} {head.id}")
        yield _sender(part, head, expected.sender)
        yield _key(part, head, expected, directory)
        signed = protected.encode("ascii") + b"." + parcel.body
        yield _signature(part, head, signature, signed, directory)
        yield _recipient(part, head, expected.recipient)
        yield checked(part, "time", _window(head, expected.at), lambda: check_time(head, expected.at))
    yield checked(part, "verifier", "all checks together accept it", lambda: _verify(parcel, expected, directory))


def _verify(parcel: Parcel, expected: Expected, directory: Directory) -> None:
    kind, sender, digest = expected.kind, expected.sender, expected.request_digest
    verifier = Verifier(expected.recipient, directory, FixedClock(time_at(expected.at)))
    verifier.verify(kind, parcel.signature, parcel.body, sender=sender, request_digest=digest)


def _sender(part: Part, head: Head, sender: str) -> Step:
    if head.sender == sender:
        return ok(part, "sender", f"{sender}, as the broker says")
    return failed(part, "sender", f"signed in the name of {head.sender[:16]}, but {sender} published it")


def _key(part: Part, head: Head, expected: Expected, directory: Directory) -> Step:
    entry = directory.entry_of(head.kid)
    says = f"{head.kid} of {expected.sender}" if entry is None else f"{head.kid}, {validity_of(entry)}"
    at = expected.at
    step = checked(part, "key", says, lambda: directory.key_of(expected.sender, head.kid, head.signed_at(at), at))
    if step.result == "failed" and entry is not None:
        return failed(part, "key", f"{step.says}: {says}")
    return step


def validity_of(entry: Entry) -> str:
    """Return whose a key is and when it is valid, in words."""
    revoked = "" if entry.revoked_at is None else f", revoked at {moment(entry.revoked_at)}"
    return f"of {entry.participant}, valid from {moment(entry.not_before)} to {moment(entry.not_after)}{revoked}"


def _signature(part: Part, head: Head, signature: bytes, signed: bytes, directory: Directory) -> Step:
    entry = directory.entry_of(head.kid)
    if entry is None:
        return failed(part, "signature", "there is no key to verify it with")
    if entry.verifying_key().verifies(signature, signed):
        return ok(part, "signature", f"it fits the {len(signed)} bytes of head and body")
    return failed(part, "signature", f"it does not fit the {len(signed)} bytes of head and body: one was changed")


def _recipient(part: Part, head: Head, recipient: str) -> Step:
    named = head.to if isinstance(head.to, str) else ", ".join(head.to)
    if head.is_for(recipient):
        return ok(part, "recipients", named[:400])
    return failed(part, "recipients", f"addressed to {named[:400]}, received by {recipient}")


def _window(head: Head, at: float) -> str:
    skew = f"clocks may differ by {SKEW_SECONDS:.0f} s"
    return f"signed at {moment(head.iat)}, valid to {moment(head.exp)}, verified at {moment(at)}; {skew}"


def shown(parcel: Parcel, *, whole: bool) -> EnvelopeShown:
    """Return an envelope as it is shown; without `whole` only the digest of what was signed."""
    signed = parcel.signature.partition("..")[0].encode("ascii", "replace") + b"." + parcel.body
    is_shown = whole and len(signed) <= MAX_SHOWN
    return EnvelopeShown(
        head=_head(parcel.signature),
        signature=parcel.signature,
        digest=digest_of(parcel.signature),
        body_bytes=len(parcel.body),
        signing_input=SigningInput(
            size=len(signed),
            sha256=encode_base64url(hashlib.sha256(signed).digest()),
            base64url=encode_base64url(signed) if is_shown else None,
            text=_text(signed) if is_shown else None,
        ),
    )


def _head(signature: str) -> dict[str, Any] | None:
    try:
        head = parse(Head, signature)[1]
    except EnvelopeRefused:
        return None
    return msgspec.to_builtins(head)  # type: ignore[no-any-return]


def _text(signed: bytes) -> str | None:
    try:
        return signed.decode()
    except UnicodeDecodeError:
        return None
