"""Carries out the Commission's decisions, each remedy separately, in the deciding officer's name, until it succeeds.

A process may end between the request to the service and the note of its answer: the request is repeated, and the
service, which knows the reference, answers as before and does nothing twice.
"""

from datetime import date
from typing import Final

from msgspec.structs import replace

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

# As the officer, where no person acts.
GATEWAY: Final = "gateway"


class Execution:
    """Carries out the decisions that are stored in the mailbox of the Secretariat."""

    def __init__(self, mailbox: Mailbox, secretariat: Participant) -> None:
        self._mailbox = mailbox
        self._secretariat = secretariat

    async def carry_out(self, remedy: DueRemedy) -> None:
        """Carry out the remedy of one record, and note the outcome. Raises NotStored."""
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
        """Return the proof of the service where it has changed a record. Raises NotAnswered."""
        place, act = remedy.record.place, remedy.record.act or Act.DISCLOSE
        files = RecordClient(self._secretariat, remedy.officer, scopes_for(place, act))
        if act is not Act.DISCLOSE:
            verdict = Verdict.DELETE if act is Act.DELETE else Verdict.CORRECT
            corrections = remedy.record.corrections
            decision = CommissionDecision(decision=verdict, reference=remedy.reference, corrections=corrections)
            return _proof(await files.decide(place, decision), self._mailbox.now())
        # The report is made on request, so that none of it need be stored: it can be made.
        if (await files.disclosures(place)).deleted is None:
            note_of(await files.read(place), place)
        return None

    async def _note_done(self, remedy: DueRemedy, proof: KeptProof | None) -> None:
        now = self._mailbox.now()

        async def note(store: MailStore) -> None:
            requests = SubjectRequestStore(store.session)
            request, record = await _present(requests, remedy)
            if record.state is RemedyState.CARRIED_OUT or record.corrections != remedy.record.corrections:
                # Another process of this gateway was faster, or the service had refused the corrections of then.
                return
            attempts = record.attempts + 1
            done = {"state": RemedyState.CARRIED_OUT, "attempts": attempts, "due": None, "problem": None}
            await requests.save_records(request, [replace(record, refused=False, proof=proof, **done)])
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
                # Another process tried it, or the corrections were restated, meanwhile.
                return
            attempts = record.attempts + 1
            due = now + milliseconds(rules.retry_after_seconds(attempts))
            tried = replace(record, attempts=attempts, due=due, problem=problem, refused=refused)
            await requests.save_records(request, [tried])

        await self._mailbox.write(note)
        # Neither which record nor why: the reason is the service's text.
        self._mailbox.log.warning("decision-not-carried-out", request=remedy.request, act=remedy.record.act)


async def move_on(requests: SubjectRequestStore, request: KeptRequest, today: date) -> None:
    """Note that a decision is carried out, once all its remedies are carried out or abandoned."""
    state = rules.carried_out([each.state for each in await requests.records(request) if each.act])
    if state is not request.state:
        await requests.save(request.moved(state, today))


async def _present(requests: SubjectRequestStore, remedy: DueRemedy) -> tuple[KeptRequest, KeptRecord]:
    """Return the present request and record, which are never removed once decided."""
    request = await requests.find(remedy.request)
    assert request is not None  # noqa: S101 - requests are never deleted
    [record] = [each for each in await requests.records(request) if each.number == remedy.record.number]
    return request, record


def _proof(answer: Reply, now: int) -> KeptProof:
    status, body = answer.head.status, answer.body.decode()
    return KeptProof(at=now, request=answer.request_id, status=status, signature=answer.signature, body=body)
