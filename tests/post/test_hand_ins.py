"""What a post hands in becomes entries of the audit log, hits of owners, and receipts that owners see."""

import shutil
from datetime import timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from deploy.post.handing_in import hand_in_of, read_hand_in, seal_hand_in
from deploy.state.errors import CommandFailed, WrongUsage
from services.stolen_vehicles.store import VehicleStore
from shared.audit.tables import audit_leaves, disclosures
from shared.fieldpack.applied import read_applied
from shared.fieldpack.search_log import sign_search
from shared.protocol.envelope import ReceiptHead
from shared.protocol.verifier import parse
from tests.post.border import OTHER_VIN, SEALING, Border, post_key
from tests.services.stolen_vehicles.copies import COPIES, database_of
from tests.services.stolen_vehicles.entries import PATH, enter
from tests.support import problem_of


async def holding(border: Border, record: str) -> Any:
    """Return what the owner sees of the field copies of DE with a record."""
    answer = await border.service.officer("IT").get(f"{PATH}/{record}/disclosures")
    return next((each["field_copy"] for each in answer.json()["recipients"] if each["bureau"] == "DE"), None)


async def logged(border: Border) -> list[Any]:
    """Return the entries of the audit log about searches of posts."""
    of_posts = sa.select(audit_leaves).where(audit_leaves.c.operation == "search_field_copy")
    return list(await database_of(border.service).reading.fetch(of_posts.order_by(audit_leaves.c.number)))


async def test_each_search_is_logged_in_the_name_of_its_officer(border: Border) -> None:
    """With its purpose, and what it found as a disclosure to which the owner is notified as of any hit."""
    record = await enter(border.service)
    border.install(await border.make())
    border.clock.advance(timedelta(hours=2))
    await border.found()
    await border.found(plate="none", country="DE")
    border.clock.advance(timedelta(hours=1))
    assert msgspec.to_builtins(await border.hand_in()) == {"applied": 1, "searches": 2, "new": 2}
    assert [(row.bureau, row.officer, row.purpose) for row in await logged(border)] == [
        ("DE", "DE 4711", "border-management")
    ] * 2
    shown = sa.select(disclosures).where(disclosures.c.how == "search")
    [hit] = await database_of(border.service).reading.fetch(shown)
    assert (hit.record_id, hit.owner, hit.bureau, hit.officer) == (record["id"], "IT", "DE", "DE 4711")
    assert hit.match == "offline at 2026-06-01T14:00:00Z, field copy 1: plate"


async def test_what_was_only_near_is_logged_as_near(border: Border) -> None:
    """Its owner is not notified of it, as of an online search."""
    await enter(border.service)
    border.install(await border.make())
    await border.search(plate="FZ512LK", country="IT", near="true")
    await border.hand_in()
    rows = await database_of(border.service).reading.fetch(sa.select(disclosures.c.how, disclosures.c.officer))
    assert ("near", "DE 4711") in [tuple(row) for row in rows]
    assert "search" not in [row.how for row in rows]


async def test_the_same_may_be_handed_in_again(border: Border) -> None:
    """What is known is left out, also where more was searched since."""
    await enter(border.service)
    border.install(await border.make())
    await border.found()
    await border.hand_in()
    assert (await border.hand_in()).new == 0
    await border.found()
    assert msgspec.to_builtins(await border.hand_in()) == {"applied": 1, "searches": 2, "new": 1}
    assert len(await logged(border)) == 2


async def test_an_entry_that_is_missing_or_altered_is_refused(border: Border) -> None:
    """Nothing of the hand-in is kept then."""
    await enter(border.service)
    border.install(await border.make())
    for _ in range(3):
        await border.found()
    whole = msgspec.to_builtins(hand_in_of(border.post(), 0))
    first, second, third = whole["searches"]
    altered = {**second, "entry": second["entry"].replace("DE 4711", "DE 4712")}
    for searches in ([first, third], [second, third], [first, altered, third], [third, second, first]):
        body = {"post_key": border.key.public.signing_key, "searches": searches}
        refused = await border.client.post(f"{COPIES}/hand-ins", json=body)
        assert problem_of(refused) == (422, "hand-in-refused")
    assert await logged(border) == []


async def test_a_log_that_was_continued_in_another_way_is_refused(border: Border) -> None:
    """As after the folder of the post was restored from an older copy."""
    await enter(border.service)
    border.install(await border.make())
    shutil.copytree(border.folder.path, border.path / "before")
    await border.found()
    await border.hand_in()
    shutil.rmtree(border.folder.path)
    shutil.copytree(border.path / "before", border.folder.path)
    border.clock.advance(timedelta(minutes=1))
    await border.found()
    with pytest.raises(CommandFailed, match="entry 1 of this post is another than the one that was handed in"):
        await border.hand_in()


