"""The findings of a check of a proof, and proofs with members changed."""

from typing import Any

from shared.audit.format.proof_file import write_proof
from shared.audit.verify.checkpoints import Findings
from shared.audit.verify.leaf_proof import verify_proof
from tests.shared.audit.notices_log import (
    LOG,
    ROOT,
)


def check(file: bytes, **options: Any) -> Findings:
    """Return the findings on a proof, with the right root key."""
    return verify_proof(file, ROOT.public, **options)


def wrong(found: Findings) -> dict[str, str]:
    """Return the findings that are not ok, by the name of the check."""
    return {each.check: each.says for each in found.found if not each.ok}


def proven(index: int = 7, size: int = 300, **changed: Any) -> bytes:
    """Return the file of a proof with members changed."""
    return write_proof(LOG.proof(index, size, **changed))
