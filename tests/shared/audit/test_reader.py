"""What auditors get from a log: explanations of leaves with proofs, pages of leaves, ranges of hashes."""

import pytest
import sqlalchemy as sa

from shared.audit.format.leaf import record_digest
from shared.audit.format.proof_file import AuditProof, read_proof
from shared.audit.models import Explanation, LeafQuery
from shared.audit.rules import LogDamaged
from shared.audit.tables import audit_leaves, disclosures
from shared.audit.verify.leaf_proof import verify_proof
from shared.crypto.ed25519 import encode_base64url
from shared.crypto.signed_note import parse_note, read_checkpoint
from shared.errors import NotFound
from shared.identity import Purpose
from shared.records.recalls import RecalledRecord, withdraw
from shared.records.tombstones import erase_matches
from tests.shared.audit.logged_service import (
    ASKED,
    FRENCH,
    POLISH,
    ROOT,
    SALT,
    SERVICE,
    LoggedService,
    auditor,
    record,
    witness,
)


def proof_in(explanation: Explanation) -> AuditProof:
    proof = read_proof(explanation.proof.encode())
    assert isinstance(proof, AuditProof)
    return proof


async def test_an_explanation_is_verified_offline(service: LoggedService) -> None:
    """With the root's public key alone: the leaf is in the log, its records match it, and two bureaus cosigned it."""
    await service.answer("DE", FRENCH, POLISH)
    await witness(service, "DE", "FR")
    explanation = await service.reader.explain(auditor("DE"), 0, None)
    found = verify_proof(explanation.proof.encode(), ROOT.public, asked=ASKED)
    assert found.ok, found.found
    assert (explanation.witnesses, [each.owner for each in explanation.records]) == (["DE", "FR"], ["FR", "PL"])
    assert (len(explanation.explanation), explanation.explanation[-1]) == (4, "It showed no other record.")
    assert "the leaf has those shown and no others" in [each.says for each in found.found]


async def test_an_owner_proves_disclosures_of_its_records_and_learns_of_no_others(service: LoggedService) -> None:
    """Neither ids, digests nor salts of other records, nor whether there are any."""
    await service.answer("DE", FRENCH, POLISH)
    await witness(service, "DE", "FR")
    explanation = await service.reader.explain(auditor("PL"), 0, None)
    assert verify_proof(explanation.proof.encode(), ROOT.public).ok
    proof = proof_in(explanation)
    assert ([each.shown for each in proof.records], proof.complete, proof.query_salt) == ([POLISH], None, None)
    assert explanation.explanation[-1].startswith("Only the bureau that asked")
    for secret in (FRENCH.record, record_digest(SALT, FRENCH, "members"), encode_base64url(SALT)):
        assert secret not in explanation.model_dump_json()


async def test_an_explanation_for_an_owner_does_not_reveal_other_records_by_its_length(service: LoggedService) -> None:
    """Neither does the leaf or its proof."""
    for others in (0, 1, 2, 100):
        await service.answer("DE", POLISH, *(record("FR", number=number) for number in range(10, 10 + others)))
    await witness(service)
    explained = [await service.reader.explain(auditor("PL"), index, None) for index in range(4)]
    leaves = [item.leaf for item in (await service.reader.leaves(auditor("PL"), 0, 10)).items]
    assert len({len(leaf or "") for leaf in leaves}) == 1
    # The slot of a record is random, does not depend on the others, and may have a digit more.
    slots = [str(proof_in(each).records[0].slot) for each in explained]
    assert len({len(each.model_dump_json()) - len(slot) for each, slot in zip(explained, slots, strict=True)}) == 1


@pytest.mark.both_databases
async def test_one_record_of_a_leaf_is_explained_alone(service: LoggedService) -> None:
    """A record that the answer did not show, or that the auditor may not see, is not found."""
    await service.answer("DE", FRENCH, POLISH)
    await witness(service)
    explanation = await service.reader.explain(auditor("DE"), 0, POLISH.record)
    assert [each.id for each in explanation.records] == [POLISH.record]
    assert explanation.explanation[-1] == "It showed 1 more that are not listed here."
    for bureau, asked in (("PL", FRENCH.record), ("DE", record(number=9).record)):
        with pytest.raises(NotFound):
            await service.reader.explain(auditor(bureau), 0, asked)


