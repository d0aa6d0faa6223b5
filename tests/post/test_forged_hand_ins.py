"""What a bureau hands in for a post is accepted only as the post signed it, and in the bounds of what a post can do."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest
import sqlalchemy as sa

from deploy.post.search import Officer
from shared.audit.tables import disclosures
from shared.crypto.ed25519 import encode_base64url
from shared.errors import PurposeNotAllowed
from shared.fieldpack.applied import AppliedPack
from shared.fieldpack.post_key import PostKey
from shared.fieldpack.search_log import SearchEntry, sign_search
from shared.identity import Purpose
from shared.ids import uuid7
from shared.protocol.messages import Answered, make_receipt
from tests.post.border import Border, post_key
from tests.post.test_hand_ins import holding, logged
from tests.services.stolen_vehicles.copies import COPIES, database_of
from tests.services.stolen_vehicles.entries import PATH, enter
from tests.shared.directories import OLD
from tests.support import problem_of


async def hand_in(border: Border, **content: Any) -> httpx.Response:
    body = {"post_key": border.key.public.signing_key, **content}
    return await border.client.post(f"{COPIES}/hand-ins", json=body)


def statement_of(applied: AppliedPack, key: PostKey) -> str:
    """Return what a post signs of a pack."""
    signature = encode_base64url(key.signing.sign(applied.signed))
    return msgspec.structs.replace(applied, signature=signature).statement


def receipt_at(digest: str, at: datetime) -> str:
    """Return the receipt of DE with a time that it states."""
    answered = Answered(id=uuid7(at), digest=digest, sender="stolen-vehicles", by="DE")
    return make_receipt(answered, "applied", None, key=OLD, at=at).signature


async def the_entry(border: Border) -> SearchEntry:
    """Search at the post, and return the entry of its log."""
    await enter(border.service)
    border.install(await border.make())
    await border.found()
    [entry] = border.post().log.entries()
    return entry


async def hand_in_search(border: Border, entry: SearchEntry, **changed: Any) -> httpx.Response:
    """Hand in a search that the holder of the key of the post altered."""
    forged = msgspec.structs.replace(entry, **changed)
    signature = sign_search(forged, border.key.signing)
    return await hand_in(border, searches=[{"entry": msgspec.json.encode(forged).decode(), "signature": signature}])


async def test_a_receipt_is_accepted_only_as_the_bureau_signed_it(border: Border) -> None:
    """Not for another pack, and not with another signature."""
    await enter(border.service)
    border.install(await border.make())
    [applied] = border.post().state.applied
    receipt = border.maker.receipt(applied.digest, border.clock.now())
    other = border.maker.receipt("A" * 43, border.clock.now())
    for wrong in (other, receipt[:-4] + "AAAA"):
        refused = await hand_in(border, applied=[{"statement": applied.statement, "receipt": wrong}])
        assert problem_of(refused) == (422, "hand-in-refused")
    assert (await hand_in(border, applied=[{"statement": applied.statement, "receipt": receipt}])).status_code == 200


async def test_a_bureau_cannot_state_that_a_post_applied_what_it_did_not(border: Border) -> None:
    """Nor for another pack or number, nor by the key of another post: the owner still sees the post as outstanding."""
    record = await enter(border.service)
    border.install(await border.make(hours=48))
    await border.service.officer("IT").post(f"{PATH}/{record['id']}/withdrawal")
    border.clock.advance(timedelta(hours=1))
    made = await border.made(border.path / "next.pack", is_differential=True)
    now = border.clock.now().timestamp()
    applied, receipt = AppliedPack(made.digest, made.number, now), border.maker.receipt(made.digest, border.clock.now())
    [first] = border.post().state.applied
    for statement in (
        applied.statement,
        statement_of(applied, post_key()),
        statement_of(msgspec.structs.replace(applied, number=1), border.key),
        msgspec.structs.replace(first, digest=made.digest).statement,
        "[" * 900,
    ):
        refused = await hand_in(border, applied=[{"statement": statement, "receipt": receipt}])
        assert problem_of(refused) == (422, "hand-in-refused"), statement
    assert (await holding(border, record["id"]))["outstanding"] == 1


async def test_a_pack_is_not_applied_before_it_was_made_nor_in_the_future(border: Border) -> None:
    """Neither by the post nor by the receipt of its bureau."""
    await enter(border.service)
    made = await border.made(border.path / "whole.pack")
    now = border.clock.now()
    for of_post, of_bureau in ((-360, 0), (360, 0), (0, -360), (0, 360)):
        applied = AppliedPack(made.digest, 1, now.timestamp() + of_post)
        receipt = receipt_at(made.digest, now + timedelta(seconds=of_bureau))
        entry = {"statement": statement_of(applied, border.key), "receipt": receipt}
        assert problem_of(await hand_in(border, applied=[entry])) == (422, "hand-in-refused"), (of_post, of_bureau)
    applied = AppliedPack(made.digest, 1, now.timestamp() + 200)
    entry = {"statement": statement_of(applied, border.key), "receipt": receipt_at(made.digest, now)}
    assert (await hand_in(border, applied=[entry])).status_code == 200


async def test_a_search_of_each_copy_that_had_the_version_is_accepted(border: Border) -> None:
    """Though a copy between them, without confidential records, had it not: of that it is refused."""
    await enter(border.service, handling="CONFIDENTIAL")
    border.install(await border.make(confidential=True))
    await border.found()
    await border.make("second.pack")
    border.install(await border.make("third.pack", confidential=True))
    await border.found()
    [first, _] = border.post().log.entries()
    refused = await hand_in_search(border, first, copy=2)
    assert problem_of(refused) == (422, "hand-in-refused")
    assert "in no field copy" in refused.json()["detail"]
    assert (await border.hand_in()).new == 2


async def test_a_search_for_a_purpose_that_is_closed_to_the_bureau_is_refused(border: Border) -> None:
    """By the post before it searches, so that its log can be handed in; and by the service."""
    entry = await the_entry(border)
    refused = await hand_in_search(border, entry, purpose=Purpose.DATA_SUBJECT_REQUEST.value)
    assert problem_of(refused) == (422, "hand-in-refused")
    assert await logged(border) == []
    with pytest.raises(PurposeNotAllowed):
        await border.search(Officer(name="DE 4711", purpose=Purpose.DATA_SUBJECT_REQUEST))
    assert len([*border.post().log.entries()]) == 1


async def test_what_a_post_states_is_shown_in_one_printable_line(border: Border) -> None:
    """Neither a line break nor a control sequence reaches those who read the log."""
    entry = await the_entry(border)
    found = (msgspec.structs.replace(entry.found[0], match="plate\nURGENT"),)
    assert (await hand_in_search(border, entry, found=found, officer="DE\x1b[2J\u202e1")).status_code == 200
    [row] = await logged(border)
    assert row.officer == "DE\ufffd[2J\ufffd1"
    shown = sa.select(disclosures.c.match).where(disclosures.c.how == "search")
    [hit] = await database_of(border.service).reading.fetch(shown)
    assert hit.match.endswith("field copy 1: plate\ufffdURGENT")


async def test_a_search_is_not_made_before_its_pack_nor_after_it_expired_nor_in_the_future(border: Border) -> None:
    """As the owner of what it found is shown the time that the post states."""
    entry = await the_entry(border)
    for seconds in -360, 360:
        refused = await hand_in_search(border, entry, at=entry.at + seconds)
        assert problem_of(refused) == (422, "hand-in-refused"), seconds
    border.clock.advance(timedelta(hours=25))
    refused = await hand_in_search(border, entry, at=entry.at + 24 * 3600 + 360)
    assert problem_of(refused) == (422, "hand-in-refused")
    assert "after it expired" in refused.json()["detail"]
    assert (await hand_in_search(border, entry, at=entry.at + 24 * 3600 - 1)).status_code == 200


@pytest.mark.parametrize("at", [1e300, -1.0, 253_402_300_800.0])
async def test_a_time_that_no_clock_shows_is_refused(border: Border, at: float) -> None:
    """It is a problem, and not an error of the service."""
    entry = await the_entry(border)
    assert problem_of(await hand_in_search(border, entry, at=at)) == (422, "hand-in-refused")
    [applied] = border.post().state.applied
    statement = statement_of(msgspec.structs.replace(applied, at=at), border.key)
    receipt = border.maker.receipt(applied.digest, border.clock.now())
    refused = await hand_in(border, applied=[{"statement": statement, "receipt": receipt}])
    assert problem_of(refused) == (422, "hand-in-refused")
