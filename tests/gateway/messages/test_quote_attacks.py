"""What a hostile bureau says of records does not keep others from writing of them, and frees no record.

France owns the records. Kenya is hostile: its messages state any quotes. Germany is an honest bureau.
"""

from typing import Any

import pytest

from shared.ids import uuid7
from shared.protocol.quotes import MAX_QUOTES, QuotedRecord
from tests.gateway.messages.officers import DRAFT, SCOPES, Officer, refusal_of
from tests.gateway.messages.quoting import Network, withheld
from tests.services.missing_persons.samples import BODY
from tests.services.stolen_vehicles.samples import ALFA


def claim(record: str, **changed: Any) -> QuotedRecord:
    """Return what Kenya says of a record: that it owns it, and that it may not be passed on."""
    said: dict[str, Any] = {"service": "zzz", "kind": "zzz", "owner": "KE", "version": 1, "handling": "RESTRICTED"}
    return QuotedRecord(**{**said, "record": record, "conditions": ("H2",), **changed})


def without_scopes(network: Network, bureau: str) -> Officer:
    """Return an officer without the scope to read any record."""
    return Officer(network.client, network.mesh, bureau, *SCOPES)


async def finds(network: Network, by: Officer) -> None:
    """Have an officer find the vehicle, and wait for the message of the service about the hit."""
    params = {"vin": ALFA["vin"]}
    found = await network.client.get("/api/stolen-vehicles/search", params=params, headers=by.headers)
    assert found.json()["total"] == 1
    await by.until("", lambda page: any(each["form"] == "hits" for each in page["items"]))


# --- ids in the text


@pytest.mark.parametrize(
    "changed",
    [{"owner": "ZZ"}, {"owner": "FR"}, {"owner": "FR", "service": "stolen-vehicles", "kind": "vehicle"}],
    ids=str,
)
async def test_what_a_bureau_says_of_the_record_of_another_binds_nobody(
    network: Network, changed: dict[str, Any]
) -> None:
    """Each may write of the record, to its owner and to others; the message of Kenya itself stays bound."""
    vehicle = await network.vehicle(conditions=[])
    sent = await network.says("KE", "DE", claim(vehicle["record"], **changed))
    for to in (["FR"], ["IPSG"]):
        message = await network.germany.send(to=to, body=f"See {vehicle['record']}.")
        assert (await network.germany.get(f"/{message}"))["quotes"] == []
    await withheld(network.germany, to=["IPSG"], forwards=sent)


async def test_a_bureau_cannot_claim_the_record_of_another_by_its_true_service(network: Network) -> None:
    """The service is asked: its terms count, and those of Kenya do not."""
    free, bound = await network.vehicle(conditions=[]), await network.vehicle()
    for vehicle in (free, bound):
        named = {"service": vehicle["service"], "kind": vehicle["kind"]}
        await network.says("KE", "DE", claim(vehicle["record"], **named))
    sent = await network.germany.send(to=["IPSG"], body=f"See {free['record']}.")
    assert [quote["owner"] for quote in (await network.germany.get(f"/{sent}"))["quotes"]] == ["FR"]
    assert "of FR" in await withheld(network.germany, to=["KE"], body=f"See {bound['record']}.")


@pytest.mark.parametrize("bureau", ["FR", "DE"])
@pytest.mark.parametrize("named", [{}, {"service": "missing-persons", "kind": "body"}], ids=["unknown", "another"])
async def test_a_claim_under_a_service_that_has_no_such_record_binds_nobody(
    network: Network, bureau: str, named: dict[str, str]
) -> None:
    """Neither the owner of the record, nor another bureau; nor of an id that is no record's."""
    vehicle, sent = await network.quoted_by_france(conditions=[])
    for each in (vehicle["record"], sent):
        await network.says("KE", bureau, claim(each, **named))
        message = await network.officer(bureau).send(to=["IPSG"], body=f"See {each}.")
        assert (await network.officer(bureau).get(f"/{message}"))["quotes"] == []


