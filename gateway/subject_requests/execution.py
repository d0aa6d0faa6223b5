"""Carries out what the Commission decided, as often as it takes: each remedy by itself, in the deciding officer's name.

Nothing is lost where a process ends between asking and noting, and nothing done twice: the service is asked again, and
answers what it has done under the reference of the request.
"""

from datetime import date
from typing import Final

import msgspec

from gateway.subject_requests import rules
from gateway.subject_requests.models import Act, RemedyState, Step
from gateway.subject_requests.record_client import RecordClient, note_of, scopes_for
from gateway.subject_requests.rows import DueRemedy, KeptProof, KeptRecord, KeptRequest, KeptStep
from gateway.subject_requests.store import SubjectRequestStore
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.store import MailStore
from shared.mailbox.times import milliseconds
from shared.records.models import CommissionDecision, Verdict
from shared.rpc.client import Reply
from shared.rpc.participant import Participant

# Who does what follows by itself: nobody in person.
GATEWAY: Final = "gateway"


class Execution:
    """Carries out the decisions that are kept in the mailbox of the Secretariat."""

    def __init__(self, mailbox: Mailbox, secretariat: Participant) -> None:
        self._mailbox = mailbox
        self._secretariat = secretariat

    async def carry_out(self, remedy: DueRemedy) -> None:
        """Do what was decided on one record, and note what came of it. Raises NotStored."""
        try:
            proof = await self._done(remedy)
        except rules.NotAnswered as refusal:
            await self._note_failure(remedy, refusal.detail, refused=isinstance(refusal, rules.NotTaken))
        except Exception as error:
            self._mailbox.log.failure("decision-failed", error, request=remedy.request)
            await self._note_failure(remedy, "internal: the gateway failed; its log says why")
        else:
            await self._note_done(remedy, proof)

    async def _done(self, remedy: DueRemedy) -> KeptProof | None:
        """Return what proves that it is done, where anything is changed. Raises NotAnswered."""
        place, act = remedy.record.place, remedy.record.act or Act.DISCLOSE
        files = RecordClient(self._secretariat, remedy.officer, scopes_for(place, act))
        if act is not Act.DISCLOSE:
            return _proof(await files.decide(place, _decision(remedy)), self._mailbox.now())
        # The report is made when it is asked for, so that nothing of it need be kept: it can be made.
        if (await files.disclosures(place)).deleted is None:
            note_of(await files.read(place), place)
        return None

    async def _note_done(self, remedy: DueRemedy, proof: KeptProof | None) -> None:
        now = self._mailbox.now()

        async def note(store: MailStore) -> None:
            requests = SubjectRequestStore(store.session)
            request, record = await _present(requests, remedy)
            if record.state is RemedyState.CARRIED_OUT or record.corrections != remedy.record.corrections:
                # Another process of this gateway was faster, or knows that the service had refused before.
                return
            done = _carried_out(record, proof)
            await requests.save_records(request, [done])
            step = KeptStep(at=now, officer=GATEWAY, step=Step.CARRIED_OUT, record=record.number)
            await requests.add_steps(request, step)
            await move_on(requests, request, self._secretariat.clock.now().date())

        await self._mailbox.write(note)
        self._mailbox.log.info("decision-carried-out", request=remedy.request, act=remedy.record.act)

    async def _note_failure(self, remedy: DueRemedy, problem: str, *, refused: bool = False) -> None:
        now = self._mailbox.now()

        async def note(store: MailStore) -> None:
            requests = SubjectRequestStore(store.session)
            request, record = await _present(requests, remedy)
            if record.due != remedy.record.due:
                # It was tried elsewhere, or is to be done otherwise, meanwhile.
                return
            attempts = record.attempts + 1
            due = now + milliseconds(rules.retry_after_seconds(attempts))
            tried = msgspec.structs.replace(record, attempts=attempts, due=due, problem=problem, refused=refused)
            await requests.save_records(request, [tried])

        await self._mailbox.write(note)
        # Neither on which record nor why, as a service tells it.
        self._mailbox.log.warning("decision-not-carried-out", request=remedy.request, act=remedy.record.act)


async def move_on(requests: SubjectRequestStore, request: KeptRequest, today: date) -> None:
    """Note that a decision is carried out, once that is so of all its remedies or they are abandoned."""
    state = rules.carried_out([each.state for each in await requests.records(request) if each.act])
    if state is not request.state:
        await requests.save(request.moved(state, today))


async def _present(requests: SubjectRequestStore, remedy: DueRemedy) -> tuple[KeptRequest, KeptRecord]:
    """Return the request and the record as they are now: what was decided is never removed."""
    request = await requests.find(remedy.request)
    assert request is not None  # noqa: S101 - requests are never deleted
    [record] = [each for each in await requests.records(request) if each.number == remedy.record.number]
    return request, record


def _decision(remedy: DueRemedy) -> CommissionDecision:
    verdict = Verdict.DELETE if remedy.record.act is Act.DELETE else Verdict.CORRECT
    return CommissionDecision(decision=verdict, reference=remedy.reference, corrections=remedy.record.corrections)


def _carried_out(record: KeptRecord, proof: KeptProof | None) -> KeptRecord:
    return msgspec.structs.replace(
        record,
        state=RemedyState.CARRIED_OUT,
        attempts=record.attempts + 1,
        due=None,
        problem=None,
        refused=False,
        proof=proof,
    )


def _proof(answer: Reply, now: int) -> KeptProof:
    return KeptProof(
        at=now,
        request=answer.request_id,
        status=answer.head.status,
        signature=answer.signature,
        body=answer.body.decode(),
    )
