"""Proofs of one leaf: a genuine proof explains an answer; of a changed one, the check names what was changed."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.audit.format.commitment import MAX_SLOTS, commit
from shared.audit.format.leaf import decode, filler_secret
from shared.audit.format.proof_file import write_proof
from shared.audit.verify.checkpoints import Findings
from shared.audit.verify.leaf_proof import Answer, verify_proof
from shared.audit.verify.signatures import attest, keys_of
from shared.crypto.ed25519 import SigningKey, encode_base64url
from shared.crypto.signed_note import (
    Checkpoint,
    cosign,
    log_name,
    parse_note,
    sign_checkpoint,
    with_signature,
    witness_name,
)
from shared.protocol.envelope import digest_of
from shared.protocol.http import HttpRequest
from tests.conftest import NOW
from tests.shared.audit.logs import (
    ASKED,
    BODY,
    DIGESTS,
    ENTRIES,
    FORGED,
    KEYS,
    LEAF_SALT,
    LOG,
    PROOF,
    ROOT,
    SEEN,
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


def junk_of(name: str, key_id: bytes = b"abcd") -> str:
    """Return a signature line that no key of the directory made."""
    return f"— {name} {base64.b64encode(key_id + bytes(72)).decode()}\n"


LOG_KEY_ID = parse_note(LOG.checkpoint(300)).signatures[0].key_id
JUNK = [
    "",
    junk_of("i247/ZZ"),
    junk_of("i247/FR"),
    junk_of("i247/IPSG"),
    junk_of("i247/notices"),
    junk_of("i247/notices", LOG_KEY_ID),
    junk_of("i247/ZZ") * 200,
    junk_of("witness.example/x"),
]


def check(file: bytes, **options: Any) -> Findings:
    """Return the findings on a proof, with the right root key."""
    return verify_proof(file, ROOT.public, **options)


def wrong(found: Findings) -> dict[str, str]:
    """Return the findings that are not ok, by the name of the check."""
    return {each.check: each.says for each in found.found if not each.ok}


def proven(index: int = 7, size: int = 300, **changed: Any) -> bytes:
    """Return the file of a proof with members changed."""
    return write_proof(LOG.proof(index, size, **changed))


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


def edited(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Return a function that sets a member of a file, given by its path."""

    def change(plain: dict[str, Any]) -> None:
        *parents, last = [int(step) if step.isdigit() else step for step in path.split("/")]
        for step in parents:
            plain = plain[step]
        plain[last] = value

    return change


def tampered(change: Callable[[dict[str, Any]], Any]) -> bytes:
    """Return a changed proof in the encoding of proofs."""
    plain = json.loads(PROOF)
    change(plain)
    return f"{json.dumps(plain, ensure_ascii=False, indent=1)}\n".encode()


def replaced(member: str, old: str, new: str) -> Callable[[dict[str, Any]], None]:
    """Return a function that replaces a text in a member."""

    def change(plain: dict[str, Any]) -> None:
        assert old in plain[member]
        plain[member] = plain[member].replace(old, new)

    return change


