"""Posts to webhooks, signed after the Standard Webhooks specification, version 1.0 (standardwebhooks.com).

It follows no redirect, reads only the status of an answer, and keeps no connection: each attempt checks the address of
the target again.
"""

import asyncio
import base64
import hashlib
import hmac
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Final

from gateway.messages.webhooks.targets import Target, TargetRefused, Targets, Unresolved
from shared.bureaus import EXPECTED
from shared.errors import Busy
from shared.fair_queue import FairQueue

if TYPE_CHECKING:
    from gateway.outbound import OutboundClient, OutboundRequest

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - marks secrets, and is none
SECRET_BYTES: Final = 32
ANSWER_SECONDS: Final = 5.0
# Short enough to try the next address of a name.
CONNECT_SECONDS: Final = 2.0
MAX_POSTING: Final = 32
# Of one bureau: each of its webhooks waits once, and a few trials.
MAX_WEBHOOKS: Final = 20
MAX_TRIALS: Final = 4
_WAITING: Final = MAX_WEBHOOKS + MAX_TRIALS
# With these outcomes nothing was posted: the next address is tried.
ASK_NEXT_ADDRESS: Final = ("unreachable", "tls")
GONE: Final = "410"


class WebhookSender:
    """Posts to the webhooks of all bureaus of a gateway."""

    def __init__(self, targets: Targets) -> None:
        self.targets = targets
        self._queue = FairQueue(MAX_POSTING, waiting_per_lane=_WAITING, waiting=_WAITING * len(EXPECTED))
        self._trials: Counter[str] = Counter()
        self._client: OutboundClient | None = None

    @asynccontextmanager
    async def turn(self, bureau: str) -> AsyncIterator[None]:
        """Wait until a bureau may post: bureaus share the workers fairly. Raises LaneFull."""
        with self._queue.place(bureau) as turn:
            await turn
            yield

    @contextmanager
    def trial(self, bureau: str) -> Iterator[None]:
        """Count a trial of a bureau until the block ends. Raises Busy."""
        if self._trials[bureau] >= MAX_TRIALS:
            raise Busy(f"{MAX_TRIALS} tests of your bureau are running: wait until one has ended")
        self._trials[bureau] += 1
        try:
            yield
        finally:
            self._trials[bureau] -= 1

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, *, bureau: str = "") -> str:
        """Post a body for a bureau; return the status of the answer, or why there is none."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                target = self.targets.parse(url)
                return await self._post(target, await self.targets.addresses(target, bureau), headers, body)
        except TimeoutError:
            return "timeout"
        except TargetRefused:
            return "refused-target"
        except Unresolved:
            return "unresolved"

    async def _post(self, target: Target, addresses: list[str], headers: Mapping[str, str], body: bytes) -> str:
        from gateway.outbound import OutboundClient, RequestFailed

        if self._client is None:
            self._client = OutboundClient()
        outcome = "unreachable"
        for address in addresses:
            try:
                answer = await self._client.ask(
                    _request(target, address, headers, body), seconds=ANSWER_SECONDS, connect_seconds=CONNECT_SECONDS
                )
            except RequestFailed as failed:
                outcome = failed.reason
                if outcome not in ASK_NEXT_ADDRESS:
                    break
            else:
                return str(answer.status)
        return outcome


def headers_signed_now(message_id: str, body: bytes, secret: str) -> dict[str, str]:
    """Return the headers of a body that is signed as of now, by the clock of the machine.

    A receiver compares that time with its own clock, which does not move when the clock of a mesh for tests does.
    """
    return signed_headers(message_id, int(time.time()), body, secret)


def signed_headers(message_id: str, timestamp: int, body: bytes, secret: str) -> dict[str, str]:
    """Return the headers of a body that is signed with the secret of a webhook."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signature = hmac.digest(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }


def new_secret() -> str:
    """Return a random key as its owner sees it."""
    return SECRET_PREFIX + base64.b64encode(os.urandom(SECRET_BYTES)).decode()


def is_success(outcome: str) -> bool:
    """Return whether an outcome means that the event was accepted."""
    return len(outcome) == 3 and outcome.startswith("2")


def is_answer(outcome: str) -> bool:
    """Return whether the target answered at all."""
    return outcome.isdecimal()


def _request(target: Target, address: str, headers: Mapping[str, str], body: bytes) -> "OutboundRequest":
    from httpcore import URL

    from gateway.outbound import OutboundRequest

    more = {"host": target.authority, "content-type": "application/json", "user-agent": "i247-webhooks/1"}
    url = URL(scheme=target.scheme, host=address, port=target.port, target=target.path)
    # The certificate is that of the name, not of the address.
    return OutboundRequest("POST", url, {**headers, **more}, body, server_name=target.host)
