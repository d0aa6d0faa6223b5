"""Groups of bureaus, regions and all: their members, and which bureaus learn of the other recipients."""

import pytest

from shared.bureaus import REGIONS, BureauCode
from shared.protocol.envelope import UNDISCLOSED, MessageHead
from shared.protocol.verifier import parse
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import DRAFT, Officer, refusal_of

GROUP = {"members": ["DE", "KE"]}


async def test_a_group_is_created_changed_listed_and_deleted_by_its_bureau_alone(
    france: Officer, germany: Officer
) -> None:
    """Other bureaus neither list nor read it."""
    made = await france.ask("PUT", "/groups/joint-team", json=GROUP)
    whole = {"name": "joint-team", "members": ["DE", "KE"], "disclosed": False, "updated": "2026-06-01T12:00:00Z"}
    assert (made.status_code, made.json()) == (200, whole)
    assert (await france.ask("PUT", "/groups/abc", json={"members": ["DE"], "disclosed": True})).status_code == 200
    assert [group["name"] for group in (await france.get("/groups"))["items"]] == ["abc", "joint-team"]
    assert (await germany.get("/groups"))["items"] == []
    assert refusal_of(await germany.ask("GET", "/groups/joint-team")) == (404, "not-found")
    await france.ask("PUT", "/groups/joint-team", json={"members": ["KE"]})
    assert (await france.get("/groups/joint-team"))["members"] == ["KE"]
    assert (await france.ask("DELETE", "/groups/joint-team")).status_code == 204
    for method in ("GET", "DELETE"):
        assert refusal_of(await france.ask(method, "/groups/joint-team")) == (404, "not-found")
    assert refusal_of(await france.ask("POST", json=DRAFT | {"to": "joint-team"})) == (422, "unknown-recipient")


@pytest.mark.parametrize("name", ["all", *REGIONS])
async def test_a_reserved_group_name_is_refused(france: Officer, name: str) -> None:
    """The names of regions and `all` are reserved, so that a message to `all` never goes to a group."""
    assert refusal_of(await france.ask("PUT", f"/groups/{name}", json=GROUP)) == (422, "name-taken")


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["A", "a", "0a", "a_b", "a" * 64, "%C3%A9t%C3%A9", "a%2Fb"])
async def test_a_group_name_that_is_no_lowercase_word_is_refused(france: Officer, name: str) -> None:
    """Small letters, digits and hyphens are allowed."""
    answer = await france.ask("PUT", f"/groups/{name}", json=GROUP)
    assert refusal_of(answer) in {(422, "invalid"), (404, "not-found")}
    assert (await france.get("/groups"))["items"] == []


@pytest.mark.thorough
@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"members": []},
        {"members": ["XX"]},
        {"members": "all"},
        {"members": ["DE", "DE"]},
        {"members": ["DE"] * 257},
        {"members": ["DE"], "disclosed": "perhaps"},
        {"members": ["DE"], "owner": "FR"},
    ],
)
async def test_an_invalid_group_is_refused(france: Officer, entry: dict[str, object]) -> None:
    assert refusal_of(await france.ask("PUT", "/groups/team", json=entry)) == (422, "invalid")
    assert (await france.get("/groups"))["items"] == []


async def test_undisclosed_recipients_see_only_their_own_bureau(mesh: Mesh, france: Officer, germany: Officer) -> None:
    """In every answer, in the evidence and in the envelope; the sender sees all."""
    await france.ask("PUT", "/groups/team", json=GROUP)
    sent = await france.send(to="team")
    message = await germany.receives(sent)
    assert (message["to"], message["disclosed"]) == (["DE"], False)
    assert (await germany.get())["items"][0]["to"] == ["DE"]
    evidence = await germany.ask("GET", f"/{sent}/evidence")
    mailbox = await mesh.mailbox_host._mailboxes.of(BureauCode("DE"))
    [row] = await mailbox.reading.find(sent)
    head = parse(MessageHead, row.signature)[1]
    assert len(head.to) == 2
    assert all(each.startswith(UNDISCLOSED) for each in head.to)
    for text in (evidence.text, row.summary, row.blinds):
        assert '"KE"' not in text
    own = await france.get(f"/{sent}")
    assert (sorted(own["to"]), own["disclosed"]) == (["DE", "KE"], False)
    assert sorted(each["bureau"] for each in own["recipients"]) == ["DE", "KE"]


async def test_disclosed_recipients_see_each_other(france: Officer, germany: Officer, kenya: Officer) -> None:
    """If the group is set to disclose; later changes of the group do not affect sent messages."""
    await france.ask("PUT", "/groups/team", json=GROUP | {"disclosed": True})
    sent = await france.send(to="team")
    for officer in (germany, kenya):
        message = await officer.receives(sent)
        assert (sorted(message["to"]), message["disclosed"]) == (["DE", "KE"], True)
    await france.ask("PUT", "/groups/team", json={"members": ["KE"], "disclosed": False})
    later = await france.send(to="team")
    await kenya.receives(later)
    assert await germany.box() == [sent]
    assert sorted((await germany.get(f"/{sent}"))["to"]) == ["DE", "KE"]


async def test_a_message_to_a_group_with_the_sender_or_an_unreachable_bureau_is_refused(france: Officer) -> None:
    """Sending to the rest of the group would be a guess at who is meant."""
    for members, code in ((["DE", "FR"], "own-address"), (["DE", "JP"], "unknown-recipient")):
        await france.ask("PUT", "/groups/team", json={"members": members})
        answer = await france.ask("POST", json=DRAFT | {"to": "team"})
        assert refusal_of(answer) == (422, code)
        assert members[1] in answer.json()["detail"]
    assert await france.box(box="outbox") == []


async def test_all_means_all_other_bureaus_without_the_secretariat(
    mesh: Mesh, france: Officer, germany: Officer, kenya: Officer
) -> None:
    """A region means its members without the sender; the recipients are disclosed."""
    sent = await france.send(to="all")
    assert sorted((await france.get(f"/{sent}"))["to"]) == ["DE", "KE"]
    for officer in (germany, kenya):
        message = await officer.receives(sent)
        assert (sorted(message["to"]), message["disclosed"]) == (["DE", "KE"], True)
    assert (await france.get(f"/{await france.send(to='europe')}"))["to"] == ["DE"]
    assert (await kenya.get(f"/{await kenya.send(to='europe')}"))["to"] == ["DE", "FR"]
    assert refusal_of(await kenya.ask("POST", json=DRAFT | {"to": "africa"})) == (422, "unknown-recipient")


async def test_a_recipient_named_twice_gets_one_message(france: Officer, germany: Officer) -> None:
    """Recipients keep the order in which they were first named."""
    sent = await france.send(to=["KE", "DE", "KE"])
    assert (await germany.receives(sent))["to"] == ["KE", "DE"]
