"""What a post finds in its pack, and what the pack and its differentials have."""

import pytest

from services.stolen_vehicles.models import Vehicle
from shared.fieldpack.refusals import PostUnusable
from tests.post.border import OTHER_VIN, PLATE, THIRD_VIN, Border, post_key
from tests.services.stolen_vehicles.entries import PATH, enter


async def test_a_post_answers_a_search_as_the_service_does(border: Border) -> None:
    """With the same hits, scores and reasons, and records without what only the owner is shown."""
    await enter(border.service, colour="red", year=2003, engine_number="AR 1234567")
    border.install(await border.make())
    for query, total in (
        (PLATE, 1),
        ({"plate": "FZ512KL"}, 1),
        ({"plate": "F2 5I2 KL", "country": "IT"}, 1),
        ({"plate": "FZ51*"}, 1),
        ({"vin": "zar-937OOO-05123456"}, 1),
        ({"vin": "05123456"}, 1),
        ({"engine_number": "ar1234567"}, 1),
        ({**PLATE, "colour": "blue"}, 0),
        ({"vin": "ZAR93700005123450"}, 0),
        ({"plate": "FZ 512 LK", "country": "IT", "near": "true"}, 0),
        ({"plate": "FZ512KL", "country": "FR", "near": "true"}, 0),
    ):
        online = (await border.service.officer("DE").get(f"{PATH}/search", params=query)).json()
        assert (await border.search(**query)).model_dump(mode="json") == online
        assert (online["total"], len(online["near"])) == (total, int("near" in query))


async def test_what_the_bureau_may_not_see_is_never_in_a_pack(border: Border) -> None:
    """Nor in a differential, not even as an id that is removed."""
    barred = await enter(border.service, restricted=["DE"])
    whole = await border.make()
    await border.service.officer("IT").post(f"{PATH}/{barred['id']}/withdrawal")
    differential = await border.make("next.pack", is_differential=True)
    border.install(whole, differential)
    assert await border.found() == []
    made = [await border.made(border.path / "third.pack", is_differential=True)]
    assert [(each.records, each.removed) for each in made] == [(0, 0)]


async def test_a_withdrawn_record_is_gone_after_the_differential(border: Border) -> None:
    """And what was entered or changed meanwhile is found."""
    gone, kept = await enter(border.service), await enter(border.service, colour="red", vin=OTHER_VIN)
    border.install(await border.make())
    assert {*await border.found()} == {gone["id"], kept["id"]}
    await border.service.officer("IT").post(f"{PATH}/{gone['id']}/recovery")
    entry = {name: kept[name] for name in ("vin", "plate", "country", "make", "theft_date")}
    await border.service.officer("IT").put(f"{PATH}/{kept['id']}", json={**entry, "colour": "blue"})
    new = await enter(border.service, vin=THIRD_VIN)
    border.install(await border.make("next.pack", is_differential=True))
    answer = await border.search()
    assert {hit.record.id: hit.record.colour for hit in answer.hits} == {kept["id"]: "blue", new["id"]: None}
    assert answer.total == 2


async def test_a_changed_record_is_found_by_its_new_keys_alone(border: Border) -> None:
    """As the newest differential that has it says, of several."""
    record = await enter(border.service)
    entry = {name: record[name] for name in ("vin", "plate", "country", "make", "theft_date")}
    border.install(await border.make())
    for number, plate in enumerate(("AA 111 AA", "BB 222 BB")):
        await border.service.officer("IT").put(f"{PATH}/{record['id']}", json={**entry, "plate": plate})
        border.install(await border.make(f"{number}.pack", is_differential=True))
    found = {plate: await border.found(plate=plate, country="IT") for plate in ("FZ512KL", "AA111AA", "BB222BB")}
    assert found == {"FZ512KL": [], "AA111AA": [], "BB222BB": [record["id"]]}


async def test_what_is_near_is_found_in_differentials_as_well(border: Border) -> None:
    """And not what they removed."""
    gone = await enter(border.service)
    border.install(await border.make())
    await border.service.officer("IT").post(f"{PATH}/{gone['id']}/recovery")
    new = await enter(border.service)
    border.install(await border.make("next.pack", is_differential=True))
    answer = await border.search(plate="FZ512LK", country="IT", near="true")
    assert ([hit.record.id for hit in answer.near], answer.total) == ([new["id"]], 0)


async def test_confidential_records_are_in_a_pack_only_where_that_is_stated(border: Border) -> None:
    """And then all who use the post read them."""
    secret = await enter(border.service, handling="CONFIDENTIAL")
    border.install(await border.make())
    assert await border.found() == []
    border.install(await border.make("secret.pack", confidential=True))
    assert await border.found() == [secret["id"]]


async def test_a_differential_is_installed_only_after_the_one_before(border: Border) -> None:
    """In any order of the files, but without a gap, and each once."""
    await enter(border.service)
    whole = await border.make()
    first, second = [await border.make(f"{name}.pack", is_differential=True) for name in ("first", "second")]
    border.install(whole)
    with pytest.raises(PostUnusable, match="it follows field copy 2, and this post has field copy 1"):
        border.install(second)
    applied = border.install(second, first)
    assert [each.number for each in applied] == [2, 3]
    with pytest.raises(PostUnusable, match="has it already"):
        border.install(second)


async def test_a_differential_of_another_post_does_not_fit(border: Border) -> None:
    """Its key cannot be opened here, whatever it follows."""
    other = post_key("DE-Waidhaus")
    border.install(await border.make())
    foreign = await border.make("foreign.pack", key=other)
    with pytest.raises(PostUnusable, match="it is for the post DE-Waidhaus"):
        border.install(foreign)


async def test_a_new_whole_pack_replaces_all_files(border: Border) -> None:
    """The old ones are deleted from the disk, and not installed again."""
    border.install(await border.make())
    border.install(await border.make("next.pack", is_differential=True))
    older, newer = await border.make("older.pack"), await border.make("newer.pack")
    border.install(newer)
    assert len([*border.folder.packs.iterdir()]) == 1
    assert [each.number for each in border.post().state.files] == [4]
    with pytest.raises(PostUnusable, match="it is of field copy 3, and this post has 4"):
        border.install(older)


async def test_a_pack_has_no_more_of_a_record_than_is_stated(border: Border) -> None:
    """Its file names neither the owner's reference nor who else may see the record."""
    await enter(border.service, reference="SECRET/2026/1", restricted=["PL"])
    border.install(await border.make())
    [hit] = (await border.search()).hits
    record: Vehicle = hit.record
    assert (record.reference, record.restricted, record.document_number) == (None, (), None)
