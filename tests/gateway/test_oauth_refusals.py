"""What the token endpoint refuses, and what a refusal reveals to an attacker."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from argon2 import extract_parameters
from msgspec.structs import replace

import gateway.auth.logins
from gateway.auth.accounts import draw_secret, hash_password, is_password_of
from gateway.auth.login_failures import FAILURES_OF_LOGIN, SECONDS_PER_FAILURE_OF_LOGIN
from gateway.auth.token_forms import MAX_FORM
from shared.clock import FixedClock
from shared.errors import PROBLEM_JSON
from shared.service import Service
from tests.gateway.accounts import PASSWORD, SECRET, logins_of, officers_of
from tests.gateway.mesh import Mesh, client_of
from tests.gateway.token_requests import OFFICER, PROGRAM, WRONG, ask, refusal_of


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


@pytest.mark.thorough
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
        ({"grant_type": "password"}, (400, "invalid_request")),
        ({"grant_type": "client_credentials"}, (401, "invalid_client")),
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


@pytest.mark.parametrize(
    ("form", "added"),
    [
        ({"grant_type": "password"}, "username and password"),
        ({"grant_type": "password", "username": "fr.officer"}, "password"),
        ({"grant_type": "client_credentials"}, "client_id and client_secret"),
        ({"grant_type": "client_credentials", "client_secret": "a"}, "client_id"),
    ],
)
async def test_fields_that_are_missing_are_named(client: httpx.AsyncClient, form: dict[str, str], added: str) -> None:
    """They are not said to be wrong."""
    response = await ask(client, form)
    assert response.json()["error_description"].endswith(f": add {added}")


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
