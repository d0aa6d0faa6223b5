"""Data subject requests through the API, which only officers of the Commission may use."""

from datetime import timedelta
from typing import Any

import pytest

from shared.identity import Purpose
from shared.records.rules import CommissionOnly
from tests.gateway.messages.officers import refusal_of
from tests.gateway.subject_requests.commission import (
    ADMISSIBLE,
    COMMISSION,
    DRAFT,
    OWN_SCOPES,
    PERSONS,
    REQUESTS,
    SERVICE,
    Network,
    place,
    until,
)
from tests.services.missing_persons.samples import BODY

NO_RECORD = "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"
DECISION = {"outcome": "refused", "reasons": "Nothing is known."}

# Every operation, as a caller who knows the id of a request may try it.
OPERATIONS = (
    ("POST", "", DRAFT),
    ("GET", "", None),
    ("GET", "/{}", None),
    ("POST", "/{}/admissibility", ADMISSIBLE),
    ("POST", "/{}/records", place(NO_RECORD)),
    ("DELETE", "/{}/records/1", None),
    ("POST", "/{}/decision", DECISION),
    ("PUT", "/{}/records/1/corrections", {"corrections": {"forename": "Julia"}}),
    ("POST", "/{}/records/1/abandonment", {"reason": "Its service is gone."}),
    ("GET", "/{}/execution", None),
    ("GET", "/{}/report", None),
    ("POST", "/{}/closure", {"reason": "Withdrawn."}),
)


async def test_an_entered_request_gets_a_number_and_a_deadline(network: Network) -> None:
    """It is shown as entered, with the officer who entered it."""
    record = await network.report()
    answer = await network.ask("POST", json=DRAFT | {"records": [place(record)]})
    assert answer.status_code == 201, answer.text
    entered = answer.json()
    assert answer.headers["location"] == f"{REQUESTS}/{entered['id']}"
    assert (entered["number"], entered["state"], entered["due"]) == ("CCF/2026/1", "received", "2026-06-29")
    assert (entered["overdue"], entered["statement"]) == (False, DRAFT["statement"])
    assert {name: entered["subject"][name] for name in DRAFT["subject"]} == DRAFT["subject"]
    [concerned] = entered["records"]
    assert (concerned["number"], concerned["record"], concerned["owner"]) == (1, record, "FR")
    assert concerned["state"] == "attached"
    assert [(each["step"], each["officer"], each["record"]) for each in entered["history"]] == [
        ("entered", "ccf.officer", None),
        ("record-attached", "ccf.officer", 1),
    ]
    assert await network.done("GET", f"/{entered['id']}") == entered
    assert (await network.done("POST", json=DRAFT))["number"] == "CCF/2026/2"


async def test_the_commission_has_one_month_for_admission_and_nine_for_a_decision(network: Network) -> None:
    """Overdue requests are listed; a late step is still possible, and each step is in the history."""
    request = await network.enter()
    assert await network.done("GET", params={"overdue": True}) == {"items": [], "next": None}
    network.mesh.clock.advance(timedelta(days=29))
    [late] = (await network.done("GET", params={"overdue": True}))["items"]
    assert (late["id"], late["due"], late["overdue"]) == (request, "2026-06-29", True)
    admitted = await network.done("POST", f"/{request}/admissibility", json=ADMISSIBLE)
    assert (admitted["state"], admitted["admitted"]) == ("admissible", "2026-06-30")
    assert (admitted["due"], admitted["overdue"]) == ("2027-03-30", False)
    assert admitted["history"][-1]["reason"] == ADMISSIBLE["reason"]
    again = await network.ask("POST", f"/{request}/admissibility", json=ADMISSIBLE)
    assert refusal_of(again) == (409, "illegal-step")
    refused = await network.decide(request, "refused")
    assert (refused["state"], refused["outcome"], refused["due"]) == ("carried-out", "refused", None)
    assert refused["forget_on"] == "2027-06-30"
    assert refused["reasons"]


async def test_an_inadmissible_or_closed_request_allows_no_further_step(network: Network) -> None:
    ends = []
    for path, body in (
        ("admissibility", {"admissible": False, "reason": "It is about somebody else."}),
        ("closure", {"reason": "Withdrawn by letter."}),
    ):
        request = await network.enter()
        ended = await network.done("POST", f"/{request}/{path}", json=body)
        ends.append((ended["state"], ended["due"], ended["forget_on"], ended["history"][-1]["reason"]))
        for method, step, sent in OPERATIONS:
            if method != "GET" and step and not step.endswith("/records"):
                assert refusal_of(await network.ask(method, step.format(request), json=sent))[0] in {404, 409}, step
        assert (await network.done("GET", f"/{request}"))["state"] == ended["state"]
    assert ends == [
        ("inadmissible", None, "2027-06-01", "It is about somebody else."),
        ("closed", None, "2027-06-01", "Withdrawn by letter."),
    ]


