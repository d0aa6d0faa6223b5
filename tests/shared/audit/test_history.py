"""A whole log: whatever was done to its leaves is found, and whether the file or the log itself is to blame."""

import io
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.audit.format import proof_file
from shared.audit.format.proof_file import (
    MAX_HEADER,
    MAX_LINE,
    CheckpointFile,
    LogHeader,
    lines_of,
    read_header,
    write_header,
    write_line,
)
from shared.audit.verify import full_log
from shared.audit.verify.checkpoints import Findings
from shared.audit.verify.full_log import LogSummary, verify_log
from shared.crypto.ed25519 import SigningKey, encode_base64url
from shared.crypto.merkle import leaf_hash
from tests.conftest import NOW
from tests.shared.audit.logs import (
    ENTRIES,
    FORGED,
    LOG,
    ROOT,
    SERVICE,
    Log,
    entry_of,
    leaf,
    shown_to_others,
)

# Checkpoints of 100, 200 and all 300 leaves.
LINES = LOG.lines(100, 200)


def check(lines: Sequence[bytes], *others: CheckpointFile) -> Findings[LogSummary]:
    """Return what is found in a log with the right root."""
    return verify_log(lines, ROOT.public, others=others)


def wrong(found: Findings[LogSummary]) -> dict[str, str]:
    """Return what is said of what does not fit, by the name of the check."""
    return {each.check: each.says for each in found.found if not each.ok}


def line_of(text: bytes, hashed: bytes | None = None) -> bytes:
    """Return the line of a leaf, with its own hash or another."""
    return write_line(encode_base64url(hashed or leaf_hash(text)), text.decode())


def headed(**changed: Any) -> list[bytes]:
    """Return the log with members of its first line changed."""
    return [write_header(msgspec.structs.replace(read_header(LINES[0]), **changed)), *LINES[1:]]


def test_a_genuine_log_fits() -> None:
    """Every leaf, every checkpoint; and it says whose log it is, how long, and who saw it."""
    found = check(LINES, shown_to_others(LOG.checkpoint(150, by=[])), shown_to_others(LOG.checkpoint(0, by=[])))
    assert wrong(found) == {}
    assert found.content is not None
    assert (found.content.service, found.content.texts) == (SERVICE, 300)
    assert found.content.attested.checkpoint.size == 300
    assert [each.check for each in found.found] == [
        "checkpoint",
        "witnesses",
        "leaves",
        "records",
        "tree",
        "earlier checkpoint 1",
        "earlier checkpoint 2",
        "other checkpoint 1",
        "other checkpoint 2",
        "directory entries",
    ]


def test_leaves_that_are_not_told_are_in_the_tree() -> None:
    """An auditor of a bureau sees the texts of its own, and the whole log is checked all the same."""
    found = check(LOG.lines(100, hidden=range(299)))
    assert found.ok
    assert found.content is not None
    assert found.content.texts == 1
    assert "300, each with the hash of its text; 1 texts are in the file" in [each.says for each in found.found]


def test_an_empty_log_fits() -> None:
    """Before the first answer."""
    assert check(Log([]).lines()).ok


def test_a_rewritten_leaf_is_found() -> None:
    """At its very index where its hash is the old one; between two checkpoints where the hash was made to fit."""
    rewritten = leaf(150, officer="de.another")
    clumsy = [*LINES[:151], line_of(rewritten, leaf_hash(LOG.leaves[150])), *LINES[152:]]
    assert wrong(check(clumsy)) == {"leaves": "leaf 150 was rewritten: its text does not have its hash"}
    clever = wrong(check([*LINES[:151], line_of(rewritten), *LINES[152:]]))
    assert set(clever) == {"tree", "earlier checkpoint 2"}
    assert clever["tree"].endswith("at 100 or after, and before 200")
    assert clever["earlier checkpoint 2"] == "the leaves do not make its tree: at 100 or after, and before 200"


def test_checkpoints_of_others_tell_as_well_between_which_leaves_it_was() -> None:
    """As those of a log that was fetched earlier: the file itself may have the last one alone."""
    others = [shown_to_others(LOG.checkpoint(size)) for size in (100, 200)]
    found = wrong(check([*LOG.lines()[:151], line_of(leaf(150, officer="de.another")), *LOG.lines()[152:]], *others))
    assert found.keys() == {"tree", "other checkpoint 2"}
    assert found["tree"].endswith("at 100 or after, and before 200")


