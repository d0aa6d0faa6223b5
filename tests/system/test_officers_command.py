"""The commands `i247 officer` and `i247 officers` on a bureau's own machine, without the files of the demonstration."""

import re
import shutil
from pathlib import Path

import pytest

from deploy.cli import main
from deploy.provisioning.tokens import accounts_of, load_token_key
from deploy.state.settings import load_settings
from deploy.state.state_dir import StateDir
from gateway.auth.claims import TokenRefused
from gateway.auth.logins import Logins
from gateway.auth.tokens import OwnTokens, TokenIssuer, Tokens
from shared.bureaus import BureauCode
from shared.clock import SystemClock
from shared.logs import Log
from tests.gateway.mesh import TOKENS_VALID_FOR

FRANCE = BureauCode("FR")
Printed = pytest.CaptureFixture[str]


class Machine:
    """The machine of one bureau, and the login and token checks of its gateway."""

    def __init__(self, home: StateDir, printed: Printed) -> None:
        self.home = home
        self._printed = printed
        accounts = accounts_of(home, [FRANCE], Log("test"))
        self.logins = Logins(accounts, SystemClock())
        self._tokens = Tokens(OwnTokens(load_token_key(home), accounts, TOKENS_VALID_FOR), SystemClock())

    def i247(self, *arguments: str) -> str:
        """Return the output of a command."""
        assert main(arguments) == 0, self._printed.readouterr().err
        return self._printed.readouterr().out

    def refusal(self, *arguments: str) -> str:
        """Return the one-sentence refusal of a command."""
        assert main(arguments) in (2, 3)
        printed = self._printed.readouterr()
        assert (printed.out, printed.err.count("\n")) == ("", 1)
        return printed.err.removeprefix("i247: ").strip()

    async def takes(self, token: str) -> bool:
        """Return whether the gateway accepts a token, in the process that ran before the command."""
        try:
            return (await self._tokens.check(token.strip())).bureau == FRANCE
        except TokenRefused:
            return False

    async def logs_in(self, name: str, password: str, kind: str = "officer") -> bool:
        """Return whether a login succeeds."""
        return await self.logins.log_in(name, password, kind, "192.0.2.1") is not None


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed) -> Machine:
    """Provision on the Secretariat's machine, and copy only France's keys to its machine."""
    secretariat, home = StateDir(tmp_path / "secretariat"), StateDir(tmp_path / "france")
    monkeypatch.setenv("I247_BUREAUS", "FR,DE")
    monkeypatch.setenv("I247_HOME", str(secretariat.path))
    assert main(["provision"]) == 0
    for file in (secretariat.root_public_key, secretariat.directory, *secretariat.secrets.rglob("FR*")):
        target = home.path / file.relative_to(secretariat.path)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    monkeypatch.setenv("I247_HOME", str(home.path))
    monkeypatch.setenv("I247_BUREAUS", "FR")
    capsys.readouterr()
    return Machine(home, capsys)


def shown(text: str) -> dict[str, str]:
    return dict(line.split(maxsplit=1) for line in text.splitlines() if " " in line)


async def test_a_login_is_created_once_and_its_password_shown_once(machine: Machine) -> None:
    """The running gateway accepts it at once; a lost password is replaced by a new one."""
    login = shown(machine.i247("officer", "FR"))
    assert await machine.logs_in(login["username"], login["password"])
    assert await machine.logs_in(login["client_id"], login["client_secret"], "client")
    assert not machine.home.demo_passwords.exists()
    assert machine.refusal("officer", "FR") == (
        "the password of fr.officer is not kept here: `i247 officers password fr.officer` draws another"
    )
    another = shown(machine.i247("officers", "password", "fr.officer"))
    assert not await machine.logs_in("fr.officer", login["password"])
    assert await machine.logs_in("fr.officer", another["password"])


@pytest.mark.thorough
def test_the_file_of_officers_holds_only_officers_of_the_bureau(machine: Machine) -> None:
    """A command for a bureau whose keys are elsewhere is refused."""
    machine.i247("officer", "FR")
    machine.i247("officers", "add", "FR", "durand")
    assert set(re.findall(r'"bureau": "(.*)"', machine.home.officers.read_text())) == {"FR"}
    for command in (("officer", "DE"), ("token", "DE"), ("officers", "add", "DE", "schmidt")):
        assert machine.refusal(*command).startswith("DE has its gateway elsewhere")
    assert "schmidt" not in machine.home.officers.read_text()


