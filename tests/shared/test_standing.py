"""What a bureau of each standing may do, and how long and where a measure holds."""

import pytest

from shared.standing import MEMBER, BureauStanding, Measure, Standing, describe, is_resolution, may_call

NOW = 1_780_315_200.0
MEASURE = Measure(reason="compliance", since=NOW - 60, until=NOW + 60, resolution="EC/2026/14")


@pytest.mark.parametrize(
    ("standing", "reads", "writes", "takes_back"),
    [
        ("member", True, True, True),
        ("supervised", True, True, True),
        ("restricted", True, False, True),
        ("suspended", False, False, False),
    ],
)
def test_each_standing_allows_what_the_table_says(
    standing: Standing, reads: bool, writes: bool, takes_back: bool
) -> None:
    """A verb that is not `read` enters something, unless the operation says that it does not."""
    assert may_call(standing, "read", while_restricted=False) is reads
    assert {may_call(standing, verb, while_restricted=False) for verb in ("write", "review", "decide", "new")} == {
        writes
    }
    assert may_call(standing, "write", while_restricted=True) is takes_back


@pytest.mark.parametrize(("after", "holds"), [(0.0, True), (59.9, True), (60.0, False), (1e9, False)])
def test_a_measure_holds_until_its_end(after: float, holds: bool) -> None:
    """One without an end always does."""
    standing = BureauStanding("restricted", MEASURE)
    assert standing.at(NOW + after) == (standing if holds else MEMBER)
    endless = BureauStanding("restricted", Measure(reason="access", since=NOW))
    assert endless.at(NOW + after) == endless


@pytest.mark.parametrize("standing", ["supervised", "restricted", "suspended"])
def test_only_a_restriction_is_for_named_services_alone(standing: Standing) -> None:
    """Any other measure is for all services, whatever it names."""
    measured = BureauStanding(standing, Measure(reason="access", since=NOW, services=("notices",)))
    assert measured.in_service("notices") == measured
    assert measured.in_service("stolen-vehicles") == (MEMBER if standing == "restricted" else measured)


def test_a_standing_is_described_with_reason_end_and_resolution() -> None:
    """Also where there is none of these."""
    assert describe(BureauStanding("supervised", MEASURE)) == (
        "supervised until 2026-06-01 12:01 UTC (reason: compliance; decided by resolution EC/2026/14)"
    )
    endless = Measure(reason="arrears", since=NOW, services=("notices", "fingerprints"))
    assert describe(BureauStanding("restricted", endless)) == (
        "restricted in notices, fingerprints without a stated end (reason: arrears; decided by the Secretary General)"
    )
    assert describe(BureauStanding("suspended")) == "suspended without a stated end"


@pytest.mark.parametrize(("text", "fits"), [("EC/2026/14", True), ("", False), ("a\n", False), ("-1", False)])
def test_a_resolution_is_a_short_number(text: str, fits: bool) -> None:
    assert (is_resolution(text) is not None) is fits
