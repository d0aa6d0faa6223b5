"""Reads the evidence files by which a bureau proves to the Secretariat what others have signed. No input or output.

The sender may have made everything up. Only what is signed counts, by the keys that the directory has now. Each check
raises PayloadRefused with a code, which goes back signed.
"""

from typing import Final, TypeVar

from gateway.deadlines import Deadlines, is_over
from shared.crypto.ed25519 import decode_base64url
from shared.mailbox.handlers import PayloadRefused
from shared.mailbox.rules import NOT_PROVEN
from shared.mailbox.times import milliseconds
from shared.protocol import evidence, payloads
from shared.protocol.directory import Directory
from shared.protocol.evidence import VerifiedMessage
from shared.protocol.payloads import Form, Urgency

# Why a bureau refuses a request that is made while the deadline of another runs.
OUT_OF_TURN: Final = NOT_PROVEN + "turn"
# The receipts by which a bureau signs that a request has reached it.
RECEIVED: Final = frozenset({"delivered", "read"})

F = TypeVar("F", bound=Form)


class ProofReader:
    """Reads evidence with the directory of one bureau."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def read(self, proof: str, kind: type[F]) -> tuple[VerifiedMessage, F]:
        """Return the message that is proven, in a form. Raises PayloadRefused."""
        try:
            raw = decode_base64url(proof)
        except ValueError:
            raw = b""
        found = evidence.verify(raw, self._directory.root, known_entry=self._directory.entry_of)
        if found.message is None:
            failed = next(each for each in found.found if not each.ok)
            what = "receipt" if failed.check.startswith("receipt") else "evidence"
            raise not_proven(what, "the evidence is not valid: see `i247 evidence verify`")
        try:
            form = payloads.read(found.message.content.form or "", found.message.content.body)
        except ValueError as error:
            raise not_proven("evidence", "the evidence is of a message in an unknown form") from error
        if not isinstance(form, kind):
            raise not_proven("evidence", "the evidence is of a message in another form")
        return found.message, form


def first_receipt(message: VerifiedMessage, bureau: str) -> int | None:
    """Return when a bureau signed its first receipt for a message."""
    signed = [milliseconds(each.iat) for each in message.receipts if each.sender == bureau and each.state in RECEIVED]
    return min(signed, default=None)


def over_at(due: float, received: int, urgency: Urgency, deadlines: Deadlines) -> int:
    """Return when the time for an answer is over: by the request, and by the receipt of the bureau that is asked."""
    return max(milliseconds(due), received + deadlines[urgency])


def is_proven_late(due: int, answered: int, received: int | None) -> bool | None:
    """Return whether an answer was late: None where nothing proves that it was, nor that it was in time.

    It was in time if the bureau that waited signed its first receipt in time, at `received`. Without that it is late if
    its own signature says so; otherwise either may be to blame, as the one dates its answer and the other its receipt.
    """
    if received is not None and not is_over(due, received):
        return False
    return True if is_over(due, answered) else None


def not_proven(what: str, detail: str) -> PayloadRefused:
    """Return the refusal of a message that does not prove what it states."""
    return PayloadRefused(NOT_PROVEN + what, detail)
