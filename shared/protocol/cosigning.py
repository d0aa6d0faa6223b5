"""Accepts the cosignature of a witness for a checkpoint if a valid key of its bureau signed it just now."""

from datetime import datetime
from typing import Final

from shared.bureaus import SECRETARIAT, BureauCode
from shared.crypto.signed_note import (
    Note,
    NoteRefused,
    cosigned_by,
    parse_note,
    participant_of,
    read_signature,
    witness_name,
)
from shared.errors import Refusal
from shared.protocol.directory import Directory
from shared.protocol.envelope import SKEW_SECONDS
from shared.protocol.witnesses import assigned

# Cosignatures state whole seconds, and arrive within the time that a witness waits for a reply.
STATED_WITHIN_SECONDS: Final = SKEW_SECONDS + 5.0


class CosignatureRefused(Refusal, status=422, code="cosignature-refused", title="The cosignature is not valid"):
    """It is not one line, or not by a valid key of a witness of this log, for this checkpoint, made just now."""


class CheckpointUnknown(Refusal, status=409, code="checkpoint-unknown", title="The checkpoint is unknown"):
    """There is none of this size any more: get the newest and cosign that."""


def require_cosignature(note: str, line: str, bureau: BureauCode, directory: Directory, now: datetime) -> None:
    """Verify the cosignature of a witness. Raises CosignatureRefused, also for the Secretariat."""
    if bureau == SECRETARIAT:
        raise CosignatureRefused(f"{SECRETARIAT} keeps the logs and cannot be a witness")
    service = participant_of(parse_note(note).origin)
    witnesses = assigned(service, directory.entries(), now.timestamp())
    if bureau not in witnesses:
        raise CosignatureRefused(f"the witnesses of the log of {service} are {', '.join(sorted(witnesses))}")
    name = witness_name(bureau)
    try:
        signature = read_signature(line)
    except NoteRefused as refused:
        raise CosignatureRefused(str(refused)) from refused
    # The text comes from the log, and nothing of it from the witness.
    alone = Note(parse_note(note).text, (signature,))
    if signature.name != name:
        raise CosignatureRefused(f"send the line of {bureau} alone, under the name {name}")
    seconds = now.timestamp()
    keys = [entry.verifying_key() for entry in directory.entries_of(bureau) if entry.valid_at(seconds)]
    stated = next((at for key in keys if (at := cosigned_by(alone, name, key)) is not None), None)
    if stated is None:
        raise CosignatureRefused(f"no valid key of {bureau} signed this line for this checkpoint")
    if abs(stated - seconds) > STATED_WITHIN_SECONDS:
        raise CosignatureRefused("the time of the line is not now: get the checkpoint again and cosign that")
