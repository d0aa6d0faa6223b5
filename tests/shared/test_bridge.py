"""From a signed request to a signed answer: what a bridge carries out, what it refuses, and what a requester trusts."""

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
    """Two bureaus and two services in memory, that know each other's keys and agree on the time."""

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
        """Return a participant that is connected."""
        log = Log(name, stream=self.log)
        keys = KeyRing(name, self.directory, self.clock, lambda: PrivateKeys([self.keys[name]]))
        return Participant(name, keys, self.directory, self.broker.connect(name), self.clock, log)

    async def serve(self, application: Application, limits: Limits | None = None, audit: Any = None) -> Bridge:
        """Put an application on the net, as the service notices."""
        service = self.participant("notices")
        bridge = Bridge(application, service, limits, audit)
        await service.transport.subscribe(request_subject("notices", "*"), bridge.handle, group="notices")
        return bridge

    async def ask(self, request: HttpRequest = GET, seconds: float = PATIENCE) -> Reply:
        """Ask the service as an officer of France."""
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
    """An application that counts its calls, and answers when it is allowed to."""

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


async def test_the_verified_caller_arrives_with_the_request(net: Net) -> None:
    """The application sees whose officer asks, with which scopes and for what purpose, and under which id."""
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


async def test_the_same_envelope_again_gets_the_same_answer_to_the_byte(net: Net) -> None:
    """A request that is sent twice is carried out once, and both answers are the same signed bytes."""
    application, parcel = Counting(), net.sealed()
    bridge = await net.serve(application)
    answers = [await net.requester.transport.request(SUBJECT, parcel, timeout=PATIENCE) for _ in range(2)]
    assert answers[0] == answers[1]
    assert application.calls == 1
    assert bridge.figures.answered == 1


async def test_a_duplicate_meanwhile_waits_for_the_one_answer(net: Net) -> None:
    """While the first is being carried out, the second waits; both get what the first was answered."""
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


async def test_only_so_many_wait_for_one_answer(net: Net) -> None:
    """A flood of duplicates is refused with a signed 503, and does not fill the memory."""
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


async def test_waiting_duplicates_are_answered_though_the_first_cannot_be(net: Net) -> None:
    """One who is gone when his answer comes does not keep it from the others."""
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


async def test_a_known_id_in_another_envelope_is_refused(net: Net) -> None:
    """An id is used for one request, whatever else is asked under it."""
    application = Counting()
    await net.serve(application)
    await net.send(net.sealed(b"[1]"))
    head, body = await net.send(net.sealed(b"[2]"))
    assert (head.status, head.error, body["reason"]) == (403, "refused", Reason.REPLAYED)
    assert application.calls == 1


async def test_the_same_request_of_two_bureaus_is_two(net: Net) -> None:
    """One bureau cannot take an id away from another."""
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
async def test_what_is_not_to_be_trusted_is_refused_with_a_signed_answer(net: Net, fault: str) -> None:
    """A bad request gets a signed 403 that names the reason; it names no id, and the application is not called."""
    application = Counting()
    bridge = await net.serve(application)
    reason, make = REFUSED[fault]
    head, body = await net.send(make(net))
    assert (head.status, head.error, head.re) == (403, "refused", "")
    assert (body["type"], body["reason"]) == ("urn:i247:problem:envelope-refused", reason)
    assert application.calls == 0
    assert (bridge.figures.refused, bridge.figures.answered) == (1, 0)


async def test_a_refused_envelope_does_not_use_up_its_id(net: Net) -> None:
    """What a stranger sends under an id does not keep its owner from using it."""
    application = Counting()
    await net.serve(application)
    await net.send(net.sealed(by="DE"))
    head, _ = await net.send(net.sealed())
    assert (head.status, application.calls) == (201, 1)


async def test_a_request_to_which_nobody_wants_an_answer_is_not_carried_out(net: Net) -> None:
    """It could change something without a word to whoever sent it; it is counted against the sender."""
    application, penalties = Counting(), list[int]()
    bridge = await net.serve(application)

    async def answer(_parcel: Parcel) -> None:
        pytest.fail("there is nobody to answer")

    await bridge.handle(Arrival(SUBJECT, net.sealed(), "", answer, lambda: penalties.append(1)))
    assert (application.calls, bridge.figures.ignored, penalties) == (0, 1, [1])


