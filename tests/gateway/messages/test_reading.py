"""Officers read, filter and answer messages; senders see each state that a recipient signs."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import DRAFT, SCOPES, Officer, refusal_of
from tests.gateway.messages.raw_messages import post, sealed

UNKNOWN_ID = "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"


@pytest.mark.thorough
async def test_a_box_is_paged_completely_while_messages_arrive(france: Officer, germany: Officer) -> None:
    """Newest first, each message once; both boxes alike."""
    sent = [await france.send(subject=f"No. {number}") for number in range(7)]
    for message in sent:
        await germany.receives(message)
    for officer, box in ((germany, "inbox"), (france, "outbox")):
        found: list[str] = []
        page: dict[str, Any] = {"next": None}
        while page["next"] is not None or not found:
            after = {"after": page["next"]} if found else {}
            page = await officer.get(box=box, limit=3, **after)
            found += [item["id"] for item in page["items"]]
            if len(found) == 3:
                sent.append(await france.send(subject="later"))
                await germany.receives(sent[-1])
        assert len(found) == len(set(found))
        assert set(sent[:7]) <= set(found)
    assert await france.box() == []
    assert (await germany.get(limit=200))["next"] is None


async def test_a_box_is_filtered_by_sender_time_and_unread(
    mesh: Mesh, france: Officer, germany: Officer, kenya: Officer
) -> None:
    """Each filter alone and together."""
    early = await france.send()
    await germany.receives(early)
    mesh.clock.advance(timedelta(minutes=1))
    late = await france.send(urgency="urgent")
    other = await kenya.send()
    for message in (late, other):
        await germany.receives(message)
    assert set(await germany.box(**{"from": "FR"})) == {early, late}
    assert await germany.box(**{"from": "KE"}) == [other]
    assert await germany.box(**{"from": "IPSG"}) == []
    assert set(await germany.box(since=mesh.clock.now().isoformat())) == {late, other}
    assert set(await germany.box(since="0001-01-01T00:00:00Z")) == {early, late, other}
    assert await germany.box(since="9999-12-31T23:59:59Z") == []
    assert (await germany.step(late, "read")).status_code == 200
    assert (await germany.step(other, "refusal", {"reason": "duplicate"})).status_code == 200
    assert await germany.box(unread=True) == [early]
    assert set(await germany.box(unread=False)) == {late, other}
    assert await germany.box(unread=False, **{"from": "FR"}, since=mesh.clock.now().isoformat()) == [late]
    assert await germany.box(box="outbox") == []
    assert set(await france.box(box="outbox", **{"from": "FR"})) == {early, late}


@pytest.mark.parametrize(
    "query",
    [
        {"box": "drafts"},
        {"unread": "perhaps"},
        {"thread": "1"},
        {"from": "XX"},
        {"form": "letter"},
        {"since": "yesterday"},
        {"since": "2026-06-01T12:00:00"},
        {"after": 0},
        {"after": 2**60},
        {"limit": 0},
        {"limit": 201},
        {"sort": "subject"},
    ],
)
async def test_an_invalid_or_unknown_filter_is_refused(germany: Officer, query: dict[str, Any]) -> None:
    """An unknown filter that was ignored would return all messages as if they matched."""
    answer = await germany.ask("GET", params=query)
    assert refusal_of(answer) == (422, "invalid")
    assert next(iter(query)) in answer.json()["detail"]


async def test_a_conversation_spans_both_boxes(france: Officer, germany: Officer) -> None:
    """A message starts one; an answer joins it by its thread or by the message it answers."""
    question = await france.send()
    await germany.receives(question)
    answer = await germany.send(to=["FR"], in_reply_to=question)
    await france.receives(answer)
    more = await france.send(thread=question)
    await germany.receives(more)
    both = await germany.send(to=["FR"], thread=question, in_reply_to=more)
    await france.receives(both)
    await france.send(subject="Something else")
    for officer in (france, germany):
        assert await officer.box(thread=question) == [both, more, answer, question]
    assert await germany.box(thread=question, box="outbox") == [both, answer]
    shown = await germany.get(f"/{both}")
    assert (shown["thread"], shown["in_reply_to"], shown["box"]) == (question, more, "outbox")


async def test_a_thread_that_does_not_fit_the_answered_message_is_refused(france: Officer, germany: Officer) -> None:
    """A conversation cannot be joined by a message that did not start it, either."""
    one, other = await france.send(), await france.send()
    reply = await france.send(in_reply_to=one)
    for changed in ({"thread": other, "in_reply_to": one}, {"thread": reply}, {"thread": UNKNOWN_ID}):
        refused = await france.ask("POST", json=DRAFT | changed)
        assert refusal_of(refused) == (422, "unknown-thread")
    assert refusal_of(await germany.ask("POST", json=DRAFT | {"to": ["KE"], "thread": UNKNOWN_ID})) == (
        422,
        "unknown-thread",
    )


async def test_each_state_of_a_message_is_visible_to_its_sender(mesh: Mesh, france: Officer, germany: Officer) -> None:
    """Delivered, read, refused: with the time at which the recipient signed it, and the reason."""
    sent = await france.send()
    await germany.receives(sent)
    delivered = await france.sees(sent, "delivered")
    assert delivered["progress"] == {"delivered": 1}
    mesh.clock.advance(timedelta(minutes=1))
    assert (await germany.step(sent, "read")).json()["state"] == "read"
    read = await france.sees(sent, "read")
    assert read["recipients"][0]["at"] == "2026-06-01T12:01:00Z"
    refusal = await germany.step(sent, "refusal", {"reason": "national-law"})
    assert (refusal.status_code, refusal.json()["state"]) == (200, "refused")
    refused = await france.sees(sent, "refused")
    assert refused["recipients"][0]["reason"] == "national-law"
    assert len((await france.get(f"/{sent}/evidence"))["receipts"]) == 3
    assert len((await germany.get(f"/{sent}/evidence"))["receipts"]) == 3


async def test_repeating_a_step_changes_nothing_and_a_refusal_is_final(france: Officer, germany: Officer) -> None:
    """Any other step after a refusal is an illegal one."""
    sent = await france.send()
    await germany.receives(sent)
    first = await germany.step(sent, "read")
    assert (await germany.step(sent, "read")).json() == first.json()
    refused = await germany.step(sent, "refusal", {"reason": "purpose"})
    assert (await germany.step(sent, "refusal", {"reason": "purpose"})).json() == refused.json()
    for step, body in (("read", None), ("refusal", {"reason": "duplicate"})):
        assert refusal_of(await germany.step(sent, step, body)) == (409, "illegal-step")
    message = await france.sees(sent, "refused")
    assert message["recipients"][0]["reason"] == "purpose"
    assert len((await germany.get(f"/{sent}/evidence"))["receipts"]) == 3


@pytest.mark.thorough
@pytest.mark.parametrize("body", [{}, {"reason": "because"}, {"reason": "other", "text": "no"}, [], None])
async def test_a_refusal_requires_a_known_reason_and_nothing_else(france: Officer, germany: Officer, body: Any) -> None:
    """Further information belongs in an answer, which is sealed."""
    sent = await france.send()
    await germany.receives(sent)
    assert refusal_of(await germany.step(sent, "refusal", body)) == (422, "invalid")
    assert await germany.box(unread=True) == [sent]


async def test_an_officer_cannot_sign_a_receipt_for_a_message_of_their_bureau(france: Officer) -> None:
    """It is in the outbox, and was not received."""
    sent = await france.send()
    assert refusal_of(await france.step(sent, "read")) == (404, "not-found")
    assert refusal_of(await france.step(sent, "refusal", {"reason": "other"})) == (404, "not-found")


WAYS = [
    ("GET", "", None),
    ("POST", "/read", None),
    ("POST", "/applied", None),
    ("POST", "/refusal", {"reason": "other"}),
    ("GET", "/attachments/1", None),
    ("GET", "/evidence", None),
]


@pytest.mark.thorough
@pytest.mark.parametrize(("method", "path", "body"), WAYS)
async def test_a_message_of_other_bureaus_is_refused_exactly_as_one_that_does_not_exist(
    france: Officer, germany: Officer, kenya: Officer, method: str, path: str, body: Any
) -> None:
    """Malformed ids and a wrong sender filter are refused as well."""
    sent = await france.attach(("a.txt", b"a"))
    await germany.receives(sent)
    answers = []
    for message in (sent, UNKNOWN_ID):
        answer = await kenya.ask(method, f"/{message}{path}", json=body)
        assert refusal_of(answer) == (404, "not-found")
        answers.append(answer.text.replace(message, "ID"))
    assert answers[0] == answers[1]
    for malformed in (sent.upper(), sent[:-1], f"{sent}0", sent.replace("-7", "-4", 1), "1"):
        assert refusal_of(await germany.ask(method, f"/{malformed}{path}", json=body)) == (422, "invalid")
    with_other_sender = await germany.ask(method, f"/{sent}{path}", json=body, params={"from": "KE"})
    assert refusal_of(with_other_sender) == (404, "not-found")


async def test_a_bureau_that_is_no_recipient_sees_nothing_of_a_message(
    mesh: Mesh, france: Officer, kenya: Officer
) -> None:
    """Neither in a list, nor in a conversation, nor by answering it."""
    sent = await france.send()
    await france.sees(sent, "delivered")
    for query in ({}, {"box": "outbox"}, {"thread": sent}, {"from": "FR"}):
        assert await kenya.box(**query) == []
    for changed in ({"thread": sent}, {"in_reply_to": sent}):
        assert refusal_of(await kenya.ask("POST", json=DRAFT | changed)) == (422, "unknown-thread")


async def test_an_id_used_by_two_senders_is_ambiguous_without_the_sender(
    mesh: Mesh, gateway: httpx.AsyncClient, germany: Officer, kenya: Officer
) -> None:
    """A hostile bureau may reuse any id, also one of the recipient's messages; `?from=` resolves it."""
    mine = await germany.send(to=["KE"], body="Mine.")
    await kenya.receives(mine)
    theirs = sealed(mesh, id=mine, said={"body": "Theirs."})
    await post(mesh, theirs)
    await germany.until("", lambda page: page["items"])
    for method, path, body in WAYS:
        assert refusal_of(await germany.ask(method, f"/{mine}{path}", json=body)) == (409, "ambiguous")
    assert (await germany.get(f"/{mine}", **{"from": "DE"}))["body"] == "Mine."
    assert (await germany.get(f"/{mine}", **{"from": "FR"}))["body"] == "Theirs."
    assert (await germany.step(mine, "read", **{"from": "FR"})).json()["from"] == "FR"
    assert refusal_of(await germany.step(mine, "read", **{"from": "DE"})) == (404, "not-found")
    assert (await kenya.get(f"/{mine}"))["body"] == "Mine."


