"""A firearm is traced from country to country, and each bureau sees what it is a party to."""

from datetime import timedelta
from typing import Any

import pytest

from gateway.traces.rules import MAX_COMMENTS
from shared.ids import uuid7
from tests.gateway.mesh import Mesh
from tests.gateway.traces.actors import FIREARM, LINK, Bureau, is_, refusal

ONWARD = {"from": "KE", "to": "FR", "on": "2021-03-02/2021-03-09", "kind": "theft"}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.thorough
async def test_a_firearm_is_traced_over_three_countries(france: Bureau, germany: Bureau, kenya: Bureau) -> None:
    """Each answers with a link; the requester has the chain, and each bureau that is asked its own part."""
    trace = (await france.begins(urgency="urgent", remark="Seized at the border."))["id"]
    received = await germany.sees(trace)
    assert (received["side"], received["requester"], received["state"]) == ("asked", "FR", "sent")
    assert received["asked_bureaus"][0]["remark"] == "Seized at the border."
    await germany.answers(trace, "accepted", "answered", link=LINK, onward=True, remark="Sold by the maker.")
    answered = await france.sees(trace, is_("answered"))
    assert answered["chain"] == {"trace": trace, "links": [LINK], "doubts": [], "next": "KE"}
    await france.goes_on(trace, "KE")
    asked = await kenya.sees(trace)
    assert (asked["asked_bureaus"][0]["number"], asked["asked_bureaus"][0]["received"]) == (2, LINK)
    await kenya.answers(trace, "accepted", "answered", link=ONWARD)
    whole = await france.sees(trace, is_("answered", asked="KE"))
    assert (whole["chain"]["links"], whole["chain"]["next"]) == ([LINK, ONWARD], "FR")
    assert [each["asked"] for each in whole["asked_bureaus"]] == ["DE", "KE"]
    assert (await kenya.trace(trace))["chain"]["links"] == [LINK, ONWARD]
    # Germany was asked for its own books alone.
    seen = await germany.trace(trace)
    assert ([each["asked"] for each in seen["asked_bureaus"]], seen["chain"]["links"]) == (["DE"], [LINK])


@pytest.mark.parametrize(
    ("answers", "stated", "state", "then"),
    [
        (["refused"], {"reason": "national-law"}, "refused", None),
        (["accepted", "cannot-trace"], {"remark": "The books burnt."}, "cannot-trace", None),
        (["forwarded"], {"to": "KE"}, "forwarded", "KE"),
        (["accepted", "forwarded"], {"to": "KE"}, "forwarded", "KE"),
        (["accepted", "refused"], {"reason": "duplicate"}, "refused", None),
    ],
)
async def test_each_answer_leads_to_its_state_on_both_sides(
    france: Bureau, germany: Bureau, answers: list[str], stated: dict[str, Any], state: str, then: str | None
) -> None:
    """And names the bureau to ask next, if it knows one."""
    trace = (await france.begins())["id"]
    await germany.sees(trace)
    await germany.answers(trace, *answers, **stated)
    seen = await france.sees(trace, is_(state))
    assert (seen["chain"]["next"], seen["due"], (await germany.trace(trace))["state"]) == (then, None, state)
    last = seen["asked_bureaus"][0]["answers"][-1]
    assert {name: last[name] for name in stated} == stated


@pytest.mark.parametrize(
    ("before", "answer", "code", "pointer"),
    [
        ([], {"answer": "answered", "link": LINK}, "illegal-step", None),
        ([], {"answer": "cannot-trace"}, "illegal-step", None),
        (["accepted"], {"answer": "accepted"}, "illegal-step", None),
        (["accepted", "cannot-trace"], {"answer": "refused", "reason": "other"}, "illegal-step", None),
        (["accepted"], {"answer": "answered"}, "invalid", "/link"),
        (["accepted"], {"answer": "answered", "link": {**LINK, "from": "KE", "to": "FR"}}, "invalid", "/link/from"),
        (["accepted"], {"answer": "answered", "link": {**LINK, "on": "2019-13"}}, "invalid", "/link/on"),
        (["accepted"], {"answer": "answered", "link": {**LINK, "to": "ZZ"}}, "invalid", "/link/to"),
        (["accepted"], {"answer": "answered", "link": {**LINK, "on": "2094"}}, "invalid", "/link/on"),
        (["accepted"], {"answer": "answered", "link": {**LINK, "on": "2026-06-03"}}, "invalid", "/link/on"),
        (["accepted"], {"answer": "answered", "link": {**LINK, "on": "1994-05"}}, "invalid", "/link/on"),
        (["accepted"], {"answer": "cannot-trace", "remark": "Sold to Herr Max Muster."}, "personal-data", "/remark"),
        (["accepted"], {"answer": "cannot-trace", "link": LINK}, "invalid", "/link"),
        ([], {"answer": "refused"}, "invalid", "/reason"),
        ([], {"answer": "refused", "reason": "tired"}, "invalid", "/reason"),
        ([], {"answer": "forwarded"}, "invalid", "/to"),
        ([], {"answer": "forwarded", "to": "DE"}, "invalid", "/to"),
        ([], {"answer": "forwarded", "to": "IPSG"}, "invalid", "/to"),
        ([], {"answer": "accepted", "to": "KE"}, "invalid", "/to"),
        ([], {"answer": "accepted", "onward": True}, "invalid", "/onward"),
    ],
)
async def test_an_answer_that_does_not_fit_is_refused_with_what_to_change(
    france: Bureau, germany: Bureau, before: list[str], answer: dict[str, Any], code: str, pointer: str | None
) -> None:
    """By the state of the request, or by what goes with the answer; nothing is sent."""
    trace = (await france.begins(firearm={**FIREARM, "year": 1998}))["id"]
    await germany.sees(trace)
    if before:
        await germany.answers(trace, *before)
    status, problem, pointers = refusal(await germany.step(trace, "answer", **answer))
    assert (status, problem) == (409 if code == "illegal-step" else 422, code), (status, problem)
    assert pointers == ([] if pointer is None else [pointer])
    given = (await germany.trace(trace))["asked_bureaus"][0]["answers"]
    assert [each["answer"] for each in given] == before


