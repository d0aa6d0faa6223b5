"""RPD article 58: a barred bureau cannot distinguish a record that is hidden from it from one that does not exist.

Every operation of every service gets the same requests in two worlds, of which one has such records, and the answers
must be equal byte for byte. A third world, in which the records are open to all, shows that the requests would reach
them; injected leaks show that a leak would be found.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final

import pytest

from services import SERVICES, fingerprints
from services.fingerprints.store import GalleryChanges
from shared.protocol.http import HttpRequest
from tests.contract.comparison import Comparison, compare
from tests.contract.hidden_records import BARRED, WAYS, filled_stores
from tests.contract.leaks import LEAKS
from tests.contract.noninterference import Worlds, worlds_of
from tests.contract.restrictions import compare_later

RECORDS: Final = len(WAYS)
LONG_LEAKS: Final = {"an operation that was added", "candidates that take the place of others", "numbers in order"}
BY_NAME: Final = {service.name: service for service in SERVICES}


@pytest.fixture(scope="module", params=SERVICES, ids=lambda service: service.name)
def comparison(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """Send requests about records that are hidden in each way."""
    return compare(request.param, tmp_path_factory.mktemp("worlds"), RECORDS)


@pytest.fixture(scope="module", params=SERVICES, ids=lambda service: service.name)
def later(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """Send requests about records that the bureau saw before it was barred from them."""
    return compare_later(request.param, tmp_path_factory.mktemp("worlds"), RECORDS // 2)


@pytest.fixture
def opening(tmp_path: Path) -> AbstractAsyncContextManager[Worlds]:
    """Create the worlds of the fingerprints, which takes an event loop of its own."""
    return worlds_of(fingerprints.SERVICE, tmp_path)


@pytest.fixture
async def worlds(opening: AbstractAsyncContextManager[Worlds]) -> AsyncIterator[Worlds]:
    """Run the worlds."""
    async with opening as running:
        yield running


def test_a_barred_bureau_gets_the_same_answers_as_if_the_record_did_not_exist(comparison: Comparison) -> None:
    """Status, headers and body are equal, for each operation and each way of hiding a record."""
    assert comparison.differences == [], "\n\n".join(comparison.differences)


def test_no_answer_names_a_hidden_record(comparison: Comparison) -> None:
    """Not even an answer that is the same in both worlds."""
    assert comparison.named == [], "\n\n".join(comparison.named)


def test_the_same_requests_reach_a_record_that_is_not_hidden(comparison: Comparison) -> None:
    """Each operation that answers records differs where the records are open to all, whichever way they were hidden."""
    reached = {question for question, times in comparison.reached.items() if times}
    assert {operation for operation, _ in reached} >= comparison.showing
    assert {way for operation, way in reached if operation in comparison.showing} == {*WAYS}


def test_a_barred_bureau_is_notified_of_nothing_about_a_hidden_record(comparison: Comparison) -> None:
    """No disclosure, no notification and no saved search differs, at once or when such a record is changed."""
    received = comparison.received
    assert received["hidden"] == received["without"]
    assert received["hidden"] != received["open"]
    assert not any(secret in line for line in received["hidden"] for secret in comparison.secret_ids)


def test_a_bureau_that_searched_before_is_notified_of_a_new_match_unless_it_is_barred(comparison: Comparison) -> None:
    """At once, if the new record is open to all; a notice or a print becomes visible later."""
    received = {
        way for record, way in comparison.entered.items() if any(record in it for it in comparison.received["hidden"])
    }
    assert {*comparison.entered.values()} == {*WAYS}
    assert received in ({*WAYS} - {"restricted", "addressed"}, set())


@pytest.mark.thorough
def test_a_record_restricted_later_is_indistinguishable_from_a_deleted_one(later: Comparison) -> None:
    """The bureau cannot find out whether a record that it was shown still exists, not even from the audit log."""
    assert later.differences == [], "\n\n".join(later.differences)
    reached = {operation for (operation, _), times in later.reached.items() if times}
    assert any(operation.endswith("/audit") for operation in reached)
    assert any(operation.endswith("/{record_id}") for operation in reached)


@pytest.mark.thorough
def test_the_notification_of_a_withdrawal_does_not_reveal_its_reason(later: Comparison) -> None:
    """The notifications are equal, whether the record was deleted or the bureau barred from it."""
    assert later.received["hidden"] == later.received["without"]
    assert len(later.received["hidden"]) > len(later.received["open"])


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
    # Before the leak is injected, so that the stores do not depend on the order of the tests.
    filled_stores(service)
    monkeypatch.setattr(leak.target, leak.attribute, leak.leaking)
    comparison = compare(service, tmp_path, RECORDS // 2, enough=lambda so_far: bool(so_far.differences))
    assert [leak.found_by in found for found in comparison.differences[:1]] == [True]
