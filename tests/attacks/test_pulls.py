"""Pulls and acknowledgements: of messages of others, of excessive size, and with answers to subjects of others."""

from functools import partial

from tests.attacks.attacker import Attacker, as_json
from tests.attacks.canaries import MARKER
from tests.attacks.network import AWAY, BUREAUS, SERVICES
from tests.attacks.observer import WAITING, Observer
from tests.attacks.runner import Act, AttackRunner

NEXT = "$JS.API.CONSUMER.MSG.NEXT.MESSAGES"
HOUR = 3600 * 1_000_000_000
PULLS = (
    b"",
    b"1",
    b"1000000000",
    as_json({"batch": 10, "no_wait": True}),
    as_json({"batch": 2**31 - 1, "expires": HOUR}),
    as_json({"batch": 2**31 - 1, "expires": HOUR, "idle_heartbeat": 100_000_000}),
    as_json({"batch": -1, "expires": -1}),
    as_json({"batch": 10, "no_wait": True, "max_bytes": 2**40}),
    as_json({"batch": 10, "expires": HOUR, "group": "attack", "id": "attack", "min_pending": 1, "priority": 9}),
)
SETTLEMENTS = (b"+ACK", b"-NAK", b"+TERM", b"+WPI", b"+NXT", b'+NXT {"batch": 10}', b'-NAK {"delay": 86400000000000}')


async def test_pulls_from_lanes_of_others_have_no_effect(attacker: Attacker, runner: AttackRunner) -> None:
    lanes = [f"{name}-{lane}" for name in (*BUREAUS, *SERVICES) for lane in ("urgent", "routine")]
    await runner.run(
        [
            Act(f"pull {body!r} from {lane}", partial(attacker.publish, f"{NEXT}.{lane}", body))
            for lane in lanes
            if not lane.startswith(attacker.name)
            for body in PULLS
        ]
    )


async def test_pulls_from_the_own_lane_do_not_affect_others(attacker: Attacker, runner: AttackRunner) -> None:
    """Pulls of excessive size and duration, with answers to the subjects of others."""
    # Also a subject on which each pulled message would be posted again.
    loop = f"i247.post.{attacker.name}.routine.loop.{attacker.name}"
    replies = (
        "",
        loop,
        loop.replace("post", "msg"),
        "_INBOX.DE.attacked",
        WAITING[0],
        "i247.req.notices.DE",
        "$JS.API.STREAM.DELETE.MESSAGES",
    )
    # Later messages of this lane may go to these pulls: the other tests use the urgent lane.
    own = f"{NEXT}.{attacker.name}-routine"
    await post(attacker, "routine", 5)
    await runner.run(
        [
            Act(
                f"pull {body!r} from {own} for {reply or 'the attacker'}",
                partial(attacker.publish, own, body, reply),
                reply,
            )
            for body in PULLS
            for reply in replies
        ]
    )


async def test_acknowledgements_of_messages_of_others_have_no_effect(
    attacker: Attacker, observer: Observer, runner: AttackRunner
) -> None:
    """On the acknowledgement subject of the absent bureau, and on similar ones."""
    [*start, attempt, sequence, taken, at, pending] = observer.pending_ack.split(".")
    subjects = [
        observer.pending_ack,
        ".".join([*start, attempt, sequence, taken, "0", "0"]),
        ".".join([*start, attempt, sequence, "0", at, pending]),
        ".".join([*start, "1", str(int(sequence) + 1), str(int(taken) + 1), at, "0"]),
        f"$JS.ACK._._.MESSAGES.{AWAY}-urgent.1.{sequence}.{taken}.{at}.0",
    ]
    await runner.run(
        [
            Act(f"{body!r} to {subject}", partial(attacker.publish, subject, body))
            for subject in subjects
            for body in SETTLEMENTS
        ]
    )


async def test_acknowledgements_on_the_own_lane_settle_no_message_of_others(
    attacker: Attacker, observer: Observer, runner: AttackRunner
) -> None:
    """They carry the sequence numbers of messages that wait for another bureau."""
    [*_, sequence, taken, at, _] = observer.pending_ack.split(".")
    subjects = [
        f"$JS.ACK.MESSAGES.{attacker.name}-urgent.1.{number}.{delivery}.{at}.0"
        for number in (int(sequence) - 1, int(sequence), int(sequence) + 1)
        for delivery in ("0", "1", taken, "1000")
    ]
    await runner.run(
        [
            Act(f"{body!r} to {subject}", partial(attacker.publish, subject, body))
            for subject in subjects
            for body in SETTLEMENTS
        ]
    )


async def test_acknowledgements_of_own_messages_do_not_affect_others(
    attacker: Attacker, observer: Observer, runner: AttackRunner
) -> None:
    """Each kind, with its answer, which may be the next message, sent to the subjects of others."""
    replies = ("_INBOX.DE.attacked", WAITING[0], observer.pending_ack, "$JS.API.STREAM.DELETE.MESSAGES")

    async def settle(body: bytes, reply: str) -> None:
        await post(attacker, "urgent", 2)
        if (message := await attacker.pull()) is not None:
            await attacker.publish(message.reply, body, reply)

    if attacker.is_bureau:
        # A service shares its lane with its genuine processes.
        await post(attacker, "urgent", 1)
        assert await attacker.pull() is not None
    await runner.run(
        [
            Act(f"{body!r} of an own message, answered to {reply}", partial(settle, body, reply), reply)
            for body in SETTLEMENTS
            for reply in replies
        ]
    )


async def post(attacker: Attacker, lane: str, count: int) -> None:
    """Post messages from the attacker to itself."""
    for number in range(count):
        await attacker.ask(f"i247.post.{attacker.name}.{lane}.own-{number}.{attacker.name}", MARKER)
