"""Quoted records: what binds their readers travels with every message, and H2 keeps one from bureaus without a release.

France owns the records; Germany and Kenya are members.
"""

import json

import pytest

from deploy.commands.evidence import report
from deploy.commands.output import words_of
from shared.ids import uuid7
from shared.protocol.evidence import verify
from tests.gateway.messages.officers import DRAFT, refusal_of
from tests.gateway.messages.quoting import VEHICLES, Network, withheld
from tests.services.missing_persons.samples import BODY
from tests.services.stolen_vehicles.samples import ALFA


async def test_a_quote_shows_its_recipient_what_binds_them(network: Network) -> None:
    """In the message, in the list, and in the evidence, whose check succeeds."""
    entry = {"handling": "RESTRICTED", "conditions": ["H2", "H3"], "other_condition": "Inform us first."}
    vehicle, sent = await network.quoted_by_france(**entry)
    expected = {**vehicle, "version": 1, "owner": "FR", **entry}
    for officer, box in ((network.germany, "inbox"), (network.france, "outbox")):
        assert (await officer.get(f"/{sent}"))["quotes"] == [expected]
        assert [item["quotes"] for item in (await officer.get(box=box))["items"]] == [[expected]]
    answer = await network.germany.ask("GET", f"/{sent}/evidence")
    assert json.loads(answer.json()["content"])["quotes"] == [expected]
    findings = verify(answer.content, network.mesh.root.public)
    assert findings.ok
    assert f"of FR, version 1: RESTRICTED H2 H3, {entry['other_condition']}" in "\n".join(
        map(words_of, report(findings))
    )


async def test_a_record_of_a_kind_with_a_path_of_its_own_is_quoted(network: Network) -> None:
    """The gateway finds the path by the kind, as the service declares it."""
    body = await network.entered("missing-persons", "body", BODY, path="/bodies")
    sent = await network.france.send(quotes=[body])
    [quote] = (await network.germany.receives(sent))["quotes"]
    assert (quote["kind"], quote["owner"], quote["handling"]) == ("body", "FR", "OFFICIAL_USE")


async def test_a_message_without_quotes_has_the_bytes_it_always_had(network: Network) -> None:
    """The content has no member for them, so that earlier readers can read it."""
    sent = await network.france.send()
    content = json.loads((await network.france.get(f"/{sent}/evidence"))["content"])
    assert content.keys() == {"officer", "subject", "body", "thread"}
    assert (await network.france.get(f"/{sent}"))["quotes"] == []


async def test_a_record_that_the_officer_cannot_read_is_not_quoted(network: Network) -> None:
    """A missing one, a barred one and one of an unknown kind, or without the scope; the refusal points at it."""
    shown, barred = await network.vehicle(restricted=["KE"]), await network.vehicle(restricted=["DE"])
    missing = {**shown, "record": uuid7(network.mesh.clock.now())}
    details = []
    unknown = ({**shown, "kind": "boat"}, {**shown, "service": "boats"})
    for quote in (barred, missing, *unknown):
        answer = await network.germany.ask("POST", json=DRAFT | {"to": ["FR"], "quotes": [shown, quote]})
        assert refusal_of(answer) == (422, "not-quotable")
        [fault] = answer.json()["errors"]
        assert (fault["in"], fault["pointer"]) == ("body", f"/quotes/1/{'kind' if quote in unknown else 'record'}")
        details.append(fault["detail"].replace(quote["record"], ""))
    assert details[0] == details[1], "a barred record looks like a missing one"
    without = network.officer("DE", "messages:read")
    answer = await without.ask("POST", json=DRAFT | {"to": ["FR"], "quotes": [shown]})
    assert refusal_of(answer) == (422, "not-quotable")
    assert await network.germany.box(box="outbox") == []


