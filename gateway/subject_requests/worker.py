"""Carries out decisions on data subject requests when they are due, and removes subjects a year after the end.

Each remedy is carried out separately, in the deciding officer's name, until it succeeds. A process claims the remedies
that it carries out; if it ends, they are due again at the end of the lease, and the request to the service is repeated:
the service, which knows the reference, answers as before and does nothing twice.
"""

import asyncio
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from msgspec.structs import replace

from gateway.subject_requests import rules
from gateway.subject_requests.models import RemedyAct, RemedyState, RequestStep
from gateway.subject_requests.record_client import RecordClient, record_in, scopes_for
from gateway.subject_requests.rows import DueRemedy, StoredProof, StoredRecord, StoredRequest, StoredStep
from gateway.subject_requests.store import SubjectRequestStore
from gateway.subject_requests.tables import requests
from shared.background import Job, repeat
from shared.bureaus import COMMISSION
from shared.mailbox.host import MailboxHost
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.pruning import RetentionRule
from shared.mailbox.store import MailStore
from shared.mailbox.times import milliseconds, milliseconds_at
from shared.records.models import CommissionDecision, Verdict
from shared.rpc.client import Reply
from shared.rpc.participant import Participant

# As the officer, where no person acts.
GATEWAY: Final = "gateway"
BATCH_SIZE: Final = 20
# Longer than two requests to a service take.
LEASE_SECONDS: Final = 30.0


def register_subject_requests(host: MailboxHost) -> None:
    """Register the job and the retention rule of data subject requests."""
    host.add_job("decisions", carry_out_decisions)
    host.add_retention(SUBJECTS)


class RemedyWorker:
    """Carries out the remedies that were decided on data subject requests."""

    def __init__(self, mailbox: Mailbox, commission: Participant) -> None:
        self._mailbox = mailbox
        self._bureau = commission

    async def run_once(self) -> float | None:
        """Carry out what is due; go on at once where there was anything. Raises NotStored."""
        now = self._mailbox.now()
        due = await SubjectRequestStore(self._mailbox.reading.session).earliest_due()
        if due is None or due > now:
            return None
        until = now + milliseconds(LEASE_SECONDS)
        claimed = await self._mailbox.write(
            lambda store: SubjectRequestStore(store.session).claim(now, until, BATCH_SIZE)
        )
        for outcome in await asyncio.gather(*map(self.carry_out, claimed), return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome
        return 0.0 if claimed else None

    async def carry_out(self, remedy: DueRemedy) -> None:
        """Carry out the remedy of one record, and record the outcome. Raises NotStored."""
        try:
            proof = await self._done(remedy)
        except rules.NotAnswered as refusal:
            await self._record_failure(remedy, refusal.detail, refused=isinstance(refusal, rules.NotTaken))
        except Exception as error:
            self._mailbox.log.failure("decision-failed", error, request=remedy.request)
            await self._record_failure(remedy, "internal: the gateway failed; its log says why")
        else:
            await self._record_done(remedy, proof)

    async def _done(self, remedy: DueRemedy) -> StoredProof | None:
        """Return the proof of the service where it has changed a record. Raises NotAnswered."""
        place, act = remedy.record.place, remedy.record.act or RemedyAct.DISCLOSE
        files = RecordClient(self._bureau, remedy.officer, scopes_for(place, act))
        if act is not RemedyAct.DISCLOSE:
            verdict = Verdict.DELETE if act is RemedyAct.DELETE else Verdict.CORRECT
            corrections = remedy.record.corrections
            decision = CommissionDecision(decision=verdict, reference=remedy.reference, corrections=corrections)
            return _proof(await files.decide(place, decision), self._mailbox.now())
        # The report is made on request, so that none of it need be stored: it can be made.
        if (await files.disclosures(place)).deleted is None:
            record_in(await files.read(place), place)
        return None

    async def _record_done(self, remedy: DueRemedy, proof: StoredProof | None) -> None:
        now = self._mailbox.now()

        async def keep(store: MailStore) -> None:
            kept = SubjectRequestStore(store.session)
            request, record = await _present(kept, remedy)
            if record.state is RemedyState.CARRIED_OUT or record.corrections != remedy.record.corrections:
                # Another process of this gateway was faster, or the service had refused the corrections of then.
                return
            attempts = record.attempts + 1
            done = {"state": RemedyState.CARRIED_OUT, "attempts": attempts, "due": None, "problem": None}
            await kept.save_records(request, [replace(record, refused=False, proof=proof, **done)])
            step = StoredStep(at=now, officer=GATEWAY, step=RequestStep.CARRIED_OUT, record=record.number)
            await kept.add_steps(request, step)
            await move_on(kept, request, self._bureau.clock.now().date())

        await self._mailbox.write(keep)
        self._mailbox.log.info("decision-carried-out", request=remedy.request, act=remedy.record.act)

    async def _record_failure(self, remedy: DueRemedy, problem: str, *, refused: bool = False) -> None:
        now = self._mailbox.now()

        async def keep(store: MailStore) -> None:
            kept = SubjectRequestStore(store.session)
            request, record = await _present(kept, remedy)
            if record.due != remedy.record.due:
                # Another process tried it, or the corrections were restated, meanwhile.
                return
            attempts = record.attempts + 1
            due = now + milliseconds(rules.retry_after_seconds(attempts))
            tried = replace(record, attempts=attempts, due=due, problem=problem, refused=refused)
            await kept.save_records(request, [tried])

        await self._mailbox.write(keep)
        # Neither which record nor why: the reason is the service's text.
        self._mailbox.log.warning("decision-not-carried-out", request=remedy.request, act=remedy.record.act)


async def carry_out_decisions(mailbox: Mailbox, bureau: Participant) -> None:
    """Carry out decisions until cancelled, if the participant is the Commission, which stores them."""
    if bureau.name == COMMISSION:
        run_once = RemedyWorker(mailbox, bureau).run_once
        await repeat(
            Job(f"decisions of {mailbox.bureau}", run_once, every_seconds=0.0, changes=mailbox.changes), mailbox.log
        )


async def move_on(kept: SubjectRequestStore, request: StoredRequest, today: date) -> None:
    """Record that a decision is carried out, once all its remedies are carried out or abandoned."""
    state = rules.carried_out([each.state for each in await kept.records(request) if each.act])
    if state is not request.state:
        await kept.save(request.moved(state, today))


async def _present(kept: SubjectRequestStore, remedy: DueRemedy) -> tuple[StoredRequest, StoredRecord]:
    """Return the present request and record, which are never removed once decided."""
    request = await kept.find(remedy.request)
    assert request is not None  # noqa: S101 - requests are never deleted
    [record] = [each for each in await kept.records(request) if each.number == remedy.record.number]
    return request, record


def _proof(answer: Reply, now: int) -> StoredProof:
    status, body = answer.head.status, answer.body.decode()
    return StoredProof(at=now, request=answer.request_id, status=status, signature=answer.signature, body=body)


async def forget_subjects(store: MailStore, now: datetime, limit: int) -> int:
    """Remove the person and the reasons from requests that ended a year ago, up to a limit; return how many."""
    kept = SubjectRequestStore(store.session)
    ended = await kept.to_forget(now.date(), limit)
    if ended:
        await kept.forget(ended, StoredStep(at=milliseconds_at(now), officer=GATEWAY, step=RequestStep.FORGOTTEN))
    return len(ended)


SUBJECTS: Final = RetentionRule(
    "subjects of requests",
    requests,
    lambda now: sa.and_(requests.c.forget_on <= now.date(), requests.c.subject.is_not(None)),
    forget_subjects,
)
