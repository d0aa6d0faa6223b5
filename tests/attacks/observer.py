"""The state of JetStream as its operator sees it, compared after each act and repaired before the next."""

import json
from contextlib import suppress
from typing import Any, Final

from nats.aio.client import Client
from nats.aio.msg import Msg

from shared.transport.subjects import object_subject, posting_subject, writing_subject
from tests.attacks.canaries import SECRETS
from tests.attacks.network import AWAY, Network
from tests.attacks.orders import Target

API: Final = "$JS.API"
API_SECONDS: Final = 10.0
ALARM: Final = '"event":"broker-alarm"'
REPAIRS: Final = 5
SENDER: Final = "DE"
LANE: Final = f"{AWAY}-urgent"
WAITING: Final = tuple(f"i247.msg.{AWAY}.urgent.waiting-{number}.{SENDER}" for number in (1, 2))
KEPT: Final = object_subject(SENDER, "kept", 0)
Snapshot = dict[str, Any]


class ApiRefused(Exception):
    """JetStream refuses a request of the operator."""


class Observer:
    """Lists, as the operator, the streams and consumers and their waiting messages."""

    def __init__(self, network: Network, operator: Client, attacker: str) -> None:
        self._network = network
        self._operator = operator
        self._attacker = attacker
        self.baseline: Snapshot = network.state
        self._alarms = 0
        self.pending_ack = ""
        """The subject on which the absent bureau would acknowledge the message that it has taken and not settled."""

    @classmethod
    async def connect(cls, network: Network, attacker: str) -> "Observer":
        """Connect as the operator, repair changes of earlier tests, and have messages wait for the absent bureau."""
        observer = cls(network, await network.connect("operator"), attacker)
        if await observer.configurations_changed():
            await observer.repair()
        else:
            await observer.prepare()
        network.state = observer.baseline
        return observer

    async def configurations_changed(self) -> bool:
        """Return whether an earlier test has left streams or consumers that differ from the first state."""
        now = await self.snapshot() if self.baseline else {}
        kinds = ("stream ", "consumer ")
        before, after = ({name for name in state if name.startswith(kinds)} for state in (self.baseline, now))
        return before != after or any(now[name]["config"] != self.baseline[name]["config"] for name in before)

    async def close(self) -> None:
        """Disconnect."""
        await self._operator.close()

    async def prepare(self) -> None:
        """Have two messages wait for the absent bureau, one of them taken by it, and record the state."""
        # No message of an earlier test may be left that was taken and not settled.
        await self._ask("STREAM.PURGE.MESSAGES", {"filter": f"i247.msg.{AWAY}.>"})
        sender, recipient = await self._network.connect(SENDER), await self._network.connect(AWAY)
        if "objects in OBJ_DE" not in self.baseline or not self.baseline["objects in OBJ_DE"]["messages"]:
            await sender.request(writing_subject("kept", 0, SENDER), SECRETS["letter"].encode(), timeout=API_SECONDS)
        for subject in WAITING:
            answer = await sender.request(posting_subject(subject), SECRETS["letter"].encode(), timeout=API_SECONDS)
            assert "error" not in json.loads(answer.data), answer.data
        self.pending_ack = await _taken(recipient)
        await sender.close()
        await recipient.close()
        self.baseline = await self.snapshot()
        self._alarms = len(self._raised())

    def target(self, inbox: str) -> Target:
        """Return what an attacker knows of its target."""
        return Target(self.baseline["stream MESSAGES"]["config"], self.baseline[f"message {WAITING[1]}"][0], inbox)

    async def changes(self) -> list[str]:
        """Return the differences from the state before."""
        now = await self.snapshot()
        lost = {name.split()[1] for name in self.baseline if name.startswith("stream ") and name not in now}
        # A lost stream includes its consumers and its messages.
        names = sorted(name for name in {*self.baseline, *now} if _stream_of(name) not in lost)
        raised = [f"the gateway raised an alarm: {alarm}" for alarm in self._raised()[self._alarms :]]
        states = ((name, self.baseline.get(name), now.get(name)) for name in names)
        return [_difference(name, before, after) for name, before, after in states if before != after] + raised

    def _raised(self) -> list[str]:
        """Return the faults of the broker that the gateway of the Secretariat found and corrected."""
        lines = (self._network.home.logs / "gateway.log").read_text().splitlines()
        return [str(json.loads(line)["says"]) for line in lines if ALARM in line]

    async def snapshot(self) -> Snapshot:
        """Return all streams and consumers with their configurations, and the waiting messages of others."""
        found: Snapshot = {}
        for stream in await self._streams():
            name = stream["config"]["name"]
            found[f"stream {name}"] = {"config": stream["config"], "created": stream["created"]}
            if name.startswith("OBJ_") and name != f"OBJ_{self._attacker}":
                found[f"objects in {name}"] = _amount(stream["state"])
            for consumer in await self._consumers(stream):
                found[f"consumer {name}/{consumer['name']}"] = _consumer_state(consumer)
        if "stream MESSAGES" in found:
            found |= await self._waiting()
        return found

    async def repair(self) -> None:
        """Restore streams and consumers to their state before the attack."""
        # A pending pull of the attacker may break the state again during the repair.
        for _ in range(REPAIRS):
            with suppress(ApiRefused):
                return await self._repair()
        return await self._repair()

    async def _repair(self) -> None:
        present = {stream["config"]["name"]: stream for stream in await self._streams()}
        wanted = {key.split()[1]: state["config"] for key, state in self.baseline.items() if key.startswith("stream ")}
        for name in present.keys() - wanted.keys():
            await self._ask(f"STREAM.DELETE.{name}", {})
        for name, configuration in wanted.items():
            if name not in present or present[name]["config"] != configuration:
                await self._restore_stream(name, configuration, present=name in present)
        await self._forget_pulls()
        await self._restore_consumers()
        await self.prepare()

    async def _restore_stream(self, name: str, configuration: dict[str, Any], *, present: bool) -> None:
        try:
            await self._ask(f"STREAM.{'UPDATE' if present else 'CREATE'}.{name}", configuration)
        except ApiRefused:
            # Such as one that is sealed.
            await self._ask(f"STREAM.DELETE.{name}", {})
            await self._ask(f"STREAM.CREATE.{name}", configuration)

    async def _restore_consumers(self) -> None:
        for stream in await self._streams():
            name = stream["config"]["name"]
            prefix = f"consumer {name}/"
            wanted = {key.removeprefix(prefix): each for key, each in self.baseline.items() if key.startswith(prefix)}
            present = {each["name"]: each["config"] for each in await self._consumers(stream)}
            for consumer, state in wanted.items():
                if present.pop(consumer, None) != state["config"]:
                    await self._restore_consumer(name, consumer, state["config"])
            for consumer in present:
                await self._ask(f"CONSUMER.DELETE.{name}.{consumer}", {})

    async def _forget_pulls(self) -> None:
        """End the pulls of the attacker, each of which waits to be answered on a subject of others."""
        for consumer in await self._list_consumers("MESSAGES"):
            if consumer["name"].startswith(f"{self._attacker}-"):
                await self._ask(f"CONSUMER.DELETE.MESSAGES.{consumer['name']}", {})
        await self._ask("STREAM.PURGE.MESSAGES", {"filter": f"i247.msg.{self._attacker}.>"})

    async def _restore_consumer(self, stream: str, consumer: str, configuration: dict[str, Any]) -> None:
        request = {"stream_name": stream, "config": configuration, "action": ""}
        try:
            await self._ask(f"CONSUMER.CREATE.{stream}.{consumer}.{configuration['filter_subject']}", request)
        except ApiRefused:
            await self._ask(f"CONSUMER.DELETE.{stream}.{consumer}", {})
            await self._ask(f"CONSUMER.CREATE.{stream}.{consumer}.{configuration['filter_subject']}", request)

    async def _waiting(self) -> Snapshot:
        answer = await self._ask("STREAM.INFO.MESSAGES", {"subjects_filter": f"i247.msg.{AWAY}.>"})
        subjects = answer["state"].get("subjects") or {}
        forged = sorted(each for each in subjects if not each.endswith(f".{self._attacker}") and each not in WAITING)
        found: Snapshot = {f"posts to {AWAY} in the name of others": forged} if forged else {}
        for subject in WAITING:
            if subject in subjects:
                stored = await self._ask("STREAM.MSG.GET.MESSAGES", {"last_by_subj": subject})
                found[f"message {subject}"] = (stored["message"]["seq"], stored["message"].get("data"))
        return found

    async def _streams(self) -> list[dict[str, Any]]:
        return list((await self._ask("STREAM.LIST", {})).get("streams") or [])

    async def _consumers(self, stream: dict[str, Any]) -> list[dict[str, Any]]:
        if not stream["state"]["consumer_count"]:
            return []
        return await self._list_consumers(stream["config"]["name"])

    async def _list_consumers(self, stream: str) -> list[dict[str, Any]]:
        return list((await self._ask(f"CONSUMER.LIST.{stream}", {})).get("consumers") or [])

    async def _ask(self, verb: str, request: dict[str, Any]) -> dict[str, Any]:
        answer = await self._operator.request(f"{API}.{verb}", json.dumps(request).encode(), timeout=API_SECONDS)
        found: dict[str, Any] = json.loads(answer.data)
        if "error" in found:
            raise ApiRefused(f"{verb}: {found['error']['description']}")
        return found