async def test_a_confidential_record_is_quoted_with_the_scope_alone(network: Network) -> None:
    """The scope goes to the service as with every request."""
    cleared = network.officer("FR", *VEHICLES.scopes, "handling:confidential")
    vehicle = await network.vehicle(cleared, handling="CONFIDENTIAL", conditions=[])
    answer = await network.france.ask("POST", json=DRAFT | {"quotes": [vehicle]})
    assert refusal_of(answer) == (422, "not-quotable")
    sent = await cleared.send(quotes=[vehicle])
    [quote] = (await network.germany.receives(sent))["quotes"]
    assert quote["handling"] == "CONFIDENTIAL"


@pytest.mark.thorough
async def test_a_service_that_is_down_leaves_the_message_unsent(network: Network) -> None:
    """It may be sent later; without quotes it is sent."""
    vehicle = await network.vehicle()
    await network.serving.stop()
    answer = await network.france.ask("POST", json=DRAFT | {"quotes": [vehicle]})
    assert refusal_of(answer) == (503, "quote-not-confirmed")
    await network.france.send()


async def test_too_many_quotes_are_refused(network: Network) -> None:
    vehicle = await network.vehicle()
    answer = await network.france.ask("POST", json=DRAFT | {"quotes": [vehicle] * 21})
    assert refusal_of(answer) == (422, "invalid")


@pytest.mark.thorough
async def test_the_owner_sends_its_own_record_to_anybody(network: Network) -> None:
    vehicle = await network.vehicle()
    for to in (["DE", "KE"], "all", "africa"):
        sent = await network.france.send(to=to, quotes=[vehicle])
        assert (await network.kenya.receives(sent))["quotes"][0]["record"] == vehicle["record"]


async def test_a_bound_record_goes_to_its_owner_alone(network: Network) -> None:
    """Germany may write to France about it, and not to Kenya: the refusal names record, owner and recipient."""
    vehicle = await network.vehicle()
    detail = await withheld(network.germany, to=["KE"], quotes=[vehicle])
    assert all(word in detail for word in (vehicle["record"], "FR", "KE"))
    assert "KE" in await withheld(network.germany, to=["FR", "KE"], quotes=[vehicle])
    await network.germany.send(to=["FR"], quotes=[vehicle])
    free = await network.vehicle(conditions=["H1"])
    await network.germany.send(to=["KE"], quotes=[free])


@pytest.mark.parametrize("to", ["all", "africa", "joint-team"])
async def test_a_bound_record_goes_to_no_group_with_another_bureau(network: Network, to: str) -> None:
    """To all, a region, and a group whose members do not learn of each other."""
    group = {"members": ["FR", "KE"]}
    assert (await network.germany.ask("PUT", "/groups/joint-team", json=group)).status_code == 200
    assert "KE" in await withheld(network.germany, to=to, quotes=[await network.vehicle()])


async def test_a_reply_inherits_the_quotes_of_what_it_answers(network: Network) -> None:
    """To the owner it goes with them; to another bureau it does not go."""
    vehicle, sent = await network.quoted_by_france()
    await withheld(network.germany, to=["KE"], in_reply_to=sent)
    reply = await network.germany.send(to=["FR"], in_reply_to=sent)
    shown = await network.france.receives(reply)
    assert [quote["record"] for quote in shown["quotes"]] == [vehicle["record"]]


@pytest.mark.thorough
async def test_what_is_passed_on_inherits_the_quotes_along_the_whole_way(network: Network) -> None:
    """Kenya, which got it from Germany under a release, may return it and may not pass it on."""
    vehicle, sent = await network.quoted_by_france()
    await withheld(network.germany, to=["KE"], forwards=sent, body="As France writes: seen in Nice.")
    await network.release(network.france, vehicle, network.germany, "KE")
    passed = await network.germany.send(to=["KE"], forwards=sent)
    shown = await network.kenya.receives(passed)
    assert [quote["conditions"] for quote in shown["quotes"]] == [["H1", "H2"]]
    assert "IPSG" in await withheld(network.kenya, to=["IPSG"], forwards=passed)
    for back in (["DE"], ["FR"], ["DE", "FR"]):
        await network.kenya.send(to=back, in_reply_to=passed)


