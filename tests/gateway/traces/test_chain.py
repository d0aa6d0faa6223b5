"""The chain of a trace: its links, who is shown them, its picture, its export and its evidence."""

import asyncio
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from gateway.escalation.evidence import OwnEvidence
from gateway.traces.evidence_pack import WAITING_PER_BUREAU
from shared.audit.verify.pack import verify_pack
from tests.gateway.mesh import Mesh
from tests.gateway.traces.actors import LINK, PATIENCE, Bureau, is_, refusal

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.thorough
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


@pytest.mark.thorough
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


@pytest.mark.thorough
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
