"""What revokes the tokens of an officer: they are refused from the next request on, in every process."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

import gateway.auth.account_store
from gateway.auth.account_store import POLL_SECONDS, Accounts
from gateway.auth.claims import TokenRefused
from gateway.auth.sessions import begin_session, end_session
from gateway.auth.tokens import OwnTokens, Tokens
from shared.bureaus import BureauCode
from shared.crypto.ed25519 import SigningKey
from shared.errors import PROBLEM_JSON
from shared.service import Service
from tests.gateway.accounts import PASSWORD
from tests.gateway.fake_service import Echo
from tests.gateway.mesh import TOKENS_VALID_FOR, Mesh, client_of

OFFICER = {"grant_type": "password", "username": "fr.officer", "password": PASSWORD}
FRANCE = BureauCode("FR")


@pytest.fixture
async def gate(mesh: Mesh, echo: Service, application: Echo) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(mesh.gateway(echo)) as client:
        yield client


async def log_in(gate: httpx.AsyncClient) -> str:
    answer = await gate.post("/oauth/token", data=OFFICER)
    assert answer.status_code == 200, answer.text
    token: str = answer.json()["access_token"]
    return token


async def show(gate: httpx.AsyncClient, token: str) -> tuple[int, str]:
    answer = await gate.get("/api/echo", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, answer.json().get("detail", "").partition(":")[0]


async def revoke(gate: httpx.AsyncClient, token: str) -> httpx.Response:
    return await gate.post("/oauth/revoke", data={"token": token})


CHANGES: dict[str, tuple[Callable[[Mesh], object], tuple[int, str]]] = {
    "disabled": (lambda mesh: mesh.accounts_at.change("fr.officer", disabled=True), (401, "sub")),
    "gone": (lambda mesh: (mesh.accounts_at.enlisted.pop("fr.officer"), mesh.accounts_at.save()), (401, "sub")),
    "of another bureau": (lambda mesh: mesh.accounts_at.change("fr.officer", bureau=BureauCode("DE")), (401, "aud")),
    "another password": (lambda mesh: mesh.accounts_at.change("fr.officer", password_hash="another"), (401, "sid")),
    "revoked": (lambda mesh: end_session(mesh.accounts_at.sessions, "fr.officer"), (401, "sid")),
    "no file of sessions": (lambda mesh: mesh.accounts_at.sessions.unlink(), (401, "sid")),
    "fewer scopes": (
        lambda mesh: mesh.accounts_at.change("fr.officer", scopes=()),
        (403, "the officer holds no scope "),
    ),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_of_the_officers_or_sessions_file_applies_to_a_running_gateway(
    gate: httpx.AsyncClient, mesh: Mesh, change: str
) -> None:
    """Made by any process, and although the token was cached as valid; other officers are not affected."""
    act, refusal = CHANGES[change]
    token, others = await log_in(gate), mesh.token("DE", "echo:read")
    assert await show(gate, token) == await show(gate, others) == (200, "")
    await asyncio.to_thread(act, mesh)
    await asyncio.sleep(POLL_SECONDS)
    status, detail = await show(gate, token)
    assert (status, refusal[1].startswith(detail[:3])) == (refusal[0], True)
    if change != "no file of sessions":
        assert await show(gate, others) == (200, "")


async def test_a_new_login_does_not_restore_a_revoked_token(gate: httpx.AsyncClient, mesh: Mesh) -> None:
    """The old token may have been stolen."""
    before = await log_in(gate)
    assert (await revoke(gate, before)).status_code == 200
    now = await log_in(gate)
    assert await show(gate, before) == (401, "sid")
    assert await show(gate, now) == (200, "")
    assert [line["officer"] for line in mesh.logged("tokens-revoked")] == ["fr.officer"]


async def test_revoking_one_token_revokes_all_of_its_officer_in_all_processes(
    gate: httpx.AsyncClient, mesh: Mesh, echo: Service
) -> None:
    """Before the revocation is answered."""
    tokens = [await log_in(gate), mesh.token("FR", "echo:read")]
    others = [another_process(mesh) for _ in range(3)]
    for other in others:
        assert [(await other.check(token)).officer for token in tokens] == ["fr.officer", "fr.officer"]
    assert (await revoke(gate, tokens[0])).content == b""
    for other in others:
        for token in tokens:
            with pytest.raises(TokenRefused, match="sid:"):
                await other.check(token)


def another_process(mesh: Mesh) -> Tokens:
    """Return the token check of another process of the same gateway."""
    return Tokens(OwnTokens(mesh.token_key, mesh.accounts_at.open(), TOKENS_VALID_FOR), mesh.clock)


async def test_a_token_of_one_process_is_accepted_by_the_others_at_once(gate: httpx.AsyncClient, mesh: Mesh) -> None:
    """Behind a load balancer the next request may reach any of them."""
    other = another_process(mesh)
    assert (await other.check(await log_in(gate))).officer == "fr.officer"


@pytest.mark.parametrize("token", ["abc", "a.b.c", "expired", "another gateway's"])
async def test_revoking_an_invalid_token_is_answered_with_200_and_has_no_effect(
    gate: httpx.AsyncClient, mesh: Mesh, token: str
) -> None:
    """RFC 7009 section 2.2."""
    good = await log_in(gate)
    if token == "another gateway's":
        token = Mesh(mesh.clock).token("FR", "echo:read")
    elif token == "expired":
        token = mesh.token("FR", "echo:read")
        mesh.clock.advance(TOKENS_VALID_FOR)
        good = await log_in(gate)
    assert (await revoke(gate, token)).status_code == 200
    assert await show(gate, good) == (200, "")


@pytest.mark.parametrize("form", [{}, {"token": ""}, {"token": "a", "token_type_hint": "a" * 65}])
async def test_a_revocation_without_a_valid_form_is_refused(gate: httpx.AsyncClient, form: dict[str, str]) -> None:
    """RFC 6749 section 5.2; the answer must not be cached."""
    answer = await gate.post("/oauth/revoke", data=form)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert answer.headers["cache-control"] == "no-store"


async def test_a_login_of_a_disabled_officer_is_refused(gate: httpx.AsyncClient, mesh: Mesh) -> None:
    """Even with the right password they get the answer for an unknown officer."""
    mesh.accounts_at.change("fr.officer", disabled=True)
    mesh.accounts.look()
    answer = await gate.post("/oauth/token", data=OFFICER)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_a_login_is_refused_if_the_officer_is_disabled_meanwhile(mesh: Mesh) -> None:
    """Although the password was compared before."""
    account = mesh.accounts_at.log_in("fr.officer", FRANCE)
    end_session(mesh.accounts_at.sessions, "fr.officer")
    mesh.accounts_at.change("fr.officer", disabled=True)
    assert begin_session(mesh.accounts_at.sessions, mesh.accounts_at.officers, account.officer) is None
    assert await mesh.accounts.log_in(account.officer) is None


async def test_logins_and_revocations_that_cannot_be_stored_are_answered_with_503(
    gate: httpx.AsyncClient, mesh: Mesh
) -> None:
    """As when the disk is full: clients retry."""
    token = await log_in(gate)
    mesh.accounts_at.sessions.unlink()
    mesh.accounts_at.sessions.mkdir()
    answer = await gate.post("/oauth/token", data=OFFICER | {"username": "de.officer"})
    assert (answer.status_code, answer.headers["content-type"]) == (503, PROBLEM_JSON)
    assert answer.headers["retry-after"] == "1"
    assert (await revoke(gate, token)).status_code == 503
    assert await show(gate, token) == (200, "")


async def test_an_unreadable_officers_file_is_ignored_and_revocations_still_apply(
    gate: httpx.AsyncClient, mesh: Mesh
) -> None:
    """A mistake in the file locks no officer out."""
    token, other = await log_in(gate), mesh.token("DE", "echo:read")
    mesh.accounts_at.officers.write_text("[{]")
    mesh.accounts.look()
    assert await show(gate, token) == await show(gate, other) == (200, "")
    await asyncio.to_thread(end_session, mesh.accounts_at.sessions, "fr.officer")
    await asyncio.sleep(POLL_SECONDS)
    assert await show(gate, token) == (401, "sid")
    assert await show(gate, other) == (200, "")
    assert len(mesh.logged("officers-not-read")) == 1


async def test_a_gateway_of_one_bureau_accepts_only_its_officers(mesh: Mesh) -> None:
    """Although its file lists all: others can neither log in nor use a token."""
    tokens = {bureau: mesh.token(bureau, "echo:read") for bureau in ("FR", "DE", "IPSG")}
    accounts = mesh.accounts_at.open(None, FRANCE)
    here = Tokens(OwnTokens(mesh.token_key, accounts, TOKENS_VALID_FOR), mesh.clock)
    assert (await here.check(tokens["FR"])).bureau == FRANCE
    for bureau in ("DE", "IPSG"):
        assert accounts.find(f"{bureau.lower()}.officer") is None
        with pytest.raises(TokenRefused, match="sub: not an officer of this gateway"):
            await here.check(tokens[bureau])


async def test_a_token_of_another_gateway_is_refused(mesh: Mesh, gate: httpx.AsyncClient) -> None:
    """Although both know the officer and the session: each gateway has its own key."""
    token = await log_in(gate)
    another = Tokens(OwnTokens(SigningKey(bytes([3]) * 32), mesh.accounts, TOKENS_VALID_FOR), mesh.clock)
    with pytest.raises(TokenRefused, match="the token is not authentic"):
        await another.check(token)


def test_concurrent_logins_begin_one_session(mesh: Mesh) -> None:
    """Otherwise the token of one would be refused after the login of another."""
    mesh.accounts_at.log_in("fr.officer", FRANCE)
    officer, files = mesh.accounts_at.enlisted["fr.officer"], mesh.accounts_at
    end_session(files.sessions, officer.id)
    with ThreadPoolExecutor(8) as pool:
        begun = [pool.submit(begin_session, files.sessions, files.officers, officer) for _ in range(16)]
        ids = {session.id for each in begun if (session := each.result()) is not None}
    assert len(ids) == 1


async def test_a_token_check_reads_no_file_while_none_has_changed(mesh: Mesh, monkeypatch: pytest.MonkeyPatch) -> None:
    """It checks for changes at most once per poll interval: requests come by the thousand a second."""
    looked: list[float] = []
    plain = gateway.auth.account_store._mark_of
    monkeypatch.setattr(
        gateway.auth.account_store, "_mark_of", lambda file: (looked.append(time.monotonic()), plain(file))[1]
    )
    tokens, token = mesh.tokens(), mesh.token("FR", "echo:read")
    await tokens.check(token)
    monkeypatch.setattr(Accounts, "_take", None)
    begun = time.monotonic()
    looked.clear()
    for _ in range(5_000):
        await tokens.check(token)
    assert len(looked) <= 2 * ((time.monotonic() - begun) / POLL_SECONDS + 1)