async def test_a_claim_counts_for_an_officer_without_the_scope_to_read_the_record(network: Network) -> None:
    """It may be true; naming the record in `quotes` settles it, by an officer who may."""
    vehicle, text = await network.vehicle(conditions=[]), dict[str, Any]()
    await network.says("KE", "DE", claim(vehicle["record"], service="missing-persons", kind="body"))
    text = {"to": ["IPSG"], "body": f"See {vehicle['record']}."}
    assert "name it in `quotes`" in await withheld(without_scopes(network, "DE"), **text)
    sent = await network.germany.send(quotes=[vehicle], **text)
    assert [quote["owner"] for quote in (await network.germany.get(f"/{sent}"))["quotes"]] == ["FR"]


async def test_a_quote_that_is_made_up_makes_its_sender_no_holder(network: Network) -> None:
    """Kenya is barred from the vehicle, and guesses what a quote of it would be."""
    vehicle = await network.vehicle(restricted=["KE"])
    guess = claim(vehicle["record"], service="stolen-vehicles", kind="vehicle", owner="FR", handling="OFFICIAL_USE")
    sent = await network.says("KE", "DE", guess)
    await withheld(network.germany, to=["KE"], in_reply_to=sent, quotes=[vehicle])
    await network.germany.send(to=["KE"], in_reply_to=sent)


@pytest.mark.thorough
async def test_a_record_named_in_quotes_is_read_from_its_service_alone(network: Network) -> None:
    """And not for its id in the text again, from wherever Kenya says that it is: that service is down."""
    body = await network.entered("missing-persons", "body", BODY, path="/bodies")
    await network.says("KE", "DE", claim(body["record"], service="stolen-vehicles", kind="vehicle"))
    await network.serving.stop()
    text = {"to": ["IPSG"], "body": f"See {body['record']}."}
    assert refusal_of(await network.germany.ask("POST", json=DRAFT | text)) == (503, "quote-not-confirmed")
    await network.germany.send(quotes=[body], **text)


@pytest.mark.thorough
async def test_many_claims_add_no_quote_to_a_text(network: Network) -> None:
    """Kenya names two hundred owners and services in two messages."""
    vehicle = await network.vehicle()
    for letter in "ab":
        names = [f"{letter}{chr(97 + number // 26)}{chr(97 + number % 26)}" for number in range(MAX_QUOTES)]
        claims = [
            claim(vehicle["record"], service=name, owner="KE" if at % 2 else "ZZ") for at, name in enumerate(names)
        ]
        await network.says("KE", "FR", *claims)
    for quotes in ([], [vehicle]):
        sent = await network.france.send(to=["DE"], body=f"See {vehicle['record']}.", quotes=quotes)
        assert len((await network.france.get(f"/{sent}"))["quotes"]) == len(quotes)


@pytest.mark.thorough
async def test_a_text_with_ids_of_too_many_records_that_may_be_bound_is_refused(network: Network) -> None:
    """As each is asked for."""
    ids = [uuid7(network.mesh.clock.now()) for _ in range(MAX_QUOTES + 1)]
    for claimed in (ids[1:], ids[:1]):
        await network.says("KE", "DE", *map(claim, claimed))
    sent = await network.germany.send(to=["KE"], body="\n".join(ids[1:]))
    assert (await network.germany.get(f"/{sent}"))["quotes"] == []
    refused = await network.germany.ask("POST", json=DRAFT | {"to": ["KE"], "body": "\n".join(ids)})
    assert refusal_of(refused) == (422, "invalid")
    assert [fault["pointer"] for fault in refused.json()["errors"]] == ["/body"]


@pytest.mark.thorough
async def test_the_terms_of_a_pasted_id_are_those_of_today(network: Network) -> None:
    """After the owner lifted the condition, the text alone is not bound."""
    vehicle, sent = await network.quoted_by_france()
    text = {"body": f"See {vehicle['record']}."}
    await withheld(network.germany, to=["KE"], **text)
    lifted = ALFA | {"handling": "RESTRICTED", "conditions": ["H1"]}
    path = f"/api/stolen-vehicles/{vehicle['record']}"
    assert (await network.client.put(path, headers=network.france.headers, json=lifted)).status_code == 200
    message = await network.germany.send(to=["KE"], **text)
    [quote] = (await network.germany.get(f"/{message}"))["quotes"]
    assert (quote["version"], quote["conditions"]) == (2, ["H1"])
    await withheld(network.germany, to=["KE"], forwards=sent)


