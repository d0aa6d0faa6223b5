"""A new record is matched with earlier searches in every service, and the bureaus that made them are notified."""

from datetime import timedelta
from typing import Any

import pytest

from shared.clock import FixedClock
from shared.identity import Purpose
from tests.gateway.records.matching_network import NOTICES, PERSONS, PNG, PRINTS, VEHICLES, Network, with_service
from tests.services.fingerprints.samples import CASE
from tests.services.missing_persons.samples import BODY, PERSON
from tests.services.notices.examples import complete
from tests.services.stolen_vehicles.samples import ALFA


@with_service(VEHICLES)
@pytest.mark.parametrize(
    ("hours", "notified"), [(71, [("DE", 1, "delayed-inquiry", "vin (the 10th sign: asked O, found 0)")]), (73, [])]
)
async def test_a_bureau_that_searched_for_a_vehicle_is_notified_of_it_within_72_hours(
    network: Network, clock: FixedClock, hours: int, notified: list[Any]
) -> None:
    """After 71 hours, not after 73; the number matches in any spelling, one that is only near does not."""
    assert await network.search("DE", vin="zar-937000-o5123456") == 0
    await network.search("KE", vin="ZAR93700005123457")
    clock.advance(timedelta(hours=hours))
    await network.ask("FR", "POST", "", json=ALFA)
    assert await network.notified() == notified


@with_service(VEHICLES)
async def test_a_bureau_that_asked_for_what_is_near_is_notified_of_what_is_near(network: Network) -> None:
    """Once, by the rules of its search: of one edit, of another country, or of a part of the number."""
    await network.search("DE", plate="FZ 521 KL", country="IT", near="true")
    await network.search("KE", plate="FZ 512 KL", country="FR", near="true")
    await network.search("KE", plate="FZ51*")
    await network.search("DE", plate="FZ 521 KL", country="IT")
    await network.ask("FR", "POST", "", json=ALFA)
    assert sorted((bureau, match) for bureau, *_, match in await network.notified()) == [
        ("DE", "plate near (two neighbours swapped: asked 21, found 12)"),
        ("KE", "plate (a part was asked for, the whole is FZ512KL)"),
        ("KE", "plate near (of another country: IT, asked FR)"),
    ]


@with_service(VEHICLES)
async def test_a_vehicle_that_was_near_and_becomes_a_hit_is_notified(network: Network) -> None:
    """That it was shown as near does not count as found."""
    wrong = {**ALFA, "plate": "FZ 512 KX", "vin": None}
    entered = await network.ask("FR", "POST", "", json=wrong)
    assert await network.search("DE", plate="FZ 512 KL", country="IT", near="true") == 0
    await network.ask("FR", "PUT", f"/{entered['id']}", json={**wrong, "plate": "FZ 512 KL"})
    assert await network.notified() == [("DE", 2, "delayed-inquiry", "plate")]


@with_service(VEHICLES)
async def test_each_check_of_a_batch_is_saved_if_it_is_to_be_remembered(network: Network) -> None:
    """As those of cameras, by plate; the others leave no search."""
    checks = [{"plate": f"XX {number} YY", "country": "IT"} for number in range(20)]
    lines = {"checks": [*checks, {"plate": "fz512kl", "country": "IT"}]}
    await network.ask("KE", "POST", "/checks", json=lines)
    await network.ask("DE", "POST", "/checks", json={**lines, "remember": True})
    await network.ask("FR", "POST", "", json=ALFA)
    assert await network.notified() == [("DE", 1, "delayed-inquiry", "plate")]


@with_service(VEHICLES)
async def test_a_barred_bureau_the_owner_and_the_commission_are_not_notified_of_a_vehicle(network: Network) -> None:
    """Nor is any bureau after its withdrawal."""
    for bureau in ("DE", "KE", "FR"):
        await network.search(bureau, vin=ALFA["vin"])
    await network.ask("CCF", "GET", "/search", Purpose.DATA_SUBJECT_REQUEST, params={"vin": ALFA["vin"]})
    entered = await network.ask("FR", "POST", "", json={**ALFA, "restricted": ["DE"]})
    assert [bureau for bureau, *_ in await network.notified()] == ["KE"]
    await network.ask("FR", "PUT", f"/{entered['id']}", json={**ALFA, "restricted": ["DE"], "colour": "red"})
    await network.ask("FR", "POST", f"/{entered['id']}/withdrawal")
    again = await network.ask("FR", "POST", "", json={**ALFA, "restricted": ["DE", "KE"]})
    await network.ask("FR", "POST", f"/{again['id']}/withdrawal")
    assert [bureau for bureau, *_ in await network.notified()] == ["KE"]


