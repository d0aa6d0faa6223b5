"""A new log states what is kept of the retired log; offline verification holds it to that."""

import pytest

from shared.audit.format.leaf import decode
from shared.audit.format.proof_file import write_proof
from shared.audit.verify.checkpoints import Findings, verify_checkpoints, verify_consistency_proof
from shared.audit.verify.full_log import LogSummary, verify_log
from shared.audit.verify.leaf_proof import verify_proof
from shared.audit.verify.wording import sentences
from shared.bureaus import BureauCode
from shared.protocol.witnesses import trust_in
from tests.shared.audit.notices_log import (
    ENTRIES,
    FORGED,
    LOG,
    NEW,
    PROOF,
    ROOT,
    SERVICE,
    Log,
    opening,
    shown_to_others,
)


def check(log: Log, *others: str, hidden: tuple[int, ...] = ()) -> Findings[LogSummary]:
    """Return the findings on a log, compared with checkpoints that others were shown."""
    files = [shown_to_others(each, *ENTRIES) for each in others]
    return verify_log(log.lines(hidden=hidden), ROOT.public, others=files)


def other(found: Findings[LogSummary]) -> tuple[str, str]:
    """Return the verdict on the checkpoint of others, and its reason."""
    [finding] = [each for each in found.found if each.check.startswith("other checkpoint")]
    return "fits" if finding.ok else "open" if finding.is_open else "wrong", finding.says


def test_a_new_log_is_verified_and_states_what_is_kept_of_the_retired_log() -> None:
    """Its first leaf has the last checkpoint of that log, with cosignatures of bureaus."""
    found = check(NEW)
    assert found.ok, found.found
    assert found.content is not None
    assert found.content.opening is not None
    assert found.content.opening.says == (
        "i247/notices/1 was opened on 2026-06-01 11:48:20 UTC, of i247/notices the first 200 leaves are kept. "
        "The reason given: a disk failed"
    )
    says = {each.check: each.says for each in found.found}
    assert says["checkpoint"] == "the log of notices signed 60 leaves of i247/notices/1"
    assert says["retired witnesses"].startswith("cosigned by DE at 2026-06-01 12:00:02 UTC, FR")


def test_the_first_log_of_a_service_has_no_opening() -> None:
    found = check(LOG)
    assert found.content is not None
    assert found.content.opening is None
    assert not [each for each in found.found if each.check in {"opening", "retired checkpoint"}]


@pytest.mark.parametrize(
    ("shown", "verdict", "says"),
    [
        (LOG.checkpoint(200), "fits", "it is of 200 leaves of i247/notices, which are all kept"),
        (
            LOG.checkpoint(150),
            "open",
            "it is of 150 leaves of i247/notices, with which the 200 kept leaves should begin: `i247 ",
        ),
        (LOG.checkpoint(300), "open", "it is of 300 leaves of i247/notices, of which those from 200 on were lost"),
        (FORGED.checkpoint(200), "wrong", "a split view: the log signed another tree of 200 leaves"),
        (Log(LOG.leaves, 2).checkpoint(9), "open", "it is of 9 leaves of i247/notices/2, which is another log"),
    ],
    ids=["kept", "before", "lost", "another past", "later"],
)
def test_a_checkpoint_of_another_log_is_compared_with_what_is_kept_of_that_log(
    shown: str, verdict: str, says: str
) -> None:
    """Never with the leaves of the new log."""
    found = other(check(NEW, shown))
    assert (found[0], found[1][: len(says)]) == (verdict, says)


def test_a_log_decides_nothing_about_logs_other_than_the_one_that_it_replaced() -> None:
    """What is kept of an earlier log is stated by the log that came next; if no leaf is kept, the opening says so."""
    anew = Log([opening(None, log=2), *NEW.leaves[1:]], 2)
    for log, shown in ((anew, NEW.checkpoint(5)), (anew, LOG.checkpoint(1))):
        found = check(log, shown)
        assert other(found)[0] == "open"
        assert [", no leaf is kept" in each.says for each in found.found if each.check == "opening"] == [True]
    third = Log([opening(NEW.checkpoint(60), log=2), *NEW.leaves[1:]], 2)
    assert other(check(third, LOG.checkpoint(300)))[0] == "open"


