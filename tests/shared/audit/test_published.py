"""One leaf has all recipients of a record, and proves each of them to the owner of the record."""

import msgspec
import pytest

from shared.audit.format.leaf import decode
from shared.audit.format.proof_file import read_opened
from shared.audit.models import LeafQuery, ListQuery
from shared.audit.verify.disclosures import record_faults
from shared.audit.verify.leaf_proof import verify_proof
from shared.bureaus import BureauCode
from shared.crypto.signed_note import parse_note, read_checkpoint
from shared.disclosure import Disclosure
from tests.shared.audit.fetched_logs import checked, witness, wrong
from tests.shared.audit.logged_service import ROOT, LoggedService, auditor, record

READERS = ("DE", "PL", "PARTNER-ICC")
PUBLISHED = record("FR", "published", match="")


def sent_to(*readers: str) -> list[Disclosure]:
    return [msgspec.structs.replace(PUBLISHED, reader=BureauCode(code)) for code in readers]


@pytest.fixture
async def published(service: LoggedService) -> LoggedService:
    """Log that a record was sent to three readers, between two answers."""
    await service.answer("DE", record("FR", number=2))
    await service.answer("IPSG", *sent_to(*READERS), operation="publish_record", officer="things")
    await service.answer("PL", record("PL", number=3))
    return service


async def test_the_owner_proves_that_it_knows_of_all_to_whom_its_record_was_sent(published: LoggedService) -> None:
    """The list of the owner has each of them; readers have nothing of it in theirs."""
    checkpoint = await witness(published, "DE", "FR")
    for bureau, length in (("FR", 4), ("PL", 1), ("DE", 0), ("IPSG", 0)):
        found = await checked(published, bureau, checkpoint)
        assert found.ok, wrong(found)
        assert f"all {length} in the list of {bureau}" in str(found.found)


async def test_the_explanation_names_each_reader_and_verifies_offline(published: LoggedService) -> None:
    """For the owner, who finds the leaf by its record; a reader does not see it among its own requests."""
    await witness(published, "DE", "FR")
    [leaf] = (await published.reader.page(auditor("FR"), LeafQuery(record=PUBLISHED.record))).items
    assert [(each.how, each.reader, each.rule) for each in leaf.records] == [
        ("published", "DE", "members"),
        ("published", "PL", "members"),
        ("published", "PARTNER-ICC", "partners"),
    ]
    explained = await published.reader.explain(auditor("FR"), leaf.index, None)
    assert "was sent to PL when it was published or changed. Rule `members`: " in explained.explanation[2]
    assert "and PL was not barred from it" in explained.explanation[2]
    assert verify_proof(explained.proof.encode(), ROOT.public).ok
    assert (await published.reader.page(auditor("PL"), LeafQuery(record=PUBLISHED.record))).items == []


async def test_another_reader_than_the_one_in_the_log_is_detected(published: LoggedService) -> None:
    """The digest in the leaf covers the reader, as the leaf itself names the Secretariat alone."""
    checkpoint = parse_note((await witness(published, "DE", "FR")).checkpoint)
    size = read_checkpoint(checkpoint).size
    listed = await published.reader.listed(auditor("FR"), ListQuery(size=size))
    leaf, opened = decode(listed.items[-1].leaf.encode()), read_opened(listed.items[-1].opened)
    assert [each.reader for each in opened.records] == list(READERS)
    assert list(record_faults(leaf, opened)) == []
    for reader in ("IT", None):
        forged = msgspec.structs.replace(opened.records[0], reader=reader)
        changed = msgspec.structs.replace(opened, records=(forged, *opened.records[1:]))
        assert any("is not what the leaf has the digest of" in fault for fault in record_faults(leaf, changed))
