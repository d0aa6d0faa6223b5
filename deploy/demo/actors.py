"""The actors of the story: officers who send HTTP requests and verify the signatures of the answers."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from deploy.state.gateway import fault_in, fault_of
from shared.bureaus import BureauCode, name_of
from shared.clock import Clock
from shared.protocol.directory import Directory
from shared.protocol.envelope import SIGNATURE_HEADER, EnvelopeRefused, ReplyHead
from shared.protocol.verifier import Verifier

TIMEOUT_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.05


class StoryFailed(Exception):
    """A step of the story failed."""


@dataclass(frozen=True, slots=True)
class VerifiedAnswer:
    """A verified answer of a service, with its signed head."""

    status: int
    body: Any
    head: ReplyHead
    signature: str = field(repr=False)
    content: bytes = field(repr=False)

    @property
    def signed(self) -> str:
        """The signature in words."""
        return f"answer {self.status} signed by {self.head.sender} for {self.head.to}, key {self.head.kid[:8]}"


@dataclass
class Officer:
    """An officer of a bureau, who sends requests to the gateway with a token and a purpose."""

    bureau: BureauCode
    client: httpx.AsyncClient
    token: str = field(repr=False)
    directory: Directory
    clock: Clock
    purpose: str = "criminal-investigation"
    """The purpose of requests that state none."""

    @property
    def country(self) -> str:
        """The name of the bureau's country."""
        return name_of(self.bureau)

    async def get(self, path: str, *, purpose: str = "", **query: Any) -> VerifiedAnswer:
        """Send a GET request."""
        return await self.call("GET", path, purpose=purpose, params=query)

    async def post(self, path: str, body: Any = None, **options: Any) -> VerifiedAnswer:
        """Send a POST request with a JSON body."""
        return await self.call("POST", path, json=body, **options)

    async def call(self, method: str, path: str, *, purpose: str = "", **options: Any) -> VerifiedAnswer:
        """Send a request to the gateway and verify the service's signature on its answer. Raises StoryFailed."""
        response = await self.ask(method, path, purpose=purpose, **options)
        signature, service = response.headers.get(SIGNATURE_HEADER), path.split("/")[2].partition("?")[0]
        if signature is None:
            raise StoryFailed(
                f"{method} {path} was answered {response.status_code} by the gateway itself: {fault_of(response)}"
            )
        verifier = Verifier(self.bureau, self.directory, self.clock)
        try:
            head = verifier.verify(ReplyHead, signature, response.content, sender=service)
        except EnvelopeRefused as refused:
            raise StoryFailed(f"the answer to {method} {path} does not verify: {refused}") from refused
        return VerifiedAnswer(response.status_code, response.json(), head, signature, response.content)

    async def ask(self, method: str, path: str, *, purpose: str = "", **options: Any) -> httpx.Response:
        """Send a request and return the answer unverified, such as of the gateway itself."""
        headers = {
            "Authorization": f"Bearer {self.token}",
            "I247-Purpose": purpose or self.purpose,
            **options.pop("headers", {}),
        }
        return await self.client.request(method, path, headers=headers, timeout=TIMEOUT_SECONDS, **options)

    async def until(self, path: str, fits: Callable[[Any], bool]) -> Any:
        """Repeat a request until its answer fits, and return that. Raises StoryFailed after a timeout.

        What is asked for may not have arrived yet.
        """
        found = None
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                while (answer := await self.ask("GET", path)).is_error or not fits(found := answer.json()):
                    found = answer.json()
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError as error:
            last = fault_in(found) or found
            raise StoryFailed(f"{path} did not become what it should be; the last answer was {last}") from error
        return found
