"""The commands for keys and members without a running mesh: what they print, and what they leave unchanged."""

import asyncio
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.cli import main
from deploy.state.directory_file import load_directory
from deploy.state.state_dir import StateDir
from gateway.auth.accounts import officers_in
from services import SERVICES
from shared.clock import FixedClock
from shared.transport import Disconnected
from tests.broker import NatsServer
from tests.gateway.mesh import SkewedClock
from tests.system.key_commands import DECIDED, STANDING, users, users_in

THREE_MONTHS = (
    "the Secretary General decides for three months at most: give {} (at most 92 days ahead), or the --resolution of "
    "the Executive Committee"
)
PARTNER = ("--services", "notices", "--verbs", "read", "--purposes", "warning", "--resolution", "AG-2026-RES-04")
NO_MEASURE = "{0} is not a member: `i247 keys revoke {0}` ends its access, without a measure"
UNKNOWN = (
    "unknown bureau 'XX': use an ISO 3166-1 alpha-2 code such as FR, or IPSG, or the code of another participant, such "
    "as IPSG-CCC, RB-ABJ, CCF, PARTNER-ICC or PUBLIC"
)
NO_MEMBER = (
    "PARTNER-ICC is a partner, not a member: its agreement ends with an earlier `--until` of `i247 partners add "
    "PARTNER-ICC`, and its access at once with `i247 keys revoke PARTNER-ICC`"
)
INDEPENDENT = (
    "CCF is independent of the Secretariat, which takes no measure against it: only its keys can be revoked, for all "
    "to see, with `i247 keys revoke CCF`"
)
TO_DO = "start one with `i247 up`, or set I247_HOME to the state directory of the one that you mean"


@pytest.mark.thorough
def test_a_rotation_without_a_broker_is_saved_and_reported_as_unannounced(
    two_bureaus: StateDir, capsys: pytest.CaptureFixture[str]
) -> None:
    """The name is accepted in lower case, and the broker's configuration has the current NKEY."""
    assert main(["keys", "rotate", "fr", "--overlap-hours", "0.5"]) == 0
    new, ends, unheard = capsys.readouterr().out.splitlines()
    assert new.startswith("FR has a new signing key ")
    assert " ends at " in ends
    assert unheard.startswith("no broker answers at nats://127.0.0.1:")
    newest, before = load_directory(two_bureaus).entries_of("FR")
    assert newest.kid in new
    assert before.not_after - newest.issued == pytest.approx(1_800, abs=1)
    assert newest.nats_user in users(two_bureaus)