async def test_a_request_is_explained_by_its_id(service: LoggedService) -> None:
    """But not to an auditor whose bureau may not see it."""
    await service.answer("FR")
    request = await service.answer("DE", FRENCH)
    await witness(service)
    explanation = await service.reader.explain_request(auditor("FR"), request)
    assert (explanation.index, explanation.request, explanation.bureau) == (1, request, "DE")
    with pytest.raises(NotFound, match=f"no request {request} that your bureau may see"):
        await service.reader.explain_request(auditor("KE"), request)


@pytest.mark.both_databases
async def test_each_answer_to_a_reused_request_id_is_explained(service: LoggedService) -> None:
    """The first one, unless another is named by its digest; answers that the auditor may not see are not found."""
    first, second, none = "A" * 43, "B" * 43, "C" * 43
    request = await service.answer("DE", FRENCH, digest=first, officer=f'"answer":"{none}"}}')
    await service.answer("DE", FRENCH, POLISH, digest=second, request=request)
    await service.answer("DE", POLISH, digest=none)
    await witness(service)
    for bureau, answer, index in (("FR", None, 0), ("FR", first, 0), ("FR", second, 1), ("PL", second, 1)):
        assert (await service.reader.explain_request(auditor(bureau), request, answer)).index == index
    for bureau, answer in (("PL", first), ("FR", none), ("DE", none)):
        with pytest.raises(NotFound, match=f"no request {request} that your bureau may see with this answer"):
            await service.reader.explain_request(auditor(bureau), request, answer)
    listed = await service.reader.page(auditor("FR"), LeafQuery(request=request))
    assert [item.index for item in listed.items] == [1, 0]
    assert [item.index for item in (await service.reader.page(auditor("DE"), LeafQuery(request=request))).items] == [
        1,
        0,
    ]
    assert (await service.reader.page(auditor("KE"), LeafQuery(request=request))).items == []


async def test_a_hidden_leaf_and_a_missing_leaf_are_refused_with_the_same_message(service: LoggedService) -> None:
    await service.answer("DE", FRENCH)
    await witness(service)
    messages = []
    for index in (0, 5):
        with pytest.raises(NotFound) as refused:
            await service.reader.explain(auditor("KE"), index, None)
        messages.append(refused.value.detail.replace(str(index), "N"))
    assert messages == ["no leaf N that your bureau may see"] * 2


async def test_a_leaf_is_proven_against_the_newest_checkpoint_with_enough_cosignatures(service: LoggedService) -> None:
    """Else against the newest of all; before the first checkpoint it cannot be proven."""
    await service.answer("DE")
    with pytest.raises(NotFound, match="no checkpoint covers leaf 0 yet"):
        await service.reader.explain(auditor("DE"), 0, None)
    await witness(service, "DE", "FR")
    await service.answer("DE")
    await witness(service, "DE")
    of_first, of_second = [await service.reader.explain(auditor("DE"), index, None) for index in (0, 1)]
    assert (of_first.witnesses, read_checkpoint(parse_note(proof_in(of_first).checkpoint)).size) == (["DE", "FR"], 1)
    assert (of_second.witnesses, read_checkpoint(parse_note(proof_in(of_second).checkpoint)).size) == (["DE"], 2)


async def test_the_match_is_hidden_from_a_bureau_after_a_withdrawal_from_it(service: LoggedService) -> None:
    """As if the record were deleted, so that it cannot tell. Others see the match, and it sees later ones."""
    await service.answer("DE", FRENCH)
    now = service.clock.now()
    recalled = RecalledRecord(
        service=SERVICE,
        kind=FRENCH.kind,
        record=FRENCH.record,
        owner=FRENCH.owner,
        version=4,
        purpose=Purpose.WARNING,
        at=now,
    )
    async with service.database.writing() as session:
        await withdraw(session, recalled, lambda bureau: bureau != "DE")
    await service.answer("DE", FRENCH)
    await witness(service, "DE", "FR")
    explained = {
        bureau: [(await service.reader.explain(auditor(bureau), index, None)).records[0].match for index in (0, 1)]
        for bureau in ("DE", "FR", "IPSG")
    }
    assert explained == {"DE": ["", "colour"], "FR": ["colour", "colour"], "IPSG": ["colour", "colour"]}
    explanation = await service.reader.explain(auditor("DE"), 0, None)
    assert "the match was erased" in explanation.explanation[1]
    assert proof_in(explanation).records == ()
    assert verify_proof(explanation.proof.encode(), ROOT.public).ok


