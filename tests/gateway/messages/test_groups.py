"""Groups of bureaus, regions and all: their members, and who learns who the other recipients are."""

import pytest

from shared.bureaus import REGIONS, BureauCode
from shared.protocol.envelope import UNDISCLOSED, MessageHead
from shared.protocol.verifier import parse
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import DRAFT, Officer, refusal_of

GROUP = {"members": ["DE", "KE"]}


async def test_a_group_is_made_changed_listed_and_forgotten(france: Officer, germany: Officer) -> None:
    """By the bureau whose it is; no other knows of it."""
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
async def test_a_name_that_means_something_else_is_taken(france: Officer, name: str) -> None:
    """A message to `all` must never go to three."""
    assert refusal_of(await france.ask("PUT", f"/groups/{name}", json=GROUP)) == (422, "name-taken")


@pytest.mark.parametrize("name", ["A", "a", "0a", "a_b", "a" * 64, "%C3%A9t%C3%A9", "a%2Fb"])
async def test_a_name_is_a_word(france: Officer, name: str) -> None:
    """In small letters, digits and hyphens."""
    answer = await france.ask("PUT", f"/groups/{name}", json=GROUP)
    assert refusal_of(answer) in {(422, "invalid"), (404, "not-found")}
    assert (await france.get("/groups"))["items"] == []


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
async def test_a_group_that_does_not_fit_is_refused(france: Officer, entry: dict[str, object]) -> None:
    """And none is made."""
    assert refusal_of(await france.ask("PUT", "/groups/team", json=entry)) == (422, "invalid")
    assert (await france.get("/groups"))["items"] == []


async def test_undisclosed_members_see_themselves_alone(mesh: Mesh, france: Officer, germany: Officer) -> None:
    """In every answer, in the evidence, and in what travels; the sender sees all."""
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


async def test_disclosed_members_see_each_other(france: Officer, germany: Officer, kenya: Officer) -> None:
    """If the group says so; one after another, as the group changes."""
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


async def test_a_group_with_oneself_or_with_one_who_cannot_be_reached_is_not_written_to(france: Officer) -> None:
    """To write to the rest of it would be to decide who is meant."""
    for members, code in ((["DE", "FR"], "own-address"), (["DE", "JP"], "unknown-recipient")):
        await france.ask("PUT", "/groups/team", json={"members": members})
        answer = await france.ask("POST", json=DRAFT | {"to": "team"})
        assert refusal_of(answer) == (422, code)
        assert members[1] in answer.json()["detail"]
    assert await france.box(box="outbox") == []


async def test_all_are_all_other_members_but_not_the_secretariat(
    mesh: Mesh, france: Officer, germany: Officer, kenya: Officer
) -> None:
    """And a region is its members, without the sender; both are told of each other."""
    sent = await france.send(to="all")
    assert sorted((await france.get(f"/{sent}"))["to"]) == ["DE", "KE"]
    for officer in (germany, kenya):
        message = await officer.receives(sent)
        assert (sorted(message["to"]), message["disclosed"]) == (["DE", "KE"], True)
    assert (await france.get(f"/{await france.send(to='europe')}"))["to"] == ["DE"]
    assert (await kenya.get(f"/{await kenya.send(to='europe')}"))["to"] == ["DE", "FR"]
    assert refusal_of(await kenya.ask("POST", json=DRAFT | {"to": "africa"})) == (422, "unknown-recipient")


async def test_one_named_twice_gets_it_once(france: Officer, germany: Officer) -> None:
    """In the order in which they were named first."""
    sent = await france.send(to=["KE", "DE", "KE"])
    assert (await germany.receives(sent))["to"] == ["KE", "DE"]
