"""What a refusal says of a change: in its class, and in the detail of its problem."""

import json
import subprocess
import sys

import pytest

from shared import errors
from shared.errors import REFUSALS, Refusal, problem
from shared.outcomes import MAY_BE_MADE, NOTHING_CHANGED, Outcome, changes_something

UNKNOWN = (
    errors.AuditUnavailable,
    errors.ForgedReply,
    errors.Internal,
    errors.OutcomeUnknown,
    errors.ReplyTooLarge,
    errors.TimedOut,
)


def detail_of(refusal: Refusal, *, changes: bool) -> str:
    return str(json.loads(problem(refusal, changes=changes))["detail"])


@pytest.mark.parametrize("kind", UNKNOWN, ids=lambda kind: kind.code)
def test_a_refusal_that_may_come_after_the_change_says_how_to_find_out(kind: type[Refusal]) -> None:
    """And of a read that nothing was changed."""
    assert detail_of(kind("it failed"), changes=True) == f"it failed; {MAY_BE_MADE}"
    assert detail_of(kind("it failed"), changes=False).startswith(f"it failed; {NOTHING_CHANGED}")


@pytest.mark.parametrize("kind", [errors.TimedOut, errors.AuditUnavailable, errors.OutcomeUnknown])
def test_a_read_whose_answer_was_lost_can_be_sent_again(kind: type[Refusal]) -> None:
    """At once: it has no defect of its own."""
    assert detail_of(kind("it failed"), changes=False) == "it failed; nothing was changed: send it again"


@pytest.mark.parametrize("changes", [True, False])
def test_a_refusal_before_the_change_says_that_nothing_was_changed(changes: bool) -> None:
    """Whatever was asked for; a mistake in the request needs no such statement."""
    assert detail_of(errors.Busy("try again later"), changes=changes) == "try again later; nothing was changed"
    assert detail_of(errors.Invalid("it is wrong"), changes=changes) == "it is wrong"


def test_one_refusal_may_know_less_than_its_class() -> None:
    """Such as that of a copy of a request that is carried out at the moment."""
    busy = errors.Busy("others wait for it")
    busy.outcome = Outcome.UNKNOWN
    assert MAY_BE_MADE in detail_of(busy, changes=True)
    assert errors.Busy("later").outcome is Outcome.NOTHING_CHANGED


@pytest.mark.parametrize(
    ("method", "scopes", "changes"),
    [
        ("GET", ["notices:read"], False),
        ("GET", ["subject-requests:write"], False),
        ("POST", ["stolen-vehicles:read"], False),
        ("POST", ["stolen-vehicles:write"], True),
        ("POST", ["notices:read", "notices:review"], True),
        ("DELETE", [], True),
        ("POST", [], True),
    ],
)
def test_a_search_in_a_body_changes_nothing(method: str, scopes: list[str], changes: bool) -> None:
    """What an operation needs says so, as the method alone does not."""
    assert changes_something(method, scopes) is changes


@pytest.mark.thorough
def test_no_refusal_of_the_whole_program_is_uncertain_but_those_that_are_known_to_be() -> None:
    """Who adds one has to decide, and to add it here."""
    names = "import gateway.app, services, json; [each.create_app for each in services.SERVICES]; from shared.errors "
    names += "import REFUSALS; print(json.dumps([c for c, k in REFUSALS.items() if k.outcome == 'perhaps']))"
    said = subprocess.run([sys.executable, "-c", names], capture_output=True, text=True, check=True).stdout
    assert set(json.loads(said)) == {kind.code for kind in UNKNOWN}
    assert REFUSALS["already-handled"].outcome is Outcome.MADE_BEFORE
