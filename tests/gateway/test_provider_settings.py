"""The claims an identity provider may make by default and with settings, in a gateway started from them."""

import time
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.cli import main
from deploy.mesh.gateway_process import gateway_context
from deploy.mesh.process_context import ProcessContext
from deploy.state.directory_file import load_directory
from deploy.state.errors import SettingsRefused, StartRefused
from deploy.state.settings import load_settings
from gateway.app import Gateway
from services import SERVICES
from shared.bureaus import SECRETARIAT, BureauCode
from shared.rpc.client import Requester
from shared.rpc.participant import Participant
from shared.transport.memory import MemoryBroker
from tests.gateway.mesh import client_of
from tests.gateway.provider import ISSUER, KEYS, Provider, running_provider

FRANCE, GERMANY = BureauCode("FR"), BureauCode("DE")
ACCEPTED = httpx.codes.SERVICE_UNAVAILABLE  # behind this gateway there is no service that could answer
REFUSED, BARRED = httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN


@pytest.fixture
def provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """Provision a gateway of France, Germany and the Secretariat that trusts a provider."""
    with running_provider() as provider:
        provider.publish(KEYS["RS256"])
        monkeypatch.setenv("I247_HOME", str(tmp_path / "state"))
        monkeypatch.setenv("I247_BUREAUS", "FR,DE")
        monkeypatch.setenv("I247_OIDC_ISSUER", ISSUER)
        monkeypatch.setenv("I247_OIDC_JWKS_URL", provider.jwks_url)
        assert main(["provision"]) == 0
        yield provider


def gateway() -> AbstractAsyncContextManager[httpx.AsyncClient]:
    """Return a client of a gateway with the current settings."""
    part, broker = ProcessContext("gateway", load_settings()), MemoryBroker()
    directory = load_directory(part.state_dir)
    requesters = {}
    for code in (SECRETARIAT, FRANCE, GERMANY):
        keys = part.key_ring(code, directory)
        requesters[code] = Requester(Participant(code, keys, directory, broker.connect(code), part.clock, part.log))
    return client_of(Gateway(gateway_context(SERVICES, part, requesters)))


async def status(bureau: str, scope: str, service: str = "notices", *, typ: str = "at+jwt", **changes: Any) -> int:
    at = int(time.time())
    claims = {"iss": ISSUER, "aud": "i247", "sub": "a", "bureau": bureau, "scope": scope, "iat": at, "exp": at + 60}
    token = Provider.sign(claims | changes, "RS256", typ=typ)
    headers = {"Authorization": f"Bearer {token}", "I247-Purpose": "warning"}
    async with gateway() as client:
        return (await client.get(f"/api/{service}", headers=headers)).status_code


@pytest.mark.thorough
@pytest.mark.usefixtures("provider")
async def test_by_default_the_provider_names_hosted_members_but_not_the_secretariat() -> None:
    """Although the Secretariat is hosted here as well."""
    assert await status("FR", "notices:read") == ACCEPTED
    assert await status("DE", "notices:read") == ACCEPTED
    assert await status("IPSG", "notices:read") == REFUSED
    assert await status("IT", "notices:read") == REFUSED


@pytest.mark.thorough
@pytest.mark.usefixtures("provider")
@pytest.mark.parametrize("scope", ["notices:review", "notices:decide", "subject-requests:read", "openid"])
async def test_by_default_the_provider_grants_no_scope_of_the_secretariat_or_the_commission(scope: str) -> None:
    """The scope of auditors may be granted."""
    service = "subject-requests" if scope.startswith("subject") else "notices"
    assert await status("FR", scope, service) == BARRED
    assert await status("FR", f"{scope} audit:read", "notices") == ACCEPTED


@pytest.mark.thorough
async def test_the_provider_is_limited_to_the_bureaus_and_scopes_of_the_settings(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """These may include the Secretariat."""
    monkeypatch.setenv("I247_OIDC_BUREAUS", "IPSG,FR")
    monkeypatch.setenv("I247_OIDC_SCOPES", "notices:review, purpose:warning")
    assert await status("IPSG", "notices:review") == ACCEPTED
    assert await status("FR", "notices:read") == BARRED
    assert await status("DE", "notices:review") == REFUSED


@pytest.mark.thorough
@pytest.mark.usefixtures("provider")
async def test_the_token_type_and_lifetime_follow_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """By default: access tokens of RFC 9068, for two hours."""
    old = int(time.time()) - 7_300
    assert await status("FR", "notices:read", typ="JWT") == REFUSED
    assert await status("FR", "notices:read", iat=old) == REFUSED
    monkeypatch.setenv("I247_OIDC_TOKEN_TYPE", "JWT")
    monkeypatch.setenv("I247_OIDC_TOKEN_MINUTES", "180")
    assert await status("FR", "notices:read", typ="JWT") == ACCEPTED
    assert await status("FR", "notices:read", iat=old) == ACCEPTED


@pytest.mark.usefixtures("provider")
@pytest.mark.parametrize(
    ("setting", "value", "says"),
    [
        ("I247_OIDC_SCOPES", "notices:raed", "I247_OIDC_SCOPES: notices:raed is not a scope"),
        ("I247_OIDC_BUREAUS", "FR,XX", "I247_OIDC_BUREAUS: unknown bureau 'XX'"),
        ("I247_OIDC_TOKEN_TYPE", "id+jwt", "I247_OIDC_TOKEN_TYPE: "),
    ],
)
def test_an_invalid_provider_setting_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, setting: str, value: str, says: str
) -> None:
    """The error names it: a typing error must neither admit an officer nor lock all out silently."""
    monkeypatch.setenv(setting, value)
    with pytest.raises((StartRefused, SettingsRefused)) as refused:
        gateway()
    assert str(refused.value).startswith(says)
