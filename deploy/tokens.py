"""Tokens of the demo officers, made on this machine with the gateway's own key."""

from datetime import timedelta

from deploy.clock import clock_of
from deploy.home import Home, StartRefused
from deploy.logins import Role, demo_officer_id, demo_roles
from gateway.officers import Officer, OfficersUnusable, load_officers
from gateway.tokens import TokenIssuer
from shared.bureaus import SECRETARIAT, parse_bureau
from shared.settings import Settings
from shared.signing import KeyUnusable, SigningKey


def demo_token(settings: Settings, bureau: str, role: Role = "officer") -> str:
    """Return a token of a demo officer of a bureau, with all his scopes. Raises StartRefused, UnknownBureau."""
    officer, home = demo_officer(settings, bureau, role), Home(settings.home)
    try:
        key = SigningKey.load(home.token_key)
    except KeyUnusable as error:
        raise StartRefused(str(error)) from error
    valid_for = timedelta(minutes=settings.token_minutes)
    return TokenIssuer(key, clock_of(home), valid_for).issue(officer, officer.scopes)


def demo_officer(settings: Settings, bureau: str, role: Role = "officer") -> Officer:
    """Return the demo officer of a bureau in a role. Raises StartRefused, UnknownBureau."""
    code = parse_bureau(bureau)
    if role not in demo_roles(code):
        raise StartRefused(f"the Commission (CCF) sits in {SECRETARIAT}, not in {code}: ask for that of {SECRETARIAT}")
    file = Home(settings.home).officers
    if not file.exists():
        raise StartRefused(f"there is no mesh in {settings.home} yet: start one with `i247 up`")
    try:
        officers = {officer.id: officer for officer in load_officers(file)}
    except OfficersUnusable as error:
        raise StartRefused(str(error)) from error
    officer = officers.get(demo_officer_id(code, role))
    if officer is None:
        raise StartRefused(f"{code} is not in this mesh: start it with `i247 up --bureaus {code},...`")
    return officer
