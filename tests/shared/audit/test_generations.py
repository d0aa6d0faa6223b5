"""A whole log that was restarted tells what was lost, and is held to what was signed in its earlier generations."""

from collections.abc import Sequence

import pytest

from shared.audit.format.proof_file import CheckpointFile, write_proof
from shared.audit.verify import full_log
from shared.audit.verify.consistency import verify_checkpoints, verify_growth
from shared.audit.verify.disclosure import verify_proof
from shared.audit.verify.full_log import LogFindings, verify_log
from shared.audit.verify.wording import sentences
from shared.crypto.merkle import consistency_ranges
from shared.protocol.check_report import Finding
from tests.shared.audit.logs import (
    ENTRIES,
    FORGED,
    LOG,
    PROOF,
    RESTARTED,
    ROOT,
    SERVICE,
    Log,
    leaf,
    restart,
    shown_to_others,
)

AFTER = [leaf(number, officer="de.another") for number in range(230, 240)]
KEPT = LOG.leaves[:210]


def check(log: Log, *others: str, sizes: Sequence[int] = (200,), hidden: Sequence[int] = ()) -> LogFindings:
    """Return what is found in a log, beside checkpoints that others were shown."""
    files = [shown_to_others(each, *ENTRIES) for each in others]
    return verify_log(log.lines(*sizes, hidden=hidden), ROOT.public, others=files)


def one(found: LogFindings, check: str) -> Finding:
    """Return what is found by one check."""
    [finding] = [each for each in found.found if each.check == check]
    return finding


def others(found: LogFindings) -> list[tuple[str, str]]:
    """Return what is found of the checkpoints of others: whether it fits, is open or wrong, and why."""
    told = [each for each in found.found if each.check.startswith("other checkpoint")]
    return [("fits" if each.ok else "open" if each.is_open else "wrong", each.says) for each in told]


def test_a_restarted_log_fits_and_tells_what_was_lost() -> None:
    """From the last that is proven to be kept to the last that was signed, when and why; nothing else is open."""
    found = check(RESTARTED, sizes=(100, 200, 220))
    assert found.ok, found.found
    assert "the log of notices signed 260 leaves in generation 1" in [each.says for each in found.found]
    assert one(found, "restart 1").says.startswith(
        "the log was restarted: leaves 200 to 299 of generation 0 were lost; "
        "it goes on in generation 1 with leaf 210, of 2026-06-01 11:46:50 UTC. The reason given: a disk failed"
    )
    assert found.history is not None
    [told] = found.history.restarts
    assert (told.generation, told.kept_size, told.lost.size, told.index) == (1, 200, 300, 210)
    assert found.history.attested.checkpoint.generation == 1


def test_a_log_that_was_never_restarted_tells_of_none() -> None:
    """As before."""
    found = check(LOG)
    assert found.ok
    assert not [each for each in found.found if each.check.startswith("restart")]
    assert found.history is not None
    assert found.history.restarts == ()


def test_what_was_signed_before_fits_if_it_was_kept_and_is_open_if_it_was_lost() -> None:
    """It is never said to fit what took its place."""
    found = check(RESTARTED, LOG.checkpoint(150), LOG.checkpoint(205), LOG.checkpoint(250), LOG.checkpoint(300))
    lost = "of generation 0, of which those from 200 on were lost"
    assert others(found) == [
        (
            "fits",
            "it is of the same first 150 leaves, seen by DE at 2026-06-01 12:00:02 UTC, FR at 2026-06-01 12:00:03 UTC",
        ),
        (
            "fits",
            "it is of the same first 205 leaves, seen by DE at 2026-06-01 12:00:02 UTC, FR at 2026-06-01 12:00:03 UTC",
        ),
        ("open", f"restarted: it is of 250 leaves {lost}"),
        ("open", f"restarted: it is of 300 leaves {lost}"),
    ]


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (FORGED.checkpoint(150), "a forked view: the log signed another past of 150 leaves"),
        (FORGED.checkpoint(300), "a forked view: the log signed another past of 300 leaves"),
        (
            Log([*LOG.leaves, leaf(300)]).checkpoint(301),
            "restarted: it is of 301 leaves of generation 0, and the log says that it lost 300: i247/notices 301",
        ),
        (
            RESTARTED.checkpoint(210, generation=1),
            "the log signed generation 1 without the leaf with which it says that it began: i247/notices/1 210",
        ),
    ],
    ids=["another past of what was kept", "another past of what was lost", "more than it owns up to", "in silence"],
)
def test_what_contradicts_what_the_log_says_was_lost_convicts_it(other: str, says: str) -> None:
    """It is all signed."""
    [(verdict, said)] = others(check(RESTARTED, other))
    assert (verdict, said[: len(says)]) == ("wrong", says)