@pytest.mark.parametrize(
    ("log", "says"),
    [
        (Log(LOG.leaves[:9], 1), "the first leaf does not open i247/notices/1: it names no retired log"),
        (Log(NEW.leaves, 2), "the first leaf does not open i247/notices/2: it opens i247/notices/1"),
        (Log(NEW.leaves, 0), "the first leaf does not open i247/notices: it opens i247/notices/1"),
        (Log([opening(NEW.checkpoint(9))], 1), "does not open i247/notices/1: it cannot replace"),
        (Log([opening("nothing")], 1), "does not open i247/notices/1: the note has no signatures"),
    ],
    ids=["an answer", "another number", "the first log", "its own place", "no checkpoint"],
)
def test_a_first_leaf_that_does_not_open_the_log_is_detected(log: Log, says: str) -> None:
    """A log with a number must state why it was opened."""
    found = check(log)
    [finding] = [each for each in found.found if each.check == "opening"]
    assert (finding.ok, says in finding.says, found.content) == (False, True, None)


def test_a_first_leaf_without_its_text_does_not_open_a_log() -> None:
    """Every auditor may read it, so a file with its hash alone withholds it."""
    [finding] = [each for each in check(NEW, hidden=(0,)).found if each.check == "opening"]
    assert finding.is_wrong


def test_only_the_first_leaf_opens_a_log() -> None:
    """A later leaf that opens a log is reported as wrong."""
    found = check(Log([*LOG.leaves[:9], opening(LOG.checkpoint(5))]))
    assert "leaf 9 opens a log, and is not the first" in [each.says for each in found.found if each.is_wrong]


def test_a_retired_checkpoint_without_enough_trusted_cosignatures_is_refused() -> None:
    """Nor is one accepted that the log did not sign."""
    few = check(Log([opening(LOG.checkpoint(200, by=["DE"]))], 1))
    assert "retired witnesses" in [each.check for each in few.found if each.is_wrong]
    unsigned = check(Log([opening(LOG.checkpoint(200).replace("\n200\n", "\n201\n"))], 1))
    assert "retired checkpoint" in [each.check for each in unsigned.found if each.is_wrong]
    untrusted = verify_log(NEW.lines(), ROOT.public, trust=trust_in([BureauCode("IT")]))
    assert "retired witnesses" in [each.check for each in untrusted.found if each.is_wrong]


def test_two_logs_with_the_same_number_are_a_split_view() -> None:
    """They have one name, so that they are two trees of one size."""
    twin = Log([opening(LOG.checkpoint(200), reason="a flood"), *NEW.leaves[1:]], 1)
    assert other(check(NEW, twin.checkpoint(15)))[0] == "wrong"
    same = [shown_to_others(log.checkpoint(15), *ENTRIES) for log in (NEW, twin)]
    assert any("a split view" in each.says for each in verify_checkpoints(same, ROOT.public).found if each.is_wrong)


def test_a_proof_of_the_retired_log_stays_valid() -> None:
    """Compared with a checkpoint of the new log it is undecided."""
    assert verify_proof(PROOF, ROOT.public).ok
    found = verify_proof(PROOF, ROOT.public, others=[shown_to_others(NEW.checkpoint(60), *ENTRIES)])
    [open_one] = [each for each in found.found if not each.ok]
    assert open_one.is_open
    assert open_one.says.startswith("it is of 60 leaves of i247/notices/1, and nothing here is")


def test_a_consistency_proof_between_two_logs_is_undecided() -> None:
    """The finding names the command that decides."""
    found = verify_consistency_proof(write_proof(NEW.growth(9, 60, old=LOG.checkpoint(9))), ROOT.public)
    [finding] = [each for each in found.found if each.check == "consistency"]
    assert finding.is_open
    assert finding.says.startswith("they are of two logs, i247/notices and i247/notices/1: `i247 audit fetch notices`")


def test_the_leaf_that_opens_a_log_is_explained() -> None:
    """It is proven like any other leaf."""
    proof = NEW.proof(0, 60, query_salt=None, records=(), complete=None)
    found = verify_proof(write_proof(proof), ROOT.public)
    assert found.ok, found.found
    assert found.content is not None
    [sentence] = sentences(SERVICE, found.content.leaf, [], others=0)
    assert sentence == (
        "On 2026-06-01 11:48:20 UTC i247/notices/1 was opened, of i247/notices the first 200 leaves are kept. "
        "The reason given: a disk failed"
    )
    [sentence] = sentences(SERVICE, decode(opening(None)), [], others=0)
    assert ", no leaf is kept." in sentence
