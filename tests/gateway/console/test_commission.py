"""The pages of the Commission: requests of persons from their entry to their execution, and for nobody else."""

import re
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any, Final

import httpx
import pytest

from gateway.console.commission.deadlines import by_urgency, deadline_of
from gateway.console.commission.forms import Unreadable, corrections_of, location_of
from gateway.console.sent_forms import Form
from services import SERVICES
from tests.gateway.console.browser import Browser, text_of
from tests.gateway.console.conftest import SignedIn
from tests.gateway.mesh import Mesh
from tests.services.missing_persons.samples import PERSON

PERSONS: Final = "missing-persons"
RIGHTS: Final = (
    "subject-requests:read",
    "subject-requests:write",
    "missing-persons:read",
    "missing-persons:decide",
    "purpose:data-subject-request",
)
DRAFT: Final = {
    "kind": "deletion",
    "received": "2026-05-29",
    "subject/family_name": "Marlowe",
    "statement": "I was found.\n<script>alert(1)</script> \u202emoc.live",
}
REASON: Final = {"admissible": "yes", "reason": "Her identity is proven."}

Entered = Callable[..., Awaitable[str]]


@pytest.fixture
async def commission(signed_in: SignedIn) -> Browser:
    """Return the browser of an officer of the Commission."""
    return await signed_in("CCF", *RIGHTS)


@pytest.fixture
async def record(gateway: httpx.ASGITransport, started: Mesh) -> str:
    """Return a missing person that France reported."""
    every = [scope for service in SERVICES for scope in service.scopes]
    async with httpx.AsyncClient(transport=gateway, base_url="http://gateway") as client:
        answer = await client.post(f"/api/{PERSONS}", headers=started.bearer("FR", *every), json=PERSON)
    return str(answer.json()["id"])


@pytest.fixture
def entered(commission: Browser, record: str) -> Entered:
    """Return a function that enters a request about the missing person, and returns the address of its page."""

    async def enter(**changed: str) -> str:
        about = {"records/0/kind": PERSONS, "records/0/record": f"http://gateway/records/{PERSONS}/{record}"}
        answer = await commission.send("/commission/new", **(DRAFT | about | changed))
        assert answer.status_code == 200, text_of(answer)
        return answer.url.path

    return enter


@pytest.mark.thorough
async def test_a_request_is_entered_decided_and_carried_out_without_script(
    commission: Browser, entered: Entered, record: str
) -> None:
    path = await entered()
    page = await commission.get(path)
    assert "Request CCF/2026/1" in text_of(page)
    assert "Decide whether the request is admissible: 28 days left until 29 Jun 2026" in text_of(page)
    assert f"/records/{PERSONS}/{record}" in page.text
    assert "Only officers of the Commission can read this." in text_of(page)
    admitted = await commission.send(f"{path}/admissibility", **REASON)
    assert "Decide on the request: 273 days left until 1 Mar 2027" in text_of(admitted)
    form = await commission.get(f"{path}/decision")
    assert "Marlowe, Julia Ann" in text_of(form)
    decision = {"outcome": "granted", "reasons": "She was found.", "act-1": "delete"}
    unconfirmed = await commission.send(f"{path}/decision", **decision)
    assert (unconfirmed.status_code, "Confirm that the decision is final." in text_of(unconfirmed)) == (422, True)
    decided = await commission.send(f"{path}/decision", **decision, final="yes")
    assert decided.url.path == path
    done = text_of(await commission.until(path, "The request has ended."))
    assert "in effect The record is as the Commission decided." in done
    assert "How the record ended decided" in done
    assert "Take off the request" not in done


@pytest.mark.thorough
async def test_what_a_person_states_is_shown_as_text(commission: Browser, entered: Entered) -> None:
    answer = await commission.get(await entered())
    assert "<script>alert" not in answer.text
    assert "\u202e" not in answer.text
    assert "[RIGHT-TO-LEFT OVERRIDE]moc.live" in text_of(answer)