async def test_a_search_cannot_state_what_no_copy_of_the_bureau_had(border: Border) -> None:
    """Neither another record, nor a version that came later."""
    await enter(border.service)
    other = await enter(border.service, restricted=["DE"], vin=OTHER_VIN)
    border.install(await border.make())
    await border.found()
    [entry] = border.post().log.entries()
    for changed in ({"record": other["id"]}, {"version": 2}):
        found = (msgspec.structs.replace(entry.found[0], **changed),)
        forged = msgspec.structs.replace(entry, found=found)
        search = {"entry": msgspec.json.encode(forged).decode(), "signature": sign_search(forged, border.key.signing)}
        body = {"post_key": border.key.public.signing_key, "searches": [search]}
        refused = await border.client.post(f"{COPIES}/hand-ins", json=body)
        assert problem_of(refused) == (422, "hand-in-refused")
        assert "in no field copy" in refused.json()["detail"]


async def test_the_owner_sees_who_holds_a_copy_and_who_signed_that_it_is_removed(border: Border) -> None:
    """Before the withdrawal, after it, once the differential is applied and handed in."""
    record = await enter(border.service)
    border.install(await border.make(hours=48))
    held = await holding(border, record["id"])
    assert (held["number"], held["removed_in"], held["outstanding"]) == (1, None, 1)
    assert held["until"].startswith("2026-06-03T12:00")
    await border.service.officer("IT").post(f"{PATH}/{record['id']}/withdrawal")
    border.install(await border.make("next.pack", is_differential=True))
    held = await holding(border, record["id"])
    assert (held["removed_in"], held["outstanding"], held["applied"]) == (2, 1, [])
    await border.hand_in()
    held = await holding(border, record["id"])
    assert held["outstanding"] == 0
    [applied] = held["applied"]
    assert (applied["post_key"], applied["at"]) == (border.key.public.signing_key, "2026-06-01T12:00:00Z")
    assert read_applied(applied["statement"]).is_signed_by(border.key.public.verifying)
    head = parse(ReceiptHead, applied["signature"])[1]
    assert (head.sender, head.to, head.state) == ("DE", "stolen-vehicles", "applied")


async def test_a_post_that_never_updates_is_outstanding_until_its_pack_expires(border: Border) -> None:
    """After that it answers nothing."""
    record = await enter(border.service)
    await border.make(hours=24)
    await border.service.officer("IT").post(f"{PATH}/{record['id']}/withdrawal")
    await border.take()
    assert (await holding(border, record["id"]))["outstanding"] == 1
    border.clock.advance(timedelta(hours=24))
    held = await holding(border, record["id"])
    assert (held["outstanding"], held["until"]) == (0, None)


async def test_a_deleted_record_still_shows_who_holds_a_copy(border: Border) -> None:
    """Its content is gone, the field copies with it are known."""
    record = await enter(border.service)
    await border.make()
    await border.service.officer("IT").delete(f"{PATH}/{record['id']}")
    assert (await holding(border, record["id"]))["outstanding"] == 1
    await border.make("next.pack", is_differential=True)
    assert (await holding(border, record["id"]))["removed_in"] == 2


async def test_only_the_owner_sees_who_holds_a_copy(border: Border) -> None:
    """And nobody sees it of a record that is in no copy."""
    record = await enter(border.service, restricted=["DE"])
    await border.make()
    assert await holding(border, record["id"]) is None
    refused = await border.service.officer("PL").get(f"{PATH}/{record['id']}/disclosures")
    assert problem_of(refused)[0] == 403


async def test_the_bureau_passes_on_only_what_its_post_signed(border: Border) -> None:
    """A file of another key, or with an altered statement, is refused before it is sent."""
    await enter(border.service)
    border.install(await border.make())
    handed, file = hand_in_of(border.post(), 0), border.path / "hand-in.json"
    file.write_bytes(seal_hand_in(handed, SEALING.public))
    with pytest.raises(WrongUsage, match="not of the key"):
        read_hand_in(file, post_key().public, border.maker.sealing_key)
    altered = tuple(msgspec.structs.replace(each, number=7) for each in handed.applied)
    file.write_bytes(seal_hand_in(msgspec.structs.replace(handed, applied=altered), SEALING.public))
    with pytest.raises(WrongUsage, match="did not sign for"):
        read_hand_in(file, border.key.public, border.maker.sealing_key)


async def test_what_a_post_saw_and_was_withdrawn_is_looked_at_again(border: Border) -> None:
    """The bureau is notified to remove its notes as if it had searched online."""
    from shared.records.tables import recall_checks

    record = await enter(border.service)
    border.install(await border.make())
    await border.found()
    await border.service.officer("IT").post(f"{PATH}/{record['id']}/withdrawal")
    await border.take()
    await border.hand_in()
    checks = await database_of(border.service).reading.fetch(sa.select(recall_checks.c.version))
    assert {row.version for row in checks} == {1, 2}
    assert VehicleStore.copied is not None
