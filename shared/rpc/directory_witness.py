"""The witnesses of the directory: which bureaus cosign its log, and the cosignature of one."""

from typing import Final

from shared.crypto.ed25519 import KeyUnusable
from shared.crypto.signed_note import cosign, parse_note, participant_of, witness_name
from shared.protocol.directory_log import DIRECTORY_LOG
from shared.protocol.witnesses import assigned
from shared.rpc.keyring import NoKeyInForce
from shared.rpc.participant import Participant

_DIRECTORY: Final = participant_of(DIRECTORY_LOG)


def is_witness(name: str, by: Participant) -> bool:
    """Return whether a participant is a witness of the directory now, as another knows it."""
    return name in assigned(_DIRECTORY, by.directory.entries(), by.clock.now().timestamp())


def cosignature_by(participant: Participant) -> str:
    """Return the cosignature of a witness for the log that it has; empty of others, and where it cannot sign."""
    head = participant.directory.log.head
    if not head or not is_witness(participant.name, participant):
        return ""
    try:
        key = participant.keys.signing
    except (NoKeyInForce, KeyUnusable):
        return ""
    return cosign(parse_note(head), witness_name(participant.name), key, participant.clock.now())


def witnesses_of(head: str) -> set[str]:
    """Return the bureaus that cosigned a head, unverified."""
    if not head:
        return set()
    names = {participant_of(signature.name) for signature in parse_note(head).signatures}
    return names - {_DIRECTORY}