TAMPERED: dict[str, tuple[Callable[[dict[str, Any]], Any], str, str]] = {
    "another format": (edited("format", "i247-audit-proof-2"), "form", "Invalid value"),
    "an unknown member": (edited("comment", "trust me"), "form", "unknown field `comment`"),
    "a missing member": (lambda plain: plain.pop("proof"), "form", "required field `proof`"),
    "entries in another order": (lambda plain: plain["entries"].reverse(), "form", "encoded in another way"),
    "another service": (edited("service", "fingerprints"), "checkpoint", "not the log of fingerprints"),
    "a larger log": (replaced("checkpoint", "\n300\n", "\n301\n"), "checkpoint", "made the signature in its name"),
    "no checkpoint": (edited("checkpoint", "300"), "checkpoint", "no signatures"),
    "another index": (edited("index", 6), "inclusion", "does not have this leaf at 6"),
    "an index outside the tree": (edited("index", 300), "inclusion", "a tree of 300 leaves has no leaf 300"),
    "one hash less": (lambda plain: plain["proof"].pop(), "inclusion", "8 hashes where 9 are needed"),
    "another hash": (edited("proof/0", "A" * 43), "inclusion", "does not have this leaf"),
    "another officer": (replaced("leaf", "de.officer", "de.another"), "inclusion", "does not have this leaf"),
    "another purpose": (replaced("leaf", "wanted", "missing"), "inclusion", "does not have this leaf"),
    "a leaf in another encoding": (replaced("leaf", '"v":1', '"v": 1'), "leaf", "not in the encoding"),
    "another version": (edited("records/0/version", 4), "records", "record 1 is not what"),
    "another owner": (edited("records/1/owner", "FR"), "records", "record 2 is not what"),
    "another rule": (edited("records/0/rule", "owner"), "records", "record 1 is not what"),
    "another score": (edited("records/0/score", 0.91), "records", "record 1 is not what"),
    "another match": (edited("records/0/match", "name"), "records", "record 1 is not what"),
    "another salt": (edited("records/0/salt", encode_base64url(bytes(16))), "records", "record 1 is not what"),
    "no salt": (edited("records/0/salt", "!"), "records", "record 1 is not what"),
    "another slot": (edited("records/0/slot", 0), "records", "record 1 is not what"),
    "a slot beyond the maximum": (edited("records/0/slot", 65_536), "form", "`int` <= 65535"),
    "a slot outside the tree": (
        lambda plain: plain["records"][0].update(slot=plain["records"][0]["slot"] + 256),
        "records",
        "is not what",
    ),
    "another place in a list": (edited("records/0/tag", "A" * 43), "records", "record 1 is not what"),
    "an invalid place in a list": (edited("records/0/tag", "!"), "form", "$.records[0].tag"),
    "another path": (edited("records/1/path/7", "A" * 43), "records", "record 2 is not what"),
    "an invalid path": (edited("records/1/path/7", "B" * 43), "records", "record 2 is not what"),
    "a shorter path": (lambda plain: plain["records"][0]["path"].pop(), "form", "length >= 8"),
    "one record less": (lambda plain: plain["records"].pop(), "records", "not all that the leaf has"),
    "a record twice": (lambda plain: plain["records"].append(plain["records"][1]), "records", "is there twice"),
    "records in another order": (lambda plain: plain["records"].reverse(), "form", "encoded in another way"),
    "a closed record that the leaf does not have": (
        edited("complete/closed", ["A" * 43]),
        "records",
        "not all that the leaf has",
    ),
    "more records than an answer can show": (
        edited("complete/closed", [f"{number:043}" for number in range(MAX_SLOTS)]),
        "records",
        "not all that the leaf has",
    ),
    "a record that is both open and closed": (edited("complete/closed", DIGESTS[:1]), "records", "is there twice"),
    "another secret": (
        edited("complete/secret", encode_base64url(filler_secret(bytes(16)))),
        "records",
        "not all that the leaf has",
    ),
    "an invalid secret": (edited("complete/secret", "B" * 43), "records", "not all that the leaf has"),
    "an invalid hash": (edited("proof/0", "B" * 43), "inclusion", "not base64url"),
    "no entries": (edited("entries", []), "checkpoint", "no key of notices that the root vouches for"),
    "one entry too many": (
        lambda plain: plain.update(entries=sorted([*ENTRIES, entry_of("IT")])),
        "directory entries",
        "nothing here was signed with the key",
    ),
    "an entry of another root": (
        lambda plain: plain.update(entries=sorted([*ENTRIES, entry_of("IT", root=SigningKey.generate())])),
        "directory entries",
        "not signed by the pinned root key",
    ),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_a_changed_proof_is_detected_and_the_check_names_the_change(name: str) -> None:
    """Also if it is encoded as proofs are."""
    change, check_name, sentence = TAMPERED[name]
    found = check(tampered(change))
    assert sentence in wrong(found)[check_name]
    assert found.content is None


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


@given(st.data())
def test_a_change_of_any_byte_of_a_proof_is_detected(data: st.DataObject) -> None:
    """Verification raises nothing, whichever byte it is."""
    at = data.draw(st.integers(0, len(PROOF) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != PROOF[at]))
    assert not check(PROOF[:at] + bytes([other]) + PROOF[at + 1 :], asked=ASKED).ok


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"[" * 100_000, b'{"leaf":"\\ud800"}', PROOF[:-1], PROOF + b"\n", PROOF.replace(b"\n ", b"\n")],
)
def test_a_file_that_is_not_a_proof_fails_the_form_check(raw: bytes) -> None:
    assert set(wrong(check(raw))) == {"form"}


def test_a_lone_surrogate_in_a_leaf_fails_the_check() -> None:
    """JSON can encode it, though it is not text."""
    raw = PROOF.replace(b"de.officer", b"\\ud800")
    assert not check(raw).ok


def test_a_proof_is_not_verified_with_another_root_key() -> None:
    """No directory entry is valid then, and so no signature."""
    found = verify_proof(PROOF, SigningKey.generate().public)
    assert {"checkpoint", "directory entries"} <= set(wrong(found))


@pytest.mark.parametrize("by", [[], ["FR"], ["FR", "FR"]])
def test_a_checkpoint_needs_the_cosignatures_of_two_bureaus(by: list[str]) -> None:
    """Several cosignatures of one bureau are not enough."""
    entries = tuple(sorted({entry_of(SERVICE), *(entry_of(bureau) for bureau in by)}))
    found = wrong(check(proven(checkpoint=LOG.checkpoint(300, by=by), entries=entries)))
    assert set(found) == {"witnesses"}
    assert "it takes 2 bureaus" in found["witnesses"]


