"""The token endpoint: who gets a token, who does not, and what it tells those who guess."""

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
# What a token may be used for where nothing else is said.
ORDINARY = tuple(PURPOSE_SCOPES[purpose] for purpose in ORDINARY_PURPOSES)
WRONG = OFFICER | {"password": "fifteen herons"}


@pytest.fixture
async def desk(mesh: Mesh, echo: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(mesh.gateway(echo)) as client:
        yield client


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the hashes with which passwords are compared, as they are."""
    hashes: list[str] = []
    plain = gateway.auth.logins.is_password_of

    def note(password_hash: str, password: str) -> bool:
        hashes.append(password_hash)
        return plain(password_hash, password)

    monkeypatch.setattr(gateway.auth.logins, "is_password_of", note)
    return hashes


async def ask(desk: httpx.AsyncClient, form: dict[str, str], **options: Any) -> httpx.Response:
    return await desk.post("/oauth/token", data=form, **options)


def refusal_of(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["cache-control"] == "no-store"
    return response.status_code, response.json()["error"]


@pytest.mark.parametrize("form", [OFFICER, PROGRAM], ids=["officer", "program"])
async def test_right_credentials_get_a_token_with_all_scopes(
    desk: httpx.AsyncClient, form: dict[str, str], echo: Service
) -> None:
    """The answer is that of RFC 6749 section 5.1, and nobody may keep it on the way."""
    response = await ask(desk, form)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    answer = response.json()
    assert answer.pop("access_token").count(".") == 2
    assert answer == {"token_type": "bearer", "expires_in": 3600, "scope": " ".join((*echo.scopes, *ORDINARY))}


async def test_a_program_may_show_its_secret_by_http_basic(desk: httpx.AsyncClient) -> None:
    """RFC 6749 section 2.3.1: the way that most OAuth libraries take first."""
    response = await ask(desk, {"grant_type": "client_credentials"}, auth=("fr.system", SECRET))
    assert response.status_code == 200


async def test_the_token_opens_the_services(desk: httpx.AsyncClient, application: Echo) -> None:
    """A request with it reaches the service in the name of the officer and his bureau."""
    token = (await ask(desk, OFFICER)).json()["access_token"]
    response = await desk.get("/api/echo", headers={"Authorization": f"Bearer {token}"})
    assert response.status_code == 200
    caller = application.last["state"]["caller"]
    assert (caller.bureau, caller.officer, caller.purpose) == ("FR", "fr.officer", "security-check")


async def test_the_token_is_a_jwt_that_another_library_accepts(desk: httpx.AsyncClient, mesh: Mesh) -> None:
    """Jwcrypto verifies it with the public key alone, and it states who may do what until when."""
    token = (await ask(desk, OFFICER)).json()["access_token"]
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


async def test_a_password_is_not_a_secret_of_a_program_nor_the_other_way_round(desk: httpx.AsyncClient) -> None:
    """Each kind has its own grant: who holds one of both cannot use it for the other."""
    as_program = {"grant_type": "client_credentials", "client_id": "fr.officer", "client_secret": PASSWORD}
    as_officer = {"grant_type": "password", "username": "fr.system", "password": SECRET}
    assert refusal_of(await ask(desk, as_program)) == (401, "invalid_client")
    assert refusal_of(await ask(desk, as_officer)) == (400, "invalid_grant")


async def test_a_name_that_nobody_has_is_answered_like_a_wrong_password(
    desk: httpx.AsyncClient, compared: list[str]
) -> None:
    """The same answer, for the same work as any real password takes: nobody learns who is an officer."""
    wrong, unknown = await ask(desk, WRONG), await ask(desk, WRONG | {"username": "nobody"})
    assert (wrong.status_code, wrong.content) == (unknown.status_code, unknown.content)
    assert refusal_of(unknown) == (400, "invalid_grant")
    assert len(compared) == 2
    assert extract_parameters(compared[1]) == extract_parameters(compared[0])


def test_who_has_the_file_of_officers_tries_guesses_without_the_gateway() -> None:
    """Each costs 19 MiB and two passes of Argon2id; nobody counts them."""
    stolen = hash_password(PASSWORD)
    assert [is_password_of(stolen, guess) for guess in ("wrong", PASSWORD)] == [False, True]


async def test_names_take_the_same_work_where_hashes_differ_in_cost(clock: FixedClock, compared: list[str]) -> None:
    """A random secret is hashed cheaply: that tells no more about a name than a password of a person does."""
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
    desk: httpx.AsyncClient, form: dict[str, str], refusal: tuple[int, str]
) -> None:
    """Any OAuth library understands it, and the description says what to change."""
    response = await ask(desk, form)
    assert refusal_of(response) == refusal
    assert response.json()["error_description"]


async def test_a_refused_program_is_told_how_to_authenticate(desk: httpx.AsyncClient) -> None:
    """RFC 6749 section 5.2: a 401 names the scheme."""
    response = await ask(desk, {"grant_type": "client_credentials"}, auth=("fr.system", "guessed"))
    assert refusal_of(response) == (401, "invalid_client")
    assert response.headers["www-authenticate"] == 'Basic realm="i247"'


@pytest.mark.parametrize("basic", ["Basic", "Basic %%%", "Basic /w==", "Basic " + "QQ==" * 1000])
async def test_basic_credentials_that_cannot_be_read_are_refused(desk: httpx.AsyncClient, basic: str) -> None:
    """Not base64, or not UTF-8."""
    response = await ask(desk, {"grant_type": "client_credentials"}, headers={"Authorization": basic})
    assert refusal_of(response) == (401, "invalid_client")


@pytest.mark.parametrize("basic", [("a" * 65, SECRET), ("fr.system", "a" * 257)], ids=["name", "secret"])
async def test_basic_credentials_are_no_longer_than_those_of_a_form(
    mesh: Mesh, echo: Service, basic: tuple[str, str]
) -> None:
    """They are not compared, and the name is not remembered: as many as one likes would fill all memory."""
    logins = logins_of(officers_of(echo), mesh.clock)
    async with client_of(mesh.gateway(echo, logins=logins)) as desk:
        for _ in range(FAILURES_OF_LOGIN + 1):
            response = await ask(desk, {"grant_type": "client_credentials"}, auth=basic)
    assert refusal_of(response) == (401, "invalid_client")


@pytest.mark.parametrize("form", [PROGRAM, {"grant_type": "client_credentials", "client_id": "de.system"}])
async def test_credentials_in_two_places_are_refused(desk: httpx.AsyncClient, form: dict[str, str]) -> None:
    """RFC 6749 section 2.3: whoever stands between may have checked the other ones."""
    assert refusal_of(await ask(desk, form, auth=("fr.system", SECRET))) == (400, "invalid_request")


async def test_a_program_may_name_itself_in_the_form_as_well(desk: httpx.AsyncClient) -> None:
    """As some OAuth libraries do."""
    form = {"grant_type": "client_credentials", "client_id": "fr.system"}
    assert (await ask(desk, form, auth=("fr.system", SECRET))).status_code == 200


async def test_the_empty_client_of_an_authorize_dialog_does_not_matter(desk: httpx.AsyncClient) -> None:
    """A page of documents shows one beside the password of the officer, by HTTP Basic or in the form."""
    assert (await ask(desk, OFFICER, auth=("", ""))).status_code == 200
    assert (await ask(desk, OFFICER | {"client_id": "", "client_secret": "", "scope": ""})).status_code == 200


async def test_part_of_the_scopes_can_be_asked_for(desk: httpx.AsyncClient) -> None:
    """A token need not be able to do all that its officer may; who names no purpose may use it for all of his."""
    response = await ask(desk, OFFICER | {"scope": "echo:read echo:read"})
    assert response.json()["scope"] == " ".join(("echo:read", *ORDINARY))


async def test_of_the_scopes_asked_for_those_held_are_granted(desk: httpx.AsyncClient) -> None:
    """Who selects all in the documents page gets what he holds, and no more: the answer and the token say what."""
    answer = (await ask(desk, OFFICER | {"scope": "purpose:warning echo:review echo:read purpose:curiosity"})).json()
    assert answer["scope"] == "echo:read purpose:warning"
    claims = json.loads(decode_base64url(answer["access_token"].split(".")[1]))
    assert claims["scope"] == "echo:read purpose:warning"


@pytest.mark.parametrize(
    "scope", ["echo:read purpose:identification", "purpose:warning", "purpose:curiosity echo:read"]
)
async def test_who_may_not_use_what_he_asks_for_gets_no_token(mesh: Mesh, echo: Service, scope: str) -> None:
    """No purpose of those named, or nothing to do for it: all that he may would be more than he asked for."""
    officers = [replace(each, scopes=(*each.scopes, "purpose:warning")) for each in officers_of(echo)]
    async with client_of(mesh.gateway(echo, logins=logins_of(officers, mesh.clock))) as desk:
        assert refusal_of(await ask(desk, OFFICER | {"scope": scope})) == (400, "invalid_scope")
        granted = (await ask(desk, OFFICER | {"scope": "echo:read"})).json()
        assert granted["scope"] == "echo:read purpose:warning"


async def test_a_bureau_gets_no_token_for_what_is_the_commissions(mesh: Mesh, echo: Service) -> None:
    """Even where its file of officers says so; in the Secretariat it is enough to hold it."""
    commission = PURPOSE_SCOPES[Purpose.DATA_SUBJECT_REQUEST]
    officers = [replace(each, scopes=(*each.scopes, commission, "purpose:warning")) for each in officers_of(echo)]
    async with client_of(mesh.gateway(echo, logins=logins_of(officers, mesh.clock))) as desk:
        france = (await ask(desk, OFFICER)).json()
        secretariat = (await ask(desk, OFFICER | {"username": "ipsg.officer"})).json()
    assert france["scope"].split() == [*echo.scopes, "purpose:warning"]
    assert secretariat["scope"].split() == [*echo.scopes, "purpose:warning", commission]


@pytest.mark.parametrize("asked", ["", "echo:read", "purpose:warning"])
async def test_who_may_use_the_network_for_nothing_gets_no_token(mesh: Mesh, echo: Service, asked: str) -> None:
    """One without any purpose in it would be good for all."""
    commission = PURPOSE_SCOPES[Purpose.DATA_SUBJECT_REQUEST]
    officers = [replace(each, scopes=(*echo.scopes, commission)) for each in officers_of(echo)]
    async with client_of(mesh.gateway(echo, logins=logins_of(officers, mesh.clock))) as desk:
        assert refusal_of(await ask(desk, OFFICER | {"scope": asked})) == (400, "invalid_scope")


@pytest.mark.parametrize("asked", ["", "purpose:warning"])
async def test_who_may_do_nothing_gets_no_token(mesh: Mesh, echo: Service, asked: str) -> None:
    """Whatever he may use the network for."""
    officers = [replace(each, scopes=("purpose:warning",)) for each in officers_of(echo)]
    async with client_of(mesh.gateway(echo, logins=logins_of(officers, mesh.clock))) as desk:
        assert refusal_of(await ask(desk, OFFICER | {"scope": asked})) == (400, "invalid_scope")


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
async def test_what_is_no_form_is_refused(desk: httpx.AsyncClient, content: bytes, media: str | None) -> None:
    """Another type, another encoding, or a parameter that is given twice."""
    response = await desk.post("/oauth/token", content=content, headers={"Content-Type": media} if media else {})
    assert refusal_of(response) == (400, "invalid_request")


async def test_a_form_of_any_size_is_not_taken(desk: httpx.AsyncClient) -> None:
    """Anyone may send one, so only as much is read as a form can have; the rest is left on the line."""
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 1000
            yield b"a" * 1000

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = await desk.post("/oauth/token", content=endless(), headers=headers)
    assert (response.status_code, response.headers["content-type"]) == (413, PROBLEM_JSON)
    assert taken <= MAX_FORM + 2000


async def test_too_many_wrong_passwords_from_a_source_make_it_wait(desk: httpx.AsyncClient, clock: FixedClock) -> None:
    """Then even the right one is not compared, and `Retry-After` says for how long."""
    for _ in range(FAILURES_OF_LOGIN):
        assert (await ask(desk, WRONG)).status_code == 400
    clock.advance(timedelta(seconds=10))
    refused = await ask(desk, OFFICER)
    assert (refused.status_code, refused.headers["content-type"]) == (429, PROBLEM_JSON)
    assert refused.json()["type"] == "urn:i247:problem:too-many-failures"
    assert refused.headers["cache-control"] == "no-store"
    assert int(refused.headers["retry-after"]) == SECONDS_PER_FAILURE_OF_LOGIN - 10
    clock.advance(timedelta(seconds=int(refused.headers["retry-after"])))
    assert (await ask(desk, OFFICER)).status_code == 200


async def test_every_attempt_is_logged_without_credentials(desk: httpx.AsyncClient, mesh: Mesh) -> None:
    """Who got a token and who did not is seen, but no password, no secret, no token, and no name that was typed."""
    token = (await ask(desk, OFFICER)).json()["access_token"]
    await ask(desk, PROGRAM)
    await ask(desk, WRONG)
    await ask(desk, WRONG | {"username": PASSWORD[:9]})
    issued, refused = mesh.logged("token-issued"), mesh.logged("token-refused")
    assert [(line["officer"], line["bureau"]) for line in issued] == [("fr.officer", "FR"), ("fr.system", "FR")]
    assert [(line["officer"], line["code"]) for line in refused] == [
        ("fr.officer", "invalid_grant"),
        (None, "invalid_grant"),
    ]
    written = mesh.written.getvalue().decode()
    for secret in (PASSWORD, SECRET, WRONG["password"], PASSWORD[:9], token, token.rpartition(".")[2]):
        assert secret not in written