def test_two_restarts_that_were_shown_to_two_bureaus_are_found() -> None:
    """They have one name, so that they are a fork as any other; whichever of the two logs is at hand."""
    other = Log([*KEPT, restart(210, LOG.checkpoint(300), LOG.checkpoint(200), reason="a flood"), *AFTER])
    for one_log, another in ((RESTARTED, other), (other, RESTARTED)):
        [(verdict, said)] = others(check(one_log, another.checkpoint(215)))
        assert (verdict, said[:14]) == ("wrong", "a forked view:")
    same = [shown_to_others(log.checkpoint(215), *ENTRIES) for log in (RESTARTED, other)]
    assert any("a forked view" in each.says for each in verify_checkpoints(same, ROOT.public).found if each.is_wrong)


@pytest.mark.parametrize(
    ("leaves", "generation", "says"),
    [
        ([*KEPT, *AFTER], 1, "the log signed generation 1, and no leaf that is told says what began after 0"),
        (RESTARTED.leaves, 2, "the log signed generation 2, and no leaf that is told says what began after 1"),
        (RESTARTED.leaves, 0, "the log goes back to generation 0 after leaves that began generation 1"),
    ],
    ids=["in silence", "the second in silence", "back"],
)
def test_a_generation_that_no_leaf_began_is_found(leaves: list[bytes], generation: int, says: str) -> None:
    """Whatever name is signed, a leaf has to say why."""

    class Named(Log):
        def generation(self, size: int) -> int:
            return 0 if size <= 210 else generation

    assert one(check(Named(leaves)), "restart") == Finding("restart", False, says)


def test_a_restart_that_is_not_told_is_found() -> None:
    """A file that has no more than the hash of it says as little as none."""
    assert "no leaf that is told says" in one(check(RESTARTED, hidden=[210]), "restart").says


@pytest.mark.parametrize(
    ("told", "name", "says"),
    [
        (restart(210, LOG.checkpoint(300), FORGED.checkpoint(200)), "restart 1", "the log does not begin with the 200"),
        (restart(210, LOG.checkpoint(150), LOG.checkpoint(200)), "restart", "what leaf 210 says cannot be so"),
        (restart(210, "nothing", None), "restart", "what leaf 210 says cannot be so: the note has no signatures"),
    ],
    ids=["another past", "less than was kept", "nothing"],
)
def test_a_restart_that_cannot_be_so_is_found(told: bytes, name: str, says: str) -> None:
    """By the leaf itself, and the leaves before it."""
    found = check(Log([*KEPT, told, *AFTER]))
    assert says in "; ".join(each.says for each in found.found if each.check == name)
    assert found.history is None