async def test_requests_are_listed_in_pages_without_their_subjects(network: Network) -> None:
    entered = [await network.enter(kind=kind) for kind in ("access", "correction", "deletion")]
    page = await network.done("GET", params={"limit": 2})
    assert [each["id"] for each in page["items"]] == entered[:0:-1]
    assert not page["items"][0].keys() & {"subject", "statement", "records", "history"}
    rest = await network.done("GET", params={"limit": 2, "after": page["next"]})
    assert ([each["id"] for each in rest["items"]], rest["next"]) == (entered[:1], None)
    [access] = (await network.done("GET", params={"kind": "access", "state": "received"}))["items"]
    assert access["id"] == entered[0]


async def test_records_are_attached_and_removed(network: Network) -> None:
    """Each record once; numbers are not reused."""
    records = [await network.report() for _ in range(2)]
    request = await network.enter()
    for record in records:
        attached = await network.ask("POST", f"/{request}/records", json=place(record))
        assert attached.status_code == 201, attached.text
    twice = await network.ask("POST", f"/{request}/records", json=place(records[0]))
    assert refusal_of(twice) == (409, "already-attached")
    await network.done("DELETE", f"/{request}/records/2")
    assert refusal_of(await network.ask("DELETE", f"/{request}/records/2")) == (404, "not-found")
    shown = await network.done("POST", f"/{request}/records", json=place(records[1]))
    assert [(each["number"], each["record"]) for each in shown["records"]] == [(1, records[0]), (3, records[1])]
    assert [(each["step"], each["record"]) for each in shown["history"][1:]] == [
        ("record-attached", 1),
        ("record-attached", 2),
        ("record-removed", 2),
        ("record-attached", 3),
    ]


@pytest.mark.thorough
async def test_a_record_of_another_kind_is_attached_by_its_path(network: Network) -> None:
    """A body is not found among missing persons."""
    body = (await network.of("FR", "POST", "/bodies", json=BODY)).json()["id"]
    request = await network.enter()
    refused = await network.ask("POST", f"/{request}/records", json=place(body))
    assert refusal_of(refused) == (422, "record-not-found")
    shown = await network.done("POST", f"/{request}/records", json=place(body) | {"path": "bodies"})
    assert (shown["records"][0]["path"], shown["records"][0]["owner"]) == ("bodies", "FR")


@pytest.mark.parametrize(
    ("records", "refusal"),
    [
        ([place(NO_RECORD)], (422, "record-not-found")),
        ([place(NO_RECORD) | {"path": "audit"}], (422, "record-not-found")),
        ([place(NO_RECORD), place(NO_RECORD)], (409, "already-attached")),
        ([place(NO_RECORD) | {"service": "works-of-art"}], (403, "scope-missing")),
    ],
)
async def test_a_request_with_a_record_that_cannot_be_attached_is_not_entered(
    network: Network, records: Any, refusal: tuple[int, str]
) -> None:
    """Its number is given to the next request."""
    assert refusal_of(await network.ask("POST", json=DRAFT | {"records": records})) == refusal
    assert (await network.done("POST", json=DRAFT))["number"] == "CCF/2026/1"


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"received": "2026-06-02"}, (422, "received-in-future")),
        ({"received": "yesterday"}, (422, "invalid")),
        ({"statement": "x" * 10_001}, (422, "invalid")),
        ({"statement": " "}, (422, "invalid")),
        ({"kind": "oblivion"}, (422, "invalid")),
        ({"subject": {"forename": "Julia"}}, (422, "invalid")),
        ({"records": [place(NO_RECORD) | {"service": "../admin"}]}, (422, "invalid")),
        ({"records": [place(NO_RECORD) | {"path": "../x"}]}, (422, "invalid")),
    ],
)
async def test_an_invalid_request_is_not_entered(network: Network, changed: Any, refusal: tuple[int, str]) -> None:
    assert refusal_of(await network.ask("POST", json=DRAFT | changed)) == refusal


@pytest.mark.thorough
async def test_a_decision_must_match_the_kind_of_request_and_is_final(network: Network) -> None:
    record = await network.report()
    request = await network.admitted(record, kind="access")
    decision = {"outcome": "granted", "reasons": "So be it.", "remedies": [{"record": 1, "act": "delete"}]}
    refused = await network.ask("POST", f"/{request}/decision", json=decision)
    assert refusal_of(refused) == (422, "remedy-not-allowed")
    assert (await network.done("GET", f"/{request}"))["state"] == "admissible"
    await network.decide(request, "refused")
    again = await network.ask("POST", f"/{request}/decision", json=DECISION)
    assert refusal_of(again) == (409, "illegal-step")