@pytest.mark.thorough
def test_key_changes_with_a_clock_behind_the_directory_are_refused(
    two_bureaus: StateDir, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key would end before it was made, and with it signatures made since; nothing is changed."""
    before = two_bureaus.directory.read_bytes()
    behind = SkewedClock(FixedClock(datetime.now(UTC)), -timedelta(days=30))
    for module in ("deploy.commands.decisions", "deploy.mesh.process_context"):
        monkeypatch.setattr(f"{module}.clock_of", lambda _home: behind)
    for command in (["keys", "rotate", "FR"], ["keys", "revoke", "FR"], ["bureaus", "suspend", "FR"]):
        assert main(command) == 3
        assert "behind the last change of the directory" in capsys.readouterr().err
    assert two_bureaus.directory.read_bytes() == before


@pytest.mark.thorough
def test_a_revoked_bureau_is_removed_from_the_users_of_the_broker(
    two_bureaus: StateDir, capsys: pytest.CaptureFixture[str]
) -> None:
    """A rotation gives it another NKEY; a second revocation is refused."""
    [before] = load_directory(two_bureaus).entries_of("FR")
    assert main(["keys", "revoke", "FR"]) == 0
    assert before.nats_user not in users(two_bureaus)
    assert main(["keys", "revoke", "FR"]) == 3
    assert capsys.readouterr().err == "i247: all keys of FR are revoked already\n"
    assert main(["keys", "rotate", "FR"]) == 0
    newest = load_directory(two_bureaus).entries_of("FR")[0]
    assert before.nats_user != newest.nats_user
    assert newest.nats_user in users(two_bureaus)


@pytest.mark.thorough
def test_a_change_of_members_keeps_the_other_settings_of_the_broker(two_bureaus: StateDir) -> None:
    """Port, certificates and store stay as they were at the start, whatever the environment of the command says."""
    before = json.loads(two_bureaus.nats_configuration.read_text())
    two_bureaus.nats_configuration.write_text(json.dumps(before | {"max_connections": 77, "listen": "10.0.0.1:4222"}))
    assert main(["bureaus", "suspend", "DE"]) == 0
    after = json.loads(two_bureaus.nats_configuration.read_text())
    assert (after.pop("max_connections"), after.pop("listen")) == (77, "10.0.0.1:4222")
    assert len(users_in(after)) == len(users_in(before)) - 1
    assert {name: after[name] for name in after if name != "accounts"} == {
        name: before[name] for name in after if name != "accounts"
    }


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["keys", "rotate", "nobody"], 3, "'nobody' is not in the directory: `i247 keys list` lists all"),
        (["keys", "revoke", "IT"], 3, "'IT' is not in the directory: `i247 keys list` lists all"),
        (
            ["bureaus", "add", "XX"],
            2,
            UNKNOWN,
        ),
        (["bureaus", "add", "IPSG"], 3, "IPSG is the General Secretariat, not a member"),
        (["bureaus", "suspend", "IPSG"], 3, "IPSG is the General Secretariat, not a member"),
        (["bureaus", "suspend", "IT"], 3, "'IT' is not in the directory: `i247 keys list` lists all"),
        ([*STANDING, "IPSG", "restricted", *DECIDED], 3, "IPSG is the General Secretariat, not a member"),
        ([*STANDING, "IT", "restricted", *DECIDED], 3, "'IT' is not in the directory: `i247 keys list` lists all"),
        ([*STANDING, "FR", "member"], 3, "FR is a member already"),
        ([*STANDING, "CCF", "suspended", *DECIDED], 3, INDEPENDENT),
        ([*STANDING, "CCF", "restricted", *DECIDED], 3, INDEPENDENT),
        (["bureaus", "suspend", "CCF"], 3, INDEPENDENT),
        ([*STANDING, "PUBLIC", "restricted", *DECIDED], 3, NO_MEASURE.format("PUBLIC")),
        (["bureaus", "suspend", "PUBLIC"], 3, NO_MEASURE.format("PUBLIC")),
        (["bureaus", "suspend", "IPSG-CCC"], 3, NO_MEASURE.format("IPSG-CCC")),
        ([*STANDING, "RB-ABJ", "supervised", *DECIDED], 3, NO_MEASURE.format("RB-ABJ")),
        (
            ["bureaus", "suspend", "PARTNER-ICC"],
            3,
            NO_MEMBER,
        ),
        (
            ["partners", "add", "ICC", *PARTNER, "--until", "2099-01-01"],
            2,
            "'ICC' is not the code of a partner: use PARTNER- and 2 to 12 letters, such as PARTNER-ICC",
        ),
        (
            ["partners", "add", "PARTNER-ICC", *PARTNER, "--until", "2020-01-01"],
            2,
            "--until: 2020-01-01 is past, so the agreement would allow nothing: give its last day, today or later",
        ),
        (
            [*STANDING, "FR", "supervised", "--resolution", "EC/1"],
            2,
            "--reason: say why, one of compliance, security-incident, arrears, access",
        ),
        (
            [*STANDING, "FR", "restricted", "--reason", "access", "--until", "2020-01-01"],
            2,
            "--until: must be in the future",
        ),
        ([*STANDING, "FR", "restricted", "--reason", "access"], 2, THREE_MONTHS.format("--until")),
        (
            [*STANDING, "FR", "restricted", "--reason", "access", "--until", "2099-01-01"],
            2,
            THREE_MONTHS.format("an earlier --until"),
        ),
        (
            [*STANDING, "FR", "supervised", *DECIDED, "--services", "notices"],
            2,
            "--services: only a bureau that is restricted can be so in some services alone",
        ),
        (
            [*STANDING, "FR", "restricted", "--reason", "arrears", "--services", "weather"],
            2,
            f"there is no service 'weather': use one of {', '.join(service.name for service in SERVICES)}",
        ),
        (
            [*STANDING, "FR", "member", *DECIDED],
            2,
            "a member is under no measure: leave out --reason, --until, --resolution and --services",
        ),
    ],
)
def test_a_command_that_fails_prints_one_sentence(
    two_bureaus: StateDir, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, sentence: str
) -> None:
    """The directory is not changed."""
    before = two_bureaus.directory.read_bytes()
    assert main(arguments) == status
    assert capsys.readouterr() == ("", f"i247: {sentence}\n")
    assert two_bureaus.directory.read_bytes() == before


@pytest.mark.thorough
def test_the_logins_of_a_partner_follow_its_agreement(two_bureaus: StateDir) -> None:
    """Also when it changes: a purpose that it does not name any more is not the default either."""
    until = f"{datetime.now(UTC) + timedelta(days=80):%Y-%m-%d}"
    entered = ("partners", "add", "PARTNER-ICC", *PARTNER, "--until", until, "--purposes")
    for purposes in ("warning", "locate,warning", "locate,criminal-investigation"):
        assert main([*entered, purposes]) == 0
        [login] = [each for each in officers_in(two_bureaus.officers) if each.id == "partner-icc.officer"]
        stated = [scope.removeprefix("purpose:") for scope in login.scopes if scope.startswith("purpose:")]
        assert sorted(stated) == sorted(purposes.split(","))
        assert login.purpose in stated


@pytest.mark.parametrize("hours", ["-1", "nan", "1e9", "a day"])
def test_an_invalid_overlap_is_wrong_usage(two_bureaus: StateDir, hours: str) -> None:
    """It would make a key that never ends, or that ended before it began."""
    with pytest.raises(SystemExit) as exit_:
        main(["keys", "rotate", "FR", "--overlap-hours", hours])
    assert exit_.value.code == 2


def test_a_key_change_without_the_root_key_is_refused(
    two_bureaus: StateDir, capsys: pytest.CaptureFixture[str]
) -> None:
    """The machine of a bureau has neither the root key nor the Secretariat's keys; it may list keys and bureaus."""
    two_bureaus.root_key.unlink()
    two_bureaus.signing_key("IPSG").unlink()
    assert main(["keys", "rotate", "FR"]) == 3
    assert capsys.readouterr().err == (
        f"i247: {two_bureaus.root_key} is not here: only the General Secretariat, which has it, changes keys and "
        "members; others request new keys with `i247 keys request`\n"
    )
    assert main(["keys", "list"]) == 0
    assert main(["bureaus", "list"]) == 0


def test_a_command_without_a_mesh_says_how_to_start_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No command creates anything."""
    monkeypatch.setenv("I247_HOME", str(tmp_path / "none"))
    sentence = f"i247: there is no mesh in {tmp_path / 'none'} yet: {TO_DO}\n"
    for arguments in (["keys", "list"], ["keys", "rotate", "FR"], ["bureaus", "add", "IT"], ["bureaus", "list"]):
        assert main(arguments) == 3
        assert capsys.readouterr() == ("", sentence)
    assert not (tmp_path / "none").exists()


def test_a_foreign_broker_configuration_is_named_and_refused(
    two_bureaus: StateDir, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command fails before anything is changed."""
    before = two_bureaus.directory.read_bytes()
    two_bureaus.nats_configuration.write_text("listen: 4222\n")
    assert main(["keys", "revoke", "FR"]) == 3
    assert capsys.readouterr().err == (
        f"i247: {two_bureaus.nats_configuration} is not a configuration that `i247 provision` wrote: restore it, "
        "or remove it and run that command\n"
    )
    assert two_bureaus.directory.read_bytes() == before


@pytest.mark.thorough
def test_a_revocation_fails_if_the_broker_still_admits_the_bureau(
    two_bureaus: StateDir, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As with a broker that reads a copy of the file; once it has the new one, the old key is refused."""
    copy, port = tmp_path / "copy.conf", int(os.environ["I247_NATS_PORT"])
    copy.write_text(two_bureaus.nats_configuration.read_text())
    server = NatsServer(two_bureaus, load_directory(two_bureaus), copy, port)
    server.start()
    try:
        assert main(["keys", "revoke", "FR"]) == 3
        printed = capsys.readouterr()
        assert " of FR is revoked" in printed.out
        assert printed.err == (
            f"i247: the broker still admits FR: it has not read {two_bureaus.nats_configuration}: if it reads a copy, "
            "replace the copy and send it SIGHUP\n"
        )
        server.reconfigure(lambda _: two_bureaus.nats_configuration.read_text())
        with pytest.raises(Disconnected, match="does not accept this key"):
            asyncio.run(server.connect("FR"))
    finally:
        server.kill()
