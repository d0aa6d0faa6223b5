"""Asks all logs in the name of an auditor, so that each logs it, and reads the alarms of their bureau."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, ValidationError

from gateway.audit import models
from gateway.audit.rules import LogPart, begin, merged, read_cursor, read_on, write_cursor
from gateway.hosted_bureaus import requester_of
from gateway.witness.rules import Fault
from gateway.witness.store import StoredAlarm, WitnessStore
from shared.audit.format.proof_file import Contradiction, write_proof
from shared.audit.models import AuditPage, ComplianceFigures, SignedCheckpoint
from shared.audit.verify.signatures import entries_for
from shared.background import loop_time
from shared.bureaus import BureauCode
from shared.crypto.signed_note import NoteRefused
from shared.errors import Invalid, NotFound, Refusal
from shared.identity import AUDIT_READ, PURPOSE_SCOPES, Caller
from shared.mailbox.host import MailboxHost
from shared.mailbox.times import moment
from shared.protocol.directory import Directory
from shared.protocol.envelope import SKEW_SECONDS
from shared.protocol.http import HttpRequest
from shared.rpc.client import ActingOfficer, Requester
from shared.rpc.keyring import NoKeyInForce
from shared.service import Service
from shared.storage import page_of
from shared.web.routing import path_of

# How often a log is asked for one page, and for how long. Its service scans 50,000 leaves each time.
MAX_SCANS: Final = 4
SCAN_SECONDS: Final = 1.0
# How long an answer is waited for, if the service has no shorter deadline.
WAIT_SECONDS: Final = 3.0

M = TypeVar("M", bound=BaseModel)


class AuditIncomplete(Refusal, status=503, code="audit-incomplete", title="The audit logs cannot be read"):
    """None of the logs that are asked for can be read."""


class AuditOperations:
    """The logs of all services, and the alarms of the bureaus of this gateway."""

    def __init__(
        self, services: Sequence[Service], requesters: Mapping[BureauCode, Requester], host: MailboxHost
    ) -> None:
        self._services = {service.name: service for service in services}
        self._requesters = requesters
        self._host = host

    async def page(self, auditor: Caller, query: models.AuditQuery) -> models.MergedPage:
        """Return one page of all logs. Raises Invalid, Unauthenticated, AuditIncomplete, NoKeyInForce."""
        requester = requester_of(self._requesters, auditor.bureau)
        places = self._places(query, requester)
        readers = {name: LogReader(self._services[name], requester, auditor, query) for name in places}
        parts = await asyncio.gather(*(readers[name].read(place) for name, place in places.items()))
        page = merged(dict(zip(places, parts, strict=True)), places, query.limit)
        if len(page.stalled) == len(parts) and not page.items and page.next == write_cursor(places):
            raise AuditIncomplete(_why(page.stalled))
        return page

    async def compliance(self, auditor: Caller) -> models.AllFigures:
        """Return the figures of all services. Raises Unauthenticated, AuditIncomplete, NoKeyInForce."""
        requester, behalf = requester_of(self._requesters, auditor.bureau), _on_behalf(auditor)
        found = models.AllFigures(items=[], stalled=[])
        asked = [self._services[name] for name in self._in_network(requester)]
        for figures in await asyncio.gather(*(_figures(requester, each, behalf) for each in asked)):
            if isinstance(figures, models.StalledLog):
                found.stalled.append(figures)
            else:
                found.items.extend(figures)
        if len(found.stalled) == len(asked):
            raise AuditIncomplete(_why(found.stalled))
        return found

    async def alarms(self, auditor: Caller, query: models.AlarmQuery) -> models.AlarmPage:
        """Return one page of the alarms of a bureau. Raises Unauthenticated, NotStored."""
        session = await self._host.of(auditor.bureau)
        found = await WitnessStore(session.mailbox.reading.session).alarms(query.after, query.limit + 1)
        on_page, last = page_of(found, query.limit)
        items = [_alarm(each, session.bureau.directory) for each in on_page]
        return models.AlarmPage(items=items, next=None if last is None else last.number)

    async def witnessed(self, auditor: Caller, service: str) -> SignedCheckpoint:
        """Return the last checkpoint that a bureau saw of a log. Raises Unauthenticated, NotStored, NotFound."""
        session = await self._host.of(auditor.bureau)
        note = await WitnessStore(session.mailbox.reading.session).seen(service)
        if note is None:
            raise NotFound(f"the gateway of {auditor.bureau} saw no log of {service} as a witness")
        return _checkpoint(note, service, session.bureau.directory)

    def _in_network(self, requester: Requester) -> list[str]:
        """Return the services that were ever entered in the directory."""
        return [name for name in self._services if requester.directory.knows(name)]

    def _places(self, query: models.AuditQuery, requester: Requester) -> dict[str, int]:
        names = self._in_network(requester)
        if query.service is not None and query.service not in names:
            raise Invalid(f"must be one of {', '.join(names)}", at="/service", place="query")
        wanted = [query.service] if query.service is not None else names
        return begin(wanted) if query.after is None else read_cursor(query.after, wanted)


class LogReader:
    """Reads the log of one service for a page of all, in the name of an auditor."""

    def __init__(self, service: Service, requester: Requester, auditor: Caller, query: models.AuditQuery) -> None:
        self._service = service
        self._name = service.name
        self._requester = requester
        self._on_behalf = _on_behalf(auditor)
        self._limit = query.limit
        self._filter = query.model_dump(mode="json", exclude={"service", "after", "limit"}, exclude_none=True)

    async def read(self, place: int) -> LogPart:
        """Return the leaves from a place on, and why some may be missing. Raises NoKeyInForce."""
        part, ends = LogPart((), place), loop_time() + SCAN_SECONDS
        for _ in range(MAX_SCANS):
            try:
                page = await self._ask(place, self._limit - len(part.items))
                part = read_on(part, page, place)
            except AuditIncomplete as refusal:
                return self._stalled(part, models.Delay.UNREADABLE, refusal.detail)
            except ValueError as fault:
                return self._stalled(part, models.Delay.NO_PROGRESS, f"the log of {self._name} {fault}")
            if part.next is None or len(part.items) >= self._limit:
                return part
            place = part.next
            if loop_time() > ends:
                break
        return self._stalled(part, models.Delay.LOOKING, f"the log of {self._name} is not scanned to its end")

    def _stalled(self, part: LogPart, why: models.Delay, detail: str) -> LogPart:
        return part._replace(stalled=models.StalledLog(service=self._name, why=why, detail=detail))

    async def _ask(self, after: int, limit: int) -> AuditPage:
        below = f"?{urlencode({**self._filter, 'after': after, 'limit': limit})}"
        page = await ask_log(self._requester, self._service, self._on_behalf, below, AuditPage)
        latest = self._requester.participant.clock.now() + timedelta(seconds=SKEW_SECONDS)
        if any(item.at > latest for item in page.items):
            # Otherwise invented leaves would be the newest of every page.
            raise AuditIncomplete(f"the log of {self._name} cannot be read: it shows leaves of the future")
        return page


async def ask_log(requester: Requester, service: Service, on_behalf: ActingOfficer, below: str, kind: type[M]) -> M:
    """Return the answer of a service to an auditor, below the path of its log. Raises AuditIncomplete, NoKeyInForce."""
    request = HttpRequest("GET", f"{path_of(service.name)}/audit{below}")
    try:
        seconds = min(service.deadline_seconds, WAIT_SECONDS)
        reply = await requester.ask(service.name, request, on_behalf, seconds=seconds)
    except NoKeyInForce:
        raise
    except Refusal as refusal:
        raise AuditIncomplete(f"the log of {service.name} cannot be read: {refusal.detail}") from refusal
    if reply.head.status != 200:
        raise AuditIncomplete(f"the log of {service.name} cannot be read: it was answered {reply.head.status}")
    try:
        return kind.model_validate_json(reply.body, strict=True)
    except ValidationError as error:
        raise AuditIncomplete(f"the log of {service.name} cannot be read: the answer has another form") from error


async def _figures(
    requester: Requester, service: Service, on_behalf: ActingOfficer
) -> list[models.ServiceFigures] | models.StalledLog:
    try:
        found = await ask_log(requester, service, on_behalf, "/compliance", ComplianceFigures)
    except AuditIncomplete as refusal:
        return models.StalledLog(service=service.name, why=models.Delay.UNREADABLE, detail=refusal.detail)
    return [models.ServiceFigures(service=service.name, **vars(item)) for item in found.items]


def _on_behalf(auditor: Caller) -> ActingOfficer:
    return ActingOfficer(auditor.officer, (AUDIT_READ, PURPOSE_SCOPES[auditor.purpose]), auditor.purpose)


def _why(stalled: Sequence[models.StalledLog]) -> str:
    return "; ".join(each.detail for each in stalled) or "this network has no service"


def _alarm(kept: StoredAlarm, directory: Directory) -> models.Alarm:
    evidence, proof = kept.evidence, None
    seen, shown = (
        _checkpoint(note, evidence.service, directory) if note else None for note in (evidence.seen, evidence.shown)
    )
    is_new_log = evidence.fault is Fault.NEW_LOG
    if evidence.answer and not is_new_log:
        signature, _, body = evidence.answer.partition("\n")
        contradiction = Contradiction(
            service=evidence.service,
            entries=tuple(seen.entries if seen else ()),
            checkpoint=evidence.seen,
            signature=signature,
            body=body,
        )
        proof = write_proof(contradiction).decode()
    return models.Alarm(
        number=kept.number,
        service=evidence.service,
        fault=evidence.fault,
        says=evidence.says,
        seen=seen if evidence.shown or evidence.answer else None,
        shown=shown,
        proof=proof,
        openings=evidence.answer.splitlines() if is_new_log else [],
        first=moment(evidence.at),
        last=moment(kept.last),
        times=kept.times,
    )


def _checkpoint(note: str, service: str, directory: Directory) -> SignedCheckpoint:
    try:
        entries = entries_for([note], service, directory)
    except NoteRefused:
        entries = ()
    return SignedCheckpoint(checkpoint=note, entries=list(entries))
