"""It is proven to the owner of a record whether it was in a field copy, and to nobody else."""

import threading
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from shared.audit.tables import disclosures
from shared.crypto.ed25519 import decode_base64url, encode_base64url
from shared.crypto.merkle import CompactRange, root_from_inclusion
from shared.records.field_copies import holdings, rules
from shared.records.field_copies.rules import CopyProof, copied_leaf
from tests.post.border import OTHER_VIN, Border
from tests.services.stolen_vehicles.copies import COPIES, database_of
from tests.services.stolen_vehicles.entries import PATH, enter
from tests.support import problem_of


def root_of(proof: dict[str, Any]) -> str:
    path = [decode_base64url(each) for each in proof["path"]]
    leaf = copied_leaf(proof["record"], proof["version"])
    return encode_base64url(root_from_inclusion(proof["index"], proof["count"], leaf, path))


async def test_the_root_of_each_owner_is_in_the_list_of_that_owner(border: Border) -> None:
    """One leaf discloses the whole copy, with a count and a root for each owner."""
    records = [await enter(border.service, vin=f"ZAR 937000 0512346{n}") for n in range(5)]
    await enter(border.service, bureau="PL")
    number = await border.take()
    rows = await database_of(border.service).reading.fetch(
        sa.select(disclosures).where(disclosures.c.how == "copied").order_by(disclosures.c.owner)
    )
    assert [(row.owner, row.listed_for, row.version) for row in rows] == [("IT", "IT", 1), ("PL", "PL", 1)]
    assert len({row.leaf for row in rows}) == 1
    for record in records:
        path = f"{COPIES}/DE/{number}/records/{record['id']}"
        proof = (await border.service.officer("IT").get(path)).json()
        assert root_of(proof) == proof["root"]
        assert rows[0].match == f"5 {proof['root']}"
        assert (proof["leaf"], proof["copy_id"]) == (rows[0].leaf, rows[0].record_id)


async def test_only_the_owner_and_the_holder_get_a_proof(border: Border) -> None:
    """To others the answer is the same as if the record had not been in it."""
    record = await enter(border.service)
    barred = await enter(border.service, restricted=["DE"], vin=OTHER_VIN)
    number = await border.take()
    path = f"{COPIES}/DE/{number}/records"
    assert (await border.client.get(f"{path}/{record['id']}")).status_code == 200
    for bureau, wanted in (("PL", record["id"]), ("IT", barred["id"])):
        assert problem_of(await border.service.officer(bureau).get(f"{path}/{wanted}")) == (404, "not-found")
    assert problem_of(await border.service.officer("IT").get(f"{COPIES}/DE/9/records/{record['id']}"))[0] == 404


async def test_an_earlier_copy_is_still_proven_after_the_record_changed_and_was_deleted(border: Border) -> None:
    """As of the version that it had."""
    record = await enter(border.service)
    await enter(border.service, vin=OTHER_VIN)
    first = await border.take()
    content = {name: record[name] for name in ("vin", "plate", "country", "make", "theft_date")}
    await border.service.officer("IT").put(f"{PATH}/{record['id']}", json={**content, "colour": "blue"})
    second = await border.take()
    await border.service.officer("IT").delete(f"{PATH}/{record['id']}")
    third = await border.take()
    answers = [
        await border.service.officer("IT").get(f"{COPIES}/DE/{number}/records/{record['id']}")
        for number in (first, second, third)
    ]
    assert [each.status_code for each in answers] == [200, 200, 404]
    assert [each.json()["version"] for each in answers[:2]] == [1, 2]
    assert all(root_of(each.json()) == each.json()["root"] for each in answers[:2])


async def test_a_proof_is_made_outside_the_event_loop(border: Border, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over millions of records it takes seconds, in which the service answers others; they are read page by page."""
    records = [await enter(border.service, vin=f"ZAR 937000 0512346{n}") for n in range(5)]
    number, threads = await border.take(), set[int]()

    def hashing(record: str, version: int) -> bytes:
        threads.add(threading.get_ident())
        return copied_leaf(record, version)

    monkeypatch.setattr(rules, "copied_leaf", hashing)
    monkeypatch.setattr(holdings, "TREE_PAGE", 2)
    for record in records:
        path = f"{COPIES}/DE/{number}/records/{record['id']}"
        proof = (await border.service.officer("IT").get(path)).json()
        assert root_of(proof) == proof["root"]
    assert threads
    assert threading.get_ident() not in threads


def test_a_proof_holds_for_its_own_version_alone() -> None:
    """At each place of trees of several sizes."""
    for size in (1, 2, 3, 255, 256, 257, 700):
        versions = [(f"{number:036d}", number + 1) for number in range(size)]
        tree = CompactRange()
        for each in versions:
            tree.append(copied_leaf(*each))
        for place in {0, size // 2, size - 1}:
            proof = CopyProof(place, size)
            # As pages are read.
            for start in range(0, size, 100):
                proof.add(versions[start : start + 100])
            assert root_from_inclusion(place, size, copied_leaf(*versions[place]), proof.path()) == tree.root()
            other = copied_leaf(versions[place][0], versions[place][1] + 1)
            assert root_from_inclusion(place, size, other, proof.path()) != tree.root()


async def test_a_pack_must_be_registered_in_its_chain_and_time(border: Border) -> None:
    """A differential after a file that the post never got is refused where it is made."""
    await border.take()
    entry = {"digest": "B" * 43, "post": "DE-1", "post_key": border.key.public.signing_key, "valid_hours": 24}
    for changed, expected in (
        ({"valid_hours": 169}, "invalid"),
        ({"after": 1}, "field-pack-refused"),
        ({"after": 1, "previous": "C" * 43}, "field-pack-refused"),
    ):
        refused = await border.client.post(f"{COPIES}/1/packs", json={**entry, **changed})
        assert problem_of(refused) == (422, expected), changed
    registered = await border.client.post(f"{COPIES}/1/packs", json=entry)
    assert registered.status_code == 201
    assert (await border.client.post(f"{COPIES}/1/packs", json=entry)).json() == registered.json()
    await border.take()
    follows = {"after": 1, "previous": "B" * 43}
    for changed in ({"post_key": "D" * 43}, {"after": 2}, {"previous": "C" * 43}, {"digest": "B" * 43}):
        refused = await border.client.post(
            f"{COPIES}/2/packs", json={**entry, "digest": "E" * 43, **follows, **changed}
        )
        assert problem_of(refused) == (422, "field-pack-refused"), changed
    fits = await border.client.post(f"{COPIES}/2/packs", json={**entry, "digest": "E" * 43, **follows})
    assert fits.status_code == 201


async def test_a_pack_expires_within_days_after_its_copy_was_taken(border: Border) -> None:
    """However late it is made of it."""
    await border.take()
    border.clock.advance(timedelta(days=6))
    entry = {"digest": "B" * 43, "post": "DE-1", "post_key": border.key.public.signing_key}
    refused = await border.client.post(f"{COPIES}/1/packs", json={**entry, "valid_hours": 25})
    assert problem_of(refused) == (422, "field-pack-refused")
    assert (await border.client.post(f"{COPIES}/1/packs", json={**entry, "valid_hours": 24})).status_code == 201
