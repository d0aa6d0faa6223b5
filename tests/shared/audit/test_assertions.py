"""Assertions over logs: what is found, what never happened, and what an auditor cannot know."""

from datetime import timedelta
from typing import Any, Final

import msgspec
import pytest

from shared.audit.format.assertions import Assertions
from shared.audit.format.leaf import Leaf, encode
from shared.audit.format.proof_file import Completeness, OpenedLeaf, OpenedRecord, write_line
from shared.audit.verify.assertions import check, read_log
from shared.crypto.ed25519 import encode_base64url
from shared.crypto.merkle import leaf_hash
from tests.conftest import NOW

DIGEST: Final = "A" * 43
WHOLE: Final = Completeness(secret=DIGEST, closed=())
CAR: Final = "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"


def record(how: str = "search", **changed: Any) -> OpenedRecord:
    """Return a record of Germany that was shown, with members changed."""
    plain: dict[str, Any] = {
        "tag": DIGEST,
        "slot": 0,
        "path": (DIGEST,) * 8,
        "kind": "vehicle",
        "record": CAR,
        "version": 1,
        "owner": "DE",
        "rule": "members",
        "how": how,
        "score": 1.0,
        "match": "plate",
        "salt": "x",
    }
    return OpenedRecord(**(plain | changed))


def line(number: int, *records: OpenedRecord, complete: Completeness | None = WHOLE, **changed: Any) -> bytes:
    """Return the line of a request of France, with members changed; one a minute."""
    plain: dict[str, Any] = {
        "at": (NOW + timedelta(minutes=number)).timestamp(),
        "request": CAR,
        "bureau": "FR",
        "officer": "fr.officer",
        "purpose": "border-management",
        "operation": "search_vehicles",
        "status": 200,
        "query": None,
        "records": DIGEST if records or complete is None else None,
        "answer": None,
    }
    raw = encode(Leaf(**(plain | changed)))
    opened = OpenedLeaf(records=records, complete=complete) if records or complete is None else None
    return write_line(encode_base64url(leaf_hash(raw)), raw.decode(), opened)


def hidden() -> bytes:
    """Return the line of a leaf that the auditor may not read."""
    return write_line(DIGEST, None)


LINES: Final = (
    line(0, record()),
    line(1),
    line(2, record("read")),
    line(3, record("change"), bureau="DE", officer="de.officer", purpose="locate", operation="enter_vehicle"),
    line(4, record("change", version=2), bureau="DE", officer="de.officer", purpose="locate"),
    line(5, record("published", reader="IT"), bureau="DE", officer="", operation="publish"),
)


VEHICLES: Final = "stolen-vehicles"


def verdicts(
    *assertions: Any, lines: Any = LINES, auditor: str = "IPSG", services: Any = (VEHICLES,), **more: Any
) -> list[str]:
    """Return how assertions are decided by a log of stolen vehicles, in a network of services."""
    asked = msgspec.convert({"assertions": list(assertions), **more}, Assertions)
    found = check(asked, [read_log(VEHICLES, lines)], auditor, services)
    return ["ok" if each.ok else "undecided" if each.is_open else "FAILED" for each in found]


def sentences(*acts: Any, auditor: str = "IPSG", lines: Any = LINES) -> list[str]:
    """Return what is said of acts that never happened."""
    asked = msgspec.convert({"assertions": [{"never": each} for each in acts]}, Assertions)
    return [each.says for each in check(asked, [read_log(VEHICLES, lines)], auditor, (VEHICLES,))]


def test_an_officer_and_a_record_that_no_leaf_names_are_said_to_be_so() -> None:
    """They may be misspelt, and no list has them; it is not said of a name that another leaf has."""
    officer, record, found = {"officer": "fr.oficer"}, {"record": DIGEST}, {"officer": "fr.officer", "bureau": "DE"}
    assert verdicts({"never": officer}, {"never": record}, {"never": found}) == ["ok"] * 3
    assert sentences(officer, record, found) == [
        "never officer fr.oficer: not found; no leaf that was read names officer fr.oficer: check the spelling",
        f"never record {DIGEST}: not found; no leaf that was read names record {DIGEST}: check the spelling",
        "never bureau DE, officer fr.officer: not found",
    ]


def test_the_secretariat_is_not_sent_to_itself() -> None:
    """What it cannot read, no other auditor can; another may ask as it."""
    undecided = "never bureau KE: not found; 1 leaves that {} could not read may be more"
    lines = (*LINES, hidden())
    assert sentences({"bureau": "KE"}, lines=lines) == [undecided.format("IPSG")]
    assert sentences({"bureau": "KE"}, lines=lines, auditor="FR") == [f"{undecided.format('FR')}: ask as IPSG"]


