"""Whatever a participant subscribes to, alone or in the group of a service, it receives nothing of others."""

from functools import partial

from tests.attacks.attacker import Attacker
from tests.attacks.interests import Interest, interests
from tests.attacks.judge import Act, Judge
from tests.attacks.network import BUREAUS, SERVICES, Network

WIDE = (
    ">",
    "*",
    "*.>",
    "*.*.*.*",
    "i247.>",
    "i247.req.>",
    "i247.msg.>",
    "i247.directory.>",
    "_INBOX.>",
    "_INBOX.*.*",
    "_INBOX.*.*.*",
    "_R_.>",
    "_GR_.>",
    "$JS.>",
    "$JS.API.>",
    "$JS.ACK.>",
    "$JS.FC.>",
    "$JS.EVENT.ADVISORY.>",
    "$JSC.>",
    "$O.>",
    "$KV.>",
    "$SRV.>",
    "$SYS.>",
    "$SYS._INBOX.>",
    "$SYS.ACCOUNT.>",
)


def targets(listed: list[Interest]) -> list[Interest]:
    """Return what to subscribe to: what others do, patterns over that, and what each participant asks or is sent."""
    inboxes = [f"_INBOX.{name}.>" for name in (*BUREAUS, *SERVICES, "operator")]
    posts = [f"i247.msg.{bureau}.>" for bureau in BUREAUS] + [f"i247.msg.*.*.*.{bureau}" for bureau in BUREAUS]
    requests = [f"i247.req.{service}.{name}" for service in SERVICES for name in ("*", "DE", "PL")]
    return [*listed, *(Interest(subject) for subject in (*WIDE, *inboxes, *posts, *requests))]


async def test_nothing_of_others_is_heard(network: Network, attacker: Attacker, judge: Judge) -> None:
    """Each subscription alone, while others search and write."""
    subjects = sorted({target.subject for target in targets(await interests(network))})
    await judge.hold(
        [Act(f"subscribe to {subject}", partial(attacker.client.subscribe, subject)) for subject in subjects]
    )


async def test_nothing_of_others_is_taken_from_a_group(network: Network, attacker: Attacker, judge: Judge) -> None:
    """In the groups of services, of the Secretariat and of the server itself, what one member gets the others lack."""
    listed = targets(await interests(network))
    groups = sorted({target.group for target in listed if target.group} | set(SERVICES))
    own = (f"i247.req.{attacker.name}.", f"_INBOX.{attacker.name}.")
    await judge.hold(
        [
            Act(
                f"subscribe to {subject} in the group {group}",
                partial(attacker.client.subscribe, subject, queue=group),
            )
            for subject in sorted({target.subject for target in listed})
            if not subject.startswith(own)
            for group in groups
        ]
    )
