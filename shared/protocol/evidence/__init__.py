"""One file that proves one message to anybody who has the root's public key: nothing else is asked, and no network.

It holds what the sender signed, the content that was sealed with the salt that binds it to the signature, the receipts
that the recipients signed, and of each key the directory entry that the root signed. What a file CANNOT show:

* what was left out of it. A receipt that was taken away whole, with its entry, is not missed;
* what the root said later. A key that was revoked after the file was made is not known to be;
* the time by more than the word of those who signed: see `check` for the rule on revoked keys.
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