async def test_an_erased_match_cannot_be_opened_and_the_proof_of_its_leaf_stays_valid(service: LoggedService) -> None:
    """For every bureau that may see the leaf."""
    await service.answer("DE", FRENCH, POLISH)
    await witness(service, "DE", "FR")
    async with service.database.writing() as session:
        await erase_matches(session, FRENCH.record)
    of_each = {name: await service.reader.explain(auditor(name), 0, None) for name in ("FR", "PL", "DE")}
    assert [each.match for each in of_each["FR"].records] == [""]
    assert {name: [each.owner for each in proof_in(explained).records] for name, explained in of_each.items()} == {
        "FR": [],
        "PL": ["PL"],
        "DE": ["PL"],
    }
    complete = proof_in(of_each["DE"]).complete
    assert complete is not None
    assert len(complete.closed) == 1
    assert all(verify_proof(each.proof.encode(), ROOT.public).ok for each in of_each.values())


async def test_a_leaf_with_a_deleted_disclosure_is_not_explained(service: LoggedService) -> None:
    """LogDamaged is raised: no proof is made of what the leaf does not state."""
    await service.answer("DE", FRENCH, POLISH)
    await witness(service)
    async with service.database.writing() as session:
        await session.execute(sa.delete(disclosures).where(disclosures.c.owner == "FR"))
    with pytest.raises(LogDamaged):
        await service.reader.explain(auditor("DE"), 0, None)


async def test_an_altered_leaf_is_not_explained(service: LoggedService) -> None:
    """LogDamaged is raised, for a page as well."""
    await service.answer("DE")
    await witness(service)
    async with service.database.writing() as session:
        await session.execute(sa.update(audit_leaves).values(leaf=b"another"))
    with pytest.raises(LogDamaged):
        await service.reader.page(auditor("DE"), LeafQuery())
    with pytest.raises(LogDamaged):
        await service.reader.explain(auditor("DE"), 0, None)


async def test_a_page_has_the_cursor_of_the_next_page(service: LoggedService) -> None:
    """Newest first, up to the end."""
    for _ in range(3):
        await service.answer("DE", FRENCH)
    first = await service.reader.page(auditor("FR"), LeafQuery(limit=2))
    assert ([item.index for item in first.items], first.next) == ([2, 1], 1)
    second = await service.reader.page(auditor("FR"), LeafQuery(limit=2, after=first.next))
    assert ([item.index for item in second.items], second.next) == ([0], None)


async def test_the_log_is_read_range_by_range(service: LoggedService) -> None:
    """The hash of every leaf, and the texts that the auditor may read."""
    await service.answer("DE", FRENCH)
    await service.answer("DE")
    await service.answer("FR")
    first = await service.reader.leaves(auditor("FR"), 0, 2)
    assert ([item.leaf is None for item in first.items], first.next) == ([False, True], 2)
    second = await service.reader.leaves(auditor("FR"), 2, 2)
    assert ([item.index for item in second.items], second.next) == ([2], None)
    assert (await service.reader.leaves(auditor("FR"), 3, 2)).items == []


async def test_a_disclosure_to_the_commission_is_explained_to_the_commission_alone(service: LoggedService) -> None:
    """The auditors of the owner and of the Secretariat get NotFound."""
    request = await service.answer("CCF", FRENCH, purpose=Purpose.DATA_SUBJECT_REQUEST)
    await witness(service)
    assert (await service.reader.explain(auditor("CCF"), 0, None)).records[0].rule == "data-subject-request"
    for looked_for in (
        service.reader.explain(auditor("FR"), 0, None),
        service.reader.explain_request(auditor("FR"), request),
        service.reader.explain(auditor("IPSG"), 0, None),
        service.reader.explain_request(auditor("IPSG"), request),
    ):
        with pytest.raises(NotFound):
            await looked_for
