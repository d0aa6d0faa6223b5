"""Requests for revision: of a decision, within six months from the discovery of a new fact."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.subject_requests import rules
from gateway.subject_requests.rules import NotRevisable, RevisionTooLate, months_after, require_revisable
from shared.errors import Refusal
from tests.gateway.subject_requests.commission import ADMISSIBLE, DRAFT, Network

DECIDED = date(2026, 1, 31)
UNKNOWN = "0197a3c2-6c2f-7d4b-8a31-5e6f708192a3"


@pytest.mark.parametrize(
    ("discovered", "received", "decided", "expected"),
    [
        (date(2026, 3, 31), date(2026, 9, 30), DECIDED, None),
        (date(2026, 3, 31), date(2026, 10, 1), DECIDED, RevisionTooLate),
        (DECIDED, DECIDED, DECIDED, None),
        (date(2026, 1, 30), date(2026, 2, 1), DECIDED, NotRevisable),
        (date(2026, 3, 2), date(2026, 3, 1), DECIDED, NotRevisable),
        (date(2026, 3, 1), date(2026, 3, 1), None, NotRevisable),
    ],
    ids=["last day", "a day late", "same day", "known before", "discovered later", "not decided"],
)
def test_a_revision_needs_a_decision_and_a_new_fact_in_time(
    discovered: date, received: date, decided: date | None, expected: type[Refusal] | None
) -> None:
    """Six calendar months from its discovery; the last day is in time."""
    if expected is None:
        require_revisable(discovered, received, decided)
    else:
        with pytest.raises(expected):
            require_revisable(discovered, received, decided)


@given(st.dates(DECIDED, date(2200, 1, 1)), st.integers(-5, 400))
def test_the_time_for_a_revision_ends_with_the_sixth_month(discovered: date, days: int) -> None:
    received, last = discovered + timedelta(days=days), months_after(discovered, rules.REVISION_MONTHS)
    in_time = discovered <= received <= last
    try:
        require_revisable(discovered, received, DECIDED)
    except (NotRevisable, RevisionTooLate):
        assert not in_time
    else:
        assert in_time


async def decided(network: Network) -> str:
    """Return a request for deletion that is refused."""
    request = await network.admitted(await network.report())
    await network.decide(request, "refused")
    return request


async def revise(network: Network, request: str, discovered: str, received: str) -> httpx.Response:
    """Enter a request for the revision of the decision on another."""
    revision = {"request": request, "new_fact": "A court acquitted me.", "discovered": discovered}
    return await network.ask("POST", json=DRAFT | {"kind": "revision", "received": received, "revision": revision})


@pytest.mark.thorough
async def test_a_refused_deletion_is_revised_and_carried_out(network: Network) -> None:
    """The revision is examined as the request that it is about: here nine months, and the record is deleted."""
    record, request = await network.report(), await decided(network)
    today = network.mesh.clock.now().date()
    entered = await revise(network, request, str(today), str(today))
    assert entered.status_code == 201, entered.text
    shown = entered.json()
    assert (shown["kind"], shown["revises"], shown["discovered"]) == ("revision", request, str(today))
    assert shown["new_fact"] == "A court acquitted me."
    place = {"service": "missing-persons", "record": record}
    await network.done("POST", f"/{shown['id']}/records", json=place)
    admitted = await network.done("POST", f"/{shown['id']}/admissibility", json=ADMISSIBLE)
    assert admitted["due"] == str(months_after(today, 9))
    await network.decide(shown["id"], "granted", {"record": 1, "act": "delete"})
    await network.comes_to(shown["id"], "carried-out")
    assert (await network.of("FR", "GET", f"/{record}")).status_code == 404
    listed = (await network.done("GET", "?kind=revision"))["items"]
    assert [each["id"] for each in listed] == [shown["id"]]


@pytest.mark.thorough
async def test_a_revision_six_months_after_the_new_fact_is_refused_with_its_reason(network: Network) -> None:
    request = await decided(network)
    discovered = network.mesh.clock.now().date()
    await network.passes(days=200)
    refused = await revise(network, request, str(discovered), str(network.mesh.clock.now().date()))
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:i247:problem:revision-too-late")
    assert f"until {months_after(discovered, 6)}" in refused.json()["detail"]


@pytest.mark.thorough
async def test_a_revision_of_what_is_not_decided_is_refused(network: Network) -> None:
    """Of an open request, and of one that does not exist."""
    today = str(network.mesh.clock.now().date())
    for request in (await network.enter(), UNKNOWN):
        refused = await revise(network, request, today, today)
        assert (refused.status_code, refused.json()["type"]) == (422, "urn:i247:problem:not-revisable")


@pytest.mark.thorough
@pytest.mark.parametrize(
    "changed",
    [{"kind": "revision"}, {"revision": {"request": UNKNOWN, "new_fact": "New.", "discovered": "2026-05-01"}}],
    ids=["nothing to revise", "another kind"],
)
async def test_the_kind_and_the_member_revision_go_together(network: Network, changed: dict[str, Any]) -> None:
    assert (await network.ask("POST", json=DRAFT | changed)).status_code == 422


@pytest.mark.thorough
async def test_the_new_fact_is_removed_with_the_subject(network: Network) -> None:
    """A year after the revision has ended."""
    request, today = await decided(network), str(network.mesh.clock.now().date())
    revision = (await revise(network, request, today, today)).json()["id"]
    await network.done("POST", f"/{revision}/closure", json={"reason": "Withdrawn."})
    await network.passes(days=366)
    await network.prune()
    shown = await network.done("GET", f"/{revision}")
    assert (shown["subject"], shown["new_fact"], shown["revises"]) == (None, None, request)
