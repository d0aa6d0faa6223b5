"""The demo logins of a mesh: the roles, their scopes, and how they are made."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from deploy.provisioning.demo_accounts import demo_accounts, demo_roles, load_demo_passwords
from deploy.provisioning.provision import Provisioner
from deploy.state.state_dir import StateDir
from gateway.auth.accounts import Officer, officers_in, save_officers
from shared.agreements import Agreement
from shared.bureaus import COMMISSION, PUBLIC, SECRETARIAT, BureauCode
from shared.clock import FixedClock
from shared.identity import ORDINARY_PURPOSES, PURPOSE_SCOPES, Purpose
from shared.service import Service
from tests.conftest import NOW
from tests.gateway.accounts import logins_of

FRANCE = BureauCode("FR")
SERVICES = (
    Service("tests", "notices", "Records.", verbs=("read", "write", "review", "decide")),
    Service("tests", "messages", "No records."),
    Service("tests", "subject-requests", "The Commission's."),
)
ORDINARY = {PURPOSE_SCOPES[purpose] for purpose in ORDINARY_PURPOSES}
OF_ALL_OFFICERS = {"handling:confidential", "notices:read", "notices:write", "messages:read", "messages:write"}


def demo_logins_of(bureau: BureauCode) -> list[Officer]:
    return [login for role in demo_roles(bureau) for login in demo_accounts(bureau, role, "", SERVICES)]


def scopes_of(bureau: BureauCode) -> dict[str, set[str]]:
    return {login.id: {*login.scopes} for login in demo_logins_of(bureau)}


def test_an_officer_has_all_scopes_but_those_of_secretariat_and_commission() -> None:
    """And all ordinary purposes; the program of the bureau has the same. Audit logs are for auditors."""
    france, secretariat = scopes_of(FRANCE), scopes_of(SECRETARIAT)
    assert france["fr.officer"] == france["fr.system"] == OF_ALL_OFFICERS | ORDINARY
    assert secretariat["ipsg.officer"] == OF_ALL_OFFICERS | ORDINARY | {"notices:review"}


def test_an_auditor_has_only_the_scope_to_read_audit_logs() -> None:
    """Every bureau has one, with one purpose, without which they could make no request."""
    for bureau in (FRANCE, SECRETARIAT):
        scopes, name = scopes_of(bureau), bureau.lower()
        assert scopes[f"{name}.auditor"] == scopes[f"{name}.auditor-system"]
        assert scopes[f"{name}.auditor"] == {"audit:read", "purpose:crime-analysis"}


def test_only_the_commission_has_logins_of_the_commission() -> None:
    """It reads and decides on records, and may state no other purpose, nor may its auditor."""
    commission = scopes_of(COMMISSION)
    operations = {"notices:read", "notices:decide", "subject-requests:read", "subject-requests:write"}
    assert commission["ccf.officer"] == operations | {"purpose:data-subject-request"}
    assert commission["ccf.officer"] == commission["ccf.system"]
    assert commission["ccf.auditor"] == {"audit:read", "purpose:data-subject-request"}
    for bureau in (FRANCE, SECRETARIAT):
        scopes = set().union(*scopes_of(bureau).values())
        assert not scopes & {"notices:decide", "subject-requests:read", "purpose:data-subject-request"}


def test_every_login_has_a_default_purpose_that_it_may_use() -> None:
    """So that its requests need not state one."""
    for login in (*demo_logins_of(FRANCE), *demo_logins_of(SECRETARIAT)):
        assert login.purpose is not None
        assert PURPOSE_SCOPES[login.purpose] in login.scopes


def test_the_program_of_the_public_only_reads() -> None:
    """It has no scope that the public can never use."""
    assert scopes_of(PUBLIC) == {"public.system": {"notices:read", "messages:read", "purpose:warning"}}


def test_a_partner_has_the_purposes_of_its_agreement() -> None:
    """The usual default purpose is not the default where the agreement does not name it."""
    for purposes, default in ((("locate", "warning"), "locate"), (("warning", "criminal-investigation"), None)):
        agreement = Agreement(
            services=("notices",), verbs=("read",), purposes=purposes, until=NOW.date(), resolution="AG-2026-RES-04"
        )
        officer, program = demo_accounts(BureauCode("PARTNER-ICC"), "officer", "", SERVICES, agreement)
        stated = {scope.removeprefix("purpose:") for scope in officer.scopes if scope.startswith("purpose:")}
        assert stated == set(purposes)
        assert officer.purpose == program.purpose == Purpose(default or "criminal-investigation")


class Provisioned:
    """A state directory that is provisioned for France, repeatedly if needed."""

    def __init__(self, folder: Path) -> None:
        self.home = StateDir(folder / "home")
        self.home.open()

    def provision(self) -> dict[str, Officer]:
        """Provision once more and return the officers by id."""
        Provisioner(self.home, FixedClock(NOW)).provision([FRANCE], SERVICES)
        return self.officers()

    def officers(self) -> dict[str, Officer]:
        """Return the officers by id."""
        return {officer.id: officer for officer in officers_in(self.home.officers)}

    async def accepted(self) -> set[tuple[str, str]]:
        """Return the pairs of demo officers of which the first one's password is accepted for the second."""
        passwords, logins = load_demo_passwords(self.home), logins_of(self.officers().values(), FixedClock(NOW))
        return {
            (whose, login)
            for whose, password in passwords.items()
            for login in passwords
            if await logins.authenticate(login, password, "officer", "192.0.2.1") is not None
        }


