"""A signed answer about a leaf and a checkpoint that contradict each other are evidence against the service."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from shared.audit.format.proof_file import Contradiction, write_proof
from shared.audit.verify.leaf_proof import verify_contradiction
from shared.crypto.ed25519 import SigningKey, encode_base64url
from shared.crypto.merkle import inclusion_ranges
from shared.crypto.signed_note import log_name
from shared.protocol.envelope import ReplyHead, sign_envelope
from tests.conftest import NOW
from tests.shared.audit.notices_log import ENTRIES, FORGED, KEYS, LOG, PROOF, ROOT, SERVICE, Log, entry_of, request_id

Plain = dict[str, Any]


def said(log: Log, index: int = 5, size: int = 300, **changed: Any) -> bytes:
    """Return the answer of a service about a leaf, with members changed."""
    plain: Plain = {
        "origin": log_name(SERVICE),
        "size": size,
        "index": index,
        "hash": encode_base64url(log.hashes[index]),
        "proof": log.prove(inclusion_ranges(index, size)),
    }
    return msgspec.json.encode(plain | changed)


def proof(body: bytes, *, key: SigningKey = KEYS[SERVICE], **changed: Any) -> bytes:
    """Return the file with an answer and the checkpoint, with members of the answer's head changed."""
    plain: Plain = {
        "kid": key.kid,
        "id": request_id(9),
        "sender": SERVICE,
        "to": "DE",
        "iat": NOW.timestamp(),
        "exp": NOW.timestamp() + 30,
        "re": request_id(8),
        "re_digest": "",
        "status": 200,
        "content_type": "application/json",
    }
    signature = sign_envelope(ReplyHead(**(plain | changed)), body, key)
    entries = tuple(sorted((*ENTRIES, entry_of("DE")))) if "sender" in changed else ENTRIES
    return write_proof(
        Contradiction(
            service=SERVICE, entries=entries, checkpoint=LOG.checkpoint(300), signature=signature, body=body.decode()
        )
    )


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
