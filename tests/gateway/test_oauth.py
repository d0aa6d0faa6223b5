"""The token endpoint: which credentials get a token, and what a refusal reveals to an attacker."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from argon2 import extract_parameters
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS
from msgspec.structs import replace

import gateway.auth.logins
from gateway.auth.accounts import draw_secret, hash_password, is_password_of
from gateway.auth.login_failures import FAILURES_OF_LOGIN, SECONDS_PER_FAILURE_OF_LOGIN
from gateway.auth.token_forms import MAX_FORM
from shared.clock import FixedClock
from shared.crypto.ed25519 import decode_base64url
from shared.errors import PROBLEM_JSON
from shared.identity import ORDINARY_PURPOSES, PURPOSE_SCOPES, Purpose
from shared.service import Service
from tests.gateway.accounts import PASSWORD, SECRET, logins_of, officers_of
from tests.gateway.mesh import Echo, Mesh, client_of

OFFICER = {"grant_type": "password", "username": "fr.officer", "password": PASSWORD}
PROGRAM = {"grant_type": "client_credentials", "client_id": "fr.system", "client_secret": SECRET}
# The purposes of a token if no purpose is asked for.
ORDINARY = tuple(PURPOSE_SCOPES[purpose] for purpose in ORDINARY_PURPOSES)
WRONG = OFFICER | {"password": "fifteen herons"}


@pytest.fixture
async def client(mesh: Mesh, echo: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(mesh.gateway(echo)) as client:
        yield client


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list of hashes that passwords are compared with; the comparison stays real."""
    hashes: list[str] = []
    plain = gateway.auth.logins.is_password_of

    def note(password_hash: str, password: str) -> bool:
        hashes.append(password_hash)
        return plain(password_hash, password)

    monkeypatch.setattr(gateway.auth.logins, "is_password_of", note)
    return hashes


async def ask(client: httpx.AsyncClient, form: dict[str, str], **options: Any) -> httpx.Response:
    return await client.post("/oauth/token", data=form, **options)