async def test_an_officer_needs_the_scope_of_the_operation(
    mesh: Mesh, gateway: httpx.AsyncClient, germany: Officer
) -> None:
    """Write for whatever changes something; read for the rest."""
    sent = await germany.send(to=["FR"])
    reader, writer = (Officer(gateway, mesh, "DE", scope) for scope in SCOPES)
    for officer, asked in (
        (
            reader,
            [
                ("POST", ""),
                ("POST", f"/{sent}/read"),
                ("POST", f"/{sent}/refusal"),
                ("POST", f"/{sent}/applied"),
                ("PUT", "/groups/team"),
            ],
        ),
        (writer, [("GET", ""), ("GET", f"/{sent}"), ("GET", "/stream"), ("GET", f"/{sent}/evidence")]),
        (Officer(gateway, mesh, "DE", "notices:read"), [("GET", ""), ("POST", "")]),
    ):
        for method, path in asked:
            assert refusal_of(await officer.ask(method, path)) == (403, "scope-missing"), (method, path)


async def test_a_message_not_delivered_in_time_expires(mesh: Mesh, tmp_path: Any) -> None:
    """The sender sees the time at which its validity ended."""
    async with mesh.handling_mail("FR") as client:
        france = Officer(client, mesh, "FR")
        sent = await france.send(valid_until="2026-06-01T12:01:00Z")
        await france.sees(sent, "sent")
        mesh.clock.advance(timedelta(minutes=2))
        await france.send()
        message = await france.sees(sent, "expired")
        assert message["recipients"][0]["at"] == "2026-06-01T12:01:00Z"


@pytest.mark.thorough
async def test_sender_and_recipient_export_the_same_evidence(mesh: Mesh, france: Officer, germany: Officer) -> None:
    """As one file, named after the message."""
    sent = await france.send()
    await germany.receives(sent)
    await france.sees(sent, "delivered")
    answer = await germany.ask("GET", f"/{sent}/evidence")
    assert answer.headers["content-disposition"] == f'attachment; filename="evidence-{sent}.json"'
    theirs, ours = json.loads(answer.content), await france.get(f"/{sent}/evidence")
    assert theirs["receipts"] == ours["receipts"]
    assert theirs.keys() == ours.keys()
