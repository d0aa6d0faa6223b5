"""Full logs: every change of the leaves is detected, and attributed to the file or to the log itself."""

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
from tests.shared.audit.notices_log import (
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

# With checkpoints of 100, 200 and all 300 leaves.
LINES = LOG.lines(100, 200)


def check(lines: Sequence[bytes], *others: CheckpointFile) -> Findings[LogSummary]:
    """Return the findings on a log, with the right root key."""
    return verify_log(lines, ROOT.public, others=others)


def wrong(found: Findings[LogSummary]) -> dict[str, str]:
    """Return the findings that are not ok, by the name of the check."""
    return {each.check: each.says for each in found.found if not each.ok}


def line_of(text: bytes, hashed: bytes | None = None) -> bytes:
    """Return the line of a leaf, with its own hash or another."""
    return write_line(encode_base64url(hashed or leaf_hash(text)), text.decode())


def headed(**changed: Any) -> list[bytes]:
    """Return the log with members of its first line changed."""
    return [write_header(msgspec.structs.replace(read_header(LINES[0]), **changed)), *LINES[1:]]


def test_a_genuine_log_is_verified() -> None:
    """Every leaf and checkpoint; the result states the service, the number of leaves, and the witnesses."""
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


def test_leaves_without_text_are_verified_by_their_hashes() -> None:
    """An auditor may not read all texts, and still verifies the whole tree."""
    found = check(LOG.lines(100, hidden=range(299)))
    assert found.ok
    assert found.content is not None
    assert found.content.texts == 1
    assert "300, each with the hash of its text; 1 texts are in the file" in [each.says for each in found.found]


def test_an_empty_log_is_verified() -> None:
    assert check(Log([]).lines()).ok


def test_a_rewritten_leaf_is_detected() -> None:
    """By its index if its line has the old hash; between two checkpoints if the hash was adapted."""
    rewritten = leaf(150, officer="de.another")
    clumsy = [*LINES[:151], line_of(rewritten, leaf_hash(LOG.leaves[150])), *LINES[152:]]
    assert wrong(check(clumsy)) == {"leaves": "leaf 150 was rewritten: its text does not have its hash"}
    clever = wrong(check([*LINES[:151], line_of(rewritten), *LINES[152:]]))
    assert set(clever) == {"tree", "earlier checkpoint 2"}
    assert clever["tree"].endswith("at 100 or after, and before 200")
    assert clever["earlier checkpoint 2"] == "the leaves do not make its tree: at 100 or after, and before 200"


def test_other_checkpoints_narrow_down_where_a_leaf_was_changed() -> None:
    """For example those of a log fetched earlier: the file itself may have the last checkpoint alone."""
    others = [shown_to_others(LOG.checkpoint(size)) for size in (100, 200)]
    found = wrong(check([*LOG.lines()[:151], line_of(leaf(150, officer="de.another")), *LOG.lines()[152:]], *others))
    assert found.keys() == {"tree", "other checkpoint 2"}
    assert found["tree"].endswith("at 100 or after, and before 200")


def test_a_dropped_leaf_is_detected() -> None:
    """In the middle, and at the end, where all other leaves keep their indexes."""
    found = wrong(check([*LINES[:151], *LINES[152:]]))
    assert "1 were dropped: 299 are here where 300 were signed" in found["tree"]
    assert found["tree"].endswith("at 100 or after, and before 200")
    found = wrong(check(LINES[:-1]))
    assert set(found) == {"tree"}
    assert found["tree"].endswith("at 200 or after, and before 300")


def test_reordered_leaves_are_detected() -> None:
    """Two leaves that changed places, each with its own hash."""
    found = wrong(check([*LINES[:51], LINES[52], LINES[51], *LINES[53:]]))
    assert set(found) == {"tree", "earlier checkpoint 1", "earlier checkpoint 2"}
    assert found["tree"].endswith("put in another order: at 0 or after, and before 100")


def test_an_added_leaf_is_detected() -> None:
    """Between others, and after the last signed leaf."""
    assert "1 were added" in wrong(check([*LINES, line_of(leaf(300))]))["tree"]
    assert "before 100" in wrong(check([*LINES[:5], line_of(leaf(300)), *LINES[5:]]))["tree"]


@given(st.data())
def test_any_rewritten_dropped_repeated_or_moved_leaf_is_detected(data: st.DataObject) -> None:
    """Even if all hashes match the texts."""
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


def test_a_split_view_shown_to_another_bureau_is_detected() -> None:
    """The log signed another root for that bureau, of a smaller or the same size; the finding has both checkpoints."""
    for size in (6, 250, 300):
        other = shown_to_others(FORGED.checkpoint(size, by=["IT"]), entry_of("IT"))
        found = wrong(check(LINES, other))
        assert set(found) == {"other checkpoint 1"}
        assert found["other checkpoint 1"].startswith(f"a split view: the log signed another tree of {size} leaves")
        for note in (LOG.checkpoint(300), FORGED.checkpoint(size, by=["IT"])):
            assert all(line in found["other checkpoint 1"] for line in note.splitlines())
    assert check(LINES, shown_to_others(FORGED.checkpoint(5, by=[]))).ok


def test_a_log_that_rewrote_its_past_contradicts_an_earlier_checkpoint() -> None:
    """The leaves match the newest checkpoint, but not the earlier one."""
    checkpoints = (LOG.checkpoint(100), FORGED.checkpoint(300))
    header = LogHeader(service=SERVICE, entries=ENTRIES, checkpoints=checkpoints)
    found = wrong(check([write_header(header), *FORGED.lines()[1:]]))
    assert set(found) == {"earlier checkpoint 1"}
    assert found["earlier checkpoint 1"].startswith("a split view: the log signed another tree of 100 leaves")


def test_a_checkpoint_of_more_leaves_than_the_file_has_is_undecided() -> None:
    """It is reported neither as consistent nor as a split view."""
    longer = Log([*LOG.leaves, leaf(300)])
    found = check(LINES, shown_to_others(longer.checkpoint(301)))
    [finding] = [each for each in found.found if not each.ok]
    assert (finding.check, finding.is_open, found.ok) == ("other checkpoint 1", True, False)
    assert finding.says == "it is of 301 leaves, more than are here: `i247 audit fetch notices` fetches the rest"
    assert found.content is not None


def test_a_checkpoint_not_signed_by_the_log_is_no_evidence_of_a_split_view() -> None:
    """Nor is a note without signatures."""
    made_up = f"{FORGED.checkpoint(300).partition('—')[0]}—{LOG.checkpoint(300).partition('—')[2]}"
    found = wrong(check(LINES, shown_to_others(made_up), shown_to_others("a note\n")))
    assert "no key of notices that the root vouches for" in found["other checkpoint 1"]
    assert "no signatures" in found["other checkpoint 2"]


def test_a_leaf_with_an_earlier_time_than_its_predecessor_is_reported_once() -> None:
    """Beyond the tolerance for clocks and transactions; the tree proves the order all the same."""
    at = NOW.timestamp() - 1_000
    late = Log([leaf(0, at=at + 60), leaf(1, at=at), leaf(2, at=at - 0.5), leaf(3, at=at)])
    found = check(late.lines())
    assert found.ok
    [says] = [each.says for each in found.found if each.check == "leaves"]
    assert says.partition("; ")[2] == (
        "4 texts are in the file; leaf 2 states 2026-06-01 11:43:19 UTC, after one of 2026-06-01 11:44:20 UTC"
    )


def test_unreadable_leaves_are_named_by_their_index() -> None:
    """Whether the text or the line is unreadable; at most ten are named."""
    assert "leaf 1 cannot be read" in wrong(check(Log([leaf(0), b"{}"]).lines()))["leaves"]
    assert "the line of leaf 2 cannot be read" in wrong(check([*LINES[:3], b"{}\n", *LINES[4:]]))["leaves"]
    assert "the line of leaf 0 cannot be read" in wrong(check([LINES[0], b"[" * 100_000]))["leaves"]
    assert "the line of leaf 0 cannot be read" in wrong(check([LINES[0], b"x" * (MAX_LINE + 2)]))["leaves"]
    many = wrong(check(Log([b"{}"] * 20).lines()))["leaves"]
    assert many.count("cannot be read") == 10
    assert many.endswith("; and more")


@pytest.mark.parametrize("first", [b"", b"\n", b"{}\n", b"[" * 100_000, LINES[1], b"x" * (MAX_HEADER + 1)])
def test_a_file_without_a_valid_first_line_fails_the_form_check(first: bytes) -> None:
    assert set(wrong(check([first, *LINES[1:]]))) == {"form"}
    assert set(wrong(check([]))) == {"form"}


def test_the_first_line_of_a_log_is_verified_as_strictly_as_a_proof() -> None:
    """The last checkpoint needs witnesses, an earlier one its signature, and each directory entry that of the root."""
    assert set(wrong(check(headed(checkpoints=(LOG.checkpoint(300, by=[]),))))) == {"witnesses", "directory entries"}
    assert set(wrong(check(headed(service="fingerprints")))) == {"checkpoint"}
    assert set(wrong(check(headed(entries=())))) == {"checkpoint"}
    assert set(wrong(check(headed(entries=(*ENTRIES, entry_of("IT")))))) == {"directory entries"}
    assert "checkpoint" in wrong(verify_log(LINES, SigningKey.generate().public))
    tampered = LOG.checkpoint(100).replace("\n100\n", "\n101\n")
    assert set(wrong(check(headed(checkpoints=(tampered, LOG.checkpoint(300)))))) == {"earlier checkpoint 1"}


def test_a_log_is_read_as_a_stream() -> None:
    """Line by line; a line beyond the limit is not read completely."""
    assert check(list(lines_of(io.BytesIO(b"".join(LINES))))).ok
    endless = io.BytesIO(LINES[0] + b"x" * (3 * MAX_LINE))
    assert max(map(len, lines_of(endless))) == MAX_LINE + 1


@pytest.mark.parametrize(
    ("limit", "greatest", "failed"),
    [("MAX_HEADER", len(LINES[0].rstrip()), "form"), ("MAX_LINE", max(map(len, LINES[1:])), "leaves")],
    ids=["first", "leaf"],
)
def test_a_line_of_maximum_length_is_read_and_a_longer_one_is_refused(
    monkeypatch: pytest.MonkeyPatch, limit: str, greatest: int, failed: str
) -> None:
    """The first line has a limit of its own."""
    for allowed, faults in ((greatest, set()), (greatest - 1, {failed})):
        for module in (proof_file, full_log):
            monkeypatch.setattr(module, limit, allowed, raising=module is proof_file)
        found = check(list(lines_of(io.BytesIO(b"".join(LINES)))))
        assert faults <= wrong(found).keys()
        assert found.ok is (not faults)


def test_a_finding_names_the_witnesses_of_another_checkpoint() -> None:
    """So that the reader knows which bureaus saw the same log."""
    later = LOG.checkpoint(250, by=["FR"], at=NOW + timedelta(hours=1))
    says = {each.check: each.says for each in check(LINES, shown_to_others(later)).found}
    assert says["other checkpoint 1"] == ("it is of the same first 250 leaves, seen by FR at 2026-06-01 13:00:00 UTC")
