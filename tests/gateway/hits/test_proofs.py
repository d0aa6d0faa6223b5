"""The Secretariat shows a hit as overdue only by what its service and its owner have signed."""

from collections.abc import Iterable

import pytest

from shared.crypto.ed25519 import decode_base64url, encode_base64url
from shared.protocol.envelope import ReceiptHead
from shared.protocol.evidence import ProvenMessage, assemble
from shared.protocol.evidence.file import read
from shared.protocol.payloads import ConfirmationAnswer, ConfirmationRequest, HitsNotice
from shared.protocol.verifier import parse
from tests.gateway.hits.actors import Bureau, Service, connection_of
from tests.gateway.hits.conftest import Pass
from tests.gateway.hits.escalations import Case, case_of, escalate, overdue, reason
from tests.gateway.hits.hit_samples import AT, SERVICE, an_id, details
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import Officer


@pytest.fixture
async def case(service: Service, germany: Bureau, france: Bureau) -> Case:
    """Return a hit that France was asked to confirm and has received."""
    case = await case_of(service, germany)
    await france.sees(case.hit.id, lambda hit: hit["state"] == "requested")
    return case


@pytest.fixture(autouse=True)
def unwatched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop all deadline workers."""
    monkeypatch.setattr("gateway.escalation.worker.EVERY_SECONDS", 1e6)


async def test_an_escalation_with_valid_evidence_makes_a_hit_overdue(
    germany: Bureau, secretariat: Bureau, case: Case, passing: Pass
) -> None:
    """The message of the service, and the request with the owner's receipt."""
    await passing(minutes=10)
    assert await escalate(germany, case) is None
    assert await overdue(secretariat) == [case.hit.id]


async def test_the_evidence_of_a_hit_contains_the_other_hits_of_its_message(
    service: Service, germany: Bureau, secretariat: Bureau, passing: Pass
) -> None:
    """The service signed the message as a whole."""
    hit, other = details(), details()
    await service.notifies(HitsNotice(service=SERVICE, hits=(hit, other)), "FR", "DE")
    thread = (await germany.sees(hit.id))["thread"]
    asked = await germany.asks(hit.id)
    case = Case(hit, thread, await germany.proof(thread), await germany.proof(asked))
    await passing(minutes=10)
    assert await escalate(germany, case) is None
    assert await overdue(secretariat) == [hit.id]
    assert other.id.encode() in decode_base64url(case.notice)


@pytest.mark.thorough
async def test_an_escalation_without_a_genuine_hit_is_refused(
    mesh: Mesh, germany: Bureau, secretariat: Bureau, case: Case, passing: Pass
) -> None:
    """Invented by the finder, sent by another service, of another id, or without a hit."""
    made_up = HitsNotice(service=SERVICE, hits=(case.hit,))
    by_germany = await germany.proof(await germany.sends(made_up, "FR", thread=case.thread))
    other = Service(mesh, "notices", 101)
    by_another = await germany.proof(await delivered(mesh, other, germany, made_up))
    await passing(minutes=10)
    assert await escalate(germany, case, notice=by_germany) == reason("service")
    assert await escalate(germany, case, notice=by_another) == reason("service")
    assert await escalate(germany, case, hit=an_id()) == reason("hit")
    assert await escalate(germany, case, notice=case.request) == reason("evidence")
    assert await secretariat.listed() == []


async def delivered(mesh: Mesh, service: Service, bureau: Bureau, form: HitsNotice) -> str:
    """Send a form from a service to a bureau, wait until it is received, and return its id."""
    message_id = await service.notifies(form, bureau.code)
    await Officer(bureau._client, mesh, bureau.code).receives(message_id)
    return message_id


@pytest.mark.thorough
async def test_an_escalation_with_evidence_of_another_bureau_or_another_hit_is_refused(
    service: Service, germany: Bureau, kenya: Bureau, secretariat: Bureau, case: Case, passing: Pass
) -> None:
    other = await case_of(service, germany)
    await passing(minutes=10)
    stolen = await kenya.sends(case.escalation(), "IPSG", thread=case.thread)
    assert await kenya.refusal_of(stolen) == reason("parties")
    assert await escalate(germany, case, request=other.request) == reason("hit")
    assert await secretariat.listed() == []


async def test_an_escalation_outside_the_thread_of_its_hit_or_to_another_recipient_is_refused(
    germany: Bureau, secretariat: Bureau, case: Case, passing: Pass
) -> None:
    """Its readers look for it in the thread."""
    await passing(minutes=10)
    elsewhere = await germany.sends(case.escalation(), "IPSG", thread=an_id())
    assert await germany.refusal_of(elsewhere) == reason("hit")
    assert await germany.refusal_of(await germany.sends(case.escalation(), "FR")) == reason("recipient")
    assert await secretariat.listed() == []


@pytest.mark.thorough
async def test_an_escalation_without_the_receipt_of_the_owner_is_refused(
    mesh: Mesh,
    service: Service,
    germany: Bureau,
    secretariat: Bureau,
    case: Case,
    passing: Pass,
) -> None:
    """Without any, with that of another bureau, or with the owner's for another message."""
    other = await case_of(service, germany)
    plain = ConfirmationRequest(hit=case.hit.id, number=1, urgency="urgent", due=AT + 600)
    together = await germany.sends(plain, "FR", "KE", thread=case.thread)
    await germany.has_receipt(together)
    signed_by_both = await germany.proof(together)
    unsigned = remade(mesh, case.request, ())
    by_kenya = remade(mesh, signed_by_both, [each for each in receipts_in(signed_by_both) if is_by(each, "KE")])
    swapped = remade(mesh, case.request, receipts_in(other.request))
    await passing(minutes=10)
    for proof in (unsigned, by_kenya, swapped):
        assert await escalate(germany, case, request=proof) == reason("receipt")
    assert await secretariat.listed() == []


