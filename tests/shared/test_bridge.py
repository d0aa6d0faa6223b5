"""From a signed request to a signed answer: what a bridge executes or refuses, and which answers a requester trusts."""

import asyncio
import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from fastapi import FastAPI, Request, Response
from msgspec.structs import replace

from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.crypto.ed25519 import SigningKey, decode_base64url, encode_base64url
from shared.disclosure import Disclosure, How
from shared.errors import ForgedReply, RequestTooLarge, TimedOut, Unreachable
from shared.identity import Caller, Purpose
from shared.logs import Log
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import Entry, sign_entry
from shared.protocol.envelope import Reason, ReplyHead, RequestHead, digest_of, sign_envelope
from shared.protocol.http import HttpRequest
from shared.protocol.parcel import Parcel
from shared.protocol.verifier import Verifier
from shared.rpc.asgi import Application
from shared.rpc.bridge import Bridge, Limits
from shared.rpc.client import DEADLINE_SHAVE_SECONDS, ActingOfficer, Reply, Requester
from shared.rpc.keyring import KeyRing, PrivateKeys
from shared.rpc.participant import Participant
from shared.transport import Arrival, Disconnected
from shared.transport.memory import MemoryBroker
from shared.transport.subjects import request_subject
from tests.conftest import NOW
from tests.support import events_in

NAMES = ("FR", "DE", "notices", "fingerprints")
SUBJECT = request_subject("notices", "FR")
OFFICER = ActingOfficer("fr.officer", ("notices:read", "notices:write"), Purpose.WARNING)
GET = HttpRequest("GET", "/")
PATIENCE = 5.0


class Net:
    """Two bureaus and two services in memory that know each other's keys and share a clock."""

    def __init__(self) -> None:
        self.clock = FixedClock(NOW)
        self.broker = MemoryBroker(max_parcel_bytes=100_000)
        self.log = io.BytesIO()
        self.keys = {name: SigningKey.generate() for name in NAMES}
        root = SigningKey.generate()
        self.directory = Directory(root.public, [sign_entry(self._entry(name), root) for name in NAMES])
        self.requester = Requester(self.participant("FR"))

    def _entry(self, name: str) -> Entry:
        return Entry(
            participant=name,
            kind="bureau" if name.isupper() else "service",
            signing_key=encode_base64url(self.keys[name].public.raw),
            nats_user="U",
            issued=NOW.timestamp(),
            not_before=NOW.timestamp() - 3_600,
            not_after=NOW.timestamp() + 3_600,
        )

    def participant(self, name: str) -> Participant:
        """Return a connected participant."""
        log = Log(name, stream=self.log)
        keys = KeyRing(name, self.directory, self.clock, lambda: PrivateKeys([self.keys[name]]))
        return Participant(name, keys, self.directory, self.broker.connect(name), self.clock, log)

    async def serve(self, application: Application, limits: Limits | None = None, audit: Any = None) -> Bridge:
        """Serve an application on the network as the service `notices`."""
        service = self.participant("notices")
        bridge = Bridge(application, service, limits, audit)
        await service.transport.subscribe(request_subject("notices", "*"), bridge.handle, group="notices")
        return bridge

    async def ask(self, request: HttpRequest = GET, seconds: float = PATIENCE) -> Reply:
        """Send a request to the service as an officer of France."""
        return await self.requester.ask("notices", request, OFFICER, seconds=seconds)

    def head(self, **changed: Any) -> RequestHead:
        """Return the head of a request from France."""
        now = self.clock.now().timestamp()
        head = RequestHead(
            kid=self.keys["FR"].kid,
            id="019e8312-1c00-7000-8000-000000000001",
            sender="FR",
            to="notices",
            iat=now,
            exp=now + PATIENCE,
            method="POST",
            target="/",
            officer="fr.officer",
            scopes=("notices:read",),
            purpose="warning",
        )
        return msgspec.structs.replace(head, **changed)

    def sealed(self, body: bytes = b"", *, by: str = "FR", **changed: Any) -> Parcel:
        """Return a request of France, with members of its head changed."""
        return Parcel(sign_envelope(self.head(**changed), body, self.keys[by]), body)

    async def send(self, parcel: Parcel) -> tuple[ReplyHead, dict[str, Any]]:
        """Send a parcel as France and return head and JSON body of the answer, which must be genuine."""
        head, body = await self.send_raw(parcel)
        return head, json.loads(body)

    async def send_raw(self, parcel: Parcel) -> tuple[ReplyHead, bytes]:
        """Send a parcel as France and return head and body of the answer, which must be genuine."""
        answer = await self.requester.transport.request(SUBJECT, parcel, timeout=PATIENCE)
        head = Verifier("FR", self.directory, self.clock).verify(
            ReplyHead, answer.signature, answer.body, sender="notices"
        )
        assert head.re_digest == digest_of(parcel.signature)
        return head, answer.body