@pytest.fixture
def provisioned(tmp_path: Path) -> Provisioned:
    """Return an empty state directory."""
    return Provisioned(tmp_path)


def test_provisioning_updates_scopes_and_keeps_other_changes(provisioned: Provisioned) -> None:
    """A purpose that was chosen stays, and so do officers that are not of the demonstration."""
    made = provisioned.provision()
    own = Officer(id="durand", bureau=FRANCE, kind="officer", password_hash="", scopes=("notices:read",))
    chosen = replace(made["fr.officer"], purpose=Purpose.CRIME_ANALYSIS)
    changed = made | {"durand": own, "fr.officer": replace(chosen, scopes=("notices:read", "former-service:read"))}
    save_officers(provisioned.home.officers, changed.values())
    assert provisioned.provision() == made | {"durand": own, "fr.officer": chosen}


async def test_each_role_has_its_own_password(provisioned: Provisioned) -> None:
    """An auditor of the Secretariat cannot log in as its officer, nor can its second reviewer."""
    provisioned.provision()
    logins = ("fr.officer", "fr.auditor", "ipsg.officer", "ipsg.auditor", "ipsg.reviewer")
    assert await provisioned.accepted() == {(login, login) for login in logins}


async def test_a_removed_file_of_officers_is_made_again(provisioned: Provisioned) -> None:
    """As the error about a damaged file advises; a removed file of passwords is made again too."""
    made = provisioned.provision()
    for file in (provisioned.home.officers, provisioned.home.demo_passwords):
        file.unlink()
        assert provisioned.provision().keys() == made.keys()
        assert len(await provisioned.accepted()) == 5


def test_a_removed_demo_officer_is_not_made_again(provisioned: Provisioned) -> None:
    """The bureau has officers of its own."""
    made = provisioned.provision()
    own = [officer for officer in made.values() if officer.bureau == SECRETARIAT]
    save_officers(provisioned.home.officers, own)
    assert provisioned.provision().keys() == {officer.id for officer in own}


def test_provisioning_again_changes_no_officers(provisioned: Provisioned) -> None:
    """Not a byte of the file of officers."""
    provisioned.provision()
    before = provisioned.home.officers.read_bytes()
    provisioned.provision()
    assert provisioned.home.officers.read_bytes() == before