@pytest.mark.parametrize(
    ("stated", "code", "pointer"),
    [
        ({"to": "IPSG"}, "invalid", "/to"),
        ({"to": "ZZ"}, "invalid", "/to"),
        ({"firearm": {"make": "Walther"}}, "invalid", "/firearm/serial_number"),
        ({"firearm": {**FIREARM, "serial_number": "--"}}, "invalid", "/firearm/serial_number"),
        (
            {"firearm": {**FIREARM, "serial_number": "Sold to Mr Hans Müller"}},
            "personal-data",
            "/firearm/serial_number",
        ),
        ({"firearm": {**FIREARM, "owner": "x"}}, "invalid", "/firearm/owner"),
        (
            {"firearm": {**FIREARM, "other_markings": "owner: Max Mustermann"}},
            "personal-data",
            "/firearm/other_markings",
        ),
        ({"firearm": {**FIREARM, "make": "Walter"}}, "invalid", "/firearm/make"),
        ({"firearm": {**FIREARM, "make": "Other"}}, "invalid", "/firearm/make_marked"),
        ({"firearm": {**FIREARM, "calibre": "9"}}, "invalid", "/firearm/calibre"),
        ({"firearm": {**FIREARM, "kind": "sword"}}, "invalid", "/firearm/kind"),
        ({"firearm": {**FIREARM, "year": 2094}}, "invalid", "/firearm/year"),
        ({"remark": "The owner is Mr. Max Mustermann."}, "personal-data", "/remark"),
        ({"remark": "Call +49 170 1234567"}, "personal-data", "/remark"),
        ({"urgency": "soon"}, "invalid", "/urgency"),
        ({"remark": "x" * 2001}, "invalid", "/remark"),
        ({"to": "FR"}, "own-address", None),
    ],
)
async def test_an_unusable_trace_is_refused_with_what_to_change(
    france: Bureau, stated: dict[str, Any], code: str, pointer: str | None
) -> None:
    """And nothing is kept of it."""
    status, problem, pointers = refusal(await france.begin(**{"to": "DE", **stated}))
    assert (status, problem, pointers) == (422, code, [] if pointer is None else [pointer])
    assert await france.listed() == []


async def test_only_the_requester_goes_on_and_only_the_asked_bureau_answers(
    france: Bureau, germany: Bureau, kenya: Bureau
) -> None:
    """A third bureau cannot tell the trace from none: neither reads it, nor takes a step in it."""
    trace = (await france.begins())["id"]
    await germany.sees(trace)
    assert refusal(await germany.step(trace, "requests", to="KE"))[:2] == (403, "not-the-requester")
    assert refusal(await france.step(trace, "answer", answer="accepted"))[:2] == (403, "not-asked")
    absent = uuid7(kenya._mesh.clock.now())
    steps: list[tuple[str, str, dict[str, Any] | None]] = [
        *(("GET", path, None) for path in ("", "/chain", "/chain.svg", "/export", "?requester=FR")),
        ("POST", "/requests", {"to": "DE"}),
        ("POST", "/answer", {"answer": "accepted"}),
        ("POST", "/comments", {"text": "Hello."}),
    ]
    for method, path, body in steps:
        hidden, missing = [await kenya.ask(method, f"/{each}{path}", json=body) for each in (trace, absent)]
        assert hidden.status_code == missing.status_code == 404
        assert hidden.text.replace(trace, absent) == missing.text
    assert await kenya.listed() == []


