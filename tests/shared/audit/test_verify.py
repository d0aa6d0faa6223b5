"""What the proof of a leaf shows: which answer it explains, which records, and by which request."""

from typing import Any

import pytest

from shared.audit.format.commitment import commit
from shared.audit.format.leaf import decode, filler_secret
from shared.audit.format.proof_file import write_proof
from shared.audit.verify.checkpoints import Findings
from shared.audit.verify.leaf_proof import Answer
from shared.crypto.ed25519 import SigningKey, encode_base64url
from shared.protocol.envelope import digest_of
from shared.protocol.http import HttpRequest
from tests.conftest import NOW
from tests.shared.audit.findings import check, proven, wrong
from tests.shared.audit.notices_log import (
    ASKED,
    BODY,
    DIGESTS,
    ENTRIES,
    KEYS,
    LEAF_SALT,
    LOG,
    PROOF,
    SERVICE,
    SHOWN,
    TOLD,
    Log,
    answer_to,
    entry_of,
    leaf,
    opened,
    shown_to_others,
)


def test_a_genuine_proof_explains_an_answer() -> None:
    """Who was shown what, when, for which purpose, by which rule and match, and which bureaus cosigned the log."""
    found = check(PROOF, answer=answer_to(7), others=[shown_to_others(LOG.checkpoint(300, by=["DE"]))])
    assert wrong(found) == {}
    explained = found.content
    assert explained is not None
    assert (explained.proof.service, explained.proof.index, explained.attested.checkpoint.size) == (SERVICE, 7, 300)
    assert explained.leaf == decode(leaf(7))
    assert ([each.shown for each in explained.proof.records], explained.others) == (list(SHOWN), 0)
    assert [str(each) for each in explained.attested.witnesses] == [
        "DE at 2026-06-01 12:00:02 UTC",
        "FR at 2026-06-01 12:00:03 UTC",
    ]


def of_records(found: Findings) -> str:
    """Return the finding on the records."""
    assert found.ok, found.found
    return {each.check: each.says for each in found.found}["records"]


def test_an_owner_proves_its_record_without_learning_of_others() -> None:
    """The proof has the same length and wording if the answer showed no other record."""
    own = proven(records=opened(TOLD[:1]).records, complete=None)
    assert of_records(check(own)) == "the leaf has each that is shown; the file does not prove whether it has others"
    assert SHOWN[1].record.encode() not in own
    alone = opened(TOLD[:1], DIGESTS[:1])
    log = Log([*LOG.leaves[:7], leaf(7, records=commit(filler_secret(LEAF_SALT), DIGESTS[:1])), *LOG.leaves[8:]])
    of_alone = write_proof(log.proof(7, 300, records=alone.records, complete=None))
    assert [each.says for each in check(own).found] == [each.says for each in check(of_alone).found]
    assert len(own) == len(of_alone)
    explained = [check(file).content for file in (own, of_alone)]
    assert [each.others for each in explained if each] == [None, None]


def test_a_complete_proof_states_how_many_other_records_there_are() -> None:
    """None, or the number of those whose match was erased."""
    assert of_records(check(PROOF)) == "the leaf has those shown and no others"
    disclosed = TOLD[1:]
    partly = check(proven(records=opened(disclosed).records, complete=opened(disclosed).complete))
    assert of_records(partly) == "the leaf has each that is shown, and 1 more"
    assert partly.content is not None
    assert partly.content.others == 1


def test_a_leaf_without_records_states_that_none_was_shown() -> None:
    """No record can be proven of it."""
    log = Log([*LOG.leaves[:7], leaf(7, records=None), *LOG.leaves[8:]])
    nothing = check(write_proof(log.proof(7, 300, records=(), complete=None)))
    assert of_records(nothing) == "the leaf has those shown and no others"
    assert nothing.content is not None
    assert nothing.content.others == 0
    for changed in ({"records": ()}, {"complete": None}):
        assert "states that none was shown" in wrong(check(write_proof(log.proof(7, 300, **changed))))["records"]


