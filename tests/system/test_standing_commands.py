"""The commands for measures against members without a running mesh: stated, listed, prolonged and ended."""

from datetime import UTC, datetime, timedelta

import pytest

from deploy.cli import main
from deploy.commands.standing_decisions import MeasureOptions, decided
from deploy.state.directory_file import load_directory
from deploy.state.errors import WrongUsage
from deploy.state.state_dir import StateDir
from shared.standing import MEMBER
from tests.conftest import NOW
from tests.system.key_commands import DECIDED, STANDING, users

RESTRICTED = [*STANDING, "FR", "restricted", "--reason", "access"]


@pytest.mark.parametrize(
    "option",
    [("--until", "soon"), ("--until", "2099-01-01T12:00"), ("--resolution", "a" * 61), ("--reason", "a whim")],
    ids=lambda option: option[1][:16],
)
def test_an_unreadable_measure_is_wrong_usage(two_bureaus: StateDir, option: tuple[str, str]) -> None:
    """A time needs its zone, and a reason is one of the codes."""
    with pytest.raises(SystemExit) as exit_:
        main([*RESTRICTED, *option])
    assert exit_.value.code == 2


@pytest.mark.thorough
def test_a_measure_is_stated_listed_and_ended(two_bureaus: StateDir, capsys: pytest.CaptureFixture[str]) -> None:
    """Keys and users of the broker stay; a suspension revokes keys, and is ended with new ones."""
    before = users(two_bureaus)
    until = f"{datetime.now(UTC) + timedelta(days=80):%Y-%m-%d}"
    assert main([*STANDING, "fr", "supervised", "--reason", "compliance", "--until", until]) == 0
    in_words = f"supervised until {until} 00:00 UTC (reason: compliance; decided by the Secretary General)"
    assert capsys.readouterr().out.splitlines()[0] == f"FR (France) is {in_words}"
    assert main(["bureaus", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    at = next(at for at, line in enumerate(lines) if line.startswith("FR"))
    assert lines[at].split()[2:4] == ["supervised", "valid"]
    assert lines[at + 1].strip() == in_words
    assert users(two_bureaus) == before
    assert main([*STANDING, "FR", "member"]) == 0
    assert load_directory(two_bureaus).stated_standing("FR") == MEMBER
    assert main([*STANDING, "FR", "suspended", *DECIDED]) == 0
    assert "`i247 bureaus add FR` brings it back" in capsys.readouterr().out
    assert len(users(two_bureaus)) == len(before) - 1


def test_suspend_is_the_short_form_for_a_security_incident(two_bureaus: StateDir) -> None:
    """For as long as the Secretary General may decide alone."""
    assert main(["bureaus", "suspend", "DE"]) == 0
    standing = load_directory(two_bureaus).stated_standing("DE")
    assert standing is not None
    assert standing.measure is not None
    measure = standing.measure
    assert (standing.standing, measure.reason, measure.resolution) == ("suspended", "security-incident", None)
    assert measure.until is not None
    assert measure.until - measure.since == pytest.approx(timedelta(days=92).total_seconds(), abs=60)


@pytest.mark.thorough
def test_a_resolution_prolongs_a_suspension(two_bureaus: StateDir, capsys: pytest.CaptureFixture[str]) -> None:
    """Before it ends, so that the bureau is not a member in between; the Secretary General alone cannot."""
    assert main(["bureaus", "suspend", "DE"]) == 0
    assert main([*STANDING, "DE", "suspended", *DECIDED]) == 0
    standing = load_directory(two_bureaus).stated_standing("DE")
    assert standing is not None
    assert standing.measure is not None
    assert (standing.standing, standing.measure.resolution, standing.measure.until) == ("suspended", DECIDED[-1], None)
    capsys.readouterr()
    assert main(["bureaus", "suspend", "DE"]) == 3
    assert capsys.readouterr().err == "i247: DE is suspended already\n"


def test_one_measure_after_another_lasts_no_longer_than_one() -> None:
    """The Secretary General decides for three months from the first on, unless the bureau is a member in between."""
    alone = MeasureOptions("access", NOW + timedelta(days=30))
    first = decided("supervised", alone, MEMBER, NOW)
    later, latest = NOW + timedelta(days=20), NOW + timedelta(days=92)
    second = decided("supervised", alone._replace(until=latest), first, later)
    assert (second.measure and second.measure.since) == NOW.timestamp()
    with pytest.raises(WrongUsage, match="at most 72 days ahead"):
        decided("restricted", alone._replace(until=latest + timedelta(days=1)), second, later)
    for reason, end in (("access", latest), ("security-incident", later + timedelta(days=92))):
        suspended = decided("suspended", MeasureOptions(reason), second, later)  # type: ignore[arg-type]
        assert (suspended.measure and suspended.measure.until) == end.timestamp()
    assert (
        decided("supervised", MeasureOptions("access", resolution="EC/2026/14"), second, later).standing == "supervised"
    )
    assert (
        decided("supervised", alone._replace(until=latest + timedelta(days=1)), MEMBER, later).standing == "supervised"
    )


@pytest.mark.thorough
def test_a_bureau_returns_from_a_suspension_under_supervision(
    two_bureaus: StateDir, capsys: pytest.CaptureFixture[str]
) -> None:
    """The measure is stated first, and holds for the new keys."""
    assert main(["bureaus", "suspend", "DE"]) == 0
    assert main([*STANDING, "DE", "supervised", *DECIDED]) == 0
    assert "`i247 bureaus add DE` brings it back" in capsys.readouterr().out
    assert main(["bureaus", "add", "DE"]) == 0
    directory = load_directory(two_bureaus)
    standing = directory.stated_standing("DE")
    assert standing is not None
    assert (standing.standing, "DE" in directory.members(datetime.now(UTC))) == ("supervised", True)


@pytest.mark.thorough
def test_a_suspension_ends_with_one_sentence(two_bureaus: StateDir, capsys: pytest.CaptureFixture[str]) -> None:
    """The keys stay revoked, so the bureau is not back yet."""
    assert main(["bureaus", "suspend", "DE"]) == 0
    capsys.readouterr()
    assert main([*STANDING, "DE", "member"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == (
        "DE (Germany) is under no measure any more, but its keys stay revoked: `i247 bureaus add DE` brings it back"
    )


def test_only_members_have_a_standing(two_bureaus: StateDir, capsys: pytest.CaptureFixture[str]) -> None:
    """Keys of others can be revoked, which removes them from the users of the broker."""
    assert main(["bureaus", "list"]) == 0
    listed = {line.split()[0]: line.split()[2] for line in capsys.readouterr().out.splitlines()[1:]}
    assert {listed["FR"], listed["DE"]} == {"member"}
    assert {each for code, each in listed.items() if code not in ("FR", "DE")} == {"-"}
    before = users(two_bureaus)
    assert main(["keys", "revoke", "CCF"]) == 0
    assert len(users(two_bureaus)) == len(before) - 1
