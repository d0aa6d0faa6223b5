"""Each bureau can prove that its list of disclosures has no gap, and learns nothing of the other lists."""

import re
from collections.abc import Callable, Sequence

import msgspec
import pytest
import sqlalchemy as sa

from shared.audit.format.leaf import decode
from shared.audit.format.proof_file import OwnList, read_header, read_line, read_opened, write_header, write_line
from shared.audit.models import LeafQuery, ListedLeaf, ListQuery
from shared.audit.rules import LogDamaged
from shared.audit.tables import audit_leaves, audit_logs, disclosures
from shared.audit.verify.disclosures import ListVerifier
from shared.audit.verify.full_log import verify_log
from shared.crypto.ed25519 import decode_base64url, encode_base64url
from shared.crypto.merkle import leaf_hash, root_from_inclusion
from shared.crypto.signed_note import parse_note, read_checkpoint
from shared.disclosure import FOUND_LATER, How
from shared.identity import Purpose
from shared.records.tombstones import erase_matches
from tests.shared.audit.fetched_logs import checked, fetch, witness, wrong
from tests.shared.audit.logged_service import ROOT, LoggedService, auditor, record

FRENCH, POLISH, OTHER_FRENCH = record("FR", number=1), record("PL", number=2), record("FR", number=3)
NOBODY_ELSE = "is not shown whether there are others"


async def answer_some(service: LoggedService) -> None:
    """Disclose records of two owners several times, once of them to the Commission."""
    await service.answer("DE", FRENCH, POLISH)
    await service.answer("PL", FRENCH, OTHER_FRENCH)
    await service.answer("DE")
    await service.answer("CCF", FRENCH, purpose=Purpose.DATA_SUBJECT_REQUEST)
    await service.answer("FR", record("FR", "change", number=3))


@pytest.mark.parametrize(("bureau", "length"), [("FR", 4), ("PL", 1), ("DE", 0), ("IPSG", 0), ("CCF", 1)])
async def test_a_complete_list_of_disclosures_is_proven(service: LoggedService, bureau: str, length: int) -> None:
    """From the log as the bureau may see it; disclosures to the Commission are in its own list alone."""
    await answer_some(service)
    found = await checked(service, bureau, await witness(service, "DE", "FR"))
    assert found.ok, wrong(found)
    [says] = [each.says for each in found.found if each.check == "disclosures"]
    assert says.startswith(f"all {length} in the list of {bureau}")


@pytest.mark.both_databases
@pytest.mark.parametrize("how", FOUND_LATER)
async def test_hits_of_earlier_searches_are_in_the_list_of_the_secretariat(service: LoggedService, how: How) -> None:
    """Also that the finder then read the record; the owner's list is complete without both."""
    await service.answer("PL", FRENCH)
    await service.answer("DE", record("FR", how, number=1))
    await service.answer("DE", record("FR", "read", number=1))
    await service.answer("PL", record("FR", "read", number=1))
    checkpoint = await witness(service, "DE", "FR")
    for bureau, length in (("FR", 2), ("IPSG", 2), ("DE", 0)):
        found = await checked(service, bureau, checkpoint)
        assert found.ok, wrong(found)
        assert f"all {length} in the list of {bureau}" in str(found.found)
    await delete(service, disclosures.c.how == how)
    assert wrong(await checked(service, "FR", checkpoint)) == {}
    assert "number 1 is in none" in wrong(await checked(service, "IPSG", checkpoint))["disclosures"]


@pytest.mark.parametrize("number", range(1, 7))
async def test_a_deleted_disclosure_is_detected_by_its_owner(service: LoggedService, number: int) -> None:
    """Any of them, also the last one; the bureau that asked and the Secretariat detect it as well.

    What the Commission asked is not for the Secretariat to know.
    """
    await answer_some(service)
    checkpoint = await witness(service, "DE", "FR")
    async with service.database.writing() as session:
        [row] = await session.fetch(sa.select(disclosures).order_by(disclosures.c.number).offset(number - 1).limit(1))
        await session.execute(sa.delete(disclosures).where(disclosures.c.number == row.number))
    owner = wrong(await checked(service, row.listed_for, checkpoint))
    assert f"number {row.nth} is in none of the leaves" in owner["disclosures"]
    for bureau in {row.bureau, row.bureau if row.bureau == "CCF" else "IPSG"}:
        assert f"leaf {row.leaf}: " in wrong(await checked(service, bureau, checkpoint))["records"]


