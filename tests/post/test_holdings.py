"""The owner of a record sees which posts may still find it, and until when, however the packs were made."""

from datetime import timedelta

from tests.post.border import Border, post_key
from tests.post.test_hand_ins import holding
from tests.services.stolen_vehicles.copies import COPIES, database_of
from tests.services.stolen_vehicles.entries import PATH, enter
from tests.services.stolen_vehicles.samples import ALFA


async def test_a_post_with_an_earlier_version_is_outstanding(border: Border) -> None:
    """Though the record changed since, and another post was given the later version: until each of them is updated."""
    record = await enter(border.service)
    border.install(await border.make(hours=167))
    changed = await border.service.officer("IT").put(f"{PATH}/{record['id']}", json={**ALFA, "colour": "blue"})
    assert changed.status_code == 200
    other = post_key("DE-Other")
    await border.make("two.pack", key=other, hours=1)
    await border.service.officer("IT").post(f"{PATH}/{record['id']}/withdrawal")
    await border.make("three.pack", key=other, hours=1)
    held = await holding(border, record["id"])
    assert (held["version"], held["removed_in"], held["outstanding"]) == (2, 3, 2)
    assert held["until"].startswith("2026-06-08T11:00")
    assert await border.found() == [record["id"]]
    border.clock.advance(timedelta(hours=2))
    border.install(await border.make("four.pack", is_differential=True))
    await border.hand_in()
    held = await holding(border, record["id"])
    assert (held["outstanding"], held["until"], len(held["applied"])) == (0, None, 1)


async def test_the_last_pack_that_expires_counts_and_not_the_newest(border: Border) -> None:
    """As the newest may not be installed."""
    record = await enter(border.service)
    for name, hours in (("a", 1), ("b", 100), ("c", 50), ("d", 2)):
        await border.make(f"{name}.pack", hours=hours)
    held = await holding(border, record["id"])
    assert (held["outstanding"], held["until"][:16]) == (1, "2026-06-05T16:00")


async def test_a_post_that_never_had_the_record_did_not_remove_it(border: Border) -> None:
    """It is neither outstanding nor among those that applied the removal."""
    record = await enter(border.service)
    await border.take()
    await border.service.officer("IT").post(f"{PATH}/{record['id']}/withdrawal")
    border.install(await border.make())
    await border.hand_in()
    held = await holding(border, record["id"])
    assert (held["removed_in"], held["outstanding"], held["applied"]) == (2, 0, [])


async def test_a_differential_follows_the_last_pack_of_its_post_among_many(border: Border) -> None:
    """However many posts were given packs of the same copies and of earlier ones."""
    from shared.records.tables import field_packs

    await border.take()
    await border.take()
    columns = ("digest", "bureau", "kind", "number", "post", "post_key", "made", "expires")
    at = border.clock.now().timestamp()
    packs = [
        (
            f"{number:03d}".rjust(43, str(copy)),
            "DE",
            "vehicle",
            copy,
            "DE-X",
            f"{number}".rjust(43, "P"),
            at + 1,
            at + 2,
        )
        for copy in (1, 2)
        for number in range(210)
    ]
    async with database_of(border.service).writing() as session:
        await session.insert(field_packs, columns, packs)
    border.install(await border.make(number=2))
    made = await border.made(border.path / "next.pack", is_differential=True)
    assert (made.after, made.number) == (2, 3)
    assert border.install(border.path / "next.pack")
    listed = (await border.client.get(COPIES)).json()["items"]
    assert [len(copy["packs"]) for copy in listed] == [1, 199, 0]
