"""The command `i247 listen`: shows the events of a bureau, and posts each to a program on this machine."""

import argparse
import asyncio
import json
from collections.abc import Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

from deploy.commands.arguments import positive
from deploy.commands.output import Line, add_json, print_lines
from deploy.mesh.stopping import until_stopped
from deploy.state.errors import CommandFailed, tell
from deploy.state.settings import Settings
from shared.bureaus import BureauCode, parse_bureau
from shared.suggestions import unknown

if TYPE_CHECKING:
    from httpx_sse import ServerSentEvent

    from deploy.commands.event_stream import EventStream
    from deploy.commands.local_webhook import Delivery, Forwarder

KINDS: Final = ("message", "state")
# Comes first in a stream that goes on after the state of a sandbox was replaced.
RESTORED: Final = "restored"
# An event that exists comes at once, but a gateway may be busy.
REPLAY_SECONDS: Final = 30.0
KEYS: Final = (
    *("secret", "url", "number", "type", "id", "thread", "urgency", "bureau", "state", "reason", "at"),
    *("outcome", "milliseconds"),
)


def add_options(listen: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    listen.add_argument("bureau", metavar="BUREAU", help="such as FR")
    listen.add_argument(
        "--forward-to",
        metavar="URL",
        help="where to post each event: http://localhost:3000/hook on this machine, or any https URL",
    )
    listen.add_argument(
        "--events", type=_kinds, default=KINDS, metavar="KIND,...", help="`message`, `state` (default: both)"
    )
    listen.add_argument("--replay", type=positive, metavar="NUMBER", help="post one earlier event again, and end")
    listen.add_argument("--print", action="store_true", help="print the body of each event as well")
    add_json(listen, KEYS)
    listen.set_defaults(run=_listen)


def _kinds(text: str) -> tuple[str, ...]:
    kinds = tuple(dict.fromkeys(kind.strip() for kind in text.split(",")))
    if wrong := [kind for kind in kinds if kind not in KINDS]:
        raise argparse.ArgumentTypeError(f"there is no kind {unknown(wrong[0], KINDS)}")
    return kinds


def _listen(settings: Settings, options: argparse.Namespace) -> int:
    from deploy.commands.local_webhook import Forwarder

    bureau = parse_bureau(options.bureau)
    forwarder = Forwarder(settings, bureau, options.forward_to) if options.forward_to else None
    listening = _Listening(settings, bureau, forwarder, options)
    asyncio.run(until_stopped(listening.run if options.replay is None else listening.replay))
    return 0


class _Listening:
    """One run of the command."""

    def __init__(
        self, settings: Settings, bureau: BureauCode, forwarder: "Forwarder | None", options: argparse.Namespace
    ) -> None:
        self._settings = settings
        self._bureau = bureau
        self._forwarder = forwarder
        self._options = options

    async def run(self) -> None:
        """Show and post what happens until cancelled."""
        async for event in self._stream(after=None).events():
            if event.event == RESTORED:
                self._show(f"the sandbox was restored or reset: forget what came before  #{event.id}", event.json())
            elif event.event in self._options.events:
                await self._pass_on(event)

    async def replay(self) -> None:
        """Show and post one event. Raises CommandFailed if it is not there, or was not accepted."""
        number = self._options.replay
        if (latest := await self._stream(after=None, begin=_nothing).latest(number)) < number:
            raise CommandFailed(f"{self._bureau} has had no event {number} yet: the latest is {latest}")
        try:
            async with asyncio.timeout(REPLAY_SECONDS), aclosing(self._stream(after=number - 1).events()) as events:
                event = await anext(events)
        except TimeoutError as error:
            raise CommandFailed(
                f"event {number} did not come within {REPLAY_SECONDS:.0f} s: it is not kept any more, or the gateway "
                "is busy; try again"
            ) from error
        if event.event == RESTORED:
            raise CommandFailed(f"event {number} is from before the sandbox was restored: it cannot be posted again")
        if event.id != str(number):
            raise CommandFailed(f"event {number} is not kept: the oldest that {self._bureau} has is {event.id}")
        delivery = await self._pass_on(event)
        if delivery is not None and not delivery.is_accepted:
            raise CommandFailed(f"event {number} was not accepted")

    def _stream(self, *, after: int | None, begin: Callable[[], None] | None = None) -> "EventStream":
        from deploy.commands.event_stream import EventStream

        return EventStream(self._settings, self._bureau, begin or self._begin, tell, after)

    def _begin(self) -> None:
        if self._forwarder is None:
            if self._options.replay is None:
                self._show(f"events of {self._bureau}, until Ctrl-C", None)
            return
        secret, url = self._forwarder.webhook.secret, self._options.forward_to
        words = f"events of {self._bureau} go to {url}, signed with the secret of a Standard Webhook:"
        self._show(words, {"secret": secret, "url": url}, secret)

    async def _pass_on(self, event: "ServerSentEvent") -> "Delivery | None":
        said: dict[str, Any] = json.loads(event.data)
        words = f"--> {said['type']}.{said['state']} {said['id']} {_who(said)}  #{event.id}"
        more = [f"    {event.data}"] if self._options.print else []
        if self._forwarder is None:
            self._show(words, said, *more)
            return None
        delivery = await self._forwarder.post(event.id, event.data.encode())
        url = self._options.forward_to
        answer = f"<-- {delivery.outcome} POST {url}  {delivery.milliseconds:.0f} ms{_why(delivery)}"
        done = {"outcome": delivery.outcome, "milliseconds": delivery.milliseconds, "url": url}
        self._show(f"{words}  {answer}", said | done, *more)
        return delivery

    def _show(self, words: str, data: dict[str, Any] | None, *more: str) -> None:
        print_lines([Line(words, data, more)], as_json=self._options.as_json)


def _nothing() -> None:
    """Say nothing."""


def _who(said: dict[str, Any]) -> str:
    return f"{'from' if said['type'] == 'message' else 'by'} {said['bureau']}"


def _why(delivery: "Delivery") -> str:
    from deploy.commands.local_webhook import WHY

    why = WHY.get(delivery.outcome, "" if delivery.is_accepted else "a webhook is repeated until it answers 2xx")
    return f" ({why})" if why else ""
