"""A mesh in memory, with the hits and requests that the OpenAPI document of the gateway gives as examples."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from fastapi import FastAPI

from gateway.audit.operations import AuditOperations
from gateway.checks.operations import CheckOperations
from gateway.checks.registers import REGISTERS
from gateway.hits.models import HitSide
from gateway.hits.rows import StoredStep
from gateway.hits.store import HitStore
from gateway.messages.record_reader import RecordReader
from gateway.subject_requests import SERVICE as SUBJECT_REQUESTS
from gateway.subject_requests.models import SubjectRequestState
from gateway.subject_requests.store import SubjectRequestStore
from gateway.tables import GATEWAY_TABLES
from gateway.traces.evidence_pack import EvidencePacks
from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.identity import Caller
from shared.mailbox.host import MailboxHost
from shared.mailbox.mailbox import Mailboxes
from shared.mailbox.store import MailStore
from shared.protocol.http import HttpRequest
from shared.protocol.payloads import ConfirmationRequest
from shared.rpc.client import Reply, Requester
from shared.service import Context, Service
from tests.conftest import NOW
from tests.gateway.checks.replies import reply
from tests.gateway.fake_service import Echo, FakeService
from tests.gateway.hits.hit_samples import A_THREAD, kept, requested
from tests.gateway.mesh import Mesh
from tests.gateway.subject_requests.requests import concerned
from tests.gateway.subject_requests.requests import kept as a_request

A_HIT = "0197a3c2-7d30-7e5c-9b42-6f708192a3b4"
ECHO = FakeService()
A_REQUEST = "0197a3c2-6c2f-7d4b-8a31-5e6f708192a3"


@asynccontextmanager
async def handling_mail(service: Service, url: str, bureau: BureauCode) -> AsyncIterator[FastAPI]:
    clock = FixedClock(NOW)
    mesh = Mesh(clock)
    mesh.mailbox_host = MailboxHost(Mailboxes(lambda _: url, clock, mesh.log, tables=GATEWAY_TABLES))
    app = service.create_app(Context(None, clock))
    app.state.mailbox_host = mesh.mailbox_host
    app.state.records = RecordReader({bureau: Requester(mesh.bureaus[bureau])}, no_reading)
    app.state.event_streams, app.state.webhook_sender = mesh.event_streams, mesh.webhook_sender
    app.state.packs = EvidencePacks()
    app.state.checks = CheckOperations(REGISTERS, nothing_found)
    app.state.operations = AuditOperations((ECHO,), {bureau: Requester(mesh.bureaus[bureau])}, mesh.mailbox_host)
    await mesh.serve(ECHO, empty_log())
    async with mesh.handling_mail(bureau):
        # A stream of events ends at once.
        mesh.event_streams.closed = True
        mailbox = (await mesh.mailbox_host.of(bureau)).mailbox
        await mailbox.write(keep_request if service is SUBJECT_REQUESTS else keep_hits)
        yield app


async def nothing_found(_caller: Caller, _service: str, request: HttpRequest, _seconds: float) -> Reply:
    """Return the answer of a register that has nothing, and no record by its id."""
    if "/search?" not in request.target and request.method == "GET":
        return reply(b"", 404)
    found = b'{"hits":[],"total":0}'
    lines = len(msgspec.json.decode(request.body)["checks"]) if request.body else 0
    return reply(b'{"results":[%b]}' % b",".join([found] * lines) if request.body else found)


async def no_reading(_service: str, _kind: str) -> None:
    """Return how records are read: no service has any here."""


def empty_log() -> Echo:
    """Return a service whose audit log is empty."""
    echo = Echo()
    echo.body = b'{"items": [], "next": null}'
    return echo


async def keep_hits(store: MailStore) -> None:
    """Store hits with the id that the document gives as an example: one to ask about, and one to answer."""
    found = kept(id=A_HIT, owner="DE", finder="FR")
    own = kept(HitSide.OWNER, id=A_HIT, status=requested())
    asked = StoredStep(
        message=A_THREAD,
        officer="de.officer",
        signed=own.stored,
        form=ConfirmationRequest(hit=A_HIT, number=1, urgency="urgent", due=own.stored / 1000 + 600),
    )
    hits = HitStore(store.session)
    await hits.add(found)
    await hits.add_step(await hits.add(own), asked)


async def keep_request(store: MailStore) -> None:
    """Store a request with the id that the document gives as an example, to be decided on."""
    requests = SubjectRequestStore(store.session)
    request = await requests.add(a_request(id=A_REQUEST, state=SubjectRequestState.ADMISSIBLE, last_record=1))
    await requests.add_records(request, [concerned()])