async def test_a_disclosure_deleted_before_the_next_checkpoint_is_detected(service: LoggedService) -> None:
    """The log counts it when the leaf is written, not when the checkpoint is signed."""
    await service.answer("DE", FRENCH)
    await delete(service, disclosures.c.owner == "FR")
    await service.answer("DE", OTHER_FRENCH)
    found = wrong(await checked(service, "FR", await witness(service, "DE", "FR")))
    assert "a gap: 2 disclosures are in the list of FR, and number 1" in found["disclosures"]


async def test_a_leaf_deleted_with_its_disclosures_is_detected(service: LoggedService) -> None:
    """By every bureau, as the tree has another root."""
    await answer_some(service)
    checkpoint = await witness(service, "DE", "FR")
    await delete(service, disclosures.c.leaf == 1)
    async with service.database.writing() as session:
        await session.execute(sa.delete(audit_leaves).where(audit_leaves.c.number == 1))
    for bureau in ("FR", "DE", "PL"):
        assert "1 were dropped" in wrong(await checked(service, bureau, checkpoint))["tree"]


@pytest.mark.parametrize("column", ["owner", "version", "match", "rule", "nth"])
async def test_a_changed_disclosure_does_not_match_its_leaf(service: LoggedService, column: str) -> None:
    """The leaf has the digest of all its members and of its place in the list."""
    await answer_some(service)
    checkpoint = await witness(service, "DE", "FR")
    changed = {"owner": "PL", "version": 9, "match": "another", "rule": "owner", "nth": 7}
    async with service.database.writing() as session:
        await session.execute(sa.update(disclosures).where(disclosures.c.leaf == 0).values({column: changed[column]}))
    assert "number 1 is in none of the leaves" in wrong(await checked(service, "FR", checkpoint))["disclosures"]


async def test_a_list_stays_proven_after_matches_are_erased(service: LoggedService) -> None:
    """As when a record is deleted: its places in the list are kept."""
    await answer_some(service)
    async with service.database.writing() as session:
        await erase_matches(session, FRENCH.record)
    found = await checked(service, "FR", await witness(service, "DE", "FR"))
    assert found.ok, wrong(found)


@pytest.mark.both_databases
@pytest.mark.parametrize("limit", [1, 2, 100])
async def test_a_list_is_read_in_parts_that_are_proven_separately(service: LoggedService, limit: int) -> None:
    """Each leaf against a checkpoint, for a reader who keeps what was proven and asks for the rest."""
    await answer_some(service)
    note = parse_note((await witness(service, "DE", "FR")).checkpoint)
    await service.answer("DE", FRENCH)
    checkpoint, place = read_checkpoint(note), (0, 0)
    own = OwnList(**(await service.reader.own_list(auditor("FR"), checkpoint.size)).model_dump(mode="json"))
    reading = ListVerifier(own)
    while items := await part(service, checkpoint.size, *place, limit):
        for each in items:
            proof = [decode_base64url(hashed) for hashed in each.proof]
            leaf = each.leaf.encode()
            assert root_from_inclusion(each.index, checkpoint.size, leaf_hash(leaf), proof) == checkpoint.root
            assert list(reading.read(decode(leaf), read_opened(each.opened.encode()))) == []
            place = (each.index, reading.found)
    assert [found.is_wrong for found in reading.findings(checkpoint)] == [False]
    assert reading.found == 4


