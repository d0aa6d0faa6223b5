"""The Secretariat believes no finder: it shows as overdue what service and owner have signed, and nothing else."""

from collections.abc import Iterable
from typing import Any

import pytest

from shared.crypto.ed25519 import decode_base64url, encode_base64url
from shared.protocol.envelope import ReceiptHead
from shared.protocol.evidence import ProvenMessage, assemble
from shared.protocol.evidence.file import read
from shared.protocol.payloads import ConfirmationAnswer, ConfirmationRequest, Escalation, HitNote, HitsNotice
from shared.protocol.verifier import parse
from tests.gateway.hits.actors import Bureau, Service, connection_of
from tests.gateway.hits.conftest import Pass
from tests.gateway.hits.notes import AT, SERVICE, an_id, note
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import Officer


class Case:
    """A hit of Germany on a record of France, the request to confirm it, and what proves both."""

    def __init__(self, hit: HitNote, thread: str, notice: str, request: str) -> None:
        self.hit = hit
        self.thread = thread
        self.notice = notice
        self.request = request

    def escalation(self, **changed: Any) -> Escalation:
        """Return what tells the Secretariat that nobody has answered."""
        return Escalation(**({"hit": self.hit.id, "notice": self.notice, "request": self.request} | changed))


async def case_of(service: Service, germany: Bureau, **changed: Any) -> Case:
    """Have Germany find a record, ask for confirmation, and get what proves it."""
    found = await service.finds(**changed)
    thread = (await germany.sees(found.id))["thread"]
    asked = await germany.asks(found.id)
    return Case(found, thread, await germany.proof(thread), await germany.proof(asked))


@pytest.fixture
async def case(service: Service, germany: Bureau, france: Bureau) -> Case:
    """Return a hit that France was asked to confirm, and knows of."""
    case = await case_of(service, germany)
    await france.sees(case.hit.id, lambda hit: hit["state"] == "requested")
    return case


@pytest.fixture(autouse=True)
def unwatched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no gateway send anything on its own."""
    monkeypatch.setattr("gateway.hits.worker.EVERY_SECONDS", 1e6)


def reason(code: str) -> str:
    return f"not-proven-{code}"


async def says(germany: Bureau, case: Case, **changed: Any) -> str | None:
    """Have Germany tell the Secretariat; return why that refuses it, if it does."""
    return await germany.refusal_of(await germany.says(case.escalation(**changed), "IPSG", thread=case.thread))


async def overdue(secretariat: Bureau) -> list[str]:
    return [hit["id"] for hit in await secretariat.listed(state="overdue")]


async def test_what_is_proven_is_overdue(germany: Bureau, secretariat: Bureau, case: Case, passing: Pass) -> None:
    """By the service's own word, with the receipt of the owner."""
    await passing(minutes=10)
    assert await says(germany, case) is None
    assert await overdue(secretariat) == [case.hit.id]


async def test_what_proves_a_hit_tells_of_the_other_hits_of_the_same_message(
    service: Service, germany: Bureau, secretariat: Bureau, passing: Pass
) -> None:
    """The Secretariat is shown the whole message that the service signed."""
    hit, other = note(), note()
    await service.tells(HitsNotice(service=SERVICE, hits=(hit, other)), "FR", "DE")
    thread = (await germany.sees(hit.id))["thread"]
    asked = await germany.asks(hit.id)
    case = Case(hit, thread, await germany.proof(thread), await germany.proof(asked))
    await passing(minutes=10)
    assert await says(germany, case) is None
    assert await overdue(secretariat) == [hit.id]
    assert other.id.encode() in decode_base64url(case.notice)