async def test_a_message_that_is_not_in_the_boxes_cannot_be_passed_on(network: Network) -> None:
    answer = await network.germany.ask("POST", json=DRAFT | {"to": ["KE"], "forwards": uuid7(network.mesh.clock.now())})
    assert refusal_of(answer) == (422, "unknown-thread")
    assert answer.json()["errors"][0]["pointer"] == "/forwards"


@pytest.mark.thorough
@pytest.mark.parametrize("place", ["subject", "body"])
async def test_a_pasted_id_counts_as_a_quote(network: Network, place: str) -> None:
    """Of a record that came here bound, in a message or as a hit; an id that is not known is only text."""
    vehicle, _ = await network.quoted_by_france()
    text = {place: f"See {vehicle['record'].upper()}."}
    await withheld(network.germany, to=["KE"], **text)
    sent = await network.germany.send(to=["FR"], **text)
    assert [quote["record"] for quote in (await network.france.receives(sent))["quotes"]] == [vehicle["record"]]
    await network.germany.send(to=["KE"], **{place: f"See {uuid7(network.mesh.clock.now())}."})


@pytest.mark.thorough
async def test_the_id_of_a_hit_counts_as_a_quote(network: Network) -> None:
    """The service told the finder of its condition, and no message quoted it."""
    vehicle = await network.vehicle()
    found = await network.client.get(
        "/api/stolen-vehicles/search", params={"vin": ALFA["vin"]}, headers=network.germany.headers
    )
    assert found.json()["total"] == 1
    notified = await network.germany.until("", lambda page: any(each["form"] == "hits" for each in page["items"]))
    [notice] = [each["id"] for each in notified["items"] if each["form"] == "hits"]
    await withheld(network.germany, to=["KE"], body=f"Look at {vehicle['record']}")
    await withheld(network.germany, to=["KE"], forwards=notice)
    assert (await network.germany.get(f"/{await network.germany.send(to=['FR'], forwards=notice)}"))["quotes"]


@pytest.mark.thorough
async def test_a_condition_that_the_owner_lifted_binds_no_new_quote(network: Network) -> None:
    """The service states it at the time; what is passed on keeps the terms of the version that it has."""
    vehicle, sent = await network.quoted_by_france()
    path = f"/api/stolen-vehicles/{vehicle['record']}"
    lifted = ALFA | {"handling": "RESTRICTED", "conditions": ["H1"]}
    changed = await network.client.put(path, headers=network.france.headers, json=lifted)
    assert changed.status_code == 200, changed.text
    await network.germany.send(to=["KE"], quotes=[vehicle], body=f"See {vehicle['record']}.")
    await withheld(network.germany, to=["KE"], quotes=[vehicle], forwards=sent)


@pytest.mark.thorough
async def test_a_hostile_gateway_can_leave_a_mark_out_and_leaves_a_proof(network: Network) -> None:
    """Kenya sees no mark; but the owner sees who read the record, and the message without it is signed by Germany."""
    vehicle = await network.vehicle()
    path = f"/api/stolen-vehicles/{vehicle['record']}"
    read = await network.client.get(path, headers=network.germany.headers)
    message_id = await network.says("DE", "KE", body=f"A stolen car: {read.text}")
    assert (await network.kenya.get(f"/{message_id}"))["quotes"] == []
    findings = verify((await network.kenya.ask("GET", f"/{message_id}/evidence")).content, network.mesh.root.public)
    assert findings.ok
    assert findings.message is not None
    assert (findings.message.head.sender, findings.message.content.quotes) == ("DE", ())
    shown = await network.client.get(f"{path}/disclosures", headers=network.france.headers)
    assert [each["bureau"] for each in shown.json()["recipients"]] == ["DE"]


@pytest.mark.thorough
async def test_what_is_paraphrased_carries_no_mark(network: Network) -> None:
    """Nor what a file says: the gateway knows records by their ids."""
    vehicle, _ = await network.quoted_by_france()
    for sent in (
        await network.germany.send(to=["KE"], body="France misses an Alfa Romeo, FZ 512 KL."),
        await network.germany.attach(("record.txt", vehicle["record"].encode()), to=["KE"]),
    ):
        assert (await network.kenya.receives(sent))["quotes"] == []