@pytest.mark.parametrize(
    ("acts", "count"),
    [
        ({"bureau": "FR"}, 3),
        ({"operation": "search_vehicles", "bureau": "FR"}, 3),
        ({"did": "found"}, 1),
        ({"did": "read", "record": CAR, "officer": "fr.officer"}, 1),
        ({"did": "entered", "owner": "DE"}, 1),
        ({"did": "changed"}, 1),
        ({"did": "sent", "bureau": "IT"}, 1),
        ({"kind": "vehicle", "version": 1}, 4),
        ({"purpose": "border-management", "status": 200}, 4),
        ({"service": "stolen-vehicles", "since": (NOW + timedelta(minutes=3)).isoformat()}, 3),
        ({"until": (NOW + timedelta(minutes=1)).isoformat()}, 2),
        ({"bureau": "KE"}, 0),
    ],
)
def test_acts_are_counted_by_what_is_stated_of_them(acts: dict[str, Any], count: int) -> None:
    """Once for each request, and exactly so many."""
    assert verdicts({"expect": acts, "exactly": count}) == ["ok"]
    assert verdicts({"expect": acts, "exactly": count + 1}) == ["FAILED"]
    assert verdicts({"never": acts}) == (["FAILED"] if count else ["ok"])
    assert verdicts({"expect": acts}) == (["ok"] if count else ["FAILED"])
    assert verdicts({"expect": acts, "at_least": 1, "at_most": 2}) == (["ok"] if 1 <= count <= 2 else ["FAILED"])


def test_acts_before_the_time_of_the_file_do_not_count() -> None:
    """Unless an assertion states a time of its own."""
    since = (NOW + timedelta(minutes=3)).isoformat()
    assert verdicts({"never": {"bureau": "FR"}}, since=since) == ["ok"]
    assert verdicts({"never": {"bureau": "FR", "since": NOW.isoformat()}}, since=since) == ["FAILED"]


def test_what_could_not_be_read_leaves_it_undecided_that_something_never_happened() -> None:
    """A hidden leaf may have it; what was found is found all the same."""
    lines = (*LINES, hidden())
    assert verdicts({"never": {"bureau": "KE"}}, lines=lines, auditor="FR") == ["undecided"]
    assert verdicts({"expect": {"bureau": "KE"}}, lines=lines, auditor="FR") == ["undecided"]
    assert verdicts({"expect": {"bureau": "DE"}, "at_most": 3}, lines=lines, auditor="FR") == ["undecided"]
    assert verdicts({"expect": {"bureau": "DE"}}, lines=lines, auditor="FR") == ["ok"]
    assert verdicts({"expect": {"bureau": "DE"}, "at_most": 2}, lines=lines, auditor="FR") == ["FAILED"]


def test_a_hidden_leaf_leaves_it_undecided_also_for_the_bureau_of_the_auditor() -> None:
    """What was sent to a bureau is in a leaf of the sender; and who makes a pack may leave out their own texts."""
    lines = (*LINES, hidden())
    assert verdicts({"never": {"bureau": "FR", "did": "sent"}}, lines=lines, auditor="FR") == ["undecided"]
    assert verdicts({"never": {"owner": "DE", "did": "found-later"}}, lines=lines, auditor="DE") == ["undecided"]
    assert verdicts({"never": {"bureau": "FR", "did": "changed"}}, lines=lines, auditor="FR") == ["undecided"]


def test_records_that_were_left_out_leave_it_undecided_also_for_their_owner() -> None:
    """A leaf shows its text, and not all that was done."""
    lines = (line(0, record(), complete=None, bureau="FR"),)
    assert verdicts({"never": {"owner": "FR", "did": "entered"}}, lines=lines, auditor="FR") == ["undecided"]


def test_a_log_that_is_missing_leaves_it_undecided_what_never_happened_anywhere() -> None:
    """A pack may have the logs of some services alone."""
    services = (VEHICLES, "notices")
    assert verdicts({"never": {"bureau": "KE"}}, services=services) == ["undecided"]
    assert verdicts({"never": {"bureau": "KE", "service": VEHICLES}}, services=services) == ["ok"]


def test_records_of_a_leaf_that_may_be_missing_leave_it_undecided() -> None:
    """An owner sees that its record was shown, and not whether there were others."""
    lines = (line(0, record(), complete=None, bureau="KE"),)
    assert verdicts({"never": {"bureau": "KE", "owner": "IT"}}, lines=lines, auditor="DE") == ["undecided"]
    assert verdicts({"never": {"bureau": "KE", "operation": "enter_vehicle"}}, lines=lines, auditor="DE") == ["ok"]


def test_a_hidden_leaf_from_before_does_not_matter() -> None:
    """It is older than a leaf that is."""
    lines = (hidden(), *LINES)
    since = (NOW + timedelta(minutes=2)).isoformat()
    assert verdicts({"never": {"bureau": "KE"}}, lines=lines, auditor="FR", since=since) == ["ok"]
    assert verdicts({"never": {"bureau": "KE"}}, lines=lines, auditor="FR") == ["undecided"]


def test_a_service_of_which_there_is_no_log_fails() -> None:
    """As a misspelt name does."""
    assert verdicts({"never": {"service": "stolen-vehicle"}}) == ["FAILED"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({}, "either `expect` or `never`"),
        ({"expect": {}, "never": {}}, "either `expect` or `never`"),
        ({"never": {}, "exactly": 1}, "`never` has no count"),
        ({"expect": {}, "exactly": 1, "at_most": 1}, "`exactly` goes with no other count"),
        ({"expect": {"who": "FR"}}, "unknown field `who`"),
        ({"expect": {"did": "stole"}}, "Invalid enum value 'stole'"),
        ({"expect": {"since": "2026-06-01T12:00:00"}}, "timezone"),
    ],
)
def test_what_cannot_be_decided_is_refused(wrong: dict[str, Any], says: str) -> None:
    """With what is wrong and where."""
    with pytest.raises(msgspec.ValidationError, match=says):
        msgspec.convert({"assertions": [wrong]}, Assertions)
