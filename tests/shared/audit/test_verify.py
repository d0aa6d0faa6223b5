"""Proofs of one leaf: a genuine one explains an answer, and whatever was changed in another is named."""

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
    """Return a line of signature by which nobody is bound."""
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
    """Return what is found in a proof with the right root."""
    return verify_proof(file, ROOT.public, **options)


def wrong(found: Findings) -> dict[str, str]:
    """Return what is said of what does not fit, by the name of the check."""
    return {each.check: each.says for each in found.found if not each.ok}


def proven(index: int = 7, size: int = 300, **changed: Any) -> bytes:
    """Return the file of a proof with members changed."""
    return write_proof(LOG.proof(index, size, **changed))


def test_a_genuine_proof_explains_an_answer() -> None:
    """Who was shown what, when, for which purpose, by which rule and match, and which bureaus saw the log."""
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
    """Return what is said of the records."""
    assert found.ok, found.found
    return {each.check: each.says for each in found.found}["records"]


def test_an_owner_is_shown_that_his_record_is_held_and_not_whether_there_are_others() -> None:
    """The proof is as good, and as long and in the same words where the answer showed nothing else."""
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


def test_who_may_know_of_all_finds_out_that_there_are_no_others() -> None:
    """And where some are not told, as they are forgotten, how many."""
    assert of_records(check(PROOF)) == "the leaf has those shown and no others"
    told = TOLD[1:]
    partly = check(proven(records=opened(told).records, complete=opened(told).complete))
    assert of_records(partly) == "the leaf has each that is shown, and 1 more"
    assert partly.content is not None
    assert partly.content.others == 1


def test_where_nothing_was_shown_the_leaf_says_so() -> None:
    """Nothing can be told then, whatever it is proven with."""
    log = Log([*LOG.leaves[:7], leaf(7, records=None), *LOG.leaves[8:]])
    nothing = check(write_proof(log.proof(7, 300, records=(), complete=None)))
    assert of_records(nothing) == "the leaf has those shown and no others"
    assert nothing.content is not None
    assert nothing.content.others == 0
    for changed in ({"records": ()}, {"complete": None}):
        assert "states that none was shown" in wrong(check(write_proof(log.proof(7, 300, **changed))))["records"]


@pytest.mark.parametrize("number", [1, 7, 298])
def test_each_leaf_has_its_proof(number: int) -> None:
    """In a tree of any shape."""
    assert check(proven(number, number + 1)).ok
    assert check(proven(number, 299)).ok


