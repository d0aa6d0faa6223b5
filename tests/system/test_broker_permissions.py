"""A real broker with the mesh's configuration allows each bureau its own subjects and no others.

Tested in the raw protocol, as an attacker need not use a client library.
"""

import pytest

from tests.system.wire import DENIED_PUBLISH, DENIED_SUBSCRIBE, Party, asked, credentials

FORBIDDEN_TO_PUBLISH = (
    "i247.req.notices.FR",
    "i247.req.notices.IPSG",
    "i247.req.notices",
    "i247.req.notices.KE.FR",
    "i247.post.DE.FR",
    "i247.post.DE.KE",
    "i247.post.DE.urgent.id.FR",
    "i247.post.DE.urgent.id.KE.FR",
    "i247.post.DE.urgent.id.x.KE",
    "i247.post.FR.urgent.KE.id",
    "i247.post.DE.urgent.id.notices",
    "i247.msg.DE.urgent.id.KE",
    "i247.relay",
    "_INBOX.FR.x",
    "_INBOX.KE.x",
    "i247.directory.changes",
    "i247.directory.other",
    "$JS.API.INFO",
    "$JS.API.CONSUMER.CREATE.MESSAGES",
    "$JS.API.CONSUMER.CREATE.MESSAGES.x",
    "$JS.API.CONSUMER.CREATE.MESSAGES.KE-urgent.i247.msg.FR.urgent.>",
    "$JS.API.CONSUMER.DURABLE.CREATE.MESSAGES.KE-urgent",
    "$JS.API.CONSUMER.INFO.MESSAGES.FR-urgent",
    "$JS.API.CONSUMER.LIST.MESSAGES",
    "$JS.API.CONSUMER.NAMES.MESSAGES",
    "$JS.API.CONSUMER.DELETE.MESSAGES.FR-urgent",
    "$JS.API.CONSUMER.DELETE.MESSAGES.KE-urgent",
    "$JS.API.CONSUMER.PAUSE.MESSAGES.FR-urgent",
    "$JS.API.CONSUMER.RESET.MESSAGES.FR-urgent",
    "$JS.API.CONSUMER.MSG.NEXT.MESSAGES.FR-urgent",
    "$JS.API.CONSUMER.MSG.NEXT.MESSAGES.FR-routine",
    "$JS.API.CONSUMER.MSG.NEXT.MESSAGES.KE-urgent.x",
    "$JS.API.CONSUMER.MSG.NEXT.MESSAGES.notices-urgent",
    "$JS.API.CONSUMER.MSG.NEXT.MESSAGES.KE",
    "$JS.API.CONSUMER.MSG.NEXT.OBJ_KE.KE-urgent",
    "$JS.API.CONSUMER.CREATE.OBJ_FR",
    "$JS.API.CONSUMER.CREATE.OBJ_KE",
    "$JS.API.CONSUMER.CREATE.OBJ_KE.x.i247.obj.KE.>",
    "$JS.API.STREAM.LIST",
    "$JS.API.STREAM.NAMES",
    "$JS.API.STREAM.CREATE.KE",
    "$JS.API.STREAM.INFO.MESSAGES",
    "$JS.API.STREAM.UPDATE.MESSAGES",
    "$JS.API.STREAM.PURGE.MESSAGES",
    "$JS.API.STREAM.DELETE.MESSAGES",
    "$JS.API.STREAM.SNAPSHOT.MESSAGES",
    "$JS.API.STREAM.MSG.GET.MESSAGES",
    "$JS.API.STREAM.MSG.DELETE.MESSAGES",
    "$JS.API.DIRECT.GET.MESSAGES",
    "$JS.API.DIRECT.GET.MESSAGES.i247.msg.FR.urgent.id.DE",
    "$JS.API.STREAM.UPDATE.OBJ_KE",
    "$JS.API.STREAM.DELETE.OBJ_KE",
    "$JS.API.STREAM.PURGE.OBJ_FR",
    "$JS.API.STREAM.DELETE.OBJ_FR",
    "$JS.API.STREAM.MSG.GET.OBJ_FR",
    "$JS.API.STREAM.MSG.DELETE.OBJ_FR",
    "$JS.API.DIRECT.GET.OBJ_FR",
    "$JS.API.DIRECT.GET.OBJ_KE.i247.obj.KE.x.0",
    "i247.obj.KE.x.0",
    "i247.put.x.0.FR",
    "i247.put.x.KE",
    "i247.put.x.0.y.KE",
    "i247.get.KE.x.0.FR",
    "i247.get.KE.x.KE",
    "$JS.ACK.MESSAGES.FR-urgent.1.1.1.1.1",
    "$JS.ACK.MESSAGES.FR-routine.1.1.1.1.1",
    "$JS.ACK.MESSAGES.notices-urgent.1.1.1.1.1",
    "$JS.ACK.OBJ_KE.KE-urgent.1.1.1.1.1",
    "$JS.FC.MESSAGES.x",
    "$SRV.PING",
    "$SYS.REQ.SERVER.PING",
    "anything.else",
)
FORBIDDEN_TO_SUBSCRIBE = (
    "i247.req.notices.*",
    "i247.req.notices.KE",
    "i247.req.notices.FR",
    "i247.req.>",
    "i247.>",
    "i247.msg.>",
    "i247.msg.KE.>",
    "i247.msg.KE.urgent.*.*",
    "i247.msg.*.*.*.KE",
    "i247.post.>",
    "i247.post.*.*.*.KE",
    "i247.obj.KE.>",
    "i247.put.*.*.KE",
    "i247.get.*.*.*.KE",
    "i247.relay",
    "_INBOX.FR.>",
    "_INBOX.FR.x",
    "_INBOX.*.x",
    "_INBOX.>",
    "i247.directory",
    "i247.directory.>",
    "$SRV.>",
    "$SRV.PING",
    "$JS.>",
    "$JS.API.STREAM.CREATE.*",
    "$SYS.>",
    "*",
    ">",
)


