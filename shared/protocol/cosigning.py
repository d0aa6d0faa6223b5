"""Which line of a witness is taken for a checkpoint: one that the key of his bureau signed just now."""

from datetime import datetime
from typing import Final

from shared.bureaus import SECRETARIAT, BureauCode
from shared.crypto.signed_note import (
    Note,
    NoteRefused,
    Signature,
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

# Whole seconds are stated, and it takes some to come here: as long as a witness waits for an answer, or a little more.
STATED_WITHIN_SECONDS: Final = SKEW_SECONDS + 5.0


class CosignatureRefused(Refusal, status=422, code="cosignature-refused", title="The cosignature is not good"):
    """It is not one line by which a key of a witness of this log, valid now, cosigned this checkpoint just now."""


class CheckpointUnknown(Refusal, status=409, code="checkpoint-unknown", title="No such checkpoint is kept"):
    """There is none of this size, or not any more: ask for the newest and cosign that."""


def require_cosignature(note: str, line: str, bureau: BureauCode, directory: Directory, now: datetime) -> None:
    """Let only a good line of a witness pass. Raises CosignatureRefused, also for the Secretariat."""
    if bureau == SECRETARIAT:
        raise CosignatureRefused(f"{SECRETARIAT} keeps the logs, and is no witness of them")
    service = participant_of(parse_note(note).origin)
    witnesses = assigned(service, directory.entries(), now.timestamp())
    if bureau not in witnesses:
        raise CosignatureRefused(f"the witnesses of the log of {service} are {', '.join(sorted(witnesses))}")
    name = witness_name(bureau)
    signature = _signature(line)
    # What is verified is the text that the log signed: nothing of it comes with the line.
    alone = Note(parse_note(note).text, (signature,))
    if signature.name != name:
        raise CosignatureRefused(f"send the one line that the gateway of {bureau} signed, in the name {name}")
    seconds = now.timestamp()
    keys = [entry.verifying_key() for entry in directory.entries_of(bureau) if entry.valid_at(seconds)]
    stated = next((at for key in keys if (at := cosigned_by(alone, name, key)) is not None), None)
    if stated is None:
        raise CosignatureRefused(f"no valid key of {bureau} signed this line for the checkpoint of this size")
    if abs(stated - seconds) > STATED_WITHIN_SECONDS:
        raise CosignatureRefused("the line states another time than now: ask for the checkpoint again and cosign that")


def _signature(line: str) -> Signature:
    try:
        return read_signature(line)
    except NoteRefused as refused:
        raise CosignatureRefused(str(refused)) from refused
