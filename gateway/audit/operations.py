"""Asks all logs in the name of an auditor, so that each accounts for it, and reads the alarms of his bureau."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, ValidationError

from gateway.audit.models import (
    Alarm,
    AlarmPage,
    AlarmQuery,
    AllFigures,
    AuditQuery,
    Delay,
    MergedPage,
    ServiceFigures,
    StalledLog,
)
from gateway.audit.rules import LogPart, begin, merged, not_waited_for, read_cursor, read_on, write_cursor
from gateway.witness.rules import Fault
from gateway.witness.store import Evidence, KeptAlarm, WitnessStore
from shared.audit.format.proof_file import Contradiction, write_proof
from shared.audit.models import AuditPage, ComplianceFigures, SignedCheckpoint
from shared.audit.verify.signatures import entries_for
from shared.bureaus import BureauCode
from shared.crypto.signed_note import NoteRefused
from shared.errors import Invalid, NotFound, Refusal, Unauthenticated
from shared.identity import AUDIT_READ, PURPOSE_SCOPES, Caller
from shared.mailbox.host import MailboxHost, MailboxSession
from shared.protocol.envelope import SKEW_SECONDS
from shared.protocol.http import HttpRequest
from shared.rpc.client import ActingOfficer, Reply, Requester
from shared.rpc.keyring import NoKeyInForce
from shared.service import Service
from shared.web.routing import path_of

MILLISECONDS: Final = 1_000
# How often a log is asked for one page, and after how long no more. Its service looks through 50,000 leaves each time.
MAX_LOOKS: Final = 4
LOOK_SECONDS: Final = 1.0
# So long one that says nothing is waited for, whatever time its service has for other work.
WAIT_SECONDS: Final = 3.0

M = TypeVar("M", bound=BaseModel)


class AuditIncomplete(Refusal, status=503, code="audit-incomplete", title="The audit logs cannot be read"):
    """None of the logs that are asked for can be read."""


class AuditOperations:
    """The logs of all services, and the alarms of the bureaus of this gateway."""

    def __init__(
        self, services: Sequence[Service], requesters: Mapping[BureauCode, Requester], mailroom: MailboxHost
    ) -> None:
        self._services = {service.name: service for service in services}
        self._requesters = requesters
        self._mailroom = mailroom

    async def page(self, auditor: Caller, query: AuditQuery) -> MergedPage:
        """Return one page of all logs. Raises Invalid, Unauthenticated, AuditIncomplete, NoKeyInForce."""
        requester = self._requester_of(auditor)
        places = self._places(query, requester)
        parts = await asyncio.gather(
            *(
                LogReader(self._services[service], requester, auditor, query).read(place)
                for service, place in places.items()
            )
        )
        return page_of(dict(zip(places, parts, strict=True)), places, query.limit)

    async def compliance(self, auditor: Caller) -> AllFigures:
        """Return the figures of all services. Raises Unauthenticated, AuditIncomplete, NoKeyInForce."""
        requester, behalf = self._requester_of(auditor), _on_behalf(auditor)
        found, asked = AllFigures(items=[], stalled=[]), [self._services[name] for name in self._in_network(requester)]
        for told in await asyncio.gather(*(_figures(requester, each, behalf) for each in asked)):
            if isinstance(told, StalledLog):
                found.stalled.append(told)
            else:
                found.items.extend(told)
        if len(found.stalled) == len(asked):
            raise AuditIncomplete(_why(found.stalled))
        return found

    async def alarms(self, auditor: Caller, query: AlarmQuery) -> AlarmPage:
        """Return one page of what the witness of a bureau found. Raises Unauthenticated, NotStored."""
        desk = await self._mailroom.of(auditor.bureau)
        found = await WitnessStore(desk.mailbox.reading.session).alarms(query.after, query.limit + 1)
        on_page = found[: query.limit]
        return AlarmPage(
            items=[_alarm(each, desk) for each in on_page],
            next=on_page[-1].number if len(found) > len(on_page) else None,
        )

    async def witnessed(self, auditor: Caller, service: str) -> SignedCheckpoint:
        """Return what the witness of a bureau saw last of a log. Raises Unauthenticated, NotStored, NotFound."""
        desk = await self._mailroom.of(auditor.bureau)
        note = await WitnessStore(desk.mailbox.reading.session).seen(service)
        if note is None:
            raise NotFound(f"the gateway of {auditor.bureau} saw no log of {service} as a witness")
        return _checkpoint(note, service, desk)

    def _in_network(self, requester: Requester) -> list[str]:
        """Return the services that were ever entered in the directory: a network may do without some."""
        return [name for name in self._services if requester.directory.knows(name)]

    def _places(self, query: AuditQuery, requester: Requester) -> dict[str, int]:
        names = self._in_network(requester)
        if query.service is not None and query.service not in names:
            raise Invalid(f"query/service: must be one of {', '.join(names)}")
        wanted = [query.service] if query.service is not None else names
        return begin(wanted) if query.after is None else read_cursor(query.after, wanted)

    def _requester_of(self, auditor: Caller) -> Requester:
        requester = self._requesters.get(auditor.bureau)
        if requester is None:
            raise Unauthenticated(f"this is not the gateway of {auditor.bureau}: use that bureau's own")
        return requester


class LogReader:
    """Reads the log of one service for a page of all, in the name of an auditor."""

    def __init__(self, service: Service, requester: Requester, auditor: Caller, query: AuditQuery) -> None:
        self._service = service
        self._name = service.name
        self._requester = requester
        self._on_behalf = _on_behalf(auditor)
        self._limit = query.limit
        self._stated = query.model_dump(mode="json", exclude={"service", "after", "limit"}, exclude_none=True)

    async def read(self, place: int) -> LogPart:
        """Return what there is from a place on, and why it is not all where it may not be. Raises NoKeyInForce."""
        part, ends = LogPart((), place), asyncio.get_running_loop().time() + LOOK_SECONDS
        for _ in range(MAX_LOOKS):
            try:
                page = await self._ask(place, self._limit - len(part.items))
                part = read_on(part, page, place)
            except AuditIncomplete as refusal:
                return not_waited_for(part, self._name, Delay.UNREADABLE, refusal.detail)
            except ValueError as fault:
                return not_waited_for(part, self._name, Delay.NO_PROGRESS, f"the log of {self._name} {fault}")
            if part.next is None or len(part.items) >= self._limit:
                return part
            place = part.next
            if asyncio.get_running_loop().time() > ends:
                break
        return not_waited_for(part, self._name, Delay.LOOKING, f"the log of {self._name} is not looked through yet")

    async def _ask(self, after: int, limit: int) -> AuditPage:
        below = f"?{urlencode({**self._stated, 'after': after, 'limit': limit})}"
        page = await ask_log(self._requester, self._service, self._on_behalf, below, AuditPage)
        latest = self._requester.participant.clock.now() + timedelta(seconds=SKEW_SECONDS)
        if any(item.at > latest for item in page.items):
            # These would be the newest of every page, however many are made up.
            raise AuditIncomplete(f"the log of {self._name} cannot be read: it shows leaves that are yet to come")
        return page


async def ask_log(requester: Requester, service: Service, on_behalf: ActingOfficer, below: str, kind: type[M]) -> M:
    """Return what a service tells an auditor of its log, below its path. Raises AuditIncomplete, NoKeyInForce."""
    request = HttpRequest("GET", f"{path_of(service.name)}/audit{below}")
    try:
        seconds = min(service.deadline_seconds, WAIT_SECONDS)
        reply = await requester.ask(service.name, request, on_behalf, seconds=seconds)
    except NoKeyInForce:
        raise
    except Refusal as refusal:
        raise AuditIncomplete(f"the log of {service.name} cannot be read: {refusal.detail}") from refusal
    return _read(service.name, reply, kind)


async def _figures(
    requester: Requester, service: Service, on_behalf: ActingOfficer
) -> list[ServiceFigures] | StalledLog:
    try:
        told = await ask_log(requester, service, on_behalf, "/compliance", ComplianceFigures)
    except AuditIncomplete as refusal:
        return StalledLog(service=service.name, why=Delay.UNREADABLE, detail=refusal.detail)
    return [ServiceFigures(service=service.name, **vars(item)) for item in told.items]


def _on_behalf(auditor: Caller) -> ActingOfficer:
    return ActingOfficer(auditor.officer, (AUDIT_READ, PURPOSE_SCOPES[auditor.purpose]), auditor.purpose)


def page_of(parts: Mapping[str, LogPart], places: Mapping[str, int], limit: int) -> MergedPage:
    """Return a page of several logs. Raises AuditIncomplete where none of them was read."""
    page = merged(parts, places, limit)
    if len(page.stalled) == len(parts) and not page.items and page.next == write_cursor(places):
        raise AuditIncomplete(_why(page.stalled))
    return page


def _why(stalled: Sequence[StalledLog]) -> str:
    return "; ".join(each.detail for each in stalled) or "this network has no service"


def _read(service: str, reply: Reply, kind: type[M]) -> M:
    if reply.head.status != 200:
        raise AuditIncomplete(f"the log of {service} cannot be read: it was answered {reply.head.status}")
    try:
        return kind.model_validate_json(reply.body, strict=True)
    except ValidationError as error:
        raise AuditIncomplete(f"the log of {service} cannot be read: its answer is none of an audit log") from error


def _alarm(kept: KeptAlarm, desk: MailboxSession) -> Alarm:
    evidence = kept.evidence
    return Alarm(
        number=kept.number,
        service=evidence.service,
        fault=evidence.fault,
        says=evidence.says,
        seen=_checkpoint(evidence.seen_note, evidence.service, desk)
        if evidence.seen_note and (evidence.shown_note or evidence.answer)
        else None,
        shown=_checkpoint(evidence.shown_note, evidence.service, desk) if evidence.shown_note else None,
        proof=_contradiction(evidence, desk),
        openings=evidence.answer.splitlines() if evidence.fault is Fault.NEW_LOG else [],
        first=_moment(evidence.at),
        last=_moment(kept.last),
        times=kept.times,
    )


def _contradiction(evidence: Evidence, desk: MailboxSession) -> str | None:
    if not evidence.answer or evidence.fault is Fault.NEW_LOG:
        return None
    signature, _, body = evidence.answer.partition("\n")
    entries = tuple(_checkpoint(evidence.seen_note, evidence.service, desk).entries)
    proof = Contradiction(
        service=evidence.service, entries=entries, checkpoint=evidence.seen_note, signature=signature, body=body
    )
    return write_proof(proof).decode()


def _checkpoint(note: str, service: str, desk: MailboxSession) -> SignedCheckpoint:
    try:
        entries = entries_for([note], service, desk.bureau.directory)
    except NoteRefused:
        entries = ()
    return SignedCheckpoint(checkpoint=note, entries=list(entries))


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / MILLISECONDS, UTC)
