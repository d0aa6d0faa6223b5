"""Posts events to a program, mostly on this machine, as the gateway posts them to a webhook.

The secret is kept in the state directory, so that a program need not be changed for the next time.
"""

import time
from datetime import UTC, datetime
from typing import Final, NamedTuple

import msgspec

from deploy.state.errors import StartRefused, WrongUsage
from deploy.state.settings import Settings
from gateway.messages.webhooks.sender import WebhookSender, headers_signed_now, is_success, new_secret
from gateway.messages.webhooks.targets import Target, TargetRefused, Targets
from shared.bureaus import BureauCode
from shared.crypto.ed25519 import write_secret
from shared.ids import uuid7
from shared.loopback import is_localhost, is_loopback

LOOPBACK: Final = ("127.0.0.1", "::1")
WHY: Final = {
    "unreachable": "nothing listens there: start your program, and repeat the event with `--replay`",
    "unresolved": "the name of the host has no address",
    "timeout": "there was no answer within 5 seconds",
    "tls": "the certificate is not valid",
}
"""What to do about an outcome that is no status."""


class LocalWebhook(msgspec.Struct, frozen=True):
    """What a webhook of a bureau has: an id, which is part of `webhook-id`, and the secret that signs its posts."""

    id: str
    secret: str


class Delivery(NamedTuple):
    """The outcome of one post."""

    outcome: str
    """The status of the answer, or why there was none."""
    milliseconds: float

    @property
    def is_accepted(self) -> bool:
        """Whether the program accepted the event."""
        return is_success(self.outcome)


class LocalTargets(Targets):
    """Plain HTTP to this machine alone, so that no event crosses a network in the clear; HTTPS anywhere (ADR 93)."""

    def __init__(self) -> None:
        super().__init__(private=True)

    def parse(self, url: str) -> Target:
        """Parse a URL. Raises TargetRefused."""
        target = super().parse(url)
        if target.scheme == "http" and not is_loopback(target.host):
            raise TargetRefused(
                "plain http goes to this machine only, as http://localhost:3000/hook: use https for another, or a "
                "tunnel that begins here",
                at="/url",
            )
        return target

    async def addresses(self, target: Target, bureau: str = "") -> list[str]:
        """Return the addresses of a target. Raises Unresolved, TargetRefused."""
        # No name server is asked, which might lead elsewhere.
        return [*LOOPBACK] if is_localhost(target.host) else await super().addresses(target, bureau)


class Forwarder:
    """Posts the events of one bureau to one URL."""

    def __init__(self, settings: Settings, bureau: BureauCode, url: str) -> None:
        """Read the secret of the bureau, or make one. Raises WrongUsage for a bad URL, StartRefused."""
        self._sender = WebhookSender(LocalTargets())
        self._url = url
        try:
            self._sender.targets.parse(url)
        except TargetRefused as refused:
            raise WrongUsage(f"--forward-to {url[:200]}: {refused.detail}") from refused
        self.webhook = _webhook_of(settings, bureau)

    async def post(self, number: str, body: bytes) -> Delivery:
        """Post an event once."""
        headers = headers_signed_now(f"{number}-{self.webhook.id}", body, self.webhook.secret)
        started = time.perf_counter()
        outcome = await self._sender.post(self._url, headers, body)
        return Delivery(outcome, round((time.perf_counter() - started) * 1000, 1))


def _webhook_of(settings: Settings, bureau: BureauCode) -> LocalWebhook:
    """Return the webhook of a bureau, which is made the first time. Raises StartRefused."""
    state_dir = settings.state_dir
    file = state_dir.local_webhooks
    with state_dir.locked():
        try:
            known = msgspec.json.decode(file.read_bytes(), type=dict[str, LocalWebhook]) if file.exists() else {}
        except (OSError, msgspec.DecodeError) as error:
            raise StartRefused(f"{file} cannot be read: restore or remove the file") from error
        if bureau not in known:
            known[bureau] = LocalWebhook(uuid7(datetime.now(UTC)), new_secret())
            write_secret(file, msgspec.json.encode(known))
    return known[bureau]