@pytest.mark.thorough
async def test_officers_and_programs_are_added_with_the_scopes_of_a_role(machine: Machine) -> None:
    """Under any free name of printable characters without spaces."""
    auditor = shown(machine.i247("officers", "add", "FR", "durand", "--officer", "auditor"))
    program = shown(machine.i247("officers", "add", "FR", "border-app", "--program"))
    assert auditor["scope"] == "audit:read purpose:crime-analysis"
    assert "stolen-vehicles:read" in program["scope"].split()
    assert await machine.logs_in("durand", auditor["password"])
    assert await machine.logs_in("border-app", program["client_secret"], "client")
    assert machine.refusal("officers", "add", "FR", "durand") == "durand exists already, of FR: choose another name"
    for name in ("", "a b", "a" * 65, "a\n"):
        assert "is not a valid name" in machine.refusal("officers", "add", "FR", name)


CHANGES = {
    "disable": "durand is disabled, and their tokens are revoked: `i247 officers enable durand` enables them\n",
    "revoke": "the tokens of durand are revoked\n",
    "password": "",
}


@pytest.mark.thorough
@pytest.mark.parametrize("command", CHANGES)
async def test_earlier_tokens_are_refused_once_the_command_returns(machine: Machine, command: str) -> None:
    """By a gateway that accepted them just before, and still when the officer may log in again."""
    password = shown(machine.i247("officers", "add", "FR", "durand"))["password"]
    machine.i247("officer", "FR")
    token, others = await token_of(machine, "durand", password), machine.i247("token", "FR")
    assert await machine.takes(token)
    output = machine.i247("officers", command, "durand")
    assert output.endswith(CHANGES[command] or "earlier tokens are revoked\n")
    assert not await machine.takes(token)
    assert await machine.takes(others)
    assert await machine.logs_in("durand", password) is (command == "revoke")
    machine.i247("officers", "enable", "durand")
    assert not await machine.takes(token)


async def token_of(machine: Machine, name: str, password: str) -> str:
    account = await machine.logins.log_in(name, password, "officer", "192.0.2.1")
    assert account is not None
    issuer = TokenIssuer(load_token_key(machine.home), SystemClock(), TOKENS_VALID_FOR)
    return issuer.issue(account, account.officer.scopes)


@pytest.mark.thorough
async def test_the_list_shows_which_officers_have_logged_in_or_are_disabled(machine: Machine) -> None:
    machine.i247("officer", "FR")
    machine.i247("officers", "add", "FR", "durand")
    machine.i247("officers", "disable", "durand")
    machine.i247("token", "FR")
    states = {line.split()[0]: line.split(maxsplit=3)[3] for line in machine.i247("officers", "list").splitlines()}
    assert states.items() >= {"durand": "disabled", "fr.officer": "has logged in", "fr.system": "has no tokens"}.items()
    assert machine.i247("officers", "list", "DE").count("\n") == 1
    assert machine.refusal("officers", "revoke", "nobody").startswith("there is no 'nobody' here")


@pytest.mark.thorough
async def test_the_token_command_logs_in_and_makes_the_token_key(machine: Machine) -> None:
    """Before the first login at the gateway, and without a password."""
    assert machine.refusal("token", "FR") == "there is no fr.officer here: `i247 officer FR` creates them"
    auditor = machine.refusal("token", "FR", "--officer", "auditor")
    assert auditor == "there is no fr.auditor here: `i247 officer FR --officer auditor` creates them"
    assert machine.refusal("audit", "fetch", "notices", "--out", "log") == auditor
    machine.i247("officer", "FR")
    assert await machine.takes(machine.i247("token", "FR"))
    machine.i247("officers", "disable", "fr.officer")
    assert machine.refusal("token", "FR").startswith("fr.officer is disabled")
    assert machine.home.token_key.stat().st_mode & 0o777 == machine.home.sessions.stat().st_mode & 0o777 == 0o600


@pytest.mark.thorough
def test_the_token_command_is_refused_with_an_external_provider(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gateway would refuse the token."""
    monkeypatch.setenv("I247_OIDC_ISSUER", "https://provider.example")
    assert load_settings().oidc_issuer == "https://provider.example"
    assert (
        machine.refusal("token", "FR")
        == "the tokens of this gateway are issued by https://provider.example: request one there"
    )


@pytest.mark.thorough
def test_the_demonstration_shows_the_changed_password(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its officer and its program share one, and the next start keeps it."""
    monkeypatch.setenv("I247_HOME", str(machine.home.path.with_name("secretariat")))
    before = shown(machine.i247("officer", "FR"))
    machine.i247("officers", "password", "fr.system")
    after = shown(machine.i247("officer", "FR"))
    assert before["password"] != after["password"] == after["client_secret"]
    machine.i247("provision")
    assert shown(machine.i247("officer", "FR")) == after
    StateDir(machine.home.path.with_name("secretariat")).officers.unlink()
    made = shown(machine.i247("officer", "FR"))
    assert made["password"] != after["password"]
    assert shown(machine.i247("officer", "FR")) == made
