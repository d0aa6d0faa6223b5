"""The cost of each stage of the hot path, measured separately, in microseconds of processor time for one request."""

import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal

from gateway.auth.account_store import Account, Accounts
from gateway.auth.accounts import Officer, save_officers
from gateway.auth.sessions import begin_session
from gateway.auth.tokens import OwnTokens, TokenIssuer, Tokens
from services.stolen_vehicles import SERVICE
from services.stolen_vehicles.models import VehicleQuery
from services.stolen_vehicles.store import VehicleStore
from shared.bureaus import BureauCode
from shared.clock import SystemClock
from shared.crypto.ed25519 import SigningKey, encode_base64url
from shared.identity import PURPOSE_SCOPES, Caller, Purpose
from shared.ids import uuid7
from shared.logs import Log
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import Entry, sign_entry
from shared.protocol.envelope import ReplyHead, RequestHead, digest_of, sign_envelope
from shared.protocol.http import HttpRequest
from shared.protocol.verifier import Verifier
from shared.rpc.asgi import HttpCycle
from shared.service import Context
from shared.storage import open_database

ROUNDS: Final = 2_000
SCOPES: Final = (*SERVICE.scopes, PURPOSE_SCOPES[Purpose.SECURITY_CHECK])
BODY: Final = b'{"hits":[],"total":0}' * 30


async def measure_stages(store_url: str, path: str) -> dict[str, float]:
    """Return the cost of each stage in the processes of the mesh, in microseconds."""
    return {**await _envelope_stages(), **await _token_stage(), **await _application_stages(store_url, path)}


async def cost(work: Callable[[], Awaitable[Any] | Any]) -> float:
    """Return the processor time of one round, in microseconds: the best mean of three runs."""
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        for _ in range(ROUNDS):
            done = work()
            if isinstance(done, Awaitable):
                await done
        best = min(best, (time.process_time() - started) / ROUNDS)
    return best * 1e6


async def _envelope_stages() -> dict[str, float]:
    bureau, service, root, clock = SigningKey.generate(), SigningKey.generate(), SigningKey.generate(), SystemClock()
    keys = {"DE": bureau, SERVICE.name: service}
    directory = Directory(root.public, [signed_entry(name, key, root) for name, key in keys.items()])

    def request() -> str:
        return sign_envelope(_request_head(bureau), b"", bureau)

    def reply() -> str:
        return sign_envelope(_reply_head(service, request_header), BODY, service)

    request_header = request()
    reply_header = reply()
    at_service, at_bureau = Verifier(SERVICE.name, directory, clock), Verifier("DE", directory, clock)
    return {
        "sign request": await cost(request),
        "verify request": await cost(lambda: at_service.verify(RequestHead, request_header, b"", sender="DE")),
        "sign reply": await cost(reply),
        "verify reply": await cost(lambda: at_bureau.verify(ReplyHead, reply_header, BODY, sender=SERVICE.name)),
    }


def signed_entry(
    participant: str, key: SigningKey, root: SigningKey, kind: Literal["bureau", "service"] = "bureau"
) -> str:
    """Return a signed directory entry of a key."""
    now = time.time()
    entry = Entry(
        participant=participant,
        kind=kind,
        signing_key=encode_base64url(key.public.raw),
        nats_user="U",
        issued=now,
        not_before=now - 60,
        not_after=now + 3600,
    )
    return sign_entry(entry, root)


def _request_head(key: SigningKey) -> RequestHead:
    at = SystemClock().now()
    return RequestHead(
        kid=key.kid,
        id=uuid7(at),
        sender="DE",
        to=SERVICE.name,
        iat=at.timestamp(),
        exp=at.timestamp() + 60,
        method="GET",
        target="/api/stolen-vehicles/search?vin=ZAR93700005123456",
        officer="de.officer",
        scopes=SCOPES,
        purpose=Purpose.SECURITY_CHECK,
    )


def _reply_head(key: SigningKey, request_header: str) -> ReplyHead:
    at = SystemClock().now()
    return ReplyHead(
        kid=key.kid,
        id=uuid7(at),
        sender=SERVICE.name,
        to="DE",
        iat=at.timestamp(),
        exp=at.timestamp() + 60,
        re=uuid7(at),
        re_digest=digest_of(request_header),
        status=200,
        content_type="application/json",
    )


async def _token_stage() -> dict[str, float]:
    key, clock, bureau, hour = SigningKey.generate(), SystemClock(), BureauCode("DE"), timedelta(hours=1)
    officer = Officer(id="de.officer", bureau=bureau, kind="officer", password_hash="", scopes=SCOPES)
    with TemporaryDirectory() as folder:
        officers, sessions = Path(folder, "officers.json"), Path(folder, "sessions.json")
        save_officers(officers, [officer])
        account = Account(officer, begin_session(sessions, officers, officer))
        token = TokenIssuer(key, clock, hour).issue(account, officer.scopes)
        tokens = Tokens(OwnTokens(key, Accounts(officers, sessions, [bureau], Log("bench")), hour), clock)
        return {"token": await cost(lambda: tokens.check(token))}


async def _application_stages(store_url: str, path: str) -> dict[str, float]:
    database, clock = open_database(store_url), SystemClock()
    application = SERVICE.create_app(Context(database, clock))
    caller = Caller(BureauCode("DE"), "bench", frozenset(SCOPES), Purpose.SECURITY_CHECK, "bench")
    query = VehicleQuery(vin=path.partition("vin=")[2])

    async def ignore(_response: Any) -> None:
        return

    store = await cost(lambda: VehicleStore(database.reading, caller, clock.now()).find(query))
    whole = await cost(lambda: HttpCycle(HttpRequest("GET", path), {"caller": caller}, ignore).run(application))
    await database.close()
    return {"application": whole - store, "store": store}
