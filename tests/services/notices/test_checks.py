"""Many checks of persons in one request."""

import pytest

from services.notices.checks import MAX_SECONDS, NoticeChecks, results_of
from services.notices.store import NoticeStore
from shared.storage import Database
from tests.conftest import NOW
from tests.services.notices.examples import PERSON, complete, red_about
from tests.services.notices.steps import PATH, published
from tests.support import ServiceClient, caller


async def test_the_checks_of_a_request_are_answered_in_order(service: ServiceClient) -> None:
    """An invalid one has an error and null for hits, which is not an all-clear."""
    notice = await published(
        service, red_about(documents=[{"kind": "passport", "number": "19AK 417", "country": "FR"}])
    )
    checks = [{"name": "marvellier"}, {"name": "Xu"}, {}, {"document_number": "19-ak-417"}, {"colour": "pink"}]
    answer = (await service.officer("PL").post(f"{PATH}/checks", json={"checks": checks})).json()
    found = [result["hits"] and [hit["record"]["id"] for hit in result["hits"]] for result in answer["results"]]
    assert found == [[notice], [], None, [notice], None]
    assert [result["total"] for result in answer["results"]] == [1, 0, None, 1, None]


@pytest.mark.parametrize(("number", "status"), [(0, 422), (1_000, 200), (1_001, 422)])
async def test_a_request_has_up_to_a_thousand_checks(service: ServiceClient, number: int, status: int) -> None:
    """A longer one must be divided, and an empty one is a mistake."""
    checks = [{"document_number": f"19AK{each}"} for each in range(number)]
    assert (await service.officer("PL").post(f"{PATH}/checks", json={"checks": checks})).status_code == status


async def test_a_check_that_comes_too_late_says_so(database: Database) -> None:
    """Silence is not nothing found."""
    times = iter([0.0, 1.0, MAX_SECONDS + 1])
    checks = NoticeChecks.model_validate({"checks": [{"name": "Xu"}, {"name": "Xu"}]})
    first, second = await results_of(checks, NoticeStore(database.reading, caller("PL"), NOW), lambda: next(times))
    assert (first.total, first.error) == (0, None)
    assert second.error is not None
    assert (second.hits, second.total, second.error.code) == (None, None, "not-searched")


async def test_checks_of_very_long_names_are_bounded_together(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As each search is kept under all terms of its name."""
    monkeypatch.setattr("services.notices.checks.MAX_TERMS", 50)
    store = NoticeStore(database.reading, caller("PL"), NOW)
    asked = NoticeChecks.model_validate({"checks": [{"name": "Jean Dupont Marie Vasseliac"}, {"name": "Anna Weiss"}]})
    first, second = await results_of(asked, store)
    assert (first.error, first.total) == (None, 0)
    assert second.error is not None
    assert second.error.code == "not-searched"


@pytest.mark.thorough
async def test_hits_that_do_not_fit_are_counted_and_said_to_be_left_out(
    service: ServiceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of more than five hundred checks shows one hit at the most."""
    monkeypatch.setattr("services.notices.checks.MAX_SECONDS", 600.0)
    for _ in range(2):
        await published(service, complete("red"))
    checks = [{"name": "marvellier"}] * 501
    results = (await service.officer("PL").post(f"{PATH}/checks", json={"checks": checks})).json()["results"]
    assert {result["total"] for result in results} == {2}
    assert max(len(result["hits"]) for result in results) == 1
    warned = [[each["code"] for each in result["warnings"]] for result in results]
    assert all(codes == ["hits-cut"] for codes in warned)


@pytest.mark.parametrize(
    ("asked", "score"),
    [("1980-05-06", 1.0), ("1980-06-05", 0.64), ("1980-05", 1.0), ("1985", 0.8), ("1985-06-07", 0.8), ("1990", None)],
)
async def test_a_birth_fits_in_any_identity_or_with_day_and_month_exchanged(
    service: ServiceClient, asked: str, score: float | None
) -> None:
    """The explanation shows all births that the notice states."""
    identity = {"name": "Vandermolen", "date_of_birth": "1985-01/1986"}
    await published(service, red_about(**{**PERSON, "identities": [identity]}))
    found = (await service.officer("PL").get(f"{PATH}/search", params={"date_of_birth": asked})).json()
    assert [hit["score"] for hit in found["hits"]] == ([] if score is None else [score])
    assert all(hit["why"][0]["found"] == "1980-05-06, 1985-01/1986" for hit in found["hits"])