@pytest.mark.parametrize("number", [1, 7, 298])
def test_each_leaf_has_a_valid_proof(number: int) -> None:
    """In trees of any shape."""
    assert check(proven(number, number + 1)).ok
    assert check(proven(number, 299)).ok


OTHERWISE_ASKED = [
    HttpRequest("POST", ASKED.target),
    HttpRequest("GET", "/notices/search?name=Dupont"),
    HttpRequest("GET", ASKED.target, "application/json"),
    HttpRequest("GET", ASKED.target, body=b"{}"),
]


@pytest.mark.parametrize("asked", OTHERWISE_ASKED, ids=str)
def test_a_query_is_proven_byte_for_byte(asked: HttpRequest) -> None:
    """Another method, target, content type or body fails the check."""
    found = check(PROOF, asked=ASKED)
    assert (found.ok, "it is what was asked" in [each.says for each in found.found]) == (True, True)
    assert "something else was asked" in wrong(check(PROOF, asked=asked))["query"]


@pytest.mark.parametrize("salt", [None, "", "!", encode_base64url(bytes(16)), encode_base64url(LEAF_SALT)], ids=str)
def test_a_query_is_not_proven_without_its_salt(salt: str | None) -> None:
    """A reader who is not given it, such as the owner of a shown record, cannot make one up."""
    assert set(wrong(check(proven(query_salt=salt), asked=ASKED))) == {"query"}


def test_a_query_is_not_proven_by_a_leaf_without_its_digest() -> None:
    """As where the process ended before it answered."""
    log = Log([leaf(0, query=None)])
    found = check(write_proof(log.proof(0, 1)), asked=ASKED)
    assert "did not know what was asked" in wrong(found)["query"]


OTHER_ANSWERS: dict[str, tuple[Answer, str]] = {
    "another answer": (answer_to(8), "the leaf is about another answer"),
    "another body": (Answer(answer_to(7).signature, BODY + b" "), "do not belong together"),
    "no answer": (Answer("", b""), "not that of an answer"),
    "a signature that is too long": (Answer("x" * 20_000, b""), "not that of an answer"),
    "an answer signed by a bureau": (answer_to(7, key=KEYS["DE"]), "is of notices"),
    "an answer in the name of a bureau": (answer_to(7, sender="DE"), "is of notices"),
}


@pytest.mark.parametrize("name", OTHER_ANSWERS)
def test_an_answer_must_be_the_one_that_the_leaf_records(name: str) -> None:
    """Signed by the service, and with this body."""
    answer, sentence = OTHER_ANSWERS[name]
    assert sentence in wrong(check(PROOF, answer=answer))["answer"]


def test_an_answer_must_be_signed_with_a_key_that_was_valid_at_its_time() -> None:
    """It may be another key than that of the checkpoint."""
    former = SigningKey(bytes([99]) * 32)
    answer = answer_to(7, key=former)
    log = Log([*LOG.leaves[:7], leaf(7, answer=digest_of(answer.signature)), *LOG.leaves[8:]])
    for ended, fits in ((NOW.timestamp() + 7, True), (NOW.timestamp() + 6, False)):
        entry = entry_of(SERVICE, signing_key=former.public.jwk["x"], not_after=ended)
        found = check(write_proof(log.proof(7, 300, entries=tuple(sorted([*ENTRIES, entry])))), answer=answer)
        assert found.ok == fits
        assert ("the key was valid from" in wrong(found).get("answer", "")) != fits


@pytest.mark.parametrize("changed", [{"re": "another"}, {"to": "FR"}, {"status": 404}])
def test_a_leaf_that_contradicts_the_answer_is_detected(changed: dict[str, Any]) -> None:
    """For example a leaf that names another bureau than the one that was answered."""
    answer = answer_to(7, **changed)
    lying = Log([*LOG.leaves[:7], leaf(7, answer=digest_of(answer.signature)), *LOG.leaves[8:]])
    found = wrong(check(write_proof(lying.proof(7, 300)), answer=answer))
    assert found == {"answer": "it answers another request than that of the leaf"}