@pytest.fixture
def net() -> Net:
    """Return a small network in memory."""
    return Net()


class Counting:
    """An application that counts its calls and answers once an event allows it."""

    def __init__(self, *, allowed: bool = True) -> None:
        self.calls = 0
        self.begun = asyncio.Event()
        self.allowed = asyncio.Event()
        self.cancelled = False
        if allowed:
            self.allowed.set()

    async def __call__(self, _scope: Any, _receive: Any, send: Any) -> None:
        """Answer with the number of the call."""
        self.calls += 1
        self.begun.set()
        try:
            await self.allowed.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        await send({"type": "http.response.start", "status": 201, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": str(self.calls).encode()})


async def test_the_verified_caller_is_passed_to_the_application(net: Net) -> None:
    """The caller has the officer, scopes, purpose and request id of the signed head."""
    app, callers = FastAPI(), list[Caller]()

    @app.put("/things/{name}", status_code=201)
    async def put(request: Request, name: str) -> Response:
        callers.append(request.state.caller)
        headers = {"location": f"/things/{name}", "etag": "inside", "retry-after": "3"}
        return Response(await request.body(), 201, headers, "image/wsq")

    await net.serve(app)
    reply = await net.ask(HttpRequest("PUT", "/things/a%20b", "image/wsq", bytes(range(256))))
    assert callers == [Caller("FR", "fr.officer", frozenset(OFFICER.scopes), Purpose.WARNING, reply.request_id)]
    assert (reply.head.status, reply.head.content_type, reply.body) == (201, "image/wsq", bytes(range(256)))
    assert reply.head.headers == {"location": "/things/a b", "retry-after": "3"}
    assert (reply.head.sender, reply.head.to, reply.head.re, reply.head.error) == (
        "notices",
        "FR",
        reply.request_id,
        None,
    )


async def test_a_resent_envelope_gets_the_identical_answer(net: Net) -> None:
    """The request is executed once; both answers have the same signed bytes."""
    application, parcel = Counting(), net.sealed()
    bridge = await net.serve(application)
    answers = [await net.requester.transport.request(SUBJECT, parcel, timeout=PATIENCE) for _ in range(2)]
    assert answers[0] == answers[1]
    assert application.calls == 1
    assert bridge.figures.answered == 1


async def test_duplicates_of_a_running_request_wait_for_its_answer(net: Net) -> None:
    """All get the answer of the first; the application is called once."""
    application, parcel = Counting(allowed=False), net.sealed()
    await net.serve(application)
    asked = [
        asyncio.ensure_future(net.requester.transport.request(SUBJECT, parcel, timeout=PATIENCE)) for _ in range(3)
    ]
    await application.begun.wait()
    application.allowed.set()
    answers = await asyncio.gather(*asked)
    assert len(set(answers)) == 1
    assert application.calls == 1


async def test_duplicates_beyond_the_waiting_limit_are_refused_as_busy(net: Net) -> None:
    """The refusal is a signed 503, so that a flood of duplicates does not fill the memory."""
    application, parcel = Counting(allowed=False), net.sealed()
    await net.serve(application, Limits(waiting=1))
    asked = [
        asyncio.ensure_future(net.requester.transport.request(SUBJECT, parcel, timeout=PATIENCE)) for _ in range(2)
    ]
    await application.begun.wait()
    head, body = await net.send(parcel)
    assert (head.status, body["type"]) == (503, "urn:i247:problem:busy")
    application.allowed.set()
    assert len(set(await asyncio.gather(*asked))) == 1


async def test_a_waiting_duplicate_is_answered_when_the_first_cannot_be(net: Net) -> None:
    """A connection that was lost before the answer does not withhold it from the others."""
    application, answered = Counting(allowed=False), list[Parcel]()
    bridge = await net.serve(application)

    async def gone(_parcel: Parcel) -> None:
        raise ConnectionError("gone")

    async def present(parcel: Parcel) -> None:
        answered.append(parcel)

    arrivals = [Arrival(SUBJECT, net.sealed(), "_R_.1", answer) for answer in (gone, present)]
    handled = [asyncio.ensure_future(bridge.handle(arrival)) for arrival in arrivals]
    await application.begun.wait()
    await handled[1]
    application.allowed.set()
    await handled[0]
    assert len(answered) == 1
    assert bridge.figures.failed == 1


async def test_a_known_id_in_another_envelope_is_refused_as_replayed(net: Net) -> None:
    """The second envelope has another body."""
    application = Counting()
    await net.serve(application)
    await net.send(net.sealed(b"[1]"))
    head, body = await net.send(net.sealed(b"[2]"))
    assert (head.status, head.error, body["reason"]) == (403, "refused", Reason.REPLAYED)
    assert application.calls == 1


async def test_the_same_id_from_two_bureaus_is_two_requests(net: Net) -> None:
    """A bureau cannot block an id of another bureau."""
    application = Counting()
    await net.serve(application)
    await net.send(net.sealed())
    germany = net.participant("DE").transport
    parcel = net.sealed(by="DE", sender="DE", kid=net.keys["DE"].kid)
    await germany.request(request_subject("notices", "DE"), parcel, timeout=PATIENCE)
    assert application.calls == 2


REFUSED: dict[str, tuple[Reason, Callable[[Net], Parcel]]] = {
    "no signature": (Reason.MALFORMED, lambda _net: Parcel("", b"")),
    "not a head": (Reason.MALFORMED, lambda _net: Parcel("eyJ1bmtub3duIjox..AA", b"")),
    "unknown key": (Reason.KEY_UNKNOWN, lambda net: net.sealed(kid="unknown")),
    "key of another": (Reason.KEY_UNKNOWN, lambda net: net.sealed(kid=net.keys["DE"].kid, by="DE")),
    "forged": (Reason.SIGNATURE, lambda net: net.sealed(by="DE")),
    "altered body": (Reason.SIGNATURE, lambda net: replace(net.sealed(b"[1]"), body=b"[2]")),
    "another sender": (Reason.SENDER, lambda net: net.sealed(sender="DE", kid=net.keys["DE"].kid, by="DE")),
    "another service": (Reason.RECIPIENT, lambda net: net.sealed(to="fingerprints")),
    "expired": (Reason.EXPIRED, lambda net: net.sealed(iat=NOW.timestamp() - 60, exp=NOW.timestamp() - 40)),
    "future": (Reason.NOT_YET_VALID, lambda net: net.sealed(iat=NOW.timestamp() + 60, exp=NOW.timestamp() + 70)),
    "target not a path": (Reason.MALFORMED, lambda net: net.sealed(target="http://elsewhere/")),
    "target empty": (Reason.MALFORMED, lambda net: net.sealed(target="")),
    "target not ASCII": (Reason.MALFORMED, lambda net: net.sealed(target="/é")),
    "target with U+0000": (Reason.MALFORMED, lambda net: net.sealed(target="/search?name=a\0b")),
    "target with a line break": (Reason.MALFORMED, lambda net: net.sealed(target="/search\n")),
    "target with a space": (Reason.MALFORMED, lambda net: net.sealed(target="/search?name=a b")),
    "target with U+007F": (Reason.MALFORMED, lambda net: net.sealed(target="/search?name=a\x7f")),
    "content type with U+0000": (Reason.MALFORMED, lambda net: net.sealed(content_type="text/plain\0")),
    "content type not ASCII": (Reason.MALFORMED, lambda net: net.sealed(content_type="text/é")),
    "purpose unknown": (Reason.MALFORMED, lambda net: net.sealed(purpose="curiosity")),
    "purpose empty": (Reason.MALFORMED, lambda net: net.sealed(purpose="")),
}


@pytest.mark.parametrize("fault", REFUSED)
async def test_an_invalid_envelope_is_refused_with_a_signed_403(net: Net, fault: str) -> None:
    """The answer states the reason and no request id; the application is not called."""
    application = Counting()
    bridge = await net.serve(application)
    reason, make = REFUSED[fault]
    head, body = await net.send(make(net))
    assert (head.status, head.error, head.re) == (403, "refused", "")
    assert (body["type"], body["reason"]) == ("urn:i247:problem:envelope-refused", reason)
    assert application.calls == 0
    assert (bridge.figures.refused, bridge.figures.answered) == (1, 0)


async def test_a_refused_envelope_does_not_consume_its_id(net: Net) -> None:
    """A forged request does not keep the real sender from using the id."""
    application = Counting()
    await net.serve(application)
    await net.send(net.sealed(by="DE"))
    head, _ = await net.send(net.sealed())
    assert (head.status, application.calls) == (201, 1)


async def test_a_request_without_a_reply_subject_is_not_executed(net: Net) -> None:
    """It could change something without an answer to its sender; it counts against the sender's rate."""
    application, penalties = Counting(), list[int]()
    bridge = await net.serve(application)

    async def answer(_parcel: Parcel) -> None:
        pytest.fail("there is nobody to answer")

    await bridge.handle(Arrival(SUBJECT, net.sealed(), "", answer, lambda: penalties.append(1)))
    assert (application.calls, bridge.figures.ignored, penalties) == (0, 1, [1])


async def test_an_answer_that_cannot_be_sent_is_logged_with_the_sender(net: Net) -> None:
    """It is counted as failed; the next request is answered."""
    bridge = await net.serve(Counting())

    async def refuse(_parcel: Parcel) -> None:
        raise Disconnected("there is no connection")

    await bridge.handle(Arrival(SUBJECT, net.sealed(), "_R_.1", refuse))
    [event] = events_in(net.log, "answer-not-sent")
    assert (event["sender"], event["error"], bridge.figures.failed) == ("FR", "there is no connection", 1)
    assert (await net.ask()).head.status == 201


async def test_a_refused_request_counts_against_its_sender(net: Net) -> None:
    """A valid request does not, whatever the application answers."""
    penalties, answers = list[int](), list[Parcel]()
    bridge = await net.serve(Counting())

    async def answer(parcel: Parcel) -> None:
        answers.append(parcel)

    for parcel in (net.sealed(), net.sealed(by="DE"), Parcel("", b"x")):
        await bridge.handle(Arrival(SUBJECT, parcel, "_R_.1", answer, lambda: penalties.append(1)))
    assert (len(answers), len(penalties)) == (3, 2)


async def test_an_oversized_request_is_refused_before_verification(net: Net) -> None:
    """The answer is a signed 413, whatever the signature of the request."""
    application = Counting()
    await net.serve(application, Limits(parcel_bytes=2_000))
    head, body = await net.send(Parcel("", bytes(2_001)))
    assert (head.status, head.error, body["type"]) == (413, "too-large", "urn:i247:problem:request-too-large")
    assert application.calls == 0


@pytest.mark.parametrize("limits", [Limits(), Limits(parcel_bytes=50_000)], ids=["the broker's", "its own"])
async def test_an_oversized_answer_becomes_a_signed_507(net: Net, limits: Limits) -> None:
    """The limit is that of the broker or of the bridge; the 507 is the answer to a duplicate too."""
    calls: list[int] = []

    async def generous(_scope: Any, _receive: Any, send: Any) -> None:
        calls.append(1)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": bytes(100_000)})

    await net.serve(generous, limits)
    for _ in range(2):
        head, body = await net.send(net.sealed())
        assert (head.status, head.error, body["type"]) == (507, "too-large", "urn:i247:problem:reply-too-large")
        assert head.re == net.head().id
    assert calls == [1]


async def test_requests_beyond_the_running_limit_are_refused_as_busy(net: Net) -> None:
    """The signed 503 states when to retry; running requests are not affected."""
    application = Counting(allowed=False)
    await net.serve(application, Limits(running=1))
    first = asyncio.ensure_future(net.ask())
    await application.begun.wait()
    second = await net.ask()
    assert (second.head.status, second.head.error) == (503, None)
    assert second.head.headers == {"retry-after": "1"}
    assert json.loads(second.body)["type"] == "urn:i247:problem:busy"
    application.allowed.set()
    assert (await first).head.status == 201
    assert (await net.ask()).head.status == 201


async def test_an_application_is_cancelled_when_its_request_expires(net: Net) -> None:
    """The answer is a signed 504, which arrives before the timeout of the caller."""
    application = Counting(allowed=False)
    await net.serve(application)
    reply = await net.ask(seconds=0.4)
    assert (reply.head.status, reply.head.error) == (504, "timeout")
    assert json.loads(reply.body)["type"] == "urn:i247:problem:timeout"
    assert application.cancelled


async def test_an_answer_before_the_deadline_is_kept_when_background_work_is_cancelled(net: Net) -> None:
    """Background work ends with the request and does not change its answer."""
    background = Counting(allowed=False)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await Counting()(scope, receive, send)
        await background(scope, receive, send)

    bridge = await net.serve(application)
    reply = await net.ask(seconds=0.4)
    assert reply.head.status == 201
    (served,) = net.broker.subscriptions_for(SUBJECT, turn=0)
    await served.stop()
    assert background.cancelled
    assert bridge.figures.answered == 1


@pytest.mark.parametrize("error", [ValueError, TimeoutError])
async def test_a_crash_becomes_a_signed_500_without_the_exception_text(net: Net, error: type[Exception]) -> None:
    """The log has the type of the exception but not its message, which may hold personal data."""

    async def crashing(_scope: Any, _receive: Any, _send: Any) -> None:
        raise error("Jane Roe")

    bridge = await net.serve(crashing)
    reply = await net.ask()
    assert (reply.head.status, json.loads(reply.body)["type"]) == (500, "urn:i247:problem:internal")
    assert b"Jane" not in reply.body
    assert b'"application-failed"' in net.log.getvalue()
    assert error.__name__.encode() in net.log.getvalue()
    assert b"Jane" not in net.log.getvalue()
    assert bridge.figures.failed == 1


async def test_a_crash_in_a_fastapi_route_becomes_a_500(net: Net) -> None:
    """Neither the answer nor the log has the message of the exception."""
    app = FastAPI()

    @app.get("/")
    async def crash() -> None:
        raise ValueError("Jane Roe")

    await net.serve(app)
    reply = await net.ask()
    assert reply.head.status == 500
    assert b"Jane" not in reply.body + net.log.getvalue()


# Requester


class Forger:
    """Serves in the place of the service, and sends the answer that a test makes."""

    def __init__(self, net: Net) -> None:
        self._net = net
        self.seen: list[RequestHead] = []

    def reply(self, request: Parcel, body: bytes = b"{}", *, by: str = "notices", **changed: Any) -> Parcel:
        """Return the genuine answer to a request, with members of its head changed."""
        head = msgspec.json.decode(_raw_head(request), type=RequestHead)
        now = self._net.clock.now().timestamp()
        genuine = ReplyHead(
            kid=self._net.keys[by].kid,
            id="019e8312-1c00-7000-8000-000000000009",
            sender="notices",
            to="FR",
            iat=now,
            exp=now + 30,
            re=head.id,
            re_digest=digest_of(request.signature),
            status=200,
        )
        return Parcel(sign_envelope(msgspec.structs.replace(genuine, **changed), body, self._net.keys[by]), body)

    async def answer_with(self, make: Callable[["Forger", Parcel], Parcel]) -> None:
        """Answer every request with what this function makes."""

        async def handler(arrival: Arrival) -> None:
            await arrival.answer(make(self, arrival.parcel))

        await self._net.participant("notices").transport.subscribe(SUBJECT, handler)


def _raw_head(parcel: Parcel) -> bytes:
    return decode_base64url(parcel.signature.partition("..")[0])


FORGED: dict[str, tuple[Reason, Callable[[Forger, Parcel], Parcel]]] = {
    "nothing": (Reason.MALFORMED, lambda _forger, _asked: Parcel("", b"")),
    "the request itself": (Reason.KIND, lambda _forger, asked: asked),
    "answer to another request": (Reason.UNRELATED, lambda forger, asked: forger.reply(asked, re_digest="other")),
    "answer to another id": (Reason.UNRELATED, lambda forger, asked: forger.reply(asked, re="other")),
    "from another service": (
        Reason.SENDER,
        lambda forger, asked: forger.reply(asked, by="fingerprints", sender="fingerprints"),
    ),
    "signed by another service": (Reason.KEY_UNKNOWN, lambda forger, asked: forger.reply(asked, by="fingerprints")),
    "signed by a bureau": (Reason.KEY_UNKNOWN, lambda forger, asked: forger.reply(asked, by="DE")),
    "altered body": (Reason.SIGNATURE, lambda forger, asked: replace(forger.reply(asked), body=b"{ }")),
    "to another bureau": (Reason.RECIPIENT, lambda forger, asked: forger.reply(asked, to="DE")),
    "issued too early": (
        Reason.EXPIRED,
        lambda forger, asked: forger.reply(asked, iat=NOW.timestamp() - 90, exp=NOW.timestamp() - 60),
    ),
}


async def test_a_genuine_answer_is_returned(net: Net) -> None:
    """This is the baseline: each forged answer below differs from this one in one respect."""
    await Forger(net).answer_with(lambda forger, asked: forger.reply(asked))
    assert (await net.ask()).body == b"{}"


@pytest.mark.parametrize("fault", FORGED)
async def test_an_untrusted_answer_raises_forged_reply_502(net: Net, fault: str) -> None:
    """The officer gets nothing of it but the reason for the refusal."""
    reason, make = FORGED[fault]
    await Forger(net).answer_with(make)
    with pytest.raises(ForgedReply) as refused:
        await net.ask()
    assert (refused.value.status, refused.value.mark) == (502, "forged")
    assert refused.value.members["reason"] == reason


async def test_a_replayed_answer_to_another_request_is_refused(net: Net) -> None:
    """The answer is genuine and still valid."""
    old: list[Parcel] = []

    def make(forger: Forger, asked: Parcel) -> Parcel:
        old.append(forger.reply(asked))
        return old[0]

    await Forger(net).answer_with(make)
    assert (await net.ask()).head.status == 200
    net.clock.advance(timedelta(seconds=1))
    with pytest.raises(ForgedReply) as refused:
        await net.ask()
    assert refused.value.members["reason"] == Reason.UNRELATED


async def test_a_request_to_a_service_that_is_not_running_raises_unreachable_503(net: Net) -> None:
    with pytest.raises(Unreachable) as refused:
        await net.ask()
    assert (refused.value.status, refused.value.mark) == (503, "unreachable")


async def test_a_request_without_a_connection_raises_unreachable(net: Net) -> None:
    await net.requester.transport.close()
    with pytest.raises(Unreachable, match="no connection"):
        await net.ask()


async def test_a_request_without_an_answer_in_time_raises_timed_out_504(net: Net) -> None:
    """This timeout is the requester's own, unlike a 504 that the service signs."""

    async def silent(_arrival: Arrival) -> None:
        await asyncio.Event().wait()

    await net.participant("notices").transport.subscribe(SUBJECT, silent)
    with pytest.raises(TimedOut) as refused:
        await net.ask(seconds=0.02)
    assert (refused.value.status, refused.value.mark) == (504, "timeout")


async def test_an_oversized_request_is_refused_before_it_is_sent(net: Net) -> None:
    """The gateway refuses what exceeds the broker's limit."""
    application = Counting()
    await net.serve(application)
    with pytest.raises(RequestTooLarge) as refused:
        await net.ask(HttpRequest("POST", "/", "image/png", bytes(100_001)))
    assert (refused.value.status, refused.value.mark) == (413, "too-large")
    assert application.calls == 0


@pytest.mark.parametrize(("seconds", "lifetime"), [(5.0, 5.0 - DEADLINE_SHAVE_SECONDS), (0.2, 0.1)])
async def test_a_request_expires_shortly_before_the_caller_times_out(net: Net, seconds: float, lifetime: float) -> None:
    """Thus a 504 that the service signs arrives in time."""
    seen: list[RequestHead] = []

    def make(forger: Forger, asked: Parcel) -> Parcel:
        seen.append(msgspec.json.decode(_raw_head(asked), type=RequestHead))
        return forger.reply(asked)

    await Forger(net).answer_with(make)
    await net.ask(seconds=seconds)
    assert seen[0].exp - seen[0].iat == pytest.approx(lifetime)


class SlowLog:
    """An audit log that takes some time for each append, and keeps what is appended."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.appended: list[tuple[int, list[How]]] = []

    async def append_request(self, caller: Caller, _request: HttpRequest, *, status: int, **_: Any) -> None:
        """Append an answer."""
        await asyncio.sleep(self.seconds)
        self.appended.append((status, [shown.how for shown in caller.recorder.shown.values()]))


def disclosing(*ways: How, size: int = 10) -> Application:
    """Return an application whose one answer discloses records in these ways."""
    app = FastAPI()

    @app.post("/")
    async def answer(request: Request) -> Response:
        account = request.scope["state"]["caller"].recorder
        account.operation = "answer"
        for number, how in enumerate(ways):
            account.record(Disclosure("thing", str(number), 1, BureauCode("DE"), how, 1.0, ""))
        return Response(b"x" * size)

    return app


async def test_an_answer_that_is_logged_is_sent_although_the_request_expired_meanwhile(net: Net) -> None:
    """Otherwise the audit log would hold an answer that the officer never received."""
    log = SlowLog(seconds=0.1)
    await net.serve(disclosing("search"), audit=log)
    head, _ = await net.send_raw(net.sealed(exp=NOW.timestamp() + 0.05))
    assert (head.status, log.appended) == (200, [(200, ["search"])])


async def test_an_oversized_answer_logs_no_disclosure_but_its_changes(net: Net) -> None:
    """The records were not sent, so no owner is informed of a disclosure; a change did take effect."""
    log = SlowLog()
    await net.serve(disclosing("search", "change", size=5_000), Limits(parcel_bytes=4_000), log)
    head, _ = await net.send_raw(net.sealed())
    assert (head.status, log.appended) == (507, [(507, ["change"])])
