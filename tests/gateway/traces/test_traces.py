"""A firearm is traced from country to country, and each bureau sees what it is a party to."""

import asyncio
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from gateway.escalation.evidence import OwnEvidence
from gateway.traces.evidence_pack import WAITING_PER_BUREAU
from gateway.traces.rules import MAX_COMMENTS
from shared.audit.verify.pack import verify_pack
from shared.ids import uuid7
from tests.gateway.mesh import Mesh
from tests.gateway.traces.actors import FIREARM, LINK, PATIENCE, Bureau, is_

ONWARD = {"from": "KE", "to": "FR", "on": "2021-03-02/2021-03-09", "kind": "theft"}
SVG = "{http://www.w3.org/2000/svg}"


def refusal(answer: Any) -> tuple[int, str, list[str]]:
    problem = answer.json()
    pointers = [error["pointer"] for error in problem.get("errors", ())]
    return answer.status_code, problem["type"].rpartition(":")[2], pointers


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


async def test_the_chain_is_drawn_and_exported(mesh: Mesh, france: Bureau, germany: Bureau) -> None:
    """As a picture that is well-formed XML without a script, as a file, and as evidence that anyone can verify."""
    trace = (await france.begins())["id"]
    await germany.sees(trace)
    await germany.answers(trace, "accepted", "answered", link=LINK)
    await france.sees(trace, is_("answered"))
    picture = await france.ask("GET", f"/{trace}/chain.svg")
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/svg+xml")
    root = ET.fromstring(picture.text)  # noqa: S314 - of this program
    texts = [each.text for each in root.iter(f"{SVG}text")]
    assert texts == ["DE", "Germany", "KE", "Kenya", "1. export", "2019-05"]
    assert not [
        each for each in root.iter() if each.tag.rpartition("}")[2] in ("script", "a", "image", "foreignObject")
    ]
    assert (await france.ask("GET", f"/{trace}/chain")).json()["links"] == [LINK]
    exported = (await france.ask("GET", f"/{trace}/export")).json()
    assert (exported["by"], exported["officer"], exported["trace"]["id"]) == ("FR", "fr.officer", trace)
    assert len(exported["proofs"]) == 3
    for proof in exported["proofs"]:
        assert (await france.ask("GET", proof.removeprefix("/api/messages"), base="/api/messages")).status_code == 200
    # Of the books of Germany a third party is shown what Germany signed.
    for bureau in (france, germany):
        pack = await bureau.ask("GET", f"/{trace}/evidence")
        found = verify_pack(pack.content, mesh.root.public)
        assert found.pack is not None, found.found
        assert (found.pack.maker, len(found.pack.messages)) == (bureau.code, 3)
    changed = pack.content.replace(b"export", b"import", 1)
    assert verify_pack(changed, mesh.root.public).pack is None


async def test_a_gateway_makes_the_evidence_of_one_trace_at_a_time_and_lets_others_go_on(
    france: Bureau, germany: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one bureau a few wait, and a further one is told to ask later; other bureaus do not wait for all of them."""
    trace = (await france.begins())["id"]
    await germany.sees(trace)
    at_work, most, go_on = 0, 0, asyncio.Event()
    file = OwnEvidence.file

    async def slow(*about: Any) -> bytes:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await go_on.wait()
        at_work -= 1
        return await file(*about)

    monkeypatch.setattr(OwnEvidence, "file", slow)
    asking = [asyncio.create_task(france.ask("GET", f"/{trace}/evidence")) for _ in range(WAITING_PER_BUREAU + 2)]
    asking.append(asyncio.create_task(germany.ask("GET", f"/{trace}/evidence")))
    await asyncio.wait(asking, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    go_on.set()
    *own, other = await asyncio.gather(*asking)
    assert (most, other.status_code) == (1, 200)
    assert sorted(each.status_code for each in own) == [*[200] * (WAITING_PER_BUREAU + 1), 503]
    assert [refusal(each)[1] for each in own if each.status_code == 503] == ["busy"]


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


async def test_the_link_is_shown_onward_only_if_its_bureau_lets_it_be(
    france: Bureau, germany: Bureau, kenya: Bureau
) -> None:
    """By default not: what a bureau has in its books is for the one that asked."""
    trace = (await france.begins())["id"]
    await germany.sees(trace)
    await germany.answers(trace, "accepted", "answered", link=LINK)
    await france.sees(trace, is_("answered"))
    await france.goes_on(trace, "KE")
    asked = await kenya.sees(trace)
    assert (asked["asked_bureaus"][0]["received"], asked["chain"]["links"]) == (None, [])


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


async def test_a_link_does_not_lie_before_the_one_that_led_to_the_country(
    france: Bureau, germany: Bureau, kenya: Bureau
) -> None:
    """If the bureau was told of it; what it was not told of shows as a doubt in the chain."""
    before = {"from": "KE", "to": "FR", "on": "2018", "kind": "export"}
    for onward in (True, False):
        trace = (await france.begins())["id"]
        await germany.sees(trace)
        await germany.answers(trace, "accepted", "answered", link=LINK, onward=onward)
        await france.sees(trace, is_("answered"))
        await france.goes_on(trace, "KE")
        await kenya.sees(trace)
        await kenya.answers(trace, "accepted")
        answer = await kenya.step(trace, "answer", answer="answered", link=before)
        assert answer.status_code == (422 if onward else 202)
        if onward:
            assert refusal(answer) == (422, "invalid", ["/link/on"])
    seen = await france.sees(trace, is_("answered", asked="KE"))
    assert seen["chain"]["doubts"] == [{"link": 2, "says": "it is dated 2018, and the link before it 2019-05"}]


async def test_a_link_that_begins_elsewhere_is_a_doubt(france: Bureau, germany: Bureau, kenya: Bureau) -> None:
    """A bureau may have been left out, or be wrong: the requester sees both."""
    trace = (await france.begins())["id"]
    await germany.sees(trace)
    await germany.answers(trace, "accepted", "answered", link={**LINK, "to": "FR"})
    await france.sees(trace, is_("answered"))
    await france.goes_on(trace, "KE")
    await kenya.sees(trace)
    await kenya.answers(trace, "accepted", "answered", link={"from": "KE", "to": "KE", "on": "2020", "kind": "sale"})
    seen = await france.sees(trace, is_("answered", asked="KE"))
    doubt = {"link": 2, "says": "it begins in KE, and the link before it ends in FR"}
    assert seen["chain"]["doubts"] == [doubt]
    assert (await france.ask("GET", f"/{trace}/chain")).json()["doubts"] == [doubt]


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