def refusal_of(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["cache-control"] == "no-store"
    return response.status_code, response.json()["error"]


@pytest.mark.parametrize("form", [OFFICER, PROGRAM], ids=["officer", "program"])
async def test_right_credentials_get_a_token_with_all_scopes(
    client: httpx.AsyncClient, form: dict[str, str], echo: Service
) -> None:
    """The answer is that of RFC 6749 section 5.1, and must not be cached."""
    response = await ask(client, form)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    answer = response.json()
    assert answer.pop("access_token").count(".") == 2
    assert answer == {"token_type": "bearer", "expires_in": 3600, "scope": " ".join((*echo.scopes, *ORDINARY))}


async def test_a_program_authenticates_by_http_basic(client: httpx.AsyncClient) -> None:
    """RFC 6749 section 2.3.1: most OAuth libraries use it by default."""
    response = await ask(client, {"grant_type": "client_credentials"}, auth=("fr.system", SECRET))
    assert response.status_code == 200


async def test_a_token_gives_access_to_the_services(client: httpx.AsyncClient, application: Echo) -> None:
    """The request reaches the service with the officer and their bureau as its caller."""
    token = (await ask(client, OFFICER)).json()["access_token"]
    response = await client.get("/api/echo", headers={"Authorization": f"Bearer {token}"})
    assert response.status_code == 200
    caller = application.last["state"]["caller"]
    assert (caller.bureau, caller.officer, caller.purpose) == ("FR", "fr.officer", "security-check")


async def test_a_token_is_a_jwt_that_another_library_verifies(client: httpx.AsyncClient, mesh: Mesh) -> None:
    """By jwcrypto, with the public key alone."""
    token = (await ask(client, OFFICER)).json()["access_token"]
    jws = JWS()
    jws.allowed_algs = ["Ed25519"]
    jws.deserialize(token, JWK(**mesh.token_key.public.jwk))
    claims, at = json.loads(jws.payload), int(mesh.clock.now().timestamp())
    assert claims.pop("jti")
    assert claims.pop("sid")
    assert claims == {
        "iss": f"urn:i247:gateway:{mesh.token_key.kid}",
        "aud": "urn:i247:bureau:FR",
        "sub": "fr.officer",
        "client_id": "fr.officer",
        "purpose": "security-check",
        "scope": " ".join(("echo:read", "echo:write", *ORDINARY)),
        "iat": at,
        "exp": at + 3600,
    }


async def test_officer_and_program_credentials_are_not_interchangeable(client: httpx.AsyncClient) -> None:
    """Each kind has its own grant type."""
    as_program = {"grant_type": "client_credentials", "client_id": "fr.officer", "client_secret": PASSWORD}
    as_officer = {"grant_type": "password", "username": "fr.system", "password": SECRET}
    assert refusal_of(await ask(client, as_program)) == (401, "invalid_client")
    assert refusal_of(await ask(client, as_officer)) == (400, "invalid_grant")


async def test_an_unknown_name_is_answered_like_a_wrong_password(
    client: httpx.AsyncClient, compared: list[str]
) -> None:
    """The same answer after the same hashing work: timing does not reveal who is an officer."""
    wrong, unknown = await ask(client, WRONG), await ask(client, WRONG | {"username": "nobody"})
    assert (wrong.status_code, wrong.content) == (unknown.status_code, unknown.content)
    assert refusal_of(unknown) == (400, "invalid_grant")
    assert len(compared) == 2
    assert extract_parameters(compared[1]) == extract_parameters(compared[0])


def test_a_stolen_officers_file_allows_offline_guesses() -> None:
    """Each costs 19 MiB and two passes of Argon2id, and no limit applies."""
    stolen = hash_password(PASSWORD)
    assert [is_password_of(stolen, guess) for guess in ("wrong", PASSWORD)] == [False, True]


async def test_all_names_take_the_same_work_although_hashes_differ_in_cost(
    clock: FixedClock, compared: list[str]
) -> None:
    """A random secret is hashed cheaply: that must not distinguish its name from that of a person."""
    secret, cheap = draw_secret()
    template, *_ = officers_of()
    person = replace(template, id="durand", kind="officer", password_hash=hash_password(PASSWORD))
    machine = replace(person, id="fr.officer", password_hash=cheap)
    broken = replace(person, id="broken", password_hash="")
    logins = logins_of([person, machine, broken], clock)
    costs = []
    for name in ("durand", "fr.officer", "nobody"):
        assert await logins.authenticate(name, "guessed", "officer", "192.0.2.1") is None
        costs.append(sorted(str(extract_parameters(each)) for each in compared))
        compared.clear()
    assert costs[0] == costs[1] == costs[2]
    assert len(costs[0]) == 2
    assert await logins.authenticate("durand", PASSWORD, "officer", "192.0.2.1") == person
    assert await logins.authenticate("fr.officer", secret, "officer", "192.0.2.1") == machine
    assert await logins.authenticate("durand", secret, "officer", "192.0.2.1") is None
    assert await logins.authenticate("broken", "nobody", "officer", "192.0.2.1") is None


@pytest.mark.parametrize(
    ("form", "refusal"),
    [
        (OFFICER | {"grant_type": "authorization_code"}, (400, "unsupported_grant_type")),
        ({"username": "fr.officer", "password": PASSWORD}, (400, "invalid_request")),
        ({}, (400, "invalid_request")),
        ({"grant_type": "password"}, (400, "invalid_grant")),
        (PROGRAM | {"client_secret": "guessed"}, (401, "invalid_client")),
        (OFFICER | {"scope": "echo:review"}, (400, "invalid_scope")),
        (OFFICER | {"scope": "*"}, (400, "invalid_scope")),
        (OFFICER | {"username": "a" * 65}, (400, "invalid_request")),
        (OFFICER | {"password": "a" * 257}, (400, "invalid_request")),
        (OFFICER | {"scope": "echo:read " * 201}, (400, "invalid_request")),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else "",
)
async def test_a_refusal_has_the_code_of_rfc_6749(
    client: httpx.AsyncClient, form: dict[str, str], refusal: tuple[int, str]
) -> None:
    """Any OAuth library understands it, and the description says what to change."""
    response = await ask(client, form)
    assert refusal_of(response) == refusal
    assert response.json()["error_description"]


async def test_a_refused_program_is_challenged_with_the_basic_scheme(client: httpx.AsyncClient) -> None:
    """RFC 6749 section 5.2: a 401 names the scheme."""
    response = await ask(client, {"grant_type": "client_credentials"}, auth=("fr.system", "guessed"))
    assert refusal_of(response) == (401, "invalid_client")
    assert response.headers["www-authenticate"] == 'Basic realm="i247"'


@pytest.mark.parametrize("basic", ["Basic", "Basic %%%", "Basic /w==", "Basic " + "QQ==" * 1000])
async def test_malformed_basic_credentials_are_refused(client: httpx.AsyncClient, basic: str) -> None:
    """Not base64, not UTF-8, or empty."""
    response = await ask(client, {"grant_type": "client_credentials"}, headers={"Authorization": basic})
    assert refusal_of(response) == (401, "invalid_client")


@pytest.mark.parametrize("basic", [("a" * 65, SECRET), ("fr.system", "a" * 257)], ids=["name", "secret"])
async def test_oversized_basic_credentials_are_refused_before_they_are_counted(
    mesh: Mesh, echo: Service, basic: tuple[str, str]
) -> None:
    """The name is not remembered either: long names would fill all memory."""
    logins = logins_of(officers_of(echo), mesh.clock)
    async with client_of(mesh.gateway(echo, logins=logins)) as client:
        for _ in range(FAILURES_OF_LOGIN + 1):
            response = await ask(client, {"grant_type": "client_credentials"}, auth=basic)
    assert refusal_of(response) == (401, "invalid_client")


@pytest.mark.parametrize("form", [PROGRAM, {"grant_type": "client_credentials", "client_id": "de.system"}])
async def test_credentials_in_two_places_are_refused(client: httpx.AsyncClient, form: dict[str, str]) -> None:
    """RFC 6749 section 2.3: a proxy in front may have checked the other ones."""
    assert refusal_of(await ask(client, form, auth=("fr.system", SECRET))) == (400, "invalid_request")


async def test_a_program_may_repeat_its_client_id_in_the_form(client: httpx.AsyncClient) -> None:
    """As some OAuth libraries do."""
    form = {"grant_type": "client_credentials", "client_id": "fr.system"}
    assert (await ask(client, form, auth=("fr.system", SECRET))).status_code == 200


async def test_an_empty_client_id_beside_an_officers_password_is_ignored(client: httpx.AsyncClient) -> None:
    """The documentation page sends one, by HTTP Basic or in the form."""
    assert (await ask(client, OFFICER, auth=("", ""))).status_code == 200
    assert (await ask(client, OFFICER | {"client_id": "", "client_secret": "", "scope": ""})).status_code == 200


async def test_a_subset_of_the_scopes_can_be_requested(client: httpx.AsyncClient) -> None:
    """If no purpose is requested, the token allows all purposes of its officer."""
    response = await ask(client, OFFICER | {"scope": "echo:read echo:read"})
    assert response.json()["scope"] == " ".join(("echo:read", *ORDINARY))


async def test_only_the_requested_scopes_that_are_held_are_granted(client: httpx.AsyncClient) -> None:
    """The answer and the token state them; selecting all in the documentation page grants no more."""
    answer = (await ask(client, OFFICER | {"scope": "purpose:warning echo:review echo:read purpose:curiosity"})).json()
    assert answer["scope"] == "echo:read purpose:warning"
    claims = json.loads(decode_base64url(answer["access_token"].split(".")[1]))
    assert claims["scope"] == "echo:read purpose:warning"


@pytest.mark.parametrize(
    "scope", ["echo:read purpose:identification", "purpose:warning", "purpose:curiosity echo:read"]
)
async def test_a_request_for_only_scopes_or_purposes_not_held_gets_no_token(
    mesh: Mesh, echo: Service, scope: str
) -> None:
    """None of the purposes requested, or no other scope: a token for all scopes would exceed the request."""
    officers = [replace(each, scopes=(*each.scopes, "purpose:warning")) for each in officers_of(echo)]
    async with client_of(mesh.gateway(echo, logins=logins_of(officers, mesh.clock))) as client:
        assert refusal_of(await ask(client, OFFICER | {"scope": scope})) == (400, "invalid_scope")
        granted = (await ask(client, OFFICER | {"scope": "echo:read"})).json()
        assert granted["scope"] == "echo:read purpose:warning"


async def test_the_commissions_purpose_is_granted_in_the_secretariat_only(mesh: Mesh, echo: Service) -> None:
    """Even if the officers file of a bureau grants it."""
    commission = PURPOSE_SCOPES[Purpose.DATA_SUBJECT_REQUEST]
    officers = [replace(each, scopes=(*each.scopes, commission, "purpose:warning")) for each in officers_of(echo)]
    async with client_of(mesh.gateway(echo, logins=logins_of(officers, mesh.clock))) as client:
        france = (await ask(client, OFFICER)).json()
        secretariat = (await ask(client, OFFICER | {"username": "ipsg.officer"})).json()
    assert france["scope"].split() == [*echo.scopes, "purpose:warning"]
    assert secretariat["scope"].split() == [*echo.scopes, "purpose:warning", commission]


@pytest.mark.parametrize("asked", ["", "echo:read", "purpose:warning"])
async def test_an_officer_without_an_allowed_purpose_gets_no_token(mesh: Mesh, echo: Service, asked: str) -> None:
    """A token without any purpose scope would allow every purpose."""
    commission = PURPOSE_SCOPES[Purpose.DATA_SUBJECT_REQUEST]
    officers = [replace(each, scopes=(*echo.scopes, commission)) for each in officers_of(echo)]
    async with client_of(mesh.gateway(echo, logins=logins_of(officers, mesh.clock))) as client:
        assert refusal_of(await ask(client, OFFICER | {"scope": asked})) == (400, "invalid_scope")


@pytest.mark.parametrize("asked", ["", "purpose:warning"])
async def test_an_officer_with_only_purpose_scopes_gets_no_token(mesh: Mesh, echo: Service, asked: str) -> None:
    officers = [replace(each, scopes=("purpose:warning",)) for each in officers_of(echo)]
    async with client_of(mesh.gateway(echo, logins=logins_of(officers, mesh.clock))) as client:
        assert refusal_of(await ask(client, OFFICER | {"scope": asked})) == (400, "invalid_scope")


@pytest.mark.parametrize(
    ("content", "media"),
    [
        (json.dumps(OFFICER).encode(), "application/json"),
        (b"grant_type=password", "multipart/form-data; boundary=a"),
        (b"grant_type=password", None),
        (b"grant_type=password&username=%ff", "application/x-www-form-urlencoded"),
        (b"grant_type=password&username=\xff", "application/x-www-form-urlencoded"),
        (b"grant_type=password&username=a&username=b", "application/x-www-form-urlencoded"),
    ],
    ids=["json", "multipart", "none", "not-utf-8", "not-encoded", "twice"],
)
async def test_a_token_request_that_is_no_valid_form_is_refused(
    client: httpx.AsyncClient, content: bytes, media: str | None
) -> None:
    """Another media type, another encoding, or a repeated parameter."""
    response = await client.post("/oauth/token", content=content, headers={"Content-Type": media} if media else {})
    assert refusal_of(response) == (400, "invalid_request")


async def test_an_oversized_token_request_is_refused_before_it_is_read_whole(client: httpx.AsyncClient) -> None:
    """The endpoint is public, so no more is read than a form can have."""
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 1000
            yield b"a" * 1000

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = await client.post("/oauth/token", content=endless(), headers=headers)
    assert (response.status_code, response.headers["content-type"]) == (413, PROBLEM_JSON)
    assert taken <= MAX_FORM + 2000


async def test_too_many_wrong_passwords_from_a_source_are_answered_with_429(
    client: httpx.AsyncClient, clock: FixedClock
) -> None:
    """Then even the right password is not compared, and `Retry-After` states the wait."""
    for _ in range(FAILURES_OF_LOGIN):
        assert (await ask(client, WRONG)).status_code == 400
    clock.advance(timedelta(seconds=10))
    refused = await ask(client, OFFICER)
    assert (refused.status_code, refused.headers["content-type"]) == (429, PROBLEM_JSON)
    assert refused.json()["type"] == "urn:i247:problem:too-many-failures"
    assert refused.headers["cache-control"] == "no-store"
    assert int(refused.headers["retry-after"]) == SECONDS_PER_FAILURE_OF_LOGIN - 10
    clock.advance(timedelta(seconds=int(refused.headers["retry-after"])))
    assert (await ask(client, OFFICER)).status_code == 200


async def test_every_login_attempt_is_logged_without_credentials(client: httpx.AsyncClient, mesh: Mesh) -> None:
    """No password, secret, token or unknown name is in the log."""
    token = (await ask(client, OFFICER)).json()["access_token"]
    await ask(client, PROGRAM)
    await ask(client, WRONG)
    await ask(client, WRONG | {"username": PASSWORD[:9]})
    issued, refused = mesh.logged("token-issued"), mesh.logged("token-refused")
    assert [(line["officer"], line["bureau"]) for line in issued] == [("fr.officer", "FR"), ("fr.system", "FR")]
    assert [(line["officer"], line["code"]) for line in refused] == [
        ("fr.officer", "invalid_grant"),
        (None, "invalid_grant"),
    ]
    written = mesh.written.getvalue().decode()
    for secret in (PASSWORD, SECRET, WRONG["password"], PASSWORD[:9], token, token.rpartition(".")[2]):
        assert secret not in written
