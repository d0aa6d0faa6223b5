"""The command `i247 clock`, and that all programs on a state directory use its clock."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.cli import main
from deploy.provisioning.registrar import KEY_VALID_FOR, KEY_VALID_ON_A_SHARED_CLOCK
from deploy.provisioning.tokens import accounts_of, load_token_key
from deploy.state.clock import clock_of, prepare_clock
from deploy.state.directory_file import load_directory
from deploy.state.errors import StartRefused
from deploy.state.running import MESH, announced
from deploy.state.settings import load_settings
from deploy.state.state_dir import StateDir
from gateway.auth.claims import TokenRefused
from gateway.auth.tokens import OwnTokens, Tokens
from shared.bureaus import PARTICIPATING
from shared.clock import MAX_OFFSET, SharedClock, SystemClock
from shared.logs import Log

HOUR = timedelta(hours=1)
Printed = pytest.CaptureFixture[str]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StateDir:
    """Return an empty state directory that the commands use."""
    home = StateDir(tmp_path / "state")
    monkeypatch.setenv("I247_HOME", str(home.path))
    monkeypatch.setenv("I247_BUREAUS", "FR")
    home.open()
    return home


@pytest.fixture
def clock(home: StateDir) -> SharedClock:
    """Return its shared clock, which can be advanced."""
    return SharedClock.make(home.clock)


def validity(home: StateDir) -> set[timedelta]:
    """Return the validity periods of its keys."""
    entries = load_directory(home).entries()
    return {timedelta(seconds=round(entry.not_after - entry.not_before)) for entry in entries}


@pytest.mark.parametrize(
    ("span", "moved"),
    [
        ("90s", timedelta(seconds=90)),
        ("10m", timedelta(minutes=10)),
        ("72h", timedelta(hours=72)),
        ("183d", timedelta(days=183)),
        ("5y", timedelta(days=5 * 365)),
    ],
)
def test_the_clock_is_advanced_by_a_span(clock: SharedClock, capsys: Printed, span: str, moved: timedelta) -> None:
    """Whether or not the mesh runs, which is said; the new time is printed."""
    assert main(["clock", "advance", span]) == 0
    assert clock.offset == moved
    assert capsys.readouterr().out.endswith(f"  advanced by {moved}, of a mesh that does not run\n")


def test_the_clock_of_a_running_mesh_is_not_said_to_be_of_another(
    home: StateDir, clock: SharedClock, capsys: Printed
) -> None:
    with announced(home, MESH) as announcement:
        announcement.write(load_settings())
        assert main(["clock", "advance", "1h"]) == main(["clock", "--json"]) == 0
    words, data = capsys.readouterr().out.splitlines()
    assert (words.endswith("Z  advanced by 1:00:00"), '"runs":true' in data) == (True, True)


@pytest.mark.parametrize("span", ["-5m", "-1h", "-90s"])
def test_a_negative_span_is_said_to_go_back(clock: SharedClock, capsys: Printed, span: str) -> None:
    """It is not taken for an option."""
    with pytest.raises(SystemExit) as exit_:
        main(["clock", "advance", span])
    assert (exit_.value.code, clock.offset) == (2, timedelta(0))
    assert "argument SPAN: a clock cannot go back" in capsys.readouterr().err


@pytest.mark.parametrize("at", ["2060-01-01", "2060-01-01T00:00:00Z", "2060-01-01T02:00:00+02:00"])
def test_the_clock_is_advanced_to_a_time(clock: SharedClock, capsys: Printed, at: str) -> None:
    """A day begins in UTC."""
    assert main(["clock", "to", at]) == 0
    assert timedelta(0) <= clock.now() - datetime(2060, 1, 1, tzinfo=UTC) < HOUR
    assert main(["clock"]) == 0
    assert [line[:17] for line in capsys.readouterr().out.splitlines()] == ["2060-01-01T00:00:"] * 2


@pytest.mark.parametrize(
    "arguments", [["advance", "-1h"], ["advance", "soon"], ["advance", "1.5h"], ["to", "tomorrow"]]
)
def test_an_invalid_span_or_time_is_wrong_usage(clock: SharedClock, capsys: Printed, arguments: list[str]) -> None:
    """The clock is not changed."""
    with pytest.raises(SystemExit) as exit_:
        main(["clock", *arguments])
    assert (exit_.value.code, clock.offset) == (2, timedelta(0))


@pytest.mark.parametrize("arguments", [["to", "2020-01-01"], ["advance", "61y"], ["advance", "999999999y"]])
def test_moving_the_clock_back_or_too_far_is_refused(clock: SharedClock, capsys: Printed, arguments: list[str]) -> None:
    """One sentence says so, and the clock is not changed."""
    assert main(["clock", *arguments]) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n"), printed.err[:6]) == ("", 1, "i247: ")
    assert clock.offset == timedelta(0)


def test_the_system_clock_is_printed_but_not_advanced(home: StateDir, capsys: Printed) -> None:
    """The error says how to start a mesh with a clock that can be advanced."""
    assert main(["provision"]) == 0
    capsys.readouterr()
    assert main(["clock"]) == 0
    assert capsys.readouterr().out.endswith("Z  system clock, of a mesh that does not run\n")
    assert main(["clock", "advance", "1h"]) == 3
    assert "i247 up --clock" in capsys.readouterr().err
    assert not home.clock.exists()


def test_a_damaged_clock_file_is_named_and_refused(home: StateDir, capsys: Printed) -> None:
    """It is not read as another time."""
    home.clock.write_bytes(b"12:30")
    assert main(["clock"]) == 3
    assert capsys.readouterr().err == f"i247: {home.clock} holds no clock: restore or remove the file\n"


@pytest.mark.thorough
async def test_a_token_expires_by_the_clock_of_its_mesh(home: StateDir, clock: SharedClock, capsys: Printed) -> None:
    """A new token is valid at the advanced time."""
    assert main(["provision"]) == 0
    accounts = accounts_of(home, PARTICIPATING, Log("test"))
    tokens = Tokens(OwnTokens(load_token_key(home), accounts, HOUR), clock)
    capsys.readouterr()
    assert main(["token", "FR"]) == 0
    token = capsys.readouterr().out.strip()
    clock.advance(30 * 24 * HOUR)
    with pytest.raises(TokenRefused):
        await tokens.check(token)
    assert main(["token", "FR"]) == 0
    assert (await tokens.check(capsys.readouterr().out.strip())).officer == "fr.officer"


@pytest.mark.thorough
def test_keys_on_a_shared_clock_are_valid_beyond_its_maximum_offset(
    home: StateDir, clock: SharedClock, capsys: Printed
) -> None:
    """Those made at first, and those made for a bureau that joins later."""
    assert main(["provision"]) == 0
    clock.advance(20 * 365 * 24 * HOUR)
    assert main(["bureaus", "add", "IT"]) == 0
    assert validity(home) == {KEY_VALID_ON_A_SHARED_CLOCK}
    assert KEY_VALID_ON_A_SHARED_CLOCK > MAX_OFFSET
    assert max(entry.not_before for entry in load_directory(home).entries()) > datetime.now(UTC).timestamp() + 1e6


@pytest.mark.thorough
def test_keys_made_before_a_shared_clock_get_a_longer_validity(home: StateDir, capsys: Printed) -> None:
    """The Secretariat issues new entries for the same keys, once."""
    assert main(["provision"]) == 0
    before = {entry.kid for entry in load_directory(home).entries()}
    assert validity(home) == {KEY_VALID_FOR}
    SharedClock.make(home.clock)
    assert main(["provision"]) == 0
    assert validity(home) == {KEY_VALID_ON_A_SHARED_CLOCK}
    assert {entry.kid for entry in load_directory(home).entries()} == before
    made = home.directory.read_bytes()
    assert main(["provision"]) == 0
    assert home.directory.read_bytes() == made


@pytest.mark.thorough
def test_keys_made_on_a_shared_clock_get_the_usual_validity_without_it(home: StateDir, capsys: Printed) -> None:
    """An earlier end that a rotation set is kept."""
    assert main(["provision"]) == 0
    prepare_clock(home, load_settings(clock=True))
    assert main(["provision"]) == main(["bureaus", "add", "IT"]) == main(["keys", "rotate", "FR"]) == 0
    prepare_clock(home, load_settings())
    before = load_directory(home)
    assert main(["provision"]) == 0
    after = load_directory(home)
    assert {entry.kid for entry in after.entries()} == {entry.kid for entry in before.entries()}
    assert after.entries_of("FR")[1] == before.entries_of("FR")[1]
    assert max(validity(home)) == KEY_VALID_FOR
    made = home.directory.read_bytes()
    assert main(["provision"]) == 0
    assert home.directory.read_bytes() == made


def test_a_mesh_starts_with_the_clock_that_is_requested(home: StateDir) -> None:
    """A shared clock that was never advanced is dropped if not requested; without an advanced one time goes back."""
    plain, clocked = load_settings(), load_settings(clock=True)
    prepare_clock(home, plain)
    assert isinstance(clock_of(home), SystemClock)
    prepare_clock(home, clocked)
    assert isinstance(clock_of(home), SharedClock)
    prepare_clock(home, plain)
    assert isinstance(clock_of(home), SystemClock)
    prepare_clock(home, clocked)
    SharedClock(home.clock).advance(HOUR)
    with pytest.raises(StartRefused, match="i247 up --clock"):
        prepare_clock(home, plain)
    prepare_clock(home, clocked)
    assert SharedClock(home.clock).offset == HOUR


@pytest.mark.parametrize("part", [["up"], ["up", "--gateway"], ["up", "--service", "notices"]])
def test_a_process_without_the_clock_of_its_state_directory_is_refused(
    home: StateDir, clock: SharedClock, capsys: Printed, part: list[str]
) -> None:
    """The error says how to start it."""
    clock.advance(HOUR)
    assert main(part) == 3
    printed = capsys.readouterr().err
    assert printed == (
        f"i247: the state directory {home.path} uses a shared clock, not the system clock: start it with "
        "`i247 up --clock` or set I247_HOME to another\n"
    )


@pytest.mark.parametrize("host", ["192.0.2.7", "::", "gateway.example"])
@pytest.mark.parametrize("part", [["up"], ["up", "--gateway"]])
def test_a_shared_clock_on_a_public_address_is_refused(
    home: StateDir, monkeypatch: pytest.MonkeyPatch, capsys: Printed, host: str, part: list[str]
) -> None:
    """Anyone could move it. No process is started and no file made."""
    monkeypatch.setenv("I247_HOST", host)
    assert main([*part, "--clock"]) == 3
    assert f"not {host}" in capsys.readouterr().err
    assert not home.clock.exists()
    assert not home.directory.exists()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_a_shared_clock_is_allowed_on_every_loopback_address(home: StateDir, host: str) -> None:
    prepare_clock(home, load_settings(clock=True, host=host))
    assert home.clock.exists()


def test_the_clock_setting_is_read_from_the_environment(home: StateDir, monkeypatch: pytest.MonkeyPatch) -> None:
    """The processes of a mesh get it in this way."""
    monkeypatch.setenv("I247_CLOCK", "True")
    prepare_clock(home, load_settings())
    assert isinstance(clock_of(home), SharedClock)