def test_a_dropped_leaf_is_found() -> None:
    """Anywhere, and at the end, where all other leaves are in their places."""
    found = wrong(check([*LINES[:151], *LINES[152:]]))
    assert "1 were dropped: 299 are here where 300 were signed" in found["tree"]
    assert found["tree"].endswith("at 100 or after, and before 200")
    found = wrong(check(LINES[:-1]))
    assert set(found) == {"tree"}
    assert found["tree"].endswith("at 200 or after, and before 300")


def test_a_reordered_leaf_is_found() -> None:
    """Two that changed places, each with its hash."""
    found = wrong(check([*LINES[:51], LINES[52], LINES[51], *LINES[53:]]))
    assert set(found) == {"tree", "earlier checkpoint 1", "earlier checkpoint 2"}
    assert found["tree"].endswith("put in another order: at 0 or after, and before 100")


def test_an_added_leaf_is_found() -> None:
    """Between others, and behind the last that was signed."""
    assert "1 were added" in wrong(check([*LINES, line_of(leaf(300))]))["tree"]
    assert "before 100" in wrong(check([*LINES[:5], line_of(leaf(300)), *LINES[5:]]))["tree"]


@given(st.data())
def test_whatever_is_done_to_the_leaves_is_found(data: st.DataObject) -> None:
    """Any leaf that is rewritten, dropped, repeated or moved, with hashes that fit."""
    at, to = data.draw(st.integers(0, 299)), data.draw(st.integers(0, 299))
    leaves = list(LOG.leaves)
    match data.draw(st.sampled_from(["rewrite", "drop", "repeat", "move"])):
        case "rewrite":
            leaves[at] = leaf(at, purpose="warning")
        case "drop":
            del leaves[at]
        case "repeat":
            leaves.insert(to, leaves[at])
        case _:
            moved = leaves.pop(at)
            leaves.insert(to if to != at else (at + 1) % 300, moved)
    assert "tree" in wrong(check([LINES[0], *map(line_of, leaves)]))


def test_a_forked_view_shown_to_two_bureaus_is_found() -> None:
    """The leaves make the tree that the log signed, and the log signed another for somebody else: of any size."""
    for size in (6, 250, 300):
        other = shown_to_others(FORGED.checkpoint(size, by=["IT"]), entry_of("IT"))
        found = wrong(check(LINES, other))
        assert set(found) == {"other checkpoint 1"}
        assert found["other checkpoint 1"].startswith(f"a split view: the log signed another tree of {size} leaves")
        for note in (LOG.checkpoint(300), FORGED.checkpoint(size, by=["IT"])):
            assert all(line in found["other checkpoint 1"] for line in note.splitlines())
    assert check(LINES, shown_to_others(FORGED.checkpoint(5, by=[]))).ok


def test_a_log_that_rewrote_its_own_past_is_convicted_by_an_earlier_checkpoint() -> None:
    """All leaves are as the log now signs them, but not as it signed them before."""
    checkpoints = (LOG.checkpoint(100), FORGED.checkpoint(300))
    header = LogHeader(service=SERVICE, entries=ENTRIES, checkpoints=checkpoints)
    found = wrong(check([write_header(header), *FORGED.lines()[1:]]))
    assert set(found) == {"earlier checkpoint 1"}
    assert found["earlier checkpoint 1"].startswith("a split view: the log signed another tree of 100 leaves")


def test_a_checkpoint_of_more_leaves_than_are_here_cannot_be_compared() -> None:
    """Which is said, and is taken neither for agreement nor for a fault of the log."""
    longer = Log([*LOG.leaves, leaf(300)])
    found = check(LINES, shown_to_others(longer.checkpoint(301)))
    [told] = [each for each in found.found if not each.ok]
    assert (told.check, told.is_open, found.ok) == ("other checkpoint 1", True, False)
    assert told.says == "it is of 301 leaves, more than are here: `i247 audit fetch notices` fetches the rest"
    assert found.content is not None


def test_a_view_that_the_log_did_not_sign_convicts_nobody() -> None:
    """Nor does one of another log."""
    made_up = f"{FORGED.checkpoint(300).partition('—')[0]}—{LOG.checkpoint(300).partition('—')[2]}"
    found = wrong(check(LINES, shown_to_others(made_up), shown_to_others("a note\n")))
    assert "no key of notices that the root vouches for" in found["other checkpoint 1"]
    assert "no signatures" in found["other checkpoint 2"]