@pytest.mark.thorough
async def test_one_request_is_open_at_a_time(france: Bureau, germany: Bureau, mesh: Mesh) -> None:
    """Until it is answered, or its time is over; a late answer is accepted, and marked."""
    trace = (await france.begins(urgency="urgent"))["id"]
    await germany.sees(trace)
    assert refusal(await france.step(trace, "requests", to="KE"))[:2] == (409, "illegal-step")
    mesh.clock.advance(timedelta(hours=7, minutes=59))
    assert await france.listed(missed="true") == []
    mesh.clock.advance(timedelta(minutes=2))
    for bureau in (france, germany):
        assert (await bureau.trace(trace))["missed"] is True
        assert [each["id"] for each in await bureau.listed(missed="true")] == [trace]
    await france.goes_on(trace, "KE")
    await germany.answers(trace, "accepted", "cannot-trace")
    seen = await france.sees(trace, lambda each: each["asked_bureaus"][0]["state"] == "cannot-trace")
    assert [each["late"] for each in seen["asked_bureaus"][0]["answers"]] == [True, True]
    assert (seen["state"], seen["asked"], seen["asked_bureaus"][0]["missed"]) == ("sent", "KE", True)


@pytest.mark.parametrize(("urgency", "due"), [("urgent", "2026-06-01T20:00:00Z"), ("routine", "2026-06-08T12:00:00Z")])
async def test_the_time_for_an_answer_depends_on_the_urgency(
    france: Bureau, germany: Bureau, urgency: str, due: str
) -> None:
    """Eight hours or seven days, for both bureaus alike."""
    trace = await france.begins(urgency=urgency)
    assert trace["due"] == due
    assert (await germany.sees(trace["id"]))["due"] == due


async def test_the_words_of_a_firearm_become_standard_names(france: Bureau, germany: Bureau) -> None:
    """As in a record: both bureaus mean the same; one that is not listed is refused with what was probably meant."""
    stated = {"make": "C. Walther", "model": "p 99", "serial_number": "DEM 1", "calibre": "9x19", "kind": "Pistole"}
    trace = await france.begins(firearm=stated)
    names = {"make": "Walther", "model": "P99", "calibre": "9 mm Luger", "kind": "pistol"}
    for seen in (trace, await germany.sees(trace["id"])):
        assert {name: seen["firearm"][name] for name in names} == names
    refused = await france.begin(firearm={**stated, "make": "Walter"})
    assert "did you mean Walther?" in refused.json()["errors"][0]["detail"]
    marked = await france.begins(firearm={**stated, "make": "Other", "make_marked": "Nobody & Sons", "model": None})
    assert (await germany.sees(marked["id"]))["firearm"]["make_marked"] == "Nobody & Sons"


@pytest.mark.thorough
async def test_both_bureaus_comment_up_to_a_limit(
    france: Bureau, germany: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also after the final answer, with who wrote what."""
    monkeypatch.setattr("gateway.traces.rules.MAX_COMMENTS", 2)
    trace = (await france.begins())["id"]
    await germany.sees(trace)
    assert (await germany.step(trace, "comments", text="Which year?")).status_code == 202
    await france.sees(trace, lambda each: each["asked_bureaus"][0]["comments"])
    await germany.answers(trace, "refused", reason="other")
    named = await france.step(trace, "comments", text="Ask Mrs. Erika Mustermann.")
    assert refusal(named) == (422, "personal-data", ["/text"])
    assert (await france.step(trace, "comments", text="2019.")).status_code == 202
    seen = await germany.sees(trace, lambda each: len(each["asked_bureaus"][0]["comments"]) == 2)
    assert [(each["by"], each["text"]) for each in seen["asked_bureaus"][0]["comments"]] == [
        ("DE", "Which year?"),
        ("FR", "2019."),
    ]
    assert (await germany.step(trace, "comments", text="Thanks.")).status_code == 202
    assert refusal(await germany.step(trace, "comments", text="More."))[:2] == (409, "illegal-step")
    assert refusal(await germany.step(trace, "comments", text=" "))[:2] == (422, "invalid")
    assert MAX_COMMENTS == 50


@pytest.mark.thorough
async def test_lists_are_filtered_and_paged(france: Bureau, germany: Bureau, kenya: Bureau) -> None:
    """By side, state, bureau and time."""
    first, second = [(await france.begins(to))["id"] for to in ("DE", "KE")]
    third = (await germany.begins("FR"))["id"]
    await france.sees(third)
    await germany.sees(first)
    await germany.answers(first, "refused", reason="other")
    await france.sees(first, is_("refused"))
    for wanted, expected in (
        ({}, [third, second, first]),
        ({"side": "requester"}, [second, first]),
        ({"side": "asked"}, [third]),
        ({"state": "refused"}, [first]),
        ({"bureau": "KE"}, [second]),
        ({"bureau": "DE"}, [third, first]),
        ({"since": "2026-06-02T00:00:00Z"}, []),
        ({"missed": "false"}, [third, second, first]),
        ({"limit": "1"}, [third]),
    ):
        assert [each["id"] for each in await france.listed(**wanted)] == expected, wanted
    page = (await france.ask("GET", params={"limit": 1})).json()
    assert [each["id"] for each in await france.listed(after=page["next"], limit=1)] == [second]