@pytest.mark.thorough
async def test_nobody_else_learns_that_a_request_exists(
    signed_in: SignedIn, commission: Browser, entered: Entered
) -> None:
    """Not even with scopes that an outside provider gave them by mistake."""
    path = await entered()
    for bureau, scopes in (("FR", ()), ("FR", ("hits:read",)), ("IPSG", ()), ("CCF", ("audit:read", RIGHTS[-1]))):
        other = await signed_in(bureau, *scopes)
        unknown = await other.get("/files/nothing")
        for address in (path, "/commission", "/commission/new", f"{path}/report", "/commission/nonsense"):
            answer = await other.get(address)
            assert (answer.status_code, answer.text) == (404, unknown.text)
            assert answer.headers == unknown.headers
        assert (await other.send(f"{path}/closure", reason="x")).text == unknown.text
    assert "received" in text_of(await commission.get(path))


@pytest.mark.thorough
async def test_the_list_shows_late_requests_first_and_says_so_in_words(
    commission: Browser, entered: Entered, started: Mesh
) -> None:
    await entered(received="2026-04-01")
    await entered()
    await entered(received="2026-04-20")
    answer = await commission.get("/commission")
    assert re.findall(r"CCF/2026/\d", text_of(answer)) == ["CCF/2026/1", "CCF/2026/3", "CCF/2026/2"]
    assert "31 days late the last day was 1 May 2026" in text_of(answer)
    assert text_of(await commission.get("/commission", overdue="false")).count("CCF/2026/") == 1
    assert (await commission.get("/commission", format="csv")).text.count("CCF/2026/") == 3
    sorted_ = text_of(await commission.get("/commission", sort="number", order="desc"))
    assert re.findall(r"CCF/2026/(\d)", sorted_) == ["3", "2", "1"]
    assert "Marlowe" not in text_of(answer), "a list names no person"


@pytest.mark.thorough
async def test_a_faulty_form_is_shown_again_with_each_fault_at_its_field(commission: Browser, entered: Entered) -> None:
    wrong = DRAFT | {"received": "2027-01-01", "records/1/kind": PERSONS, "records/1/record": "unknown"}
    answer = await commission.send("/commission/new", **(wrong | {"subject/family_name": ""}))
    assert answer.status_code == 422
    for field in ("subject-family_name", "records-1-record"):
        assert f'id="{field}-fault"' in answer.text or f"{field}-fault" in answer.text
    assert "I was found." in text_of(answer), "what was typed is kept"
    assert (
        'id="received-fault"' in (await commission.send("/commission/new", **(DRAFT | {"received": "2027-01-01"}))).text
    )
    again = await commission.send(f"{await entered()}/records", **{"record-kind": PERSONS, "record": "x"})
    assert (again.status_code, 'id="record-fault"' in again.text) == (422, True)


@pytest.mark.thorough
async def test_records_are_added_and_taken_off_before_the_decision(commission: Browser, record: str) -> None:
    path = (await commission.send("/commission/new", **DRAFT)).url.path
    added = await commission.send(f"{path}/records", **{"record-kind": PERSONS, "record": record})
    assert record in text_of(added)
    twice = await commission.send(f"{path}/records", **{"record-kind": PERSONS, "record": record})
    assert (twice.status_code, "is attached already" in text_of(twice)) == (409, True)
    assert "No record is attached." in text_of(await commission.send(f"{path}/records/1/removal"))
    closed = await commission.send(f"{path}/closure", reason="Withdrawn by letter.", closing="yes")
    assert "Withdrawn by letter." in text_of(closed)
    assert "The request has ended." in text_of(closed)
    late = await commission.send(f"{path}/admissibility", **REASON)
    assert (late.status_code, "does not fit what is there already" in text_of(late)) == (409, True)


