"""From a signed request to a signed answer: what a bridge executes, refuses, and logs in the audit log."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from msgspec.structs import replace

from shared.bureaus import BureauCode
from shared.disclosure import Disclosure, How
from shared.identity import Caller, Purpose
from shared.protocol.envelope import RefusalReason
from shared.protocol.http import HttpRequest
from shared.protocol.parcel import Parcel
from shared.rpc.asgi import Application
from shared.rpc.bridge import Limits
from shared.standing import Measure, Standing
from shared.transport import Arrival, Disconnected
from tests.conftest import NOW
from tests.shared.rpc.network import OFFICER, SUBJECT, Counting, Net
from tests.support import events_in


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


STANDINGS = [
    ("member", (), {}, "member"),
    ("supervised", (), {}, "supervised"),
    ("restricted", (), {}, "restricted"),
    ("restricted", ("notices", "fingerprints"), {}, "restricted"),
    ("restricted", ("fingerprints",), {}, "member"),
    ("restricted", (), {"until": NOW.timestamp() + 1}, "restricted"),
    ("restricted", (), {"until": NOW.timestamp()}, "member"),
]


@pytest.mark.parametrize(("standing", "services", "more", "applied"), STANDINGS)
async def test_a_caller_has_the_standing_of_its_bureau_in_this_service(
    net: Net, standing: Standing, services: tuple[str, ...], more: dict[str, Any], applied: Standing
) -> None:
    """As the directory states it now, if the measure is not over and is for this service."""
    app, callers = FastAPI(), list[Caller]()

    @app.get("/")
    async def read(request: Request) -> None:
        callers.append(request.state.caller)

    await net.serve(app)
    await net.ask()
    measure = Measure(reason="compliance", since=NOW.timestamp(), services=services, **more)
    net.change("FR", standing=standing, measure=measure)
    await net.ask()
    assert [caller.standing.standing for caller in callers] == ["member", applied]
    assert callers[1].standing.measure == (None if applied == "member" != standing else measure)


async def test_a_suspended_bureau_is_refused_even_with_a_key_that_is_not_revoked(net: Net) -> None:
    """The refusal says until when, and why."""
    application = Counting()
    await net.serve(application)
    parcel = net.sealed()
    net.change("FR", standing="suspended", measure=Measure(reason="arrears", since=0.0, until=NOW.timestamp() + 60))
    head, problem = await net.send(parcel)
    assert (head.status, head.error, problem["reason"]) == (403, "refused", "key-not-valid")
    assert "suspended until 2026-06-01 12:01 UTC (reason: arrears" in problem["detail"]
    assert application.calls == 0


REFUSED: dict[str, tuple[RefusalReason, Callable[[Net], Parcel]]] = {
    "no signature": (RefusalReason.MALFORMED, lambda _net: Parcel("", b"")),
    "not a head": (RefusalReason.MALFORMED, lambda _net: Parcel("eyJ1bmtub3duIjox..AA", b"")),
    "unknown key": (RefusalReason.KEY_UNKNOWN, lambda net: net.sealed(kid="unknown")),
    "key of another": (RefusalReason.KEY_UNKNOWN, lambda net: net.sealed(kid=net.keys["DE"].kid, by="DE")),
    "forged": (RefusalReason.SIGNATURE, lambda net: net.sealed(by="DE")),
    "altered body": (RefusalReason.SIGNATURE, lambda net: replace(net.sealed(b"[1]"), body=b"[2]")),
    "another sender": (RefusalReason.SENDER, lambda net: net.sealed(sender="DE", kid=net.keys["DE"].kid, by="DE")),
    "another service": (RefusalReason.RECIPIENT, lambda net: net.sealed(to="fingerprints")),
    "expired": (RefusalReason.EXPIRED, lambda net: net.sealed(iat=NOW.timestamp() - 60, exp=NOW.timestamp() - 40)),
    "future": (RefusalReason.NOT_YET_VALID, lambda net: net.sealed(iat=NOW.timestamp() + 60, exp=NOW.timestamp() + 70)),
    "target not a path": (RefusalReason.MALFORMED, lambda net: net.sealed(target="http://elsewhere/")),
    "target empty": (RefusalReason.MALFORMED, lambda net: net.sealed(target="")),
    "target not ASCII": (RefusalReason.MALFORMED, lambda net: net.sealed(target="/é")),
    "target with U+0000": (RefusalReason.MALFORMED, lambda net: net.sealed(target="/search?name=a\0b")),
    "target with a line break": (RefusalReason.MALFORMED, lambda net: net.sealed(target="/search\n")),
    "target with a space": (RefusalReason.MALFORMED, lambda net: net.sealed(target="/search?name=a b")),
    "target with U+007F": (RefusalReason.MALFORMED, lambda net: net.sealed(target="/search?name=a\x7f")),
    "content type with U+0000": (RefusalReason.MALFORMED, lambda net: net.sealed(content_type="text/plain\0")),
    "content type not ASCII": (RefusalReason.MALFORMED, lambda net: net.sealed(content_type="text/é")),
    "purpose unknown": (RefusalReason.MALFORMED, lambda net: net.sealed(purpose="curiosity")),
    "purpose empty": (RefusalReason.MALFORMED, lambda net: net.sealed(purpose="")),
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
    assert (bridge.metrics.refused, bridge.metrics.answered) == (1, 0)


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
    assert (application.calls, bridge.metrics.ignored, penalties) == (0, 1, [1])


async def test_an_answer_that_cannot_be_sent_is_logged_with_the_sender(net: Net) -> None:
    """It is counted as failed; the next request is answered."""
    bridge = await net.serve(Counting())

    async def refuse(_parcel: Parcel) -> None:
        raise Disconnected("there is no connection")

    await bridge.handle(Arrival(SUBJECT, net.sealed(), "_R_.1", refuse))
    [event] = events_in(net.log, "answer-not-sent")
    assert (event["sender"], event["error"], bridge.metrics.failed) == ("FR", "there is no connection", 1)
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
    assert bridge.metrics.failed == 1


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
