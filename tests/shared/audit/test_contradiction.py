"""A signed answer about a leaf and a checkpoint that contradict each other are evidence against the service."""

from collections.abc import Callable

import pytest

from shared.audit.verify.leaf_proof import verify_contradiction
from shared.crypto.ed25519 import SigningKey
from shared.crypto.signed_note import log_name
from tests.shared.audit.contradictions import proof, said
from tests.shared.audit.notices_log import FORGED, KEYS, LOG, PROOF, ROOT, SERVICE


def wrong(raw: bytes) -> dict[str, str]:
    return {each.check: each.says for each in verify_contradiction(raw, ROOT.public).found if not each.ok}


@pytest.mark.parametrize(
    "body",
    [said(FORGED), said(FORGED, 4), said(LOG, hash="A" * 43), said(LOG, proof=[])],
    ids=["the leaf differs", "its neighbour differs", "a wrong hash", "no proof"],
)
def test_a_signed_answer_that_contradicts_the_checkpoint_is_evidence(body: bytes) -> None:
    """It is verified with the root's public key alone."""
    assert wrong(proof(body)) == {}


CASES: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "a true answer": (lambda: proof(said(LOG)), "contradiction", "no evidence against the service"),
    "of another size": (lambda: proof(said(FORGED, size=200)), "contradiction", "about another tree"),
    "of another log": (
        lambda: proof(said(FORGED, origin=log_name(SERVICE, 1))),
        "contradiction",
        "about another tree",
    ),
    "no answer about a leaf": (lambda: proof(b'{"items": []}'), "contradiction", "does not contradict"),
    "an unknown member": (lambda: proof(said(FORGED, more=1)), "contradiction", "does not contradict"),
    "signed by a bureau": (
        lambda: proof(said(FORGED), key=KEYS["DE"], sender="DE"),
        "answer",
        "directory entry in the file says that the key",
    ),
    "signed by an unknown key": (
        lambda: proof(said(FORGED), key=SigningKey.generate()),
        "answer",
        "no directory entry",
    ),
    "an image": (lambda: proof(said(FORGED), content_type="image/png"), "answer", "not an answer about"),
    "a refusal": (lambda: proof(said(FORGED), status=404), "answer", "not an answer about"),
    "another body": (lambda: proof(said(LOG)).replace(b'\\"index\\":5', b'\\"index\\":6'), "answer", "do not belong"),
    "another file": (lambda: PROOF, "form", "this is another proof"),
    "no file": (lambda: b"{", "form", "no such proof"),
    "nested too deeply": (lambda: proof(b"[" * 60_000), "contradiction", "does not contradict"),
}


@pytest.mark.parametrize("case", CASES)
def test_an_answer_without_a_signed_contradiction_is_not_evidence(case: str) -> None:
    """Neither a true answer, nor one that the service did not sign, can be used to accuse it."""
    made, check, sentence = CASES[case]
    assert sentence in wrong(made())[check]