def test_no_more_restarts_are_looked_at_than_any_log_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes some time to check."""
    monkeypatch.setattr(full_log, "MAX_RESTARTS", 1)
    again = restart(260, RESTARTED.checkpoint(260), RESTARTED.checkpoint(220), generation=2)
    finding = one(check(Log([*RESTARTED.leaves, again])), "leaves")
    assert finding.says == "leaf 260 says that the log was restarted once more than any is"


def test_what_was_kept_is_open_where_no_checkpoint_of_it_is_there() -> None:
    """The leaves are read once, and the tree of that size is not known afterwards."""
    finding = one(check(RESTARTED, sizes=()), "restart 1")
    assert finding.is_open
    assert finding.says.endswith("(no checkpoint here is of the 200 leaves that were kept)")


def test_a_log_may_be_restarted_again() -> None:
    """Also one that was restored to before its last restart: then what that said is lost as well."""
    again = restart(220, RESTARTED.checkpoint(260), RESTARTED.checkpoint(215), generation=2)
    twice = Log([*RESTARTED.leaves[:220], again, *AFTER])
    found = check(twice, LOG.checkpoint(300), RESTARTED.checkpoint(240), FORGED.checkpoint(150), sizes=(200, 215))
    assert [each.says.split(";")[0] for each in found.found if each.check.startswith("restart ")] == [
        "the log was restarted: leaves 200 to 299 of generation 0 were lost",
        "the log was restarted: leaves 215 to 259 of generation 1 were lost",
    ]
    assert [verdict for verdict, _ in others(found)] == ["open", "open", "wrong"]
    anew = Log([*KEPT, restart(210, RESTARTED.checkpoint(260), None, generation=2), *AFTER])
    found = check(anew, LOG.checkpoint(300), RESTARTED.checkpoint(260), twice.checkpoint(221))
    assert [verdict for verdict, _ in others(found)] == ["open", "open", "wrong"]
    twice_begun = Log([*RESTARTED.leaves, restart(260, LOG.checkpoint(300), LOG.checkpoint(200))])
    says = [each.says for each in check(twice_begun).found if each.check == "restart 1" and each.is_wrong]
    assert says == ["leaf 260 says that it began, after generation 1"]


def test_a_later_generation_is_open_to_who_has_an_earlier_one() -> None:
    """He is told how to learn what happened."""
    [(verdict, said)] = others(check(LOG, RESTARTED.checkpoint(260)))
    assert (verdict, said[:46]) == ("open", "it is of generation 1, which began later: `i24")


def test_the_log_is_not_accused_for_what_was_done_to_the_file() -> None:
    """What it lost it had said rightly."""
    lines = RESTARTED.lines(200)
    found = verify_log([*lines[:100], *lines[101:]], ROOT.public, others=[CheckpointFile(LOG.checkpoint(150), ENTRIES)])
    says = [each.says for each in found.found if each.is_wrong]
    assert any("1 were dropped" in each for each in says)
    assert "the leaves do not make its tree: at 0 or after, and before 150" in says
    assert not any("forked" in each or "says" in each for each in says)


def test_where_a_restarted_log_was_changed_is_told_by_what_it_signed_since() -> None:
    """What was lost is another tree anyhow."""
    changed = Log([*RESTARTED.leaves[:240], leaf(240, officer="de.third"), *RESTARTED.leaves[241:]])
    lines = [*RESTARTED.lines(200, 215)[:1], *changed.lines()[1:]]
    found = verify_log(lines, ROOT.public, others=[CheckpointFile(LOG.checkpoint(220), ENTRIES)])
    assert one(found, "tree").says.endswith("at 215 or after, and before 260")


def test_a_proof_under_a_checkpoint_that_was_lost_still_verifies_by_itself() -> None:
    """What was cosigned is proven for ever; compared with what came later it is open."""
    assert verify_proof(PROOF, ROOT.public).ok
    as_large = Log([*RESTARTED.leaves, *(leaf(number) for number in range(260, 300))])
    for log, size in ((RESTARTED, 260), (as_large, 300)):
        found = verify_proof(PROOF, ROOT.public, others=[CheckpointFile(log.checkpoint(size), ENTRIES)])
        [open_one] = [each for each in found.found if not each.ok]
        assert open_one.is_open
        assert open_one.says.startswith(f"it is of {size} leaves in generation 1, and nothing here is")


@pytest.mark.parametrize("old", [150, 205, 250])
def test_the_growth_from_one_generation_to_another_is_told_as_a_restart(old: int) -> None:
    """Though it begins with what it was it does not just go on; whether it does is told."""
    proof = RESTARTED.growth(old, 260, old=LOG.checkpoint(old), proof=RESTARTED.prove(consistency_ranges(old, 260)))
    found = verify_growth(write_proof(proof), ROOT.public)
    [finding] = [each for each in found.found if each.check == "consistency"]
    assert finding.is_open
    kept = f"it still begins with these {old} leaves" if old < 210 else f"it does not go on from these {old} leaves"
    assert finding.says.startswith(f"restarted: generation 0 became generation 1, and {kept}")
    assert "`i247 audit fetch notices` gets the log" in finding.says


def test_a_log_that_went_back_to_an_earlier_generation_is_found() -> None:
    """However it grew."""
    proof = LOG.growth(200, 300, old=RESTARTED.checkpoint(230))
    found = verify_growth(write_proof(proof), ROOT.public)
    assert [each.says for each in found.found if each.is_wrong] == [
        "the log went back to generation 0 from generation 1"
    ]


def test_the_leaf_of_a_restart_is_explained() -> None:
    """Its proof is one as of any leaf."""
    proof = RESTARTED.proof(210, 260, query_salt=None, records=(), complete=None)
    found = verify_proof(write_proof(proof), ROOT.public)
    assert found.ok, found.found
    assert found.explained is not None
    [said] = sentences(SERVICE, found.explained.leaf, [], untold=0)
    assert said == (
        "On 2026-06-01 11:46:50 UTC the audit log of notices was restarted, in generation 1: it had signed 300 leaves, "
        "and begins with 200 of them that bureaus had cosigned. The reason given: a disk failed"
    )