async def _taken(recipient: Client) -> str:
    """Pull one message of the lane of the absent bureau, and return the subject that acknowledges it."""
    inbox = recipient.new_inbox()
    subscription = await recipient.subscribe(inbox)
    request = {"batch": 1, "expires": int(API_SECONDS * 1_000_000_000)}
    await recipient.publish(f"{API}.CONSUMER.MSG.NEXT.MESSAGES.{LANE}", json.dumps(request).encode(), reply=inbox)
    message: Msg = await subscription.next_msg(API_SECONDS)
    return str(message.reply)


def _amount(state: dict[str, Any]) -> dict[str, Any]:
    return {name: state[name] for name in ("messages", "bytes", "first_seq", "last_seq")}


def _consumer_state(consumer: dict[str, Any]) -> dict[str, Any]:
    found = {"config": consumer["config"], "created": consumer["created"], "paused": consumer.get("paused", False)}
    if consumer["name"] == LANE:
        found["state"] = {
            "taken": consumer["delivered"]["consumer_seq"],
            "settled": consumer["ack_floor"]["consumer_seq"],
            "not settled": consumer["num_ack_pending"],
        }
    return found


def _stream_of(name: str) -> str:
    kind, _, named = name.partition(" ")
    return {"consumer": named.partition("/")[0], "message": "MESSAGES"}.get(kind, "")


def _difference(name: str, before: Any, after: Any) -> str:
    if before is None:
        return f"{name} is new"
    if after is None:
        return f"{name} is gone"
    if isinstance(before, dict):
        return f"{name} is changed: {', '.join(_changed(before, after))}"
    return f"{name} is changed"


def _changed(before: dict[str, Any], after: dict[str, Any], path: str = "") -> list[str]:
    changed = []
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            changed += _changed(old, new, f"{path}{name}.")
        elif old != new:
            changed.append(f"{path}{name} {old!r} -> {new!r}")
    return changed
