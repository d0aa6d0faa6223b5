"""Tokens of the demo officers, made on this machine with the gateway's own key."""

from datetime import timedelta

from deploy.home import Home, StartRefused
from deploy.provision import demo_officer_id
from gateway.officers import Officer, OfficersUnusable, load_officers
from gateway.tokens import TokenIssuer
from shared.bureaus import parse_bureau
from shared.clock import SystemClock
from shared.settings import Settings
from shared.signing import KeyUnusable, SigningKey


def demo_token(settings: Settings, bureau: str) -> str:
    """Return a token of the demo officer of a bureau, with all his scopes. Raises StartRefused, UnknownBureau."""
    officer = demo_officer(settings, bureau)
    try:
        key = SigningKey.load(Home(settings.home).token_key)
    except KeyUnusable as error:
        raise StartRefused(str(error)) from error
    return TokenIssuer(key, SystemClock(), timedelta(minutes=settings.token_minutes)).issue(officer, officer.scopes)


def demo_officer(settings: Settings, bureau: str) -> Officer:
    """Return the demo officer of a bureau. Raises StartRefused, UnknownBureau."""
    code = parse_bureau(bureau)
    try:
        officers = {officer.id: officer for officer in load_officers(Home(settings.home).officers)}
    except OfficersUnusable as error:
        raise StartRefused(f"there is no mesh in {settings.home} yet: start one with `i247 up`") from error
    officer = officers.get(demo_officer_id(code))
    if officer is None:
        raise StartRefused(f"{code} is not in this mesh: start it with `i247 up --bureaus {code},...`")
    return officer
