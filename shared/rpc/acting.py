"""Who acts in a verified request: the officer of a participant, with its standing and agreement."""

from shared.bureaus import BureauCode, kind_of
from shared.identity import PURPOSES, Caller
from shared.protocol.directory import Directory
from shared.protocol.envelope import EnvelopeRefused, RefusalReason, RequestHead
from shared.standing import MEMBER, BureauStanding, describe


def caller_of(head: RequestHead, service: str, directory: Directory, now: float) -> Caller:
    """Return the caller in a head, as a service has to treat it. Raises EnvelopeRefused."""
    purpose = PURPOSES.get(head.purpose)
    if purpose is None:
        raise EnvelopeRefused(RefusalReason.MALFORMED, "unknown purpose")
    if "\0" in head.officer:
        raise EnvelopeRefused(RefusalReason.MALFORMED, "the officer contains the character U+0000")
    return Caller(
        BureauCode(head.sender),
        head.officer,
        frozenset(head.scopes),
        purpose,
        head.id,
        standing=_standing_of(head.sender, service, directory, now),
        agreement=directory.agreement_of(head.sender) if kind_of(head.sender) == "partner" else None,
    )


def _standing_of(sender: str, service: str, directory: Directory, now: float) -> BureauStanding:
    """Return the standing of a sender as it applies to a service. Raises EnvelopeRefused if it is suspended."""
    standing = directory.standing_of(sender, now) or MEMBER
    if standing.standing == "suspended":
        raise EnvelopeRefused(RefusalReason.KEY_NOT_VALID, f"{sender} is {describe(standing)}")
    return standing.in_service(service)
