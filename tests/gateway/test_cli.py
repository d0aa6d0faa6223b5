"""The commands of the demo: a token and a login."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from deploy.cli import main
from deploy.generated.source_tree import PROJECT
from deploy.mesh.gateway_process import gateway_context
from deploy.mesh.process_context import ProcessContext
from deploy.state.directory_file import load_directory
from deploy.state.errors import StartRefused
from deploy.state.settings import load_settings
from deploy.state.state_dir import StateDir
from gateway.app import Gateway
from services import SERVICES
from shared.bureaus import BureauCode
from shared.crypto.ed25519 import decode_base64url
from shared.rpc.client import Requester
from shared.rpc.participant import Participant
from shared.transport.memory import MemoryBroker
from tests.gateway.mesh import client_of

FRANCE = BureauCode("FR")
TO_DO = "start one with `i247 up`, or set I247_HOME to the state directory of the one that you mean"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the state directory that the commands use, which does not exist yet."""
    monkeypatch.setenv("I247_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("I247_BUREAUS", "FR,DE")
    return tmp_path / "state"


@pytest.fixture
def provisioned(home: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Provision the state directory for France and Germany."""
    assert main(["provision"]) == 0
    capsys.readouterr()
    return home


def gateway_of(home: Path) -> Gateway:
    """Return the gateway of France with a state directory, connected to a broker without services."""
    part = ProcessContext("gateway", load_settings())
    directory, transport = load_directory(part.state_dir), MemoryBroker().connect(FRANCE)
    keys = part.key_ring(FRANCE, directory)
    participant = Participant(FRANCE, keys, directory, transport, part.clock, part.log)
    return Gateway(gateway_context(SERVICES, part, {FRANCE: Requester(participant)}))


async def status_of(home: Path, token: str) -> int:
    async with client_of(gateway_of(home)) as client:
        answer = await client.get("/api/notices", headers={"Authorization": f"Bearer {token}"})
        return answer.status_code


ACCEPTED = httpx.codes.SERVICE_UNAVAILABLE  # behind this gateway there is no service that could answer


@pytest.mark.thorough
@pytest.mark.parametrize("bureau", ["FR", "fr", " FR "])
async def test_the_token_command_prints_one_line_that_the_gateway_accepts(
    provisioned: Path, capsys: pytest.CaptureFixture[str], bureau: str
) -> None:
    """So that `$(i247 token FR)` can be used in any command."""
    assert main(["token", bureau]) == 0
    printed = capsys.readouterr()
    assert (printed.out.count("\n"), printed.err) == (1, "")
    assert await status_of(provisioned, printed.out.strip()) == ACCEPTED
    assert await status_of(provisioned, printed.out.strip()[:-1]) == httpx.codes.UNAUTHORIZED


@pytest.mark.thorough
async def test_the_officer_command_prints_credentials_that_the_gateway_accepts(
    provisioned: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Name and password of the officer, id and secret of the program."""
    assert main(["officer", "FR"]) == 0
    lines = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    officer = {"grant_type": "password", "username": lines["username"], "password": lines["password"]}
    program = {
        "grant_type": "client_credentials",
        "client_id": lines["client_id"],
        "client_secret": lines["client_secret"],
    }
    async with client_of(gateway_of(provisioned)) as client:
        for form in (officer, program):
            answer = await client.post("/oauth/token", data=form)
            assert answer.json()["scope"] == lines["scope"]
            assert await status_of(provisioned, answer.json()["access_token"]) == ACCEPTED


USE: Final = (
    "use an ISO 3166-1 alpha-2 code such as FR, or IPSG, "
    "or the code of another participant, such as IPSG-CCC, RB-ABJ, CCF, PARTNER-ICC or PUBLIC"
)


@pytest.mark.parametrize(
    ("bureau", "role", "username", "client"),
    [
        ("FR", "auditor", "fr.auditor", "fr.auditor-system"),
        ("IPSG", "ccf", "ccf.officer", "ccf.system"),
        ("CCF", "ccf", "ccf.officer", "ccf.system"),
    ],
)
async def test_the_auditor_and_the_commissions_officer_log_in_with_scopes_of_their_role(
    provisioned: Path, capsys: pytest.CaptureFixture[str], bureau: str, role: str, username: str, client: str
) -> None:
    """Every bureau has an auditor; an officer of the Commission is of the CCF, also where the Secretariat is named."""
    assert main(["officer", bureau, "--officer", role]) == 0
    lines = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert (lines["username"], lines["client_id"]) == (username, client)
    assert main(["token", bureau, "--officer", role]) == 0
    claims = claims_of(capsys.readouterr().out)
    assert (claims["sub"], claims["aud"]) == (
        username,
        f"urn:i247:bureau:{username[:-8].upper() if role == 'auditor' else 'CCF'}",
    )
    assert claims["scope"] == lines["scope"]
    assert f"purpose:{claims['purpose']}" in claims["scope"].split()


@pytest.mark.thorough
def test_a_missing_password_of_a_role_is_reported_with_the_command_to_replace_it(
    provisioned: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As after the file of passwords was restored; `provision` draws a missing one as well."""
    passwords = StateDir(provisioned).demo_passwords
    passwords.write_text('{"ipsg.officer": "of the officer"}')
    assert main(["officer", "IPSG"]) == 0
    assert "password       of the officer\n" in capsys.readouterr().out
    assert main(["officer", "IPSG", "--officer", "ccf"]) == 3
    message = "i247: the password of ccf.officer is not kept here: `i247 officers password ccf.officer` draws another\n"
    assert capsys.readouterr() == ("", message)
    assert main(["provision"]) == main(["officer", "IPSG", "--officer", "ccf"]) == 0


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = json.loads(decode_base64url(token.split(".")[1]))
    return claims


@pytest.mark.parametrize("command", ["token", "officer"])
def test_the_commissions_role_is_refused_for_a_bureau(
    provisioned: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """The Commission is a participant of its own, and one sentence says so."""
    assert main([command, "FR", "--officer", "ccf"]) == 3
    message = "i247: only CCF has the role ccf, not FR: use CCF\n"
    assert capsys.readouterr() == ("", message)


@pytest.mark.parametrize("command", ["token", "officer"])
@pytest.mark.parametrize(
    ("bureau", "status", "message"),
    [
        ("XX", 2, f"i247: unknown bureau 'XX': {USE}\n"),
        ("", 2, f"i247: unknown bureau '': {USE}\n"),
        ("IT", 3, "i247: IT is not in this mesh: add it with `i247 bureaus add IT`\n"),
    ],
)
def test_an_unknown_or_absent_bureau_is_reported_in_one_sentence(
    provisioned: Path, capsys: pytest.CaptureFixture[str], command: str, bureau: str, status: int, message: str
) -> None:
    """Exit status 2 for no bureau at all, 3 for one that this mesh does not run."""
    assert main([command, bureau]) == status
    assert capsys.readouterr() == ("", message)


@pytest.mark.parametrize("command", ["token", "officer"])
def test_a_command_without_a_mesh_prints_how_to_start_one(
    home: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """One sentence, and no state directory is created."""
    assert main([command, "FR"]) == 3
    assert capsys.readouterr() == ("", f"i247: there is no mesh in {home} yet: {TO_DO}\n")
    assert not home.exists()


def test_a_damaged_token_key_is_reported_by_its_path(provisioned: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No invalid token is printed."""
    key = StateDir(provisioned).token_key
    assert main(["token", "FR"]) == 0
    capsys.readouterr()
    key.write_text("damaged")
    assert main(["token", "FR"]) == 3
    printed = capsys.readouterr()
    assert printed.out == ""
    assert str(key) in printed.err
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize("command", [["provision"], ["token", "FR"], ["officer", "FR"]])
@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        (
            {"id": "durand", "scopes": ["purpose:wanted"]},
            "durand holds purpose:wanted, which is not one of purpose:wanted-person, ",
        ),
        ({"bureau": "DE"}, "fr.officer occurs twice"),
    ],
    ids=["unknown-purpose", "twice"],
)
def test_an_invalid_entry_in_the_officers_file_is_reported_and_stops_the_start(
    provisioned: Path, capsys: pytest.CaptureFixture[str], command: list[str], changed: dict[str, Any], fault: str
) -> None:
    """A typing error must not grant other purposes, or replace another officer."""
    file = StateDir(provisioned).officers
    officers = json.loads(file.read_bytes())
    file.write_text(json.dumps([*officers, {**officers[0], "id": "fr.officer", **changed}]))
    assert main(command) == 3
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    message = f"the officers in {file} are not valid: {fault}"
    assert printed.err.startswith(f"i247: {message}")
    with pytest.raises(StartRefused, match=re.escape(message)):
        gateway_of(provisioned)


def test_a_command_without_its_bureau_prints_the_usage(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["token"])
    assert exit_.value.code == 2
    assert "usage: i247 token" in capsys.readouterr().err


THEIR_OUTPUT_UNREAD: Final = (
    *("bureaus list", "directory log", "officers list", "token FR", "officer FR", "clock", "keys list --json"),
    *("completion bash", "--version", "up --help", "provision", "bureaus add IT", "keys rotate FR"),
    *("bureaus suspend DE", "officers disable fr.officer"),
)


@pytest.mark.parametrize(
    "command",
    [
        ["keys", "list"],
        pytest.param(["openapi", "--print"], marks=pytest.mark.thorough),
        ["--help"],
        ["status"],
        *(pytest.param(command.split(), marks=pytest.mark.thorough) for command in THEIR_OUTPUT_UNREAD),
    ],
)
def test_a_command_whose_output_pipe_is_closed_exits_silently_with_141(provisioned: Path, command: list[str]) -> None:
    """As system commands do before `head -1`; 141 is what shells report for SIGPIPE."""
    reads, writes = os.pipe()
    os.close(reads)
    done = subprocess.run(
        [sys.executable, "-m", "deploy", *command], stdout=writes, stderr=subprocess.PIPE, cwd=PROJECT
    )
    os.close(writes)
    assert (done.stderr, done.returncode) == (b"", 141)