async def test_an_answer_that_the_transport_does_not_take_is_noted(net: Net) -> None:
    """With its sender, and counted; the next request is answered."""
    bridge = await net.serve(Counting())

    async def refuse(_parcel: Parcel) -> None:
        raise Disconnected("there is no connection")

    await bridge.handle(Arrival(SUBJECT, net.sealed(), "_R_.1", refuse))
    [event] = events_in(net.log, "answer-not-sent")
    assert (event["sender"], event["error"], bridge.figures.failed) == ("FR", "there is no connection", 1)
    assert (await net.ask()).head.status == 201


async def test_what_is_refused_counts_against_its_sender(net: Net) -> None:
    """A forged request does, a good one does not, whatever the application answers."""
    penalties, answers = list[int](), list[Parcel]()
    bridge = await net.serve(Counting())

    async def answer(parcel: Parcel) -> None:
        answers.append(parcel)

    for parcel in (net.sealed(), net.sealed(by="DE"), Parcel("", b"x")):
        await bridge.handle(Arrival(SUBJECT, parcel, "_R_.1", answer, lambda: penalties.append(1)))
    assert (len(answers), len(penalties)) == (3, 2)


async def test_a_request_that_is_too_large_is_refused_unverified(net: Net) -> None:
    """Beyond the limit the answer is a signed 413, whatever the signature."""
    application = Counting()
    await net.serve(application, Limits(parcel_bytes=2_000))
    head, body = await net.send(Parcel("", bytes(2_001)))
    assert (head.status, head.error, body["type"]) == (413, "too-large", "urn:i247:problem:request-too-large")
    assert application.calls == 0


@pytest.mark.parametrize("limits", [Limits(), Limits(parcel_bytes=50_000)], ids=["the broker's", "its own"])
async def test_an_answer_that_is_too_large_becomes_a_signed_507(net: Net, limits: Limits) -> None:
    """An answer that the broker or the bridge does not carry is told as such, and remembered as the answer."""
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


async def test_more_than_can_run_at_once_are_refused(net: Net) -> None:
    """One too many gets a signed 503 that says when to come again; the others are not disturbed."""
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


async def test_work_ends_when_the_request_expires(net: Net) -> None:
    """At its deadline the application is cancelled, and the answer is a signed 504, before the caller's own."""
    application = Counting(allowed=False)
    await net.serve(application)
    reply = await net.ask(seconds=0.4)
    assert (reply.head.status, reply.head.error) == (504, "timeout")
    assert json.loads(reply.body)["type"] == "urn:i247:problem:timeout"
    assert application.cancelled


async def test_an_answer_before_the_deadline_stands_though_work_in_the_background_is_cut_off(net: Net) -> None:
    """Work in the background ends with the request, and changes nothing of its answer."""
    background = Counting(allowed=False)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await Counting()(scope, receive, send)
        await background(scope, receive, send)

    bridge = await net.serve(application)
    reply = await net.ask(seconds=0.4)
    assert reply.head.status == 201
    (served,) = net.broker.servers_for(SUBJECT, turn=0)
    await served.stop()
    assert background.cancelled
    assert bridge.figures.answered == 1


@pytest.mark.parametrize("error", [ValueError, TimeoutError])
async def test_a_crash_is_a_signed_500_without_its_text(net: Net, error: type[Exception]) -> None:
    """What went wrong is for the log alone; even there without its words, which may be personal data."""

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


async def test_a_crash_of_fastapi_is_a_500_as_well(net: Net) -> None:
    """An error in a route is answered and logged the same way."""
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
    """Stands where the service should be, and answers what a test tells it to."""

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
        """Answer every request so."""

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
    """What the forger would send if he were honest is accepted, so that all else is refused for what is wrong."""
    await Forger(net).answer_with(lambda forger, asked: forger.reply(asked))
    assert (await net.ask()).body == b"{}"


@pytest.mark.parametrize("fault", FORGED)
async def test_an_answer_that_is_not_to_be_trusted_is_a_502(net: Net, fault: str) -> None:
    """Nothing of a false answer reaches the officer but the reason why it is refused."""
    reason, make = FORGED[fault]
    await Forger(net).answer_with(make)
    with pytest.raises(ForgedReply) as refused:
        await net.ask()
    assert (refused.value.status, refused.value.mark) == (502, "forged")
    assert refused.value.members["reason"] == reason