def edited(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Return what sets a member of a file, by its path."""

    def change(plain: dict[str, Any]) -> None:
        *parents, last = [int(step) if step.isdigit() else step for step in path.split("/")]
        for step in parents:
            plain = plain[step]
        plain[last] = value

    return change


def doctored(change: Callable[[dict[str, Any]], Any]) -> bytes:
    """Return the proof with something changed, spelled as if it had been made so."""
    plain = json.loads(PROOF)
    change(plain)
    return f"{json.dumps(plain, ensure_ascii=False, indent=1)}\n".encode()


def replaced(member: str, old: str, new: str) -> Callable[[dict[str, Any]], None]:
    """Return what puts one text for another in a member."""

    def change(plain: dict[str, Any]) -> None:
        assert old in plain[member]
        plain[member] = plain[member].replace(old, new)

    return change


DOCTORED: dict[str, tuple[Callable[[dict[str, Any]], Any], str, str]] = {
    "another format": (edited("format", "i247-audit-proof-2"), "form", "Invalid value"),
    "an unknown member": (edited("comment", "trust me"), "form", "unknown field `comment`"),
    "a member missing": (lambda plain: plain.pop("proof"), "form", "required field `proof`"),
    "entries in another order": (lambda plain: plain["entries"].reverse(), "form", "encoded in another way"),
    "another service": (edited("service", "fingerprints"), "checkpoint", "not the log of fingerprints"),
    "a larger log": (replaced("checkpoint", "\n300\n", "\n301\n"), "checkpoint", "made the signature in its name"),
    "no checkpoint": (edited("checkpoint", "300"), "checkpoint", "no signatures"),
    "another index": (edited("index", 6), "inclusion", "does not have this leaf at 6"),
    "an index beyond": (edited("index", 300), "inclusion", "a tree of 300 leaves has no leaf 300"),
    "a hash less": (lambda plain: plain["proof"].pop(), "inclusion", "8 hashes where 9 are needed"),
    "another hash": (edited("proof/0", "A" * 43), "inclusion", "does not have this leaf"),
    "another officer": (replaced("leaf", "de.officer", "de.another"), "inclusion", "does not have this leaf"),
    "another purpose": (replaced("leaf", "wanted", "missing"), "inclusion", "does not have this leaf"),
    "a leaf not in the encoding": (replaced("leaf", '"v":1', '"v": 1'), "leaf", "not in the encoding"),
    "another version": (edited("records/0/version", 4), "records", "record 1 is not what"),
    "another owner": (edited("records/1/owner", "FR"), "records", "record 2 is not what"),
    "another rule": (edited("records/0/rule", "owner"), "records", "record 1 is not what"),
    "another score": (edited("records/0/score", 0.91), "records", "record 1 is not what"),
    "another match": (edited("records/0/match", "name"), "records", "record 1 is not what"),
    "another salt": (edited("records/0/salt", encode_base64url(bytes(16))), "records", "record 1 is not what"),
    "no salt": (edited("records/0/salt", "!"), "records", "record 1 is not what"),
    "another slot": (edited("records/0/slot", 0), "records", "record 1 is not what"),
    "a slot beyond": (edited("records/0/slot", 65_536), "form", "`int` <= 65535"),
    "a slot that the tree has not": (
        lambda plain: plain["records"][0].update(slot=plain["records"][0]["slot"] + 256),
        "records",
        "is not what",
    ),
    "another place in a list": (edited("records/0/tag", "A" * 43), "records", "record 1 is not what"),
    "a place that is none": (edited("records/0/tag", "!"), "form", "$.records[0].tag"),
    "another way": (edited("records/1/path/7", "A" * 43), "records", "record 2 is not what"),
    "a way that is none": (edited("records/1/path/7", "B" * 43), "records", "record 2 is not what"),
    "a shorter way": (lambda plain: plain["records"][0]["path"].pop(), "form", "length >= 8"),
    "a record less": (lambda plain: plain["records"].pop(), "records", "not all that the leaf has"),
    "a record twice": (lambda plain: plain["records"].append(plain["records"][1]), "records", "is there twice"),
    "records in another order": (lambda plain: plain["records"].reverse(), "form", "encoded in another way"),
    "a record that is not there": (
        edited("complete/closed", ["A" * 43]),
        "records",
        "not all that the leaf has",
    ),
    "more records than an answer can show": (
        edited("complete/closed", [f"{number:043}" for number in range(MAX_SLOTS)]),
        "records",
        "not all that the leaf has",
    ),
    "one that is told and not told": (edited("complete/closed", DIGESTS[:1]), "records", "is there twice"),
    "another secret": (
        edited("complete/secret", encode_base64url(filler_secret(bytes(16)))),
        "records",
        "not all that the leaf has",
    ),
    "a secret that is none": (edited("complete/secret", "B" * 43), "records", "not all that the leaf has"),
    "a hash that is none": (edited("proof/0", "B" * 43), "inclusion", "not base64url"),
    "no entries": (edited("entries", []), "checkpoint", "no key of notices that the root vouches for"),
    "an entry too many": (
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


@pytest.mark.parametrize("name", DOCTORED)
def test_a_doctored_proof_is_found_out_by_what_was_changed(name: str) -> None:
    """Whoever changes a proof, and spells it as it was made, is found out, and the check says where."""
    change, check_name, sentence = DOCTORED[name]
    found = check(doctored(change))
    assert sentence in wrong(found)[check_name]
    assert found.content is None


OTHERWISE_ASKED = [
    HttpRequest("POST", ASKED.target),
    HttpRequest("GET", "/notices/search?name=Dupont"),
    HttpRequest("GET", ASKED.target, "application/json"),
    HttpRequest("GET", ASKED.target, body=b"{}"),
]


@pytest.mark.parametrize("asked", OTHERWISE_ASKED, ids=str)
def test_what_was_asked_is_proven_to_the_byte(asked: HttpRequest) -> None:
    """By whoever has it at hand; nothing else passes for it."""
    found = check(PROOF, asked=ASKED)
    assert (found.ok, "it is what was asked" in [each.says for each in found.found]) == (True, True)
    assert "something else was asked" in wrong(check(PROOF, asked=asked))["query"]


@pytest.mark.parametrize("salt", [None, "", "!", encode_base64url(bytes(16)), encode_base64url(LEAF_SALT)], ids=str)
def test_without_its_salt_nobody_proves_what_was_asked(salt: str | None) -> None:
    """Whoever was not given it, as the owner of a record that was shown, and whoever makes one up."""
    assert set(wrong(check(proven(query_salt=salt), asked=ASKED))) == {"query"}


def test_what_was_asked_long_ago_may_not_be_known_any_more() -> None:
    """As where the process ended before it answered: the leaf holds no digest of it."""
    log = Log([leaf(0, query=None)])
    found = check(write_proof(log.proof(0, 1)), asked=ASKED)
    assert "did not know what was asked" in wrong(found)["query"]


@given(st.data())
def test_every_byte_of_a_proof_counts(data: st.DataObject) -> None:
    """Whichever byte is another: it does not fit, and nothing fails."""
    at = data.draw(st.integers(0, len(PROOF) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != PROOF[at]))
    assert not check(PROOF[:at] + bytes([other]) + PROOF[at + 1 :], asked=ASKED).ok


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"[" * 100_000, b'{"leaf":"\\ud800"}', PROOF[:-1], PROOF + b"\n", PROOF.replace(b"\n ", b"\n")],
)
def test_what_is_no_proof_is_said_not_to_be(raw: bytes) -> None:
    """Whatever it is, a finding says so."""
    assert set(wrong(check(raw))) == {"form"}


def test_half_a_character_does_not_fit() -> None:
    """JSON can spell what is no text."""
    raw = PROOF.replace(b"de.officer", b"\\ud800")
    assert not check(raw).ok


def test_another_root_vouches_for_nothing() -> None:
    """With another root key no entry holds, and so no signature."""
    found = verify_proof(PROOF, SigningKey.generate().public)
    assert {"checkpoint", "directory entries"} <= set(wrong(found))


@pytest.mark.parametrize("by", [[], ["FR"], ["FR", "FR"]])
def test_it_takes_two_bureaus_to_believe_a_log(by: list[str]) -> None:
    """One witness, however often it signs, is not enough."""
    entries = tuple(sorted({entry_of(SERVICE), *(entry_of(bureau) for bureau in by)}))
    found = wrong(check(proven(checkpoint=LOG.checkpoint(300, by=by), entries=entries)))
    assert set(found) == {"witnesses"}
    assert "it takes 2 bureaus" in found["witnesses"]


def test_a_witness_whose_entry_is_not_there_is_not_believed() -> None:
    """A name is no signature; and it takes nothing from what the others say."""
    found = wrong(check(proven(entries=tuple(sorted([entry_of("DE"), entry_of(SERVICE)])))))
    assert set(found) == {"witnesses"}
    assert "no key of FR that the root vouches for made the signature in its name" in found["witnesses"]


def test_a_witness_that_signed_twice_saw_the_log_when_it_saw_it_first() -> None:
    """In whatever order its lines stand."""
    later = SEEN + timedelta(hours=1)
    note = LOG.checkpoint(300, by=["DE"], at=later)
    for bureau in ("FR", "DE"):
        note = with_signature(note, cosign(parse_note(note), witness_name(bureau), KEYS[bureau], SEEN))
    explained = check(proven(checkpoint=note)).content
    assert explained is not None
    assert [each.at for each in explained.attested.witnesses] == [SEEN.timestamp()] * 2


def test_a_service_is_no_witness() -> None:
    """The word of those who keep records is not what a log is believed by."""
    entries = tuple(sorted([entry_of("DE"), entry_of("FR", kind="service"), entry_of(SERVICE)]))
    assert "no key of FR that the root vouches for" in wrong(check(proven(entries=entries)))["witnesses"]


def test_the_secretariat_is_no_witness() -> None:
    """It keeps the logs, so that its word is not the second that it takes; beside two others it does not matter."""
    entries = tuple(sorted([entry_of("DE"), entry_of(SERVICE)]))
    found = wrong(check(proven(checkpoint=LOG.checkpoint(300, by=["DE", "IPSG"]), entries=entries)))
    assert found.keys() == {"witnesses"}
    assert "it takes 2 bureaus: cosigned by DE at" in found["witnesses"]
    assert "IPSG keeps the logs, and is not a witness of them" in found["witnesses"]
    assert check(proven(checkpoint=LOG.checkpoint(300, by=["DE", "IPSG", "FR"]))).ok


def test_a_bureau_has_no_log() -> None:
    """What a bureau signs in the name of a log is no checkpoint of it."""
    entries = tuple(sorted([entry_of("DE"), entry_of("FR"), entry_of(SERVICE, kind="bureau")]))
    assert "no key of notices that the root vouches for" in wrong(check(proven(entries=entries)))["checkpoint"]


def witnessed_with(**changed: Any) -> dict[str, str]:
    """Return what does not fit where the key of FR has another entry."""
    entries = tuple(sorted([entry_of("DE"), entry_of("FR", **changed), entry_of(SERVICE)]))
    return wrong(check(proven(entries=entries)))


def test_a_witness_counts_while_its_key_is_valid() -> None:
    """To the second of the cosignature, which states no fraction; and a key that was revoked since counts no more."""
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
    """Return what does not fit where the key of the log has another entry."""
    entries = tuple(sorted([entry_of("DE"), entry_of("FR"), entry_of(SERVICE, **changed)]))
    return wrong(check(proven(entries=entries)))


def test_the_key_of_a_log_holds_as_of_when_bureaus_saw_it() -> None:
    """A later revocation changes nothing: the witnesses say that it was signed before. Clocks may differ by 30 s."""
    seen = SEEN.timestamp()
    assert signed_with(revoked_at=seen + DAY) == {}
    assert signed_with(not_before=seen + 31) == {}
    assert "the key was valid from" in signed_with(not_before=seen + 33)["checkpoint"]
    assert "the key was valid from" in signed_with(not_after=seen - 1)["checkpoint"]
    assert "the key was revoked before" in signed_with(revoked_at=seen)["checkpoint"]


def test_who_dates_its_word_back_takes_nothing_from_the_others() -> None:
    """A bureau in league with the log could else make void what convicts it, by a time before the log had its key."""
    early = NOW - timedelta(days=400)
    note = LOG.checkpoint(300)
    for bureau, at in (("IT", early), ("FR", SEEN)):
        note = with_signature(note, cosign(parse_note(note), witness_name(bureau), KEYS[bureau], at))
    entries = tuple(sorted([*ENTRIES, entry_of("IT", not_before=early.timestamp())]))
    attested, found = attest(note, SERVICE, keys_of(SERVICE, entries, ROOT.public))
    assert attested is not None, found


def test_one_good_signature_of_the_log_is_enough() -> None:
    """It may have signed with a key beside that was not valid any more, to be believed in neither."""
    former = SigningKey(bytes([99]) * 32)
    checkpoint = Checkpoint(log_name(SERVICE), 300, LOG.root(300))
    _, _, line = sign_checkpoint(checkpoint, log_name(SERVICE), former).rpartition("\n\n")
    ended = entry_of(SERVICE, signing_key=former.public.jwk["x"], not_after=NOW.timestamp() - DAY / 2)
    entries = tuple(sorted([*ENTRIES, ended]))
    assert check(proven(checkpoint=with_signature(LOG.checkpoint(300), line), entries=entries)).ok


def test_a_revoked_key_that_nobody_saw_sign_is_not_believed() -> None:
    """Its thief could sign a log of any age."""
    entries = (entry_of(SERVICE, revoked_at=NOW.timestamp() + DAY),)
    found = wrong(check(proven(checkpoint=LOG.checkpoint(300, by=[]), entries=entries)))
    assert "no bureau cosigned it before" in found["checkpoint"]


def test_a_log_that_changed_its_key_is_believed() -> None:
    """Entries of keys that signed earlier are there for answers of then, and need not have signed a checkpoint."""
    former = SigningKey(bytes([99]) * 32)
    entries = tuple(sorted([*ENTRIES, entry_of(SERVICE, signing_key=former.public.jwk["x"])]))
    assert check(proven(entries=entries)).ok


def test_a_witness_of_another_network_is_passed_over() -> None:
    """Its key is not in this directory, and its word does not count."""
    line = cosign(parse_note(LOG.checkpoint(300)), "witness.example/1", SigningKey.generate(), SEEN)
    assert check(proven(checkpoint=with_signature(LOG.checkpoint(300), line))).ok


def test_a_leaf_is_not_younger_than_the_log_that_holds_it() -> None:
    """A bureau that saw the tree saw the leaf, whatever time it says; but for the skew of clocks."""
    early = LOG.checkpoint(300, at=NOW - timedelta(seconds=1_000 - 7 + 30))
    assert check(proven(checkpoint=early)).ok
    earlier = LOG.checkpoint(300, at=NOW - timedelta(seconds=1_000 - 7 + 31))
    assert "a bureau had seen it already" in wrong(check(proven(checkpoint=earlier)))["leaf"]


OTHER_ANSWERS: dict[str, tuple[Answer, str]] = {
    "another answer": (answer_to(8), "the leaf is about another answer"),
    "another body": (Answer(answer_to(7).signature, BODY + b" "), "do not belong together"),
    "no answer": (Answer("", b""), "not that of an answer"),
    "a longer one": (Answer("x" * 20_000, b""), "not that of an answer"),
    "one that a bureau signed": (answer_to(7, key=KEYS["DE"]), "is of notices"),
    "one in the name of a bureau": (answer_to(7, sender="DE"), "is of notices"),
}


@pytest.mark.parametrize("name", OTHER_ANSWERS)
def test_an_answer_is_the_one_that_the_leaf_is_about(name: str) -> None:
    """Signed by the service, with this body, and to this request."""
    answer, sentence = OTHER_ANSWERS[name]
    assert sentence in wrong(check(PROOF, answer=answer))["answer"]


def test_an_answer_is_signed_with_a_key_that_was_valid_then() -> None:
    """The key of an answer may be another than that of the checkpoint; it holds as of the time of the answer."""
    former = SigningKey(bytes([99]) * 32)
    answer = answer_to(7, key=former)
    log = Log([*LOG.leaves[:7], leaf(7, answer=digest_of(answer.signature)), *LOG.leaves[8:]])
    for ended, fits in ((NOW.timestamp() + 7, True), (NOW.timestamp() + 6, False)):
        entry = entry_of(SERVICE, signing_key=former.public.jwk["x"], not_after=ended)
        found = check(write_proof(log.proof(7, 300, entries=tuple(sorted([*ENTRIES, entry])))), answer=answer)
        assert found.ok == fits
        assert ("the key was valid from" in wrong(found).get("answer", "")) != fits


@pytest.mark.parametrize("changed", [{"re": "another"}, {"to": "FR"}, {"status": 404}])
def test_a_leaf_that_says_otherwise_than_the_answer_does_not_fit(changed: dict[str, Any]) -> None:
    """A log that names another bureau than the one that it answered is found out by the answer."""
    answer = answer_to(7, **changed)
    lying = Log([*LOG.leaves[:7], leaf(7, answer=digest_of(answer.signature)), *LOG.leaves[8:]])
    found = wrong(check(write_proof(lying.proof(7, 300)), answer=answer))
    assert found == {"answer": "it answers another request than that of the leaf"}


@pytest.mark.parametrize("junk", JUNK)
def test_a_forked_view_shown_to_two_bureaus_is_found(junk: str) -> None:
    """Two trees of one size, both signed: the finding shows both signatures, whatever lines the log put beside them."""
    other = shown_to_others(FORGED.checkpoint(300, by=["IT"]) + junk, entry_of("IT"))
    found = wrong(check(PROOF, others=[other]))
    assert set(found) == {"other checkpoint 1"}
    assert found["other checkpoint 1"].startswith("a split view: the log signed another tree of 300 leaves")
    for note in (LOG.checkpoint(300), FORGED.checkpoint(300, by=["IT"])):
        for line in note.splitlines():
            assert line in found["other checkpoint 1"]


@pytest.mark.parametrize("junk", JUNK)
def test_a_line_that_nobody_vouches_for_takes_nothing_from_a_proof(junk: str) -> None:
    """It is passed over, and told as a remark if it is in the name of somebody here; no more of them than one reads."""
    found = check(proven(checkpoint=LOG.checkpoint(300) + junk))
    assert found.ok, found.found
    [says] = [each.says for each in found.found if each.check == "witnesses"]
    assert ("not counted" in says) == ("— i247/" in junk)
    assert len(says) < 1_000


def test_a_view_that_the_log_did_not_sign_convicts_nobody() -> None:
    """Whoever makes up a checkpoint does not make the log a liar."""
    made_up = f"{FORGED.checkpoint(300).partition('—')[0]}—{LOG.checkpoint(300).partition('—')[2]}"
    found = wrong(check(PROOF, others=[shown_to_others(made_up)]))
    assert "no key of notices that the root vouches for" in found["other checkpoint 1"]
    assert "forked" not in found["other checkpoint 1"]


def test_checkpoints_of_other_sizes_need_more_than_a_proof() -> None:
    """Neither is it said that they agree, nor that they do not; what the proof explains is as good as before."""
    found = check(PROOF, others=[shown_to_others(LOG.checkpoint(300)), shown_to_others(LOG.checkpoint(299))])
    assert [each.check for each in found.found if not each.ok] == ["other checkpoint 2"]
    assert [each.check for each in found.found if each.is_open] == ["other checkpoint 2"]
    assert (found.ok, found.content is not None) == (False, True)
