"""The proof of an entry of an audit log, read and verified with the public key of the root, as anybody can offline."""

from typing import Final, NamedTuple

from shared.audit.format.leaf import Leaf, decode
from shared.audit.format.proof_file import AuditProof, read_proof
from shared.audit.verify.disclosures import other_records
from shared.audit.verify.leaf_proof import verify_proof
from shared.audit.verify.signatures import Attested, Witness, attest, keys_of
from shared.protocol.check_report import Finding
from shared.protocol.directory import Directory
from shared.protocol.witnesses import trust_by


def _(text: str) -> str:
    return text


CHECKS: Final = {
    "form": _("The file is a proof, and nothing in it was changed."),
    "checkpoint": _("The service signed the state of its log."),
    "witnesses": _("Enough witnesses cosigned that state."),
    "inclusion": _("The log has this entry."),
    "leaf": _("The entry says who was answered, when and for what purpose."),
    "records": _("The records are those of the entry."),
    "directory entries": _("The root key vouches for all keys."),
}
"""What each check of a proof shows, in English: the keys of their translations."""


class Proven(NamedTuple):
    """What the proof of an entry says."""

    findings: tuple[Finding, ...]
    proof: AuditProof | None = None
    leaf: Leaf | None = None
    """None if the file is no proof."""

    attested: Attested | None = None
    """None if the service did not sign the checkpoint."""

    @property
    def ok(self) -> bool:
        """Whether all checks passed."""
        return all(each.ok for each in self.findings)

    @property
    def witnesses(self) -> tuple[Witness, ...]:
        """Who cosigned it, and counts."""
        return () if self.attested is None else self.attested.witnesses

    @property
    def others(self) -> int | None:
        """How many records the answer had besides; None if the auditor may not know."""
        return None if self.leaf is None or self.proof is None else other_records(self.leaf, self.proof)


def read(text: str, directory: Directory) -> Proven:
    """Return what a proof says, and whether it is good by a directory. Never raises."""
    raw, trust = text.encode(), trust_by(directory.entries())
    findings = verify_proof(raw, directory.root, trust=trust).found
    try:
        proof = read_proof(raw)
        if not isinstance(proof, AuditProof):
            return Proven(findings)
        leaf = decode(proof.leaf.encode())
    except ValueError:
        return Proven(findings)
    attested, _found = attest(
        proof.checkpoint, proof.service, keys_of(proof.service, proof.entries, directory.root), trust
    )
    return Proven(findings, proof, leaf, attested)
