"""The signing key and the accounts for a gateway's access tokens, and tokens of its demo officers."""

from collections.abc import Container
from datetime import timedelta

from deploy.provisioning.demo_accounts import demo_officer_id, demo_roles
from deploy.provisioning.roles import OF_COMMISSION, Role
from deploy.state.clock import clock_of
from deploy.state.directory_file import load_directory
from deploy.state.errors import StartRefused, refusing
from deploy.state.settings import Settings
from deploy.state.state_dir import StateDir
from gateway.auth.account_store import Account, Accounts
from gateway.auth.accounts import Officer, OfficersUnusable, officers_in
from gateway.auth.sessions import alone_in, begin_session
from gateway.auth.tokens import TokenIssuer
from shared.bureaus import COMMISSION, SECRETARIAT, BureauCode, kind_of, parse_bureau
from shared.crypto.ed25519 import KeyUnusable, SigningKey
from shared.logs import Log


def load_token_key(state_dir: StateDir) -> SigningKey:
    """Return the key that signs access tokens; make it the first time. Raises KeyUnusable, OSError.

    The processes of one gateway share it through their state directory.
    """
    state_dir.secrets.mkdir(exist_ok=True, mode=0o700)
    with alone_in(state_dir.secrets):
        if not state_dir.token_key.exists():
            SigningKey.generate().save(state_dir.token_key)
    return SigningKey.load(state_dir.token_key)


def accounts_of(state_dir: StateDir, bureaus: Container[BureauCode], log: Log) -> Accounts:
    """Return the accounts of the officers of some bureaus. Raises OfficersUnusable."""
    return Accounts(state_dir.officers, state_dir.sessions, bureaus, log)


def demo_token(settings: Settings, bureau: str, role: str = "officer") -> str:
    """Return a token of a demo officer of a bureau, with all their scopes. Raises StartRefused, UnknownBureau.

    It records a login in the state directory, as the gateway does after a correct password. No password is needed:
    those who can write to the state directory can also create officers.
    """
    if settings.oidc_issuer is not None:
        raise StartRefused(f"the tokens of this gateway are issued by {settings.oidc_issuer}: request one there")
    officer, state_dir = demo_officer(settings, bureau, role), settings.state_dir
    if officer.disabled:
        raise StartRefused(f"{officer.id} is disabled: `i247 officers enable {officer.id}` enables them")
    with refusing(KeyUnusable, OfficersUnusable):
        key = load_token_key(state_dir)
        session = begin_session(state_dir.sessions, state_dir.officers, officer)
    valid_for = timedelta(minutes=settings.token_minutes)
    return TokenIssuer(key, clock_of(state_dir), valid_for).issue(Account(officer, session), officer.scopes)


def demo_bureau(settings: Settings, bureau: str, role: str) -> tuple[BureauCode, Role]:
    """Return the bureau and its role, if its gateway is here and it has it. Raises StartRefused, UnknownBureau.

    The role `ccf` is that of an officer of the Commission, whether that or the Secretariat is named.
    """
    code, state_dir = parse_bureau(bureau), settings.state_dir
    if role == OF_COMMISSION:
        if code not in (SECRETARIAT, COMMISSION):
            raise StartRefused(f"only {COMMISSION} has the role ccf, not {code}: use {COMMISSION}")
        code, role = COMMISSION, "officer"
    known = next((each for each in demo_roles(code) if each == role), None)
    if known is None:
        raise StartRefused(f"{code} has no role {role[:20]}: use {', '.join(demo_roles(code))}")
    state_dir.require_mesh()
    if not state_dir.key_numbers(code):
        if state_dir.has_directory() and load_directory(state_dir).entries_of(code):
            raise StartRefused(f"{code} has its gateway elsewhere: run this command on that machine")
        how = f"`i247 partners add {code}`" if kind_of(code) == "partner" else f"`i247 bureaus add {code}`"
        raise StartRefused(f"{code} is not in this mesh: add it with {how}")
    return code, known


def demo_officer(settings: Settings, bureau: str, named: str = "officer") -> Officer:
    """Return the demo officer of a bureau in a role. Raises StartRefused, UnknownBureau."""
    (code, role), state_dir = demo_bureau(settings, bureau, named), settings.state_dir
    with refusing(OfficersUnusable):
        officers = {officer.id: officer for officer in officers_in(state_dir.officers)}
    officer = officers.get(demo_officer_id(code, role))
    if officer is None:
        command = f"i247 officer {code}" + ("" if role == "officer" else f" --officer {role}")
        raise StartRefused(f"there is no {demo_officer_id(code, role)} here: `{command}` creates them")
    return officer
