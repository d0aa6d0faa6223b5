"""RPD article 58: nobody can distinguish a record that is hidden from them from one that does not exist.

A bureau cannot, nor a partner that may read every service, nor the public.

Every operation of every service gets the same requests in two worlds, of which one has such records, and the answers
must be equal byte for byte. A third world, in which the records are open, shows that the requests would reach
them; injected leaks show that a leak would be found.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from itertools import product
from pathlib import Path
from typing import Any, Final

import pytest

from services import SERVICES, fingerprints, missing_persons
from services.fingerprints.store import GalleryChanges
from shared.protocol.http import HttpRequest
from shared.service import Service
from tests.contract.askers import AGREED, ASKERS, BARRED, BUREAU, EVERYBODY, NEVER, Asker
from tests.contract.comparison import Comparison, compare
from tests.contract.hidden_records import filled_stores
from tests.contract.leaks import LEAKS
from tests.contract.noninterference import Worlds, worlds_of
from tests.contract.restrictions import compare_later

pytestmark = pytest.mark.thorough

FEW: Final = 2
LONG_LEAKS: Final = {"an operation that was added", "candidates that take the place of others", "numbers in order"}
BY_NAME: Final = {service.name: service for service in SERVICES}


def asked(asker: Asker, service: Service) -> Any:
    """Return a service and who asks it, as a parameter; in a fast run, all services are asked by a bureau alone."""
    is_fast = asker is BUREAU or (asker is AGREED and service is missing_persons.SERVICE)
    marks = [] if is_fast else [pytest.mark.thorough]
    return pytest.param((asker, service), id=f"{service.name}-{asker}", marks=marks)


def has_extracts(service: Service) -> bool:
    """Return whether the public is ever shown a record of a service."""
    return any(store.model.public_fields for store in service.metadata.info["stores"])


@pytest.fixture(scope="module", params=[asked(*each) for each in product(ASKERS, SERVICES)])
def comparison(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """Send requests about records that are hidden in each way."""
    asker, service = request.param
    return compare(service, tmp_path_factory.mktemp("worlds"), len(asker.ways), asker)


@pytest.fixture(
    scope="module",
    params=[
        asked(asker, service)
        for asker, service in product(ASKERS, SERVICES)
        if asker is not EVERYBODY or has_extracts(service)
    ],
)
def later(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """Send requests about records that the asker saw before they were hidden from it."""
    asker, service = request.param
    return compare_later(service, tmp_path_factory.mktemp("worlds"), FEW, asker)


@pytest.fixture
def opening(tmp_path: Path) -> AbstractAsyncContextManager[Worlds]:
    """Create the worlds of the fingerprints, which takes an event loop of its own."""
    return worlds_of(fingerprints.SERVICE, tmp_path)


@pytest.fixture
async def worlds(opening: AbstractAsyncContextManager[Worlds]) -> AsyncIterator[Worlds]:
    """Run the worlds."""
    async with opening as running:
        yield running


@pytest.mark.thorough
def test_an_asker_gets_the_same_answers_as_if_the_record_did_not_exist(comparison: Comparison) -> None:
    """Status, headers and body are equal, for each operation and each way of hiding a record."""
    assert comparison.differences == [], "\n\n".join(comparison.differences)


@pytest.mark.thorough
def test_no_answer_names_a_hidden_record(comparison: Comparison) -> None:
    """Not even an answer that is the same in both worlds."""
    assert comparison.named == [], "\n\n".join(comparison.named)


def test_the_same_requests_reach_a_record_that_is_not_hidden(comparison: Comparison) -> None:
    """Each operation that answers records differs where the records are open, whichever way they were hidden.

    An operation that the asker may not use answers nothing, nor does any if no record can be open to the asker.
    """
    asker = comparison.worlds.asker
    reached = {question for question, times in comparison.reached.items() if times}
    assert {operation for operation, _ in reached} >= comparison.showing
    assert {operation for operation, _ in reached} <= {str(each) for each in comparison.usable}
    assert bool(comparison.showing) is (asker is not EVERYBODY or has_extracts(comparison.worlds.service))
    ways = asker.ways if comparison.showing else ()
    assert {way for operation, way in reached if operation in comparison.showing} - {NEVER} == {*ways}
    assert bool(reached) is bool(ways)


def test_an_asker_is_notified_of_nothing_about_a_hidden_record(comparison: Comparison) -> None:
    """No disclosure, no notification and no saved search differs, at once or when such a record is changed."""
    received = comparison.received
    assert received["hidden"] == received["without"]
    assert (received["hidden"] != received["open"]) is bool(comparison.showing)
    assert not any(secret in line for line in received["hidden"] for secret in comparison.secret_ids)


def test_a_bureau_that_searched_before_is_notified_of_a_new_match_that_it_may_see(comparison: Comparison) -> None:
    """At once, if the new record is open to it; a notice or a print becomes visible later.

    Partners and the public are never notified.
    """
    received = {
        way for record, way in comparison.entered.items() if any(record in it for it in comparison.received["hidden"])
    }
    asker = comparison.worlds.asker
    assert {*comparison.entered.values()} == {*asker.ways} or asker is not BUREAU
    assert received in (asker.notified_of, set())


@pytest.mark.thorough
def test_a_record_hidden_later_is_indistinguishable_from_a_deleted_one(later: Comparison) -> None:
    """The asker cannot find out whether a record that it was shown still exists, not even from the audit log."""
    assert later.differences == [], "\n\n".join(later.differences)
    reached = {operation for (operation, _), times in later.reached.items() if times}
    usable = {str(each) for each in later.usable}
    assert any(operation.endswith("/{record_id}") for operation in reached)
    for operation in usable:
        assert operation in reached or not operation.endswith("/audit")


@pytest.mark.thorough
def test_the_notification_of_a_withdrawal_does_not_reveal_its_reason(later: Comparison) -> None:
    """The notifications are equal, whether the record was deleted or hidden; the public is notified of nothing."""
    received = later.received
    assert received["hidden"] == received["without"]
    is_public = later.worlds.asker is EVERYBODY
    assert (len(received["hidden"]) > len(received["open"])) is not is_public


@pytest.mark.thorough
async def test_a_search_that_times_out_reveals_nothing_about_hidden_prints(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time runs out while prints are loaded, of which there are more if some are hidden."""

    async def run_out(*_: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(GalleryChanges, "between", run_out)
    [image, *_] = worlds.secrets[0].images
    request = HttpRequest("POST", "/api/fingerprints/identification", "image/png", image)
    without, hidden, opened = await worlds.ask(BARRED, request)
    assert (without.status, without) == (503, hidden)
    assert hidden == opened


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.thorough] if name in LONG_LEAKS else []) for name in LEAKS]
)
def test_an_injected_leak_is_found(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through a page, a total, an error, a duplicate, the log, a header, numbers, or candidates."""
    leak = LEAKS[name]
    service = BY_NAME[leak.service]
    if not leak.is_stored:
        # Before the leak is injected, so that the stores do not depend on the order of the tests.
        filled_stores(service, leak.asker)
    monkeypatch.setattr(leak.target, leak.attribute, leak.leaking)
    comparison = compare(service, tmp_path, FEW, leak.asker, enough=lambda so_far: bool(so_far.differences))
    assert [leak.found_by in found for found in comparison.differences[:1]] == [True]