async def test_corrections_nested_too_deeply_are_refused(network: Network) -> None:
    """In a decision and when restated: they could not be shown again."""
    deep: Any = "Julia"
    for _ in range(100):
        deep = {"a": deep}
    request = await network.admitted(await network.report(), kind="correction")
    correction = {"record": 1, "act": "correct", "corrections": {"forename": deep}}
    decision = {"outcome": "granted", "reasons": "So be it.", "remedies": [correction]}
    restated = {"corrections": {"forename": deep}}
    for method, path, body in (("POST", "decision", decision), ("PUT", "records/1/corrections", restated)):
        assert refusal_of(await network.ask(method, f"/{request}/{path}", json=body)) == (422, "invalid")
    assert (await network.done("GET", f"/{request}"))["state"] == "admissible"


async def test_an_officer_without_the_scopes_of_the_service_can_neither_attach_nor_decide(network: Network) -> None:
    """The gateway states no scope that its officer does not hold."""
    record = await network.report()
    purpose = "purpose:data-subject-request"
    cannot_read = await network.ask("POST", "", *OWN_SCOPES, purpose, json=DRAFT | {"records": [place(record)]})
    assert refusal_of(cannot_read) == (403, "scope-missing")
    request = await network.admitted(record)
    decision = {"outcome": "granted", "reasons": "So be it.", "remedies": [{"record": 1, "act": "delete"}]}
    held = (*OWN_SCOPES, f"{SERVICE.name}:read", purpose)
    cannot_decide = await network.ask("POST", f"/{request}/decision", *held, json=decision)
    assert refusal_of(cannot_decide) == (403, "scope-missing")
    assert (await network.done("GET", f"/{request}"))["state"] == "admissible"
    assert (await network.at("GET", f"{PERSONS}/{record}")).status_code == 200


@pytest.mark.parametrize(("method", "path", "body"), OPERATIONS)
async def test_every_operation_is_refused_except_to_the_commission(
    network: Network, method: str, path: str, body: Any
) -> None:
    """Whatever the scopes; changes are also refused without the write scope."""
    request = await network.enter()
    target = REQUESTS + path.format(request)
    for bureau, purpose, refusal in (
        ("IPSG", Purpose.SECURITY_CHECK, CommissionOnly.code),
        ("IPSG", Purpose.DATA_SUBJECT_REQUEST, "purpose-not-allowed"),
        ("FR", Purpose.SECURITY_CHECK, CommissionOnly.code),
        ("FR", Purpose.DATA_SUBJECT_REQUEST, "purpose-not-allowed"),
    ):
        bearer = network.mesh.bearer(bureau, *COMMISSION, f"purpose:{purpose.value}", purpose=purpose)
        refused = await network.client.request(method, target, headers=bearer, json=body)
        assert refusal_of(refused) == (403, refusal), bureau
    if method != "GET":
        reader = (scope for scope in COMMISSION if scope != "subject-requests:write")
        assert refusal_of(await network.ask(method, path.format(request), *reader, json=body)) == (403, "scope-missing")


async def test_every_operation_on_an_unknown_request_is_not_found(network: Network) -> None:
    for method, path, body in OPERATIONS:
        if "{}" in path:
            assert refusal_of(await network.ask(method, path.format(NO_RECORD), json=body)) == (404, "not-found"), path


async def test_personal_data_of_requests_are_not_logged(network: Network) -> None:
    """Neither subject nor reasons, nor the record."""
    record = await network.report()
    request = await network.admitted(record)
    await network.decide(request, "granted", {"record": 1, "act": "delete"})
    await network.comes_to(request, "carried-out")

    async def logged() -> Any:
        return network.mesh.logged("decision-carried-out")

    await until(logged, bool)
    written = network.mesh.written.getvalue().decode()
    for word in ("Marlowe", "peace", "proven", "fulfilled", record):
        assert word not in written


@pytest.mark.parametrize(
    ("standing", "refusal"), [("member", (503, "key-not-valid")), ("suspended", (403, "bureau-suspended"))]
)
async def test_nothing_is_entered_or_decided_without_a_valid_key(
    network: Network, standing: str, refusal: tuple[int, str]
) -> None:
    """It would lead to requests that nobody can sign; what is stored can be read all the same."""
    request = await network.enter()
    now = network.mesh.clock.now().timestamp()
    network.mesh.change_entries("CCF", revoked_at=now, standing=standing)
    for method, path, body in OPERATIONS:
        answer = await network.ask(method, path.format(request), json=body)
        if method != "GET":
            assert refusal_of(answer) == refusal, path
    assert (await network.ask("GET", f"/{request}")).status_code == 200
