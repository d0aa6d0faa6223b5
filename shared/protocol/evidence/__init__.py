"""Evidence files: each proves one message offline to anybody who has the public root key.

A file has the signed message, its decrypted content with the salt that binds it to the signature, the signed receipts,
and the signed directory entry of each key. It CANNOT show:

* what was left out, such as a receipt with its entry;
* whether a key was revoked after the file was made;
* times other than the signers state: see `check` for revoked keys.
"""

from shared.protocol.evidence.check import Findings, VerifiedMessage, verify
from shared.protocol.evidence.file import MAX_EVIDENCE_BYTES, MEDIA_TYPE, ProvenMessage, assemble

__all__ = [
    "MAX_EVIDENCE_BYTES",
    "MEDIA_TYPE",
    "Findings",
    "ProvenMessage",
    "VerifiedMessage",
    "assemble",
    "verify",
]
