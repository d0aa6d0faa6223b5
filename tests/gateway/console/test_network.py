"""The page of the network: who takes part, what is in force for them, and which parts of the mesh work."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from gateway.console.network.rules import ENDS_SOON_DAYS, Known, Participant, participant, participants, read
from gateway.console.network.traffic import by_service
from gateway.console.network.witnesses import seen_log
from gateway.console.network.world import MOST_WITH_CODES, world_of
from services import SERVICES
from shared.bureaus import MEMBERS, REGIONAL_BUREAUS, SECRETARIAT
from shared.clock import FixedClock
from shared.identity import AUDIT_READ, PURPOSE_SCOPES, Purpose
from shared.standing import Measure
from tests.gateway.console.browser import text_of
from tests.gateway.console.conftest import SignedIn
from tests.gateway.mesh import Mesh

NOW = 1_000_000_000.0
DAY = 86_400.0
MEASURE = {"bureau": "FR", "standing": "supervised", "reason": "access", "until": None, "resolution": None}


def known(*keys: dict[str, Any], measures: tuple[dict[str, Any], ...] = (), kind: str = "bureau") -> Known:
    stated = {"participant": "FR", "kind": kind, "kid": "k", "nbf": NOW - DAY, "exp": NOW + 999 * DAY}
    signing = [{**stated, "revoked_at": None, **key} for key in keys]
    return read({"keys": signing, "sealing_keys": signing, "agreements": {}}, measures)


def shown(*keys: dict[str, Any], hosted: tuple[str, ...] = (), **more: Any) -> Participant:
    return participant(known(*keys, **more), "FR", hosted, NOW)


@pytest.mark.parametrize(
    ("keys", "more", "state"),
    [
        ([{}], {}, "member"),
        ([{}], {"hosted": ("FR",)}, "hosted-here"),
        ([{}], {"kind": "unit"}, "takes-part"),
        ([{"exp": NOW + (ENDS_SOON_DAYS - 1) * DAY}], {"hosted": ("FR",)}, "key-ends-soon"),
        ([{"exp": NOW + DAY}, {}], {}, "member"),
        ([{"exp": NOW - DAY}], {}, "key-not-in-force"),
        ([{"nbf": NOW + DAY}], {}, "key-not-in-force"),
        ([{"revoked_at": NOW - 1}], {}, "no-key"),
        ([{"revoked_at": NOW + DAY}], {}, "member"),
        ([{}], {"measures": (MEASURE,)}, "supervised"),
        ([{"exp": NOW + DAY}], {"measures": (MEASURE,)}, "supervised"),
        ([{}], {"measures": ({**MEASURE, "standing": "restricted"},), "hosted": ("FR",)}, "restricted"),
        ([{"revoked_at": NOW - 1}], {"measures": ({**MEASURE, "standing": "suspended"},)}, "suspended"),
    ],
)
def test_the_state_of_a_participant_is_the_worst_that_holds(
    keys: list[dict[str, Any]], more: dict[str, Any], state: str
) -> None:
    assert shown(*keys, **more).state == state


def test_days_are_those_of_the_last_key_in_force() -> None:
    ends = shown({"exp": NOW + 5.5 * DAY}, {"exp": NOW + 2 * DAY}, {"exp": NOW + 99 * DAY, "revoked_at": NOW - 1})
    assert (ends.days, ends.ends) == (5, NOW + 5.5 * DAY)
    assert shown({"exp": NOW - 1}).days is None


def test_each_member_and_office_has_a_place_on_the_map() -> None:
    """Codes are written while there is space for them."""
    everyone = [shown({})._replace(code=code) for code in (*MEMBERS, SECRETARIAT, *REGIONAL_BUREAUS, "PARTNER-ICC")]
    world = world_of(everyone)
    assert {point.participant.code for point in world.points} == {*MEMBERS, SECRETARIAT, *REGIONAL_BUREAUS}
    assert all(0 < point.x < world.width and 0 < point.y < world.height for point in world.points)
    assert not world.has_codes
    assert world_of(everyone[:MOST_WITH_CODES]).has_codes


def test_services_are_no_participants_of_the_table() -> None:
    of_service = known({"participant": "notices", "kind": "service"}, {})
    assert [each.code for each in participants(of_service, (), NOW)] == ["FR"]


def test_a_note_names_the_log_and_the_bureaus_that_cosigned_it() -> None:
    note = "i247/notices\n247\nqL1=\n\n— i247/notices aaaa\n— i247/PT bbbb\n— i247/BR cccc\n"
    assert seen_log(note) == ("notices", 247, ["BR", "PT"])


def test_requests_are_counted_by_service_apart_from_those_of_others() -> None:
    leaves = [{"service": "notices", "bureau": bureau} for bureau in ("FR", "FR", "DE")]
    assert by_service(leaves, "FR", ["notices", "firearms"]) == [("notices", 2, 1), ("firearms", 0, 0)]


@pytest.mark.thorough
async def test_the_page_shows_the_bureaus_on_a_map_and_in_a_table(signed_in: SignedIn, started: Mesh) -> None:
    """A measure is stated with its reason and resolution, for anyone."""
    measure = Measure(reason="arrears", since=NOW, resolution="EC/2026/15", services=("notices",))
    started.change_entries("DE", standing="restricted", measure=measure)
    answer = await (await signed_in("FR")).get("/network")
    text = text_of(answer)
    assert answer.status_code == 200
    assert "Germany DE bureau restricted" in text
    assert "restricted, arrears, EC/2026/15 and notices" in text
    assert 'role="img" aria-label="Map of the participants' in answer.text
    assert "There is nothing to do." in text
    assert "7 of 7 services answered" in text
    assert "Requests by service" not in text


@pytest.mark.thorough
async def test_the_table_is_sorted_and_taken_out(signed_in: SignedIn) -> None:
    browser = await signed_in("FR")
    by_name = ["CCF", "FR", "IPSG", "DE", "KE"]
    for query, expected in (({}, by_name), ({"sort": "participant", "order": "desc"}, by_name[::-1])):
        answer = await browser.get("/network", **query)
        codes = [part.partition('"')[0] for part in answer.text.split('id="participant-')[1:]]
        assert [each for each in codes if each in by_name] == expected
    written = await browser.get("/network", format="csv")
    assert written.headers["content-type"] == "text/csv; charset=utf-8"
    assert "France (FR),bureau,hosted here,this gateway,20" in written.text


@pytest.mark.thorough
async def test_the_part_that_renews_itself_keeps_no_session_alive(signed_in: SignedIn, clock: FixedClock) -> None:
    browser = await signed_in("FR")
    for _ in range(3):
        answer = await browser.get("/network/part/state", sort="state")
        assert answer.status_code == 200
        assert "<html" not in answer.text
        assert 'href="/network?sort=state&amp;order=desc"' in answer.text
        clock.advance(timedelta(minutes=10))
    assert (await browser.get("/network")).url.path == "/sign-in"


@pytest.mark.thorough
async def test_a_participant_has_a_page_with_all_its_keys(signed_in: SignedIn, started: Mesh) -> None:
    """Its own officers are told what to do."""
    started.change_entries("FR", revoked_at=started.clock.now().timestamp() - 1)
    started.give_key("FR", "bureau", 70)
    text = text_of(await (await signed_in("FR")).get("/network/FR"))
    assert "revoked at" in text
    assert "There is nothing to do." in text
    unknown = await (await signed_in("FR")).get("/network/XX")
    assert unknown.status_code == 404


@pytest.mark.thorough
async def test_keys_that_end_are_announced_with_the_command(signed_in: SignedIn, started: Mesh) -> None:
    started.change_entries("FR", not_after=(started.clock.now() + timedelta(days=9)).timestamp())
    text = text_of(await (await signed_in("FR")).get("/network"))
    assert "9 days left" in text
    assert "i247 keys rotate FR --overlap-hours 24" in text


@pytest.mark.thorough
async def test_a_service_that_is_down_is_named_and_the_rest_is_shown(signed_in: SignedIn, started: Mesh) -> None:
    started.change_entries("firearms", revoked_at=started.clock.now().timestamp() - 1)
    answer = await (await signed_in("FR")).get("/network")
    assert answer.status_code == 200
    assert "6 of 7 services answered" in text_of(answer)


@pytest.mark.thorough
async def test_an_auditor_counts_requests_and_sees_alarms(signed_in: SignedIn, gateway: httpx.ASGITransport) -> None:
    """Officers with records have no part of this."""
    officer = await signed_in("FR")
    await officer.get("/network", hours="1")
    auditor = await signed_in("FR", AUDIT_READ, PURPOSE_SCOPES[Purpose.CRIMINAL_INVESTIGATION])
    before = text_of(await auditor.get("/network"))
    assert "Alarms of your gateway as a witness There are none." in before
    assert "Requests since" not in before
    assert "Mail of your bureau" not in before
    text = text_of(await auditor.get("/network", hours="24"))
    assert "Requests since" in text
    assert all(service.name.replace("-", " ") in text for service in SERVICES)
