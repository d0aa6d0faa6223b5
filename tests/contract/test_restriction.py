"""RPD article 58: a barred bureau cannot tell a record that is hidden from it from one that does not exist, by any way.

Every operation of every service is asked the same in two worlds, in one of which there are such records, and the
answers must be equal byte for byte. That the questions would reach these records is shown by a third world, where all
may see them; that a leak would be found, by leaks that are put in.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final

import pytest

from services import SERVICES, fingerprints
from services.fingerprints.store import GalleryChanges
from shared.protocol.http import HttpRequest
from tests.contract.comparing import Comparison, compare
from tests.contract.hidden_records import BARRED, WAYS, filled_stores
from tests.contract.leaks import LEAKS
from tests.contract.noninterference import Worlds, worlds_of
from tests.contract.restrictions import compare_later

RECORDS: Final = len(WAYS)
LONG_LEAKS: Final = {"an operation that was added", "candidates that take the place of others", "numbers in order"}
BY_NAME: Final = {service.name: service for service in SERVICES}


@pytest.fixture(scope="module", params=SERVICES, ids=lambda service: service.name)
def comparison(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """Ask about records that are hidden in each way."""
    return compare(request.param, tmp_path_factory.mktemp("worlds"), RECORDS)


@pytest.fixture(scope="module", params=SERVICES, ids=lambda service: service.name)
def later(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """Ask about records that the bureau saw before it was barred from them."""
    return compare_later(request.param, tmp_path_factory.mktemp("worlds"), RECORDS // 2)


@pytest.fixture
def opening(tmp_path: Path) -> AbstractAsyncContextManager[Worlds]:
    """Make the worlds of the fingerprints, which takes a loop of its own."""
    return worlds_of(fingerprints.SERVICE, tmp_path)


@pytest.fixture
async def worlds(opening: AbstractAsyncContextManager[Worlds]) -> AsyncIterator[Worlds]:
    """Run them."""
    async with opening as running:
        yield running


def test_a_barred_bureau_is_answered_as_if_there_were_no_record(comparison: Comparison) -> None:
    """Status, headers and body are the same, of each operation, about records hidden in each way."""
    assert comparison.told_apart == [], "\n\n".join(comparison.told_apart)


def test_no_answer_names_a_hidden_record(comparison: Comparison) -> None:
    """Not even where it is the same in both worlds."""
    assert comparison.named == [], "\n\n".join(comparison.named)


def test_the_same_questions_reach_a_record_that_is_not_hidden(comparison: Comparison) -> None:
    """Each operation that answers records tells the worlds apart where all may see them, whatever hid them before."""
    reached = {question for question, times in comparison.reached.items() if times}
    assert {operation for operation, _ in reached} >= comparison.showing
    assert {way for operation, way in reached if operation in comparison.showing} == {*WAYS}


def test_a_barred_bureau_is_told_nothing_of_a_hidden_record(comparison: Comparison) -> None:
    """No disclosure, no message, and nothing else kept of its searches, at once or when such a record is changed."""
    told = comparison.told
    assert told["hidden"] == told["without"]
    assert told["hidden"] != told["open"]
    assert not any(secret in line for line in told["hidden"] for secret in comparison.secret_ids)


def test_who_searched_before_is_told_of_what_is_entered_unless_he_is_barred_from_it(comparison: Comparison) -> None:
    """What is entered for all to see, like what he looked for, is told at once; a notice or a print is seen later."""
    told = {way for record, way in comparison.entered.items() if any(record in it for it in comparison.told["hidden"])}
    assert {*comparison.entered.values()} == {*WAYS}
    assert told in ({*WAYS} - {"restricted"}, set())


def test_a_record_that_a_bureau_is_barred_from_later_is_as_one_that_was_deleted(later: Comparison) -> None:
    """It cannot find out whether what it was shown is still there: not in what the audit log tells of it either."""
    assert later.told_apart == [], "\n\n".join(later.told_apart)
    reached = {operation for (operation, _), times in later.reached.items() if times}
    assert any(operation.endswith("/audit") for operation in reached)
    assert any(operation.endswith("/{record_id}") for operation in reached)


def test_a_bureau_is_told_that_a_record_is_withdrawn_and_not_why(later: Comparison) -> None:
    """The letters are the same, whether the record was deleted or the bureau barred from it."""
    assert later.told["hidden"] == later.told["without"]
    assert len(later.told["hidden"]) > len(later.told["open"])


async def test_a_search_for_which_there_is_no_time_tells_nothing_of_hidden_prints(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The patience runs out while prints are loaded, of which there are more where some are hidden."""

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
def test_a_leak_is_found(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it leaks by: a page, a total, an error, a duplicate, the log, a header, numbers, the candidates."""
    leak = LEAKS[name]
    service = BY_NAME[leak.service]
    # As the service is: what is in the stores is the same in whatever order the tests run.
    filled_stores(service)
    monkeypatch.setattr(leak.target, leak.attribute, leak.leaking)
    comparison = compare(service, tmp_path, RECORDS // 2, enough=lambda so_far: bool(so_far.told_apart))
    assert [leak.found_by in found for found in comparison.told_apart[:1]] == [True]