async def test_a_hit_that_never_was_is_refused(
    mesh: Mesh, germany: Bureau, secretariat: Bureau, case: Case, passing: Pass
) -> None:
    """Made up by the finder, said by another service, or another than the one that the service has told of."""
    made_up = HitsNotice(service=SERVICE, hits=(case.hit,))
    by_germany = await germany.proof(await germany.says(made_up, "FR", thread=case.thread))
    other = Service(mesh, "notices", 101)
    by_another = await germany.proof(await told(mesh, other, germany, made_up))
    await passing(minutes=10)
    assert await says(germany, case, notice=by_germany) == reason("service")
    assert await says(germany, case, notice=by_another) == reason("service")
    assert await says(germany, case, hit=an_id()) == reason("hit")
    assert await says(germany, case, notice=case.request) == reason("evidence")
    assert await secretariat.listed() == []


async def told(mesh: Mesh, service: Service, bureau: Bureau, form: HitsNotice) -> str:
    """Have a service tell a bureau, and wait until that has it."""
    message_id = await service.tells(form, bureau.code)
    await Officer(bureau._client, mesh, bureau.code).receives(message_id)
    return message_id


async def test_the_hit_of_another_is_refused(
    service: Service, germany: Bureau, kenya: Bureau, secretariat: Bureau, case: Case, passing: Pass
) -> None:
    """One signed for another proves nothing; nor is a request of one hit a request of another."""
    other = await case_of(service, germany)
    await passing(minutes=10)
    stolen = await kenya.says(case.escalation(), "IPSG", thread=case.thread)
    assert await kenya.refusal_of(stolen) == reason("parties")
    assert await says(germany, case, request=other.request) == reason("hit")
    assert await secretariat.listed() == []


async def test_what_is_not_said_in_the_thread_of_the_hit_or_not_to_the_secretariat_is_refused(
    germany: Bureau, secretariat: Bureau, case: Case, passing: Pass
) -> None:
    """Later readers find it only there."""
    await passing(minutes=10)
    elsewhere = await germany.says(case.escalation(), "IPSG", thread=an_id())
    assert await germany.refusal_of(elsewhere) == reason("hit")
    assert await germany.refusal_of(await germany.says(case.escalation(), "FR")) == reason("recipient")
    assert await secretariat.listed() == []


async def test_a_request_for_which_the_owner_has_not_signed_is_refused(
    mesh: Mesh,
    service: Service,
    germany: Bureau,
    secretariat: Bureau,
    case: Case,
    passing: Pass,
) -> None:
    """Neither without a receipt, nor with that of another bureau, nor with the owner's for another message."""
    other = await case_of(service, germany)
    plain = ConfirmationRequest(hit=case.hit.id, number=1, urgency="urgent", due=AT + 600)
    together = await germany.says(plain, "FR", "KE", thread=case.thread)
    await germany.has_receipt(together)
    signed_by_both = await germany.proof(together)
    unsigned = remade(mesh, case.request, ())
    by_kenya = remade(mesh, signed_by_both, [each for each in receipts_in(signed_by_both) if is_by(each, "KE")])
    swapped = remade(mesh, case.request, receipts_in(other.request))
    await passing(minutes=10)
    for proof in (unsigned, by_kenya, swapped):
        assert await says(germany, case, request=proof) == reason("receipt")
    assert await secretariat.listed() == []


def receipts_in(proof: str) -> list[str]:
    """Return the signature headers of the receipts in a proof."""
    return [each.signature for each in read(decode_base64url(proof)).receipts]


def is_by(receipt: str, bureau: str) -> bool:
    return parse(ReceiptHead, receipt)[1].sender == bureau


def remade(mesh: Mesh, proof: str, receipts: Iterable[str]) -> str:
    """Return a proof with these receipts, as anyone who has the proof can make it."""
    file = read(decode_base64url(proof))
    message = ProvenMessage(
        signature=file.message.signature,
        body=decode_base64url(file.message.ciphertext),
        content=file.content.encode(),
        salt=decode_base64url(file.salt),
        blinds={},
    )
    return encode_base64url(assemble(message, receipts, mesh.directory.signed_entries()))


