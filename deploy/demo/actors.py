"""Those who act in the story: officers who speak HTTP, and see for themselves who signed what they are told."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from shared.bureaus import BureauCode, name_of
from shared.clock import Clock
from shared.protocol.directory import Directory
from shared.protocol.envelope import SIGNATURE_HEADER, EnvelopeRefused, ReplyHead, Verifier

PATIENCE_SECONDS: Final = 60.0
ASK_AGAIN_SECONDS: Final = 0.05


class StoryFailed(Exception):
    """Something in the story was not as it should be."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A verified answer, and who signed it for whom."""

    status: int
    body: Any
    head: ReplyHead
    signature: str = field(repr=False)
    content: bytes = field(repr=False)

    @property
    def signed(self) -> str:
        """Who signed, in words."""
        return f"answer {self.status} signed by {self.head.sender} for {self.head.to}, key {self.head.kid[:8]}"


@dataclass
class Officer:
    """An officer of a bureau, who calls the gateway with a token and a purpose."""

    bureau: BureauCode
    client: httpx.AsyncClient
    token: str = field(repr=False)
    directory: Directory
    clock: Clock
    purpose: str = "security-check"
    """Of what states none."""

    @property
    def country(self) -> str:
        """The name of the bureau's country."""
        return name_of(self.bureau)

    async def get(self, path: str, *, purpose: str = "", **query: Any) -> Answer:
        """Read or search."""
        return await self.call("GET", path, purpose=purpose, params=query)

    async def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        """Enter or change something."""
        return await self.call("POST", path, json=body, **options)

    async def call(self, method: str, path: str, *, purpose: str = "", **options: Any) -> Answer:
        """Send a request to the gateway and verify the service's signature on its answer. Raises Miss."""
        response = await self.ask(method, path, purpose=purpose, **options)
        signature, service = response.headers.get(SIGNATURE_HEADER), path.split("/")[2].partition("?")[0]
        if signature is None:
            raise StoryFailed(
                f"{method} {path} was answered {response.status_code} by the gateway itself: {response.text}"
            )
        verifier = Verifier(self.bureau, self.directory, self.clock)
        try:
            head = verifier.open(ReplyHead, signature, response.content, sender=service)
        except EnvelopeRefused as refused:
            raise StoryFailed(f"the answer to {method} {path} does not verify: {refused}") from refused
        return Answer(response.status_code, response.json(), head, signature, response.content)

    async def ask(self, method: str, path: str, *, purpose: str = "", **options: Any) -> httpx.Response:
        """Send a request that the gateway answers itself, as all about messages, or whose answer is still to verify."""
        headers = {
            "Authorization": f"Bearer {self.token}",
            "I247-Purpose": purpose or self.purpose,
            **options.pop("headers", {}),
        }
        return await self.client.request(method, path, headers=headers, timeout=PATIENCE_SECONDS, **options)

    async def until(self, path: str, fits: Callable[[Any], bool]) -> Any:
        """Ask the gateway until its answer fits, and return it. Raises Miss when that takes too long."""
        found = None
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not fits(found := (await self.ask("GET", path)).json()):  # noqa: ASYNC110 - it is elsewhere
                    await asyncio.sleep(ASK_AGAIN_SECONDS)
        except TimeoutError as error:
            raise StoryFailed(f"{path} did not become what it should be; the last answer was {found}") from error
        return found