def test_a_clock_that_was_put_back_is_remarked_once() -> None:
    """By more than clocks and transactions may differ; the tree proves in which order the leaves came all the same."""
    at = NOW.timestamp() - 1_000
    late = Log([leaf(0, at=at + 60), leaf(1, at=at), leaf(2, at=at - 0.5), leaf(3, at=at)])
    found = check(late.lines())
    assert found.ok
    [says] = [each.says for each in found.found if each.check == "leaves"]
    assert says.partition("; ")[2] == (
        "4 texts are in the file; leaf 2 states 2026-06-01 11:43:19 UTC, after one of 2026-06-01 11:44:20 UTC"
    )


def test_what_cannot_be_read_is_named() -> None:
    """A text that is no leaf, a line that is none, and no more of such than a reader bears."""
    assert "leaf 1 cannot be read" in wrong(check(Log([leaf(0), b"{}"]).lines()))["leaves"]
    assert "the line of leaf 2 cannot be read" in wrong(check([*LINES[:3], b"{}\n", *LINES[4:]]))["leaves"]
    assert "the line of leaf 0 cannot be read" in wrong(check([LINES[0], b"[" * 100_000]))["leaves"]
    assert "the line of leaf 0 cannot be read" in wrong(check([LINES[0], b"x" * (MAX_LINE + 2)]))["leaves"]
    many = wrong(check(Log([b"{}"] * 20).lines()))["leaves"]
    assert many.count("cannot be read") == 10
    assert many.endswith("; and more")


@pytest.mark.parametrize("first", [b"", b"\n", b"{}\n", b"[" * 100_000, LINES[1], b"x" * (MAX_HEADER + 1)])
def test_what_is_no_log_is_said_not_to_be(first: bytes) -> None:
    """Whatever it is, a finding says so."""
    assert set(wrong(check([first, *LINES[1:]]))) == {"form"}
    assert set(wrong(check([]))) == {"form"}


def test_the_first_line_is_checked_as_strictly_as_a_proof() -> None:
    """The last checkpoint needs witnesses, an earlier one its signature, and entries the root."""
    assert set(wrong(check(headed(checkpoints=(LOG.checkpoint(300, by=[]),))))) == {"witnesses", "directory entries"}
    assert set(wrong(check(headed(service="fingerprints")))) == {"checkpoint"}
    assert set(wrong(check(headed(entries=())))) == {"checkpoint"}
    assert set(wrong(check(headed(entries=(*ENTRIES, entry_of("IT")))))) == {"directory entries"}
    assert "checkpoint" in wrong(verify_log(LINES, SigningKey.generate().public))
    tampered = LOG.checkpoint(100).replace("\n100\n", "\n101\n")
    assert set(wrong(check(headed(checkpoints=(tampered, LOG.checkpoint(300)))))) == {"earlier checkpoint 1"}


def test_a_log_is_read_as_a_stream() -> None:
    """Line by line, of which none is taken in whole that is longer than any may be."""
    assert check(list(lines_of(io.BytesIO(b"".join(LINES))))).ok
    endless = io.BytesIO(LINES[0] + b"x" * (3 * MAX_LINE))
    assert max(map(len, lines_of(endless))) == MAX_LINE + 1


@pytest.mark.parametrize(
    ("limit", "greatest", "said_of"),
    [("MAX_HEADER", len(LINES[0].rstrip()), "form"), ("MAX_LINE", max(map(len, LINES[1:])), "leaves")],
    ids=["first", "leaf"],
)
def test_a_line_of_the_greatest_length_is_read_and_a_longer_one_is_not(
    monkeypatch: pytest.MonkeyPatch, limit: str, greatest: int, said_of: str
) -> None:
    """The first has a limit of its own."""
    for allowed, faults in ((greatest, set()), (greatest - 1, {said_of})):
        for module in (proof_file, full_log):
            monkeypatch.setattr(module, limit, allowed, raising=module is proof_file)
        found = check(list(lines_of(io.BytesIO(b"".join(LINES)))))
        assert faults <= wrong(found).keys()
        assert found.ok is (not faults)


def test_a_checkpoint_that_bureaus_saw_earlier_is_shown_with_their_names() -> None:
    """So that whoever compares knows with whom he agrees."""
    later = LOG.checkpoint(250, by=["FR"], at=NOW + timedelta(hours=1))
    says = {each.check: each.says for each in check(LINES, shown_to_others(later)).found}
    assert says["other checkpoint 1"] == ("it is of the same first 250 leaves, seen by FR at 2026-06-01 13:00:00 UTC")