async def test_a_receipt_must_be_as_old_as_the_time_for_an_answer(
    mesh: Mesh,
    service: Service,
    germany: Bureau,
    france: Bureau,
    secretariat: Bureau,
    passing: Pass,
) -> None:
    """An owner that was away has its time from when it signed, whatever the request says."""
    found = await service.finds()
    thread = (await germany.sees(found.id))["thread"]
    connection_of(mesh, france).disconnect()
    asked = (await germany.request(found.id)).json()["confirmations"][0]["message"]
    await passing(minutes=5)
    connection_of(mesh, france).reconnect()
    await germany.has_receipt(asked)
    case = Case(found, thread, await germany.proof(thread), await germany.proof(asked))
    await passing(minutes=9)
    assert await says(germany, case) == reason("clock")
    await passing(minutes=1)
    assert await says(germany, case) is None
    assert await overdue(secretariat) == [found.id]


async def test_what_was_changed_or_signed_by_a_key_that_is_revoked_is_refused(
    mesh: Mesh, germany: Bureau, secretariat: Bureau, case: Case, passing: Pass
) -> None:
    """By the directory as it is now: the file itself says nothing of what the root has revoked since."""
    await passing(minutes=10)
    changed = case.request[:-8] + ("A" if case.request[-8] != "A" else "B") + case.request[-7:]
    for proof in (changed, "e30", "_"):
        assert await says(germany, case, request=proof) == reason("evidence")
    mesh.change_entries(SERVICE, revoked_at=AT - 1)
    assert await says(germany, case) == reason("evidence")
    assert await secretariat.listed() == []


async def test_a_request_that_left_less_time_is_refused(
    germany: Bureau, france: Bureau, secretariat: Bureau, service: Service, passing: Pass
) -> None:
    """Its owner has ignored it, though it has signed that it came."""
    found = await service.finds()
    thread = (await germany.sees(found.id))["thread"]
    short = await germany.says(ConfirmationRequest(hit=found.id, number=1, urgency="urgent", due=AT + 60), "FR")
    await germany.has_receipt(short)
    case = Case(found, thread, await germany.proof(thread), await germany.proof(short))
    await passing(minutes=10)
    assert await says(germany, case) == reason("clock")
    assert await secretariat.listed() == []


async def test_a_request_that_did_not_show_the_owner_a_hit_it_was_not_told_of_is_refused(
    germany: Bureau, france: Bureau, secretariat: Bureau, service: Service, passing: Pass
) -> None:
    """It signs for a request by which it can find nothing, and would stand as overdue."""
    found = note(how="delayed-inquiry")
    await service.tells(HitsNotice(service=SERVICE, hits=(found,)), "DE")
    thread = (await germany.sees(found.id))["thread"]
    blind = await germany.says(ConfirmationRequest(hit=found.id, number=1, urgency="urgent", due=AT + 600), "FR")
    await germany.has_receipt(blind)
    case = Case(found, thread, await germany.proof(thread), await germany.proof(blind))
    await passing(minutes=10)
    assert await says(germany, case) == reason("hit")
    assert await france.listed() == await secretariat.listed() == []


async def test_the_answer_of_another_settles_nothing(
    germany: Bureau, kenya: Bureau, secretariat: Bureau, case: Case, passing: Pass
) -> None:
    """What the owner has not signed itself is no answer of it."""
    forged = await kenya.says(
        ConfirmationAnswer(hit=case.hit.id, number=1, answer="confirmed"), "DE", thread=case.thread
    )
    await kenya.has_receipt(forged)
    await passing(minutes=10)
    assert await says(germany, case, answer=await kenya.proof(forged)) == reason("answer")
    assert await secretariat.listed() == []


async def test_a_hit_is_escalated_no_more_often_than_its_clocks_run_out(
    germany: Bureau, secretariat: Bureau, case: Case, passing: Pass
) -> None:
    """Otherwise a repeated escalation would fill the page of the Secretariat."""
    await passing(minutes=10)
    for _ in range(10):
        assert await says(germany, case) is None
    [confirmation] = (await secretariat.hit(case.hit.id))["confirmations"]
    assert len(confirmation["escalations"]) == 9
