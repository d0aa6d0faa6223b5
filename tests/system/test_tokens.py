"""Tokens at running gateways: one of all bureaus in two processes, and one of France only on its own machine."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey

from deploy.provisioning.demo_accounts import load_demo_passwords
from deploy.provisioning.tokens import demo_token
from deploy.state.settings import Settings
from deploy.state.state_dir import StateDir
from shared.bureaus import BureauCode
from shared.crypto.ed25519 import SigningKey, encode_base64url
from tests.faults.gateway import Gateway
from tests.system.mesh import RunningMesh, running_mesh

FRANCE = BureauCode("FR")
PATH = "/api/stolen-vehicles"
# With this number of connections, one of the two processes is missed once in a million runs.
CONNECTIONS = 20


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningMesh]:
    folder = tmp_path_factory.mktemp("tokens")
    with running_mesh(folder / "var", "--bureaus", "FR,DE", I247_GATEWAY_WORKERS="2") as mesh:
        yield mesh


@pytest.fixture(scope="module")
def own_gateway(mesh: RunningMesh, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Run the gateway of France, with a copy of the file of all officers."""
    folder, port = tmp_path_factory.mktemp("france"), int(mesh.environment["I247_NATS_PORT"])
    gateway = Gateway("FR", home_of(mesh), folder, port)
    try:
        gateway.start()
        asyncio.run(until_up(gateway))
        yield gateway
    finally:
        gateway.close()


async def until_up(gateway: Gateway) -> None:
    headers = {"Authorization": f"Bearer {own_token(gateway)}"}
    async with httpx.AsyncClient(base_url=gateway.base, headers=headers) as client:
        await gateway.until_up(client)


def home_of(mesh: RunningMesh) -> StateDir:
    return StateDir(Path(mesh.environment["I247_HOME"]))


def own_token(gateway: Gateway) -> str:
    return demo_token(Settings(home=gateway.home.path), FRANCE)


def show(base: str, token: str) -> int:
    return httpx.get(f"{base}{PATH}", headers={"Authorization": f"Bearer {token}"}, timeout=30).status_code


def log_in(base: str, name: str, password: str) -> httpx.Response:
    form = {"grant_type": "password", "username": name, "password": password}
    return httpx.post(f"{base}/oauth/token", data=form, timeout=30)


@pytest.mark.thorough
def test_a_token_is_accepted_only_by_the_gateway_that_issued_it(mesh: RunningMesh, own_gateway: Gateway) -> None:
    """Though the other hosts the same bureau, and has the same officer."""
    of_mesh, of_france = mesh.token("FR"), own_token(own_gateway)
    assert (show(mesh.base, of_mesh), show(own_gateway.base, of_france)) == (200, 200)
    assert (show(mesh.base, of_france), show(own_gateway.base, of_mesh)) == (401, 401)
    assert home_of(mesh).token_key.read_bytes() != own_gateway.home.token_key.read_bytes()


@pytest.mark.thorough
def test_a_gateway_refuses_logins_of_officers_of_other_bureaus(mesh: RunningMesh, own_gateway: Gateway) -> None:
    """With the right password they get the error for an unknown officer, those of the Secretariat too."""
    passwords = load_demo_passwords(home_of(mesh))
    for name in ("de.officer", "ipsg.officer", "ccf.officer"):
        answer = log_in(own_gateway.base, name, passwords[name])
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    token = log_in(own_gateway.base, "fr.officer", passwords["fr.officer"]).json()["access_token"]
    assert show(own_gateway.base, token) == 200


@pytest.mark.thorough
@pytest.mark.parametrize("bureau", ["IPSG", "DE"])
def test_a_token_forged_with_the_token_key_is_refused(mesh: RunningMesh, bureau: str) -> None:
    """For an unknown officer and for one who is logged in, whatever its claims."""
    mesh.token(bureau)
    key = SigningKey.load(home_of(mesh).token_key)
    at = int(time.time())
    for officer in ("invented", f"{bureau.lower()}.officer"):
        claims: dict[str, Any] = {
            "iss": f"urn:i247:gateway:{key.kid}",
            "aud": f"urn:i247:bureau:{bureau}",
            "sub": officer,
            "bureau": bureau,
            "sid": "guessed",
            "scope": "stolen-vehicles:read audit:read",
            "purpose": "crime-analysis",
            "iat": at,
            "exp": at + 10 * 365 * 24 * 3600,
        }
        as_before = claims | {"iss": "urn:i247:gateway", "aud": "i247"}
        for stated, header in ((claims, {"typ": "at+jwt"}), (claims, {}), (as_before, {})):
            jose = OKPKey.import_key({**key.public.jwk, "d": encode_base64url(key.seed)})
            forged = jwt.encode({"alg": "Ed25519", **header}, stated, jose, algorithms=["Ed25519"])
            assert show(mesh.base, forged) == 401


@pytest.mark.thorough
def test_a_login_and_its_revocation_take_effect_in_all_processes(mesh: RunningMesh) -> None:
    """The token is accepted at once, and is refused as soon as it has been revoked."""
    password = load_demo_passwords(home_of(mesh))["de.officer"]
    for end in ("endpoint", "command"):
        token = log_in(mesh.base, "de.officer", password).json()["access_token"]
        assert {show(mesh.base, token) for _ in range(CONNECTIONS)} == {200}
        if end == "endpoint":
            assert httpx.post(f"{mesh.base}/oauth/revoke", data={"token": token}).status_code == 200
        else:
            assert mesh.i247("officers", "revoke", "de.officer").returncode == 0
        assert {show(mesh.base, token) for _ in range(CONNECTIONS)} == {401}


@pytest.mark.thorough
def test_tokens_survive_a_restart_of_the_gateway(mesh: RunningMesh) -> None:
    """The key and the logins are on disk: officers need not log in again."""
    token = mesh.token("FR")
    processes = [one for one in mesh.family() if "--gateway" in " ".join(one.cmdline()).split()]
    assert len(processes) == 2
    for process in processes:
        process.kill()
    deadline, status = time.monotonic() + 30, 0
    while status == 0:
        assert time.monotonic() < deadline
        status = status_if_any(mesh.base, token)
    assert status == 200


def status_if_any(base: str, token: str) -> int:
    try:
        return show(base, token)
    except httpx.TransportError:
        time.sleep(0.05)
        return 0