async def part(service: LoggedService, size: int, since: int, after: int, limit: int) -> list[ListedLeaf]:
    """Return a part of the list of FR."""
    wanted = ListQuery(size=size, since=since, after=after, limit=limit)
    return (await service.reader.listed(auditor("FR"), wanted)).items


async def test_a_page_of_the_log_is_refused_when_disclosures_are_missing(service: LoggedService) -> None:
    """To the owner, to the bureau that asked, and to the Secretariat."""
    await answer_some(service)
    assert [each.index for each in (await service.reader.page(auditor("FR"), LeafQuery())).items] == [4, 1, 0]
    await delete(service, disclosures.c.leaf == 0)
    with pytest.raises(LogDamaged, match="in the list of FR: 3 are there, and 4 were logged"):
        await service.reader.page(auditor("FR"), LeafQuery())
    for bureau in ("DE", "IPSG"):
        with pytest.raises(LogDamaged, match="the stored records of leaf 0 are not those"):
            await service.reader.page(auditor(bureau), LeafQuery())


async def test_a_log_without_its_head_refuses_new_leaves(service: LoggedService) -> None:
    """It would otherwise begin another log in place of the first."""
    await answer_some(service)
    async with service.database.writing() as session:
        await session.execute(sa.delete(audit_logs))
    with pytest.raises(sa.exc.DBAPIError):
        await service.answer("DE", FRENCH)


Change = Callable[[OwnList], OwnList]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda own: msgspec.structs.replace(own, length=own.length - 1),
            "does not state that 3 are in the list",
        ),
        (lambda own: msgspec.structs.replace(own, key=encode_base64url(bytes(32))), "does not state that 4 are"),
        (lambda own: msgspec.structs.replace(own, key="A" * 42 + "!"), "form"),
        (
            lambda own: msgspec.structs.replace(own, position=own.position ^ 1),
            r"does not state that 4 are|has no leaf 198",
        ),
        (lambda own: msgspec.structs.replace(own, position=198), "has no leaf 198"),
        (lambda own: msgspec.structs.replace(own, path=own.path[1:]), "hashes"),
    ],
    ids=["another length", "another key", "no key", "another position", "no position", "a shorter path"],
)
async def test_a_list_length_that_the_checkpoint_does_not_state_is_detected(
    service: LoggedService, change: Change, sentence: str
) -> None:
    """Whether the service changed it, or someone who forwarded the file."""
    await answer_some(service)
    first, *lines = await fetch(service, "FR", await witness(service, "DE", "FR"))
    header = read_header(first)
    assert header.own is not None
    found = verify_log([write_header(msgspec.structs.replace(header, own=change(header.own))), *lines], ROOT.public)
    assert re.search(sentence, str(wrong(found)))


async def test_records_left_out_of_a_fetched_log_are_detected(service: LoggedService) -> None:
    """If they are declared as omitted, the result is undecided and not verified."""
    await answer_some(service)
    checkpoint = await witness(service, "DE", "FR")
    lines = await fetch(service, "FR", checkpoint)
    without = edited(lines, 1, records=())
    assert "number 1 is in none" in wrong(verify_log(without, ROOT.public))["disclosures"]
    omitted = verify_log(edited(lines, 1, records=(), omitted=1), ROOT.public)
    assert wrong(omitted) == {}
    assert not omitted.ok
    whole = await fetch(service, "DE", checkpoint)
    assert NOBODY_ELSE in wrong(verify_log(edited(whole, 1, complete=None), ROOT.public))["records"]


def edited(lines: Sequence[bytes], number: int, **changed: object) -> list[bytes]:
    """Return lines with the opened records of one of them changed."""
    line = read_line(lines[number])
    assert line.opened is not None
    opened = msgspec.structs.replace(line.opened, **changed)
    return [*lines[:number], write_line(line.hash, line.leaf, opened), *lines[number + 1 :]]


async def delete(service: LoggedService, which: sa.ColumnElement[bool]) -> None:
    """Delete disclosures from the store, without the log."""
    async with service.database.writing() as session:
        await session.execute(sa.delete(disclosures).where(which))