def receipts_in(proof: str) -> list[str]:
    """Return the signature headers of the receipts in a proof."""
    return [each.signature for each in read(decode_base64url(proof)).receipts]


def is_by(receipt: str, bureau: str) -> bool:
    return parse(ReceiptHead, receipt)[1].sender == bureau


def remade(mesh: Mesh, proof: str, receipts: Iterable[str]) -> str:
    """Return evidence with these receipts, as anyone who has the evidence can make it."""
    file = read(decode_base64url(proof))
    message = ProvenMessage(
        signature=file.message.signature,
        body=decode_base64url(file.message.ciphertext),
        content=file.content.encode(),
        salt=decode_base64url(file.salt),
        blinds={},
    )
    return encode_base64url(assemble(message, receipts, mesh.directory.signed_entries()))


@pytest.mark.thorough
async def test_an_escalation_before_the_deadline_counted_from_the_receipt_is_refused(
    mesh: Mesh,
    service: Service,
    germany: Bureau,
    france: Bureau,
    secretariat: Bureau,
    passing: Pass,
) -> None:
    """An owner that was offline has its time from its receipt, whatever the request states."""
    found = await service.finds()
    thread = (await germany.sees(found.id))["thread"]
    connection_of(mesh, france).disconnect()
    asked = (await germany.request(found.id)).json()["confirmations"][0]["message"]
    await passing(minutes=5)
    connection_of(mesh, france).reconnect()
    await germany.has_receipt(asked)
    case = Case(found, thread, await germany.proof(thread), await germany.proof(asked))
    await passing(minutes=9)
    assert await escalate(germany, case) == reason("clock")
    await passing(minutes=1)
    assert await escalate(germany, case) is None
    assert await overdue(secretariat) == [found.id]


@pytest.mark.thorough
async def test_an_escalation_with_altered_evidence_or_a_revoked_key_is_refused(
    mesh: Mesh, germany: Bureau, secretariat: Bureau, case: Case, passing: Pass
) -> None:
    """By the directory as it is now; the evidence itself does not show later revocations."""
    await passing(minutes=10)
    changed = case.request[:-8] + ("A" if case.request[-8] != "A" else "B") + case.request[-7:]
    for proof in (changed, "e30", "_"):
        assert await escalate(germany, case, request=proof) == reason("evidence")
    mesh.change_entries(SERVICE, revoked_at=AT - 1)
    assert await escalate(germany, case) == reason("evidence")
    assert await secretariat.listed() == []


async def test_an_escalation_of_a_request_with_too_short_a_deadline_is_refused(
    germany: Bureau, france: Bureau, secretariat: Bureau, service: Service, passing: Pass
) -> None:
    """The owner ignored the request, although it signed the receipt."""
    found = await service.finds()
    thread = (await germany.sees(found.id))["thread"]
    short = await germany.sends(ConfirmationRequest(hit=found.id, number=1, urgency="urgent", due=AT + 60), "FR")
    await germany.has_receipt(short)
    case = Case(found, thread, await germany.proof(thread), await germany.proof(short))
    await passing(minutes=10)
    assert await escalate(germany, case) == reason("clock")
    assert await secretariat.listed() == []


async def test_an_escalation_is_refused_if_the_owner_was_not_shown_the_hit(
    germany: Bureau, france: Bureau, secretariat: Bureau, service: Service, passing: Pass
) -> None:
    """A delayed inquiry: the owner signs for a request whose hit it cannot find."""
    found = details(how="delayed-inquiry")
    await service.notifies(HitsNotice(service=SERVICE, hits=(found,)), "DE")
    thread = (await germany.sees(found.id))["thread"]
    blind = await germany.sends(ConfirmationRequest(hit=found.id, number=1, urgency="urgent", due=AT + 600), "FR")
    await germany.has_receipt(blind)
    case = Case(found, thread, await germany.proof(thread), await germany.proof(blind))
    await passing(minutes=10)
    assert await escalate(germany, case) == reason("hit")
    assert await france.listed() == await secretariat.listed() == []


@pytest.mark.thorough
async def test_an_escalation_with_an_answer_of_another_bureau_is_refused(
    germany: Bureau, kenya: Bureau, secretariat: Bureau, case: Case, passing: Pass
) -> None:
    """Only what the owner signed is its answer."""
    forged = await kenya.sends(
        ConfirmationAnswer(hit=case.hit.id, number=1, answer="confirmed"), "DE", thread=case.thread
    )
    await kenya.has_receipt(forged)
    await passing(minutes=10)
    assert await escalate(germany, case, answer=await kenya.proof(forged)) == reason("answer")
    assert await secretariat.listed() == []


@pytest.mark.thorough
async def test_repeated_escalations_of_a_hit_are_limited(
    germany: Bureau, secretariat: Bureau, case: Case, passing: Pass
) -> None:
    """Otherwise they would fill the Secretariat's page of the hit."""
    await passing(minutes=10)
    for _ in range(10):
        assert await escalate(germany, case) is None
    [confirmation] = (await secretariat.hit(case.hit.id))["confirmations"]
    assert len(confirmation["escalations"]) == 9