def test_a_witness_without_a_directory_entry_does_not_count() -> None:
    """Its name alone proves nothing; the other checks are not affected."""
    found = wrong(check(proven(entries=tuple(sorted([entry_of("DE"), entry_of(SERVICE)])))))
    assert set(found) == {"witnesses"}
    assert "no key of FR that the root vouches for made the signature in its name" in found["witnesses"]


def test_the_earliest_cosignature_of_a_witness_counts() -> None:
    """In whatever order its lines are."""
    later = SEEN + timedelta(hours=1)
    note = LOG.checkpoint(300, by=["DE"], at=later)
    for bureau in ("FR", "DE"):
        note = with_signature(note, cosign(parse_note(note), witness_name(bureau), KEYS[bureau], SEEN))
    explained = check(proven(checkpoint=note)).content
    assert explained is not None
    assert [each.at for each in explained.attested.witnesses] == [SEEN.timestamp()] * 2


def test_a_service_does_not_count_as_a_witness() -> None:
    """Those who keep the records cannot vouch for their log."""
    entries = tuple(sorted([entry_of("DE"), entry_of("FR", kind="service"), entry_of(SERVICE)]))
    assert "no key of FR that the root vouches for" in wrong(check(proven(entries=entries)))["witnesses"]


def test_the_secretariat_does_not_count_as_a_witness() -> None:
    """It keeps the logs; next to two other cosignatures its own does no harm."""
    entries = tuple(sorted([entry_of("DE"), entry_of(SERVICE)]))
    found = wrong(check(proven(checkpoint=LOG.checkpoint(300, by=["DE", "IPSG"]), entries=entries)))
    assert found.keys() == {"witnesses"}
    assert "it takes 2 bureaus: cosigned by DE at" in found["witnesses"]
    assert "IPSG keeps the logs, and is not a witness of them" in found["witnesses"]
    assert check(proven(checkpoint=LOG.checkpoint(300, by=["DE", "IPSG", "FR"]))).ok


def test_a_bureau_key_cannot_sign_a_checkpoint_of_a_log() -> None:
    entries = tuple(sorted([entry_of("DE"), entry_of("FR"), entry_of(SERVICE, kind="bureau")]))
    assert "no key of notices that the root vouches for" in wrong(check(proven(entries=entries)))["checkpoint"]


def witnessed_with(**changed: Any) -> dict[str, str]:
    """Return the findings if the key of FR has another entry."""
    entries = tuple(sorted([entry_of("DE"), entry_of("FR", **changed), entry_of(SERVICE)]))
    return wrong(check(proven(entries=entries)))


def test_a_witness_counts_only_while_its_key_is_valid() -> None:
    """To the second, as a cosignature states no fraction; a key that was revoked since does not count."""
    seen = SEEN.timestamp() + 1
    assert witnessed_with(not_before=seen + 0.9) == {}
    for changed, sentence in (
        ({"not_before": seen + 1.1}, "FR: the key was valid from"),
        ({"not_after": seen - 0.1}, "FR: the key was valid from"),
        ({"revoked_at": seen}, "FR: the key was revoked before"),
        ({"revoked_at": seen + DAY}, "FR: the key was revoked later"),
    ):
        found = witnessed_with(**changed)
        assert found.keys() == {"witnesses"}
        assert "it takes 2 bureaus: cosigned by DE at" in found["witnesses"]
        assert sentence in found["witnesses"]


DAY = 86_400.0


def signed_with(**changed: Any) -> dict[str, str]:
    """Return the findings if the key of the log has another entry."""
    entries = tuple(sorted([entry_of("DE"), entry_of("FR"), entry_of(SERVICE, **changed)]))
    return wrong(check(proven(entries=entries)))


def test_the_key_of_a_log_must_be_valid_when_bureaus_cosigned() -> None:
    """A later revocation changes nothing: the witnesses prove that it signed before. Clocks may differ by 30 s."""
    seen = SEEN.timestamp()
    assert signed_with(revoked_at=seen + DAY) == {}
    assert signed_with(not_before=seen + 31) == {}
    assert "the key was valid from" in signed_with(not_before=seen + 33)["checkpoint"]
    assert "the key was valid from" in signed_with(not_after=seen - 1)["checkpoint"]
    assert "the key was revoked before" in signed_with(revoked_at=seen)["checkpoint"]


def test_a_backdated_cosignature_does_not_invalidate_the_others() -> None:
    """A bureau that colludes with the log could otherwise void evidence by a time before the log had its key."""
    early = NOW - timedelta(days=400)
    note = LOG.checkpoint(300)
    for bureau, at in (("IT", early), ("FR", SEEN)):
        note = with_signature(note, cosign(parse_note(note), witness_name(bureau), KEYS[bureau], at))
    entries = tuple(sorted([*ENTRIES, entry_of("IT", not_before=early.timestamp())]))
    attested, found = attest(note, SERVICE, keys_of(SERVICE, entries, ROOT.public))
    assert attested is not None, found