@pytest.mark.parametrize("subject", FORBIDDEN_TO_PUBLISH)
async def test_a_bureau_publishing_to_subjects_of_others_is_refused(party: Party, subject: str) -> None:
    """As another participant, to another's inbox, or to administer the broker."""
    kenya = await party.connect("KE")
    (refused,) = await kenya.say(f"PUB {subject} _INBOX.KE.1 2", "{}")
    assert refused.startswith(DENIED_PUBLISH)


@pytest.mark.parametrize("group", ["", "notices "], ids=["alone", "in a group"])
@pytest.mark.parametrize("subject", FORBIDDEN_TO_SUBSCRIBE)
async def test_a_bureau_subscribing_to_subjects_of_others_is_refused(party: Party, subject: str, group: str) -> None:
    """To requests, others' inboxes or everything, alone or in a queue group."""
    kenya = await party.connect("KE")
    (refused,) = await kenya.say(f"SUB {subject} {group}1")
    assert refused.startswith(DENIED_SUBSCRIBE)


async def test_each_refusal_is_logged_by_the_broker_with_the_nkey(party: Party) -> None:
    """A participant that causes refusals at full speed fills the log, but not anonymously."""
    kenya, log = await party.connect("KE"), party.server.configuration.with_suffix(".log")
    nkey = credentials(party.server.seed("KE"), "")["nkey"]
    refused = await kenya.say(*(f"SUB _INBOX.FR.{number} {number}" for number in range(100)))
    assert len(refused) == 100
    lines = [line for line in log.read_text().splitlines() if "_INBOX.FR." in line and "Violation" in line]
    assert len([line for line in lines if nkey in line]) >= 100


async def test_a_bureau_may_send_requests_and_receive_answers_and_changes(party: Party) -> None:
    """Control for the refusals: what a bureau needs is allowed."""
    kenya = await party.connect("KE")
    allowed = [f"PUB i247.req.{service}.KE _INBOX.KE.1 0\r\n" for service in ("notices", "fingerprints", "future")]
    fetch = "PUB i247.directory.fetch.KE 0\r\n"
    replies = await kenya.say("SUB _INBOX.KE.> 1", "SUB i247.directory.changes 2", fetch, *allowed)
    assert [line for line in replies if line.startswith("-ERR")] == []


async def test_a_refused_subscription_receives_no_messages(party: Party) -> None:
    """Requests and answers reach their recipients though another participant tried to share them."""
    kenya, france, service = [await party.connect(name) for name in ("KE", "FR", "notices")]
    await france.say("SUB _INBOX.FR.> 1")
    await service.say("SUB i247.req.notices.* notices 1")
    await kenya.say("SUB i247.req.notices.* notices 1", "SUB _INBOX.FR.> 2")
    for turn in range(10):
        await france.say(f"PUB i247.req.notices.FR _INBOX.FR.{turn} 1", "?")
        await service.say(f"PUB {await asked(service)} 1", "!")
        await france.until(f"MSG _INBOX.FR.{turn} 1 1")
    assert not any(line.startswith("MSG") for line in kenya.heard)


async def test_the_secretariat_announces_changes_and_publishes_nothing_else(party: Party) -> None:
    """Bureaus and services receive its announcements."""
    secretariat, kenya, service = [await party.connect(name) for name in ("IPSG", "KE", "notices")]
    for wire in (kenya, service):
        await wire.say("SUB i247.directory.changes 7")
    assert await secretariat.say("PUB i247.directory.changes 4", "news") == []
    for wire in (kenya, service):
        await wire.until("MSG i247.directory.changes 7 4")
    for subject in ("i247.req.notices.FR", "_INBOX.FR.1", "$JS.API.INFO"):
        (refused,) = await secretariat.say(f"PUB {subject} 0\r\n")
        assert refused.startswith(DENIED_PUBLISH)
