"""Two checkpoints of a log: one extends the other, or they contradict each other and prove a split view."""

import json
from typing import Any

import pytest

from shared.audit.format.proof_file import CheckpointFile, Form, form_of, read_checkpoints, write_proof
from shared.audit.verify.checkpoints import Findings, verify_checkpoints, verify_consistency_proof
from shared.audit.verify.leaf_proof import verify_proof
from shared.crypto.ed25519 import SigningKey
from tests.shared.audit.notices_log import ENTRIES, FORGED, LOG, PROOF, ROOT, entry_of, shown_to_others

GROWTH = write_proof(LOG.growth(100, 300))


def wrong(found: Findings) -> dict[str, str]:
    """Return the findings that are not ok, by the name of the check."""
    return {each.check: each.says for each in found.found if not each.ok}


def check(**changed: Any) -> dict[str, str]:
    """Return the findings on the proof from 100 to 300 leaves, with members changed."""
    return wrong(verify_consistency_proof(write_proof(LOG.growth(100, 300, **changed)), ROOT.public))


@pytest.mark.parametrize(("old", "new"), [(100, 300), (256, 300), (0, 5), (7, 7), (1, 2)])
def test_a_log_that_grew_has_a_valid_consistency_proof(old: int, new: int) -> None:
    """From any size to a larger one, or to itself."""
    found = verify_consistency_proof(write_proof(LOG.growth(old, new)), ROOT.public)
    assert wrong(found) == {}
    assert f"the {new} leaves begin with the {old} of before, unchanged" in [each.says for each in found.found]
    checks = ["form", "old checkpoint", "new checkpoint", "witnesses", "consistency", "directory entries"]
    assert [each.check for each in found.found] == checks


def test_a_rewritten_log_has_no_valid_consistency_proof() -> None:
    """Neither its own proof nor that of the original log is valid for it."""
    for proof in (LOG.growth(100, 300).proof, FORGED.growth(100, 300).proof):
        found = check(new=FORGED.checkpoint(300), proof=proof)
        assert set(found) == {"consistency"}


def test_two_roots_of_one_size_are_a_split_view() -> None:
    """The two signed checkpoints suffice; no proof is needed."""
    assert check(old=FORGED.checkpoint(300), proof=())["consistency"].startswith("a split view")


def test_a_consistency_proof_is_verified_as_strictly_as_a_leaf_proof() -> None:
    """Its encoding, both checkpoints, the witnesses of the newer one, and the directory entries."""
    assert wrong(verify_consistency_proof(GROWTH[:-1], ROOT.public)).keys() == {"form"}
    assert "checkpoint" in str(wrong(verify_consistency_proof(GROWTH, SigningKey.generate().public)))
    assert check(old="x").keys() == {"old checkpoint"}
    assert check(new="x").keys() == {"new checkpoint"}
    assert check(new=LOG.checkpoint(300, by=["DE"])).keys() == {"witnesses"}
    assert check(entries=(*ENTRIES, entry_of("IT"))).keys() == {"directory entries"}
    assert check(proof=LOG.growth(100, 300).proof[:-1]).keys() == {"consistency"}
    assert check(proof=("B" * 43, *LOG.growth(100, 300).proof[1:])) == {"consistency": "not base64url without padding"}
    assert check(old=LOG.checkpoint(300), new=LOG.checkpoint(100)).keys() == {"consistency"}


def test_a_leaf_proof_and_a_consistency_proof_are_not_interchangeable() -> None:
    assert "this is another proof" in wrong(verify_consistency_proof(PROOF, ROOT.public))["form"]
    assert "this is another proof" in wrong(verify_proof(GROWTH, ROOT.public))["form"]


def test_other_checkpoints_are_compared_with_both_checkpoints_of_a_proof() -> None:
    """The same root passes, another root of the same size is a split view, another size is undecided."""
    others = [shown_to_others(log.checkpoint(size, by=[])) for log in (LOG, FORGED) for size in (100, 300, 200)]
    found = wrong(verify_consistency_proof(GROWTH, ROOT.public, others=others))
    assert found.keys() == {f"other checkpoint {number}" for number in (3, 4, 5, 6)}
    assert all("a split view" in found[f"other checkpoint {number}"] for number in (4, 5))


def files(*notes: str, entries: tuple[str, ...] = ENTRIES) -> list[CheckpointFile]:
    """Return checkpoint files as the log answers them."""
    return [CheckpointFile(note, entries) for note in notes]


def test_a_checkpoint_needs_witnesses_and_the_directory_entries_of_its_keys() -> None:
    """Without these entries its signatures cannot be verified."""
    assert verify_checkpoints(files(LOG.checkpoint(300)), ROOT.public).ok
    assert wrong(verify_checkpoints(files(LOG.checkpoint(300), entries=()), ROOT.public)).keys() == {"checkpoint"}
    assert wrong(verify_checkpoints(files(LOG.checkpoint(300, by=[])), ROOT.public)).keys() == {"witnesses"}
    assert wrong(verify_checkpoints(files("x"), ROOT.public)).keys() == {"checkpoint"}


def test_checkpoints_of_one_size_are_compared() -> None:
    """Equal roots pass, also with the entries in one file only; other roots are a split view, other sizes undecided."""
    same = [*files(LOG.checkpoint(300)), *files(LOG.checkpoint(300, by=["FR"]), entries=())]
    assert verify_checkpoints(same, ROOT.public).ok
    split = wrong(verify_checkpoints(files(LOG.checkpoint(300), FORGED.checkpoint(300)), ROOT.public))
    assert split["other checkpoint 1"].startswith("a split view")
    smaller = verify_checkpoints(files(LOG.checkpoint(300), LOG.checkpoint(100)), ROOT.public)
    assert (smaller.ok, smaller.found[-1].is_open) == (False, True)
    assert "it is of 100 leaves, and nothing here is: `i247 audit fetch notices --since` it" in smaller.found[-1].says


def test_checkpoints_are_read_from_every_file_format() -> None:
    """A bare note, a log's answer, both kinds of proofs, and a full log, of which the first line suffices."""
    note, older = LOG.checkpoint(300), LOG.checkpoint(100)
    answered = json.dumps({"checkpoint": note, "entries": ENTRIES, "size": 300}).encode()
    assert read_checkpoints(note.encode()) == [CheckpointFile(note)]
    assert read_checkpoints(answered) == files(note)
    assert read_checkpoints(json.dumps(json.loads(answered), indent=2).encode()) == files(note)
    assert read_checkpoints(PROOF) == files(note)
    assert read_checkpoints(GROWTH) == files(older, note)
    assert read_checkpoints(b"".join(LOG.lines(100))) == files(older, note)
    assert read_checkpoints(LOG.lines(100)[0]) == files(older, note)


@pytest.mark.parametrize("raw", [b"\xff", b"{}", b'{"checkpoint":1}', b"{" + b'"a":[' * 10_000, b"x" * 70_000])
def test_a_file_without_a_checkpoint_is_refused(raw: bytes) -> None:
    """With a ValueError, whatever the bytes are."""
    with pytest.raises(ValueError, match=r"."):
        read_checkpoints(raw)


def test_the_kind_of_a_file_is_recognized() -> None:
    """A file that is neither a proof nor a log is read as a checkpoint."""
    assert form_of(PROOF) is Form.PROOF
    assert form_of(GROWTH) is Form.CONSISTENCY
    assert form_of(LOG.lines()[0]) is Form.LOG
    for other in (LOG.checkpoint(300).encode(), b'{"format":"i247-evidence-1"}', b'{"format":1}', b"[" * 100_000):
        assert form_of(other) is Form.CHECKPOINT