def test_one_valid_signature_of_the_log_is_enough() -> None:
    """Another signature of the log with an expired key is ignored."""
    former = SigningKey(bytes([99]) * 32)
    checkpoint = Checkpoint(log_name(SERVICE), 300, LOG.root(300))
    _, _, line = sign_checkpoint(checkpoint, log_name(SERVICE), former).rpartition("\n\n")
    ended = entry_of(SERVICE, signing_key=former.public.jwk["x"], not_after=NOW.timestamp() - DAY / 2)
    entries = tuple(sorted([*ENTRIES, ended]))
    assert check(proven(checkpoint=with_signature(LOG.checkpoint(300), line), entries=entries)).ok


def test_a_checkpoint_signed_with_a_revoked_key_needs_witnesses() -> None:
    """The thief of a key could sign a log of any age."""
    entries = (entry_of(SERVICE, revoked_at=NOW.timestamp() + DAY),)
    found = wrong(check(proven(checkpoint=LOG.checkpoint(300, by=[]), entries=entries)))
    assert "no bureau cosigned it before" in found["checkpoint"]


def test_a_log_that_changed_its_key_is_verified() -> None:
    """Entries of former keys are there for earlier answers, and need not have signed a checkpoint."""
    former = SigningKey(bytes([99]) * 32)
    entries = tuple(sorted([*ENTRIES, entry_of(SERVICE, signing_key=former.public.jwk["x"])]))
    assert check(proven(entries=entries)).ok


def test_a_witness_of_another_network_is_ignored() -> None:
    """Its key is not in this directory."""
    line = cosign(parse_note(LOG.checkpoint(300)), "witness.example/1", SigningKey.generate(), SEEN)
    assert check(proven(checkpoint=with_signature(LOG.checkpoint(300), line))).ok


def test_a_leaf_with_a_later_time_than_a_cosignature_fails_the_check() -> None:
    """A bureau that saw the tree saw the leaf; clocks may differ by 30 s."""
    early = LOG.checkpoint(300, at=NOW - timedelta(seconds=1_000 - 7 + 30))
    assert check(proven(checkpoint=early)).ok
    earlier = LOG.checkpoint(300, at=NOW - timedelta(seconds=1_000 - 7 + 31))
    assert "a bureau had seen it already" in wrong(check(proven(checkpoint=earlier)))["leaf"]


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


@pytest.mark.parametrize("junk", JUNK)
def test_a_split_view_shown_to_another_bureau_is_detected(junk: str) -> None:
    """Two roots of one size: the finding has both checkpoints, whatever lines the log added to them."""
    other = shown_to_others(FORGED.checkpoint(300, by=["IT"]) + junk, entry_of("IT"))
    found = wrong(check(PROOF, others=[other]))
    assert set(found) == {"other checkpoint 1"}
    assert found["other checkpoint 1"].startswith("a split view: the log signed another tree of 300 leaves")
    for note in (LOG.checkpoint(300), FORGED.checkpoint(300, by=["IT"])):
        for line in note.splitlines():
            assert line in found["other checkpoint 1"]


@pytest.mark.parametrize("junk", JUNK)
def test_an_unknown_signature_line_does_not_invalidate_a_proof(junk: str) -> None:
    """It is ignored, and reported if it names a participant; the report stays short."""
    found = check(proven(checkpoint=LOG.checkpoint(300) + junk))
    assert found.ok, found.found
    [says] = [each.says for each in found.found if each.check == "witnesses"]
    assert ("not counted" in says) == ("— i247/" in junk)
    assert len(says) < 1_000


def test_a_checkpoint_not_signed_by_the_log_is_no_evidence_of_a_split_view() -> None:
    made_up = f"{FORGED.checkpoint(300).partition('—')[0]}—{LOG.checkpoint(300).partition('—')[2]}"
    found = wrong(check(PROOF, others=[shown_to_others(made_up)]))
    assert "no key of notices that the root vouches for" in found["other checkpoint 1"]
    assert "forked" not in found["other checkpoint 1"]


def test_checkpoints_of_other_sizes_are_undecided() -> None:
    """What the proof explains stays verified."""
    found = check(PROOF, others=[shown_to_others(LOG.checkpoint(300)), shown_to_others(LOG.checkpoint(299))])
    assert [each.check for each in found.found if not each.ok] == ["other checkpoint 2"]
    assert [each.check for each in found.found if each.is_open] == ["other checkpoint 2"]
    assert (found.ok, found.content is not None) == (False, True)
