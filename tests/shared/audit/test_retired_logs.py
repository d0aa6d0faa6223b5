"""A log that was opened in the place of another says what is kept of that, and is held to it offline."""

import pytest

from shared.audit.format.leaf import decode
from shared.audit.format.proof_file import write_proof
from shared.audit.verify.checkpoints import Findings, verify_checkpoints, verify_consistency_proof
from shared.audit.verify.full_log import LogSummary, verify_log
from shared.audit.verify.leaf_proof import verify_proof
from shared.audit.verify.wording import sentences
from shared.bureaus import BureauCode
from shared.protocol.witnesses import trust_in
from tests.shared.audit.logs import (
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
    """Return what is found in a log, beside checkpoints that others were shown."""
    files = [shown_to_others(each, *ENTRIES) for each in others]
    return verify_log(log.lines(hidden=hidden), ROOT.public, others=files)


def other(found: Findings[LogSummary]) -> tuple[str, str]:
    """Return what is found of the checkpoint of others: whether it fits, is open or wrong, and why."""
    [told] = [each for each in found.found if each.check.startswith("other checkpoint")]
    return "fits" if told.ok else "open" if told.is_open else "wrong", told.says


def test_a_new_log_fits_by_itself_and_says_what_is_kept_of_the_one_before() -> None:
    """Whose last checkpoint it holds, with the cosignatures of bureaus."""
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


def test_the_first_log_of_a_service_took_the_place_of_none() -> None:
    """It has nothing to say of that."""
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
def test_what_was_signed_in_another_log_is_held_against_what_is_kept_of_that(
    shown: str, verdict: str, says: str
) -> None:
    """It is never said to fit what took its place."""
    found = other(check(NEW, shown))
    assert (found[0], found[1][: len(says)]) == (verdict, says)


def test_a_log_says_nothing_of_others_than_the_one_that_it_took_the_place_of() -> None:
    """What is kept of an earlier one, the log says that came next; where nothing is, it is said."""
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
def test_a_first_leaf_that_does_not_open_the_log_is_found(log: Log, says: str) -> None:
    """A log that has a number has to say why."""
    found = check(log)
    [finding] = [each for each in found.found if each.check == "opening"]
    assert (finding.ok, says in finding.says, found.content) == (False, True, None)


def test_a_first_leaf_that_is_not_told_opens_nothing() -> None:
    """Everybody may read it, so a file that has no more than its hash withholds it."""
    [finding] = [each for each in check(NEW, hidden=(0,)).found if each.check == "opening"]
    assert finding.is_wrong


def test_a_log_is_opened_by_its_first_leaf_alone() -> None:
    """A leaf later on that says so is none that a log writes."""
    found = check(Log([*LOG.leaves[:9], opening(LOG.checkpoint(5))]))
    assert "leaf 9 opens a log, and is not the first" in [each.says for each in found.found if each.is_wrong]


def test_what_too_few_bureaus_saw_is_not_taken_for_kept() -> None:
    """Nor what the log did not sign."""
    few = check(Log([opening(LOG.checkpoint(200, by=["DE"]))], 1))
    assert "retired witnesses" in [each.check for each in few.found if each.is_wrong]
    unsigned = check(Log([opening(LOG.checkpoint(200).replace("\n200\n", "\n201\n"))], 1))
    assert "retired checkpoint" in [each.check for each in unsigned.found if each.is_wrong]
    untrusted = verify_log(NEW.lines(), ROOT.public, trust=trust_in([BureauCode("IT")]))
    assert "retired witnesses" in [each.check for each in untrusted.found if each.is_wrong]


def test_two_logs_under_one_number_are_a_fork() -> None:
    """Each of two bureaus is shown one: they have one name, so that they are two trees of one size."""
    twin = Log([opening(LOG.checkpoint(200), reason="a flood"), *NEW.leaves[1:]], 1)
    assert other(check(NEW, twin.checkpoint(15)))[0] == "wrong"
    same = [shown_to_others(log.checkpoint(15), *ENTRIES) for log in (NEW, twin)]
    assert any("a split view" in each.says for each in verify_checkpoints(same, ROOT.public).found if each.is_wrong)


def test_a_proof_of_the_retired_log_still_verifies_by_itself() -> None:
    """What was cosigned is proven for ever; compared with the new log it is open."""
    assert verify_proof(PROOF, ROOT.public).ok
    found = verify_proof(PROOF, ROOT.public, others=[shown_to_others(NEW.checkpoint(60), *ENTRIES)])
    [open_one] = [each for each in found.found if not each.ok]
    assert open_one.is_open
    assert open_one.says.startswith("it is of 60 leaves of i247/notices/1, and nothing here is")


def test_one_log_does_not_grow_into_another() -> None:
    """A file that says so tells nothing, and who has it learns what does."""
    found = verify_consistency_proof(write_proof(NEW.growth(9, 60, old=LOG.checkpoint(9))), ROOT.public)
    [finding] = [each for each in found.found if each.check == "consistency"]
    assert finding.is_open
    assert finding.says.startswith("they are of two logs, i247/notices and i247/notices/1: `i247 audit fetch notices`")


def test_the_leaf_that_opens_a_log_is_explained() -> None:
    """Its proof is one as of any leaf."""
    proof = NEW.proof(0, 60, query_salt=None, records=(), complete=None)
    found = verify_proof(write_proof(proof), ROOT.public)
    assert found.ok, found.found
    assert found.content is not None
    [said] = sentences(SERVICE, found.content.leaf, [], others=0)
    assert said == (
        "On 2026-06-01 11:48:20 UTC i247/notices/1 was opened, of i247/notices the first 200 leaves are kept. "
        "The reason given: a disk failed"
    )
    [said] = sentences(SERVICE, decode(opening(None)), [], others=0)
    assert ", no leaf is kept." in said