@with_service(VEHICLES)
async def test_a_bureau_is_notified_of_a_vehicle_once_a_change_makes_it_match_or_visible(network: Network) -> None:
    """The number is corrected, and a restriction lifted."""
    await network.search("DE", vin=ALFA["vin"])
    await network.search("KE", vin="ZAR93700005123499")
    entered = await network.ask("FR", "POST", "", json={**ALFA, "vin": "ZAR93700005123499", "restricted": ["KE"]})
    assert await network.notified() == []
    await network.ask("FR", "PUT", f"/{entered['id']}", json={**ALFA, "restricted": ["KE"]})
    assert await network.notified() == [("DE", 2, "delayed-inquiry", "vin")]
    await network.ask("FR", "PUT", f"/{entered['id']}", json={**ALFA, "vin": "ZAR93700005123499"})
    assert await network.notified() == [("DE", 2, "delayed-inquiry", "vin"), ("KE", 3, "delayed-inquiry", "vin")]


@with_service(VEHICLES)
async def test_a_suspended_bureau_is_not_notified_of_a_vehicle(network: Network) -> None:
    """Neither by a saved search nor by a subscription, as it could not search now."""
    for bureau in ("DE", "KE"):
        await network.ask(bureau, "POST", "/subscriptions", json={"search": {"vin": ALFA["vin"]}})
        await network.search(bureau, vin=ALFA["vin"])
    network.mesh.change_entries("DE", standing="suspended")
    await network.ask("FR", "POST", "", json=ALFA)
    assert {bureau for bureau, *_ in await network.notified()} == {"KE"}


@with_service(NOTICES)
async def test_a_bureau_that_searched_with_a_misspelt_name_is_notified_of_a_notice_once_published(
    network: Network,
) -> None:
    """By name or by facts; not while the notice is a draft or under review."""
    await network.search("DE", name="marvelier etienne")
    await network.search("KE", colour="blue", nationality="CH", age_min=40)
    await network.search("KE", colour="blue", nationality="IT")
    notice = await network.ask("FR", "POST", "", json=complete("blue"))
    await network.ask("FR", "POST", f"/{notice['id']}/submission")
    await network.ask("IPSG", "POST", f"/{notice['id']}/review")
    assert await network.notified() == []
    await network.ask("IPSG", "POST", f"/{notice['id']}/publication")
    notified = [(bureau, version, match) for bureau, version, _, match in await network.notified()]
    assert sorted(notified) == [
        ("DE", 4, "name: marvelier ~ Marvellier, Étienne"),
        ("KE", 4, "colour blue; nationality CH; age from 40"),
    ]


@with_service(PERSONS)
async def test_hits_on_a_person_and_a_body_state_which_criteria_matched(network: Network) -> None:
    """A misspelt name, facts without a name, and the body for a search of bodies."""
    await network.search("DE", name="julia marlow")
    await network.search("KE", sex="F", country="NL", age_min=30, age_max=45)
    await network.search("DE", "/bodies/search", place="beach", sex="F")
    await network.search("KE", "/bodies/search", place="beach", sex="M")
    await network.ask("FR", "POST", "", json=PERSON)
    assert [(bureau, match) for bureau, _, _, match in await network.notified()] == [
        ("DE", "name: Julia, marlow ~ Marlowe"),
        ("KE", "sex F; age 30 to 45; country NL"),
    ]
    await network.ask("FR", "POST", "/bodies", json=BODY)
    assert (await network.notified())[2:] == [("DE", 1, "delayed-inquiry", "sex F; place beach possible")]


@pytest.mark.thorough
@with_service(PRINTS)
async def test_a_bureau_that_searched_for_a_print_is_notified_once_the_finger_is_enrolled(network: Network) -> None:
    """By another impression of it; not for another finger, nor if another position was searched."""
    identify = "/identification"
    assert (await network.ask("DE", "POST", identify, content=b"7/1", headers=PNG))["total"] == 0
    await network.ask("KE", "POST", identify, content=b"8/1", headers=PNG)
    await network.ask("KE", "POST", identify, content=b"7/2", headers=PNG, params={"position": 3})
    record = await network.ask("FR", "POST", "", json=CASE)
    impressions = f"/{record['id']}/impressions"
    await network.ask("FR", "POST", impressions, content=b"9", headers=PNG, params={"position": 3})
    assert await network.notified() == []
    await network.ask("FR", "POST", impressions, content=b"7", headers=PNG, params={"position": 2})
    [(bureau, version, how, match)] = await network.notified()
    assert (bureau, version, how) == ("DE", 3, "delayed-inquiry")
    assert match.startswith("finger 2 (right index), at or above")
