"""The key and the accounts of a gateway's tokens in its state directory, and tokens of its demo officers."""

from collections.abc import Container
from datetime import timedelta

from deploy.provisioning.demo_accounts import demo_officer_id, demo_roles
from deploy.provisioning.roles import Role
from deploy.state.clock import clock_of
from deploy.state.directory_file import load_directory
from deploy.state.errors import StartRefused, unwritable
from deploy.state.settings import Settings
from deploy.state.state_dir import StateDir
from gateway.auth.account_store import Account, Accounts
from gateway.auth.accounts import Officer, OfficersUnusable, officers_in
from gateway.auth.sessions import alone_in, begin_session
from gateway.auth.tokens import TokenIssuer
from shared.bureaus import SECRETARIAT, BureauCode, parse_bureau
from shared.crypto.ed25519 import KeyUnusable, SigningKey
from shared.logs import Log


def load_token_key(home: StateDir) -> SigningKey:
    """Return the key of the tokens of the gateway here, and make it the first time. Raises KeyUnusable, OSError.

    It is handed to nobody: the processes of one gateway share it with their state directory.
    """
    home.secrets.mkdir(exist_ok=True, mode=0o700)
    with alone_in(home.secrets):
        if not home.token_key.exists():
            SigningKey.generate().save(home.token_key)
    return SigningKey.load(home.token_key)


def accounts_of(home: StateDir, bureaus: Container[BureauCode], log: Log) -> Accounts:
    """Return the accounts of the officers of some bureaus. Raises OfficersUnusable."""
    return Accounts(home.officers, home.sessions, bureaus, log)


def demo_token(settings: Settings, bureau: str, role: Role = "officer") -> str:
    """Return a token of a demo officer of a bureau, with all their scopes. Raises StartRefused, UnknownBureau.

    It records a login of theirs in the state directory, as the gateway does when their password was right: who may
    write there may make officers as well, and the gateway's own machine need not keep their passwords for that.
    """
    if settings.oidc_issuer is not None:
        raise StartRefused(f"the tokens of this gateway come from {settings.oidc_issuer}: get one there")
    officer, home = demo_officer(settings, bureau, role), StateDir(settings.home)
    if officer.disabled:
        raise StartRefused(f"{officer.id} is disabled: `i247 officers enable {officer.id}` ends that")
    try:
        key = load_token_key(home)
        session = begin_session(home.sessions, home.officers, officer)
    except (KeyUnusable, OfficersUnusable) as error:
        raise StartRefused(str(error)) from error
    except OSError as error:
        raise unwritable(error) from error
    valid_for = timedelta(minutes=settings.token_minutes)
    return TokenIssuer(key, clock_of(home), valid_for).issue(Account(officer, session), officer.scopes)


def demo_bureau(settings: Settings, bureau: str, role: Role) -> BureauCode:
    """Return the bureau whose gateway is here, and which has a role. Raises StartRefused, UnknownBureau."""
    code, home = parse_bureau(bureau), StateDir(settings.home)
    if role not in demo_roles(code):
        raise StartRefused(f"the Commission (CCF) sits in {SECRETARIAT}, not in {code}: ask for that of {SECRETARIAT}")
    if not home.secrets.exists():
        raise StartRefused(f"there is no mesh in {home.path} yet: start one with `i247 up`")
    if not home.key_numbers(code):
        raise StartRefused(_not_here(home, code))
    return code


def _not_here(home: StateDir, code: BureauCode) -> str:
    if home.has_directory() and load_directory(home).entries_of(code):
        return f"{code} has its gateway elsewhere: give this command on that machine, where its officers are"
    return f"{code} is not in this mesh: start it with `i247 up --bureaus {code},...`"


def demo_officer(settings: Settings, bureau: str, role: Role = "officer") -> Officer:
    """Return the demo officer of a bureau in a role. Raises StartRefused, UnknownBureau."""
    code, home = demo_bureau(settings, bureau, role), StateDir(settings.home)
    try:
        officers = {officer.id: officer for officer in officers_in(home.officers)}
    except OfficersUnusable as error:
        raise StartRefused(str(error)) from error
    officer = officers.get(demo_officer_id(code, role))
    if officer is None:
        made = f"i247 officer {code}" + ("" if role == "officer" else f" --officer {role}")
        raise StartRefused(f"there is no {demo_officer_id(code, role)} here: `{made}` makes them")
    return officer