@pytest.mark.thorough
async def test_a_claim_does_not_free_a_record_that_the_officer_cannot_read(network: Network) -> None:
    """What its service stated before counts, and what France said of it where no service did."""
    vehicle = await network.vehicle()
    await finds(network, network.germany)
    quoted, _ = await network.quoted_by_france()
    for record in (vehicle["record"], quoted["record"]):
        await network.says("KE", "DE", claim(record, service="aaa"))
        text = {"body": f"See {record}."}
        await withheld(without_scopes(network, "DE"), to=["KE"], **text)
    await without_scopes(network, "DE").send(to=["FR"], body=f"See {vehicle['record']}.")


async def test_a_record_that_this_bureau_has_quoted_is_bound_in_a_text(network: Network) -> None:
    """Its service stated the terms when an officer quoted it, so they count for a colleague who cannot read it."""
    vehicle = await network.vehicle()
    await network.germany.send(to=["FR"], quotes=[vehicle])
    detail = await withheld(without_scopes(network, "DE"), to=["KE"], body=f"See {vehicle['record']}.")
    assert "ask FR to release it" in detail


@pytest.mark.thorough
async def test_a_text_is_not_sent_while_the_service_of_a_record_in_it_is_down(network: Network) -> None:
    vehicle, _ = await network.quoted_by_france()
    await network.serving.stop()
    draft = DRAFT | {"to": ["KE"], "body": f"See {vehicle['record']}."}
    assert refusal_of(await network.germany.ask("POST", json=draft)) == (503, "quote-not-confirmed")
    await network.germany.send(to=["KE"], body="See the list.")


async def test_the_id_of_a_bound_record_is_recognised_over_subject_and_body(network: Network) -> None:
    vehicle, _ = await network.quoted_by_france()
    at = len(vehicle["record"]) // 2
    text = {"subject": f"record{vehicle['record'][:at]}", "body": f"\u200b{vehicle['record'][at:]}a"}
    await withheld(network.germany, to=["KE"], **text)


# --- messages with the same id


@pytest.mark.thorough
async def test_a_message_with_the_id_of_another_adds_nothing_to_the_answer_to_it(network: Network) -> None:
    """The draft names whose message it answers or passes on, and inherits from that alone."""
    sent = await network.france.send(to=["DE"])
    await network.germany.receives(sent)
    bogus = [claim(uuid7(network.mesh.clock.now()), owner="ZZ") for _ in range(MAX_QUOTES)]
    await network.says("KE", "DE", *bogus, message_id=sent)
    for member in ("in_reply_to", "forwards"):
        refused = await network.germany.ask("POST", json=DRAFT | {"to": ["FR"], member: sent})
        assert refusal_of(refused) == (409, "ambiguous")
        [fault] = refused.json()["errors"]
        assert (fault["pointer"], "`sender`, FR or KE" in fault["detail"]) == (f"/{member}", True)
        passed = await network.germany.send(to=["FR", "IPSG"], sender="FR", **{member: sent})
        shown = await network.germany.get(f"/{passed}")
        assert (shown["quotes"], shown["thread"]) == ([], sent if member == "in_reply_to" else passed)
        await withheld(network.germany, to=["FR"], sender="KE", **{member: sent})


@pytest.mark.thorough
async def test_a_draft_names_the_sender_of_a_message_that_is_there(network: Network) -> None:
    """And of no message if it names none."""
    sent = await network.france.send(to=["DE"])
    await network.germany.receives(sent)
    await network.germany.send(to=["FR"], in_reply_to=sent, sender="FR")
    for draft, code, pointer in (
        ({"in_reply_to": sent, "sender": "KE"}, "unknown-thread", "/in_reply_to"),
        ({"forwards": sent, "sender": "KE"}, "unknown-thread", "/forwards"),
        ({"sender": "FR"}, "invalid", "/sender"),
    ):
        refused = await network.germany.ask("POST", json=DRAFT | {"to": ["FR"]} | draft)
        assert refusal_of(refused) == (422, code)
        assert [fault["pointer"] for fault in refused.json()["errors"]] == [pointer]