async def test_an_old_answer_is_not_taken_for_a_new_question(net: Net) -> None:
    """A genuine answer that is played again answers nothing else, though it is still valid."""
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


async def test_nobody_serving_is_unreachable(net: Net) -> None:
    """Where nobody serves the officer is told to come again."""
    with pytest.raises(Unreachable) as refused:
        await net.ask()
    assert (refused.value.status, refused.value.mark) == (503, "unreachable")


async def test_no_connection_is_unreachable(net: Net) -> None:
    """A gateway that has lost its connection says so."""
    await net.requester.transport.close()
    with pytest.raises(Unreachable, match="no connection"):
        await net.ask()


async def test_no_answer_in_time_is_a_timeout(net: Net) -> None:
    """A service that answers nothing at all is told apart from one that tells of its own delay."""

    async def silent(_arrival: Arrival) -> None:
        await asyncio.Event().wait()

    await net.participant("notices").transport.subscribe(SUBJECT, silent)
    with pytest.raises(TimedOut) as refused:
        await net.ask(seconds=0.02)
    assert (refused.value.status, refused.value.mark) == (504, "timeout")


async def test_a_request_that_does_not_fit_is_not_sent(net: Net) -> None:
    """What the broker does not carry is refused at the gateway."""
    application = Counting()
    await net.serve(application)
    with pytest.raises(RequestTooLarge) as refused:
        await net.ask(HttpRequest("POST", "/", "image/png", bytes(100_001)))
    assert (refused.value.status, refused.value.mark) == (413, "too-large")
    assert application.calls == 0


@pytest.mark.parametrize(("seconds", "lifetime"), [(5.0, 5.0 - DEADLINE_SHAVE_SECONDS), (0.2, 0.1)])
async def test_the_service_is_given_a_little_less_time_than_the_caller(
    net: Net, seconds: float, lifetime: float
) -> None:
    """A request expires before the gateway gives up, so that the service's own account arrives."""
    seen: list[RequestHead] = []

    def make(forger: Forger, asked: Parcel) -> Parcel:
        seen.append(msgspec.json.decode(_raw_head(asked), type=RequestHead))
        return forger.reply(asked)

    await Forger(net).answer_with(make)
    await net.ask(seconds=seconds)
    assert seen[0].exp - seen[0].iat == pytest.approx(lifetime)


class SlowLog:
    """An audit log that takes its time, and notes what it is told."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.told: list[tuple[int, list[How]]] = []

    async def append_request(self, caller: Caller, _request: HttpRequest, *, status: int, **_: Any) -> None:
        """Take an answer down."""
        await asyncio.sleep(self.seconds)
        self.told.append((status, [shown.how for shown in caller.recorder.shown.values()]))


def shows(*ways: How, size: int = 10) -> Application:
    """Return an application whose one answer accounts for records shown in some ways."""
    app = FastAPI()

    @app.post("/")
    async def answer(request: Request) -> Response:
        account = request.scope["state"]["caller"].recorder
        account.operation = "answer"
        for number, how in enumerate(ways):
            account.record(Disclosure("thing", str(number), 1, BureauCode("DE"), how, 1.0, ""))
        return Response(b"x" * size)

    return app


async def test_what_is_written_down_leaves_though_its_time_has_passed_meanwhile(net: Net) -> None:
    """Otherwise the log would tell of an answer that nobody got, while another one said that there was none."""
    log = SlowLog(seconds=0.1)
    await net.serve(shows("search"), audit=log)
    head, _ = await net.send_raw(net.sealed(exp=NOW.timestamp() + 0.05))
    assert (head.status, log.told) == (200, [(200, ["search"])])


async def test_an_answer_that_is_too_large_shows_nothing(net: Net) -> None:
    """What it would have shown does not leave, and is told to no owner; what was changed on the way was."""
    log = SlowLog()
    await net.serve(shows("search", "change", size=5_000), Limits(parcel_bytes=4_000), log)
    head, _ = await net.send_raw(net.sealed())
    assert (head.status, log.told) == (507, [(507, ["change"])])