@pytest.mark.thorough
async def test_refused_corrections_are_restated_or_abandoned(commission: Browser, entered: Entered) -> None:
    path = await entered(kind="correction")
    await commission.send(f"{path}/admissibility", **REASON)
    corrections = {"act-1": "correct", "field-1-0": "last_seen_date", "value-1-0": "2999-01-01"}
    await commission.send(f"{path}/decision", outcome="granted", reasons="It is wrong.", final="yes", **corrections)
    refused = await commission.until(path, "attempt has failed")
    assert "Restate the corrections" in text_of(refused)
    assert "Abandon this remedy" in text_of(refused)
    form = await commission.get(f"{path}/records/1/corrections")
    assert 'value="2999-01-01"' in form.text
    unreadable = {"field-1-0": "marks", "value-1-0": "not JSON"}
    faulty = await commission.send(f"{path}/records/1/corrections", **unreadable)
    assert (faulty.status_code, "as JSON." in text_of(faulty)) == (422, True)
    await commission.send(f"{path}/records/1/corrections", **{"field-1-0": "last_seen_date", "value-1-0": "2026-03-13"})
    assert "in effect" in text_of(await commission.until(path, "The request has ended."))
    assert "only where the service has refused them" in text_of(await commission.get(f"{path}/records/1/corrections"))


@pytest.mark.thorough
async def test_a_person_who_is_granted_access_gets_a_report(commission: Browser, entered: Entered) -> None:
    path = await entered(kind="access")
    await commission.send(f"{path}/admissibility", **REASON)
    early = await commission.get(f"{path}/report")
    assert (early.status_code, "A report for the subject is made where access is granted." in text_of(early)) == (
        409,
        True,
    )
    await commission.send(
        f"{path}/decision", outcome="granted", reasons="Why not.", final="yes", **{"act-1": "disclose"}
    )
    report = text_of(await commission.get(f"{path}/report"))
    assert "Family name Marlowe" in report
    assert "Supplied by FR France" in report
    assert "Sex female Date of birth 19 Apr 1987" in report, "a person reads words, and no codes of the API"
    assert "1987-04-19" not in report
    revision = await commission.get("/commission/new", kind="revision", revises=path.rpartition("/")[2])
    assert f'value="{path.rpartition("/")[2]}"' in revision.text


@pytest.mark.thorough
async def test_an_officer_who_may_only_read_is_offered_no_step(signed_in: SignedIn, entered: Entered) -> None:
    path = await entered()
    reader = await signed_in("CCF", "subject-requests:read", RIGHTS[-1])
    answer = await reader.get(path)
    assert "You may read requests, and not change them." in text_of(answer)
    assert f'action="{path}' not in answer.text
    assert (await reader.send(f"{path}/closure", reason="x")).status_code == 403


# --- rules


@pytest.mark.parametrize(
    ("due", "days", "shape"),
    [("2026-06-10", 9, "note"), ("2026-06-08", 7, "wait"), ("2026-06-01", 0, "wait"), ("2026-05-31", -1, "bad")],
)
def test_a_deadline_has_a_shape(due: str, days: int, shape: str) -> None:
    deadline = deadline_of({"due": due, "state": "received"}, date(2026, 6, 1))
    assert deadline is not None
    assert (deadline.days, deadline.shape) == (days, shape)


def test_requests_without_a_deadline_come_last() -> None:
    ended, late = {"due": None, "number": "CCF/2026/1"}, {"due": "2026-05-01", "number": "CCF/2026/2"}
    assert by_urgency([ended, late]) == [late, ended]
    assert deadline_of(ended | {"state": "closed"}, date(2026, 6, 1)) is None


def test_corrections_keep_the_kind_of_a_value() -> None:
    """A text stays a text, even if it looks like a number; what is no text is JSON."""
    present: dict[str, Any] = {"forename": "Julia", "height": 171, "marks": [], "birth_name": None}
    fields = (
        *(("field-1-0", "forename"), ("value-1-0", "007")),
        *(("field-1-1", "height"), ("value-1-1", "172")),
        *(("field-1-3", "marks"), ("value-1-3", "[1]")),
        *(("field-1-4", "birth_name"), ("value-1-4", "")),
    )
    found = corrections_of(Form(fields), 1, present)
    assert found == {"forename": "007", "height": 172, "marks": [1], "birth_name": None}
    with pytest.raises(Unreadable):
        corrections_of(Form((("field-1-0", "height"), ("value-1-0", "tall"))), 1, present)


def test_the_address_of_a_page_stands_for_its_record() -> None:
    number = "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"
    address = f"https://gateway.example/records/notices/{number.upper()}?lang=fr"
    assert location_of("notices", address) == {"service": "notices", "path": None, "record": number}
    assert location_of("notices", "unknown")["record"] == "unknown"
