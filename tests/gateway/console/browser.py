"""A browser without scripts, for pages of the console: it follows links, sends forms, and reads what is shown."""

import asyncio
import csv
from collections.abc import Mapping
from datetime import timedelta
from io import StringIO
from typing import Final

import httpx

from gateway.browser_sessions.sessions import Sessions
from gateway.console.cookies import SESSION
from gateway.console.sent_forms import FORM
from gateway.local_services import LOCAL_SERVICES
from services import SERVICES
from shared.bureaus import BureauCode
from shared.identity import HANDLING_CONFIDENTIAL, PURPOSE_PREFIX, PURPOSES, Purpose
from tests.gateway.console.markup import Markup
from tests.gateway.mesh import Mesh

PATIENCE: Final = 10.0
# What a browser states of a form and of a link of the same site.
FROM_HERE: Final = {"Sec-Fetch-Site": "same-origin"}
AS_PART: Final = {"HX-Request": "true", "HX-Request-Type": "partial"}


class Browser:
    """The browser of one officer."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        client.headers.update(FROM_HERE)

    async def begin(self, mesh: Mesh, bureau: BureauCode, *scopes: str, officer: str = "") -> None:
        """Begin a session without a password, with some scopes or all of an officer; they may name a purpose."""
        every = [scope for service in (*SERVICES, *LOCAL_SERVICES) for scope in service.scopes]
        named = (PURPOSES[scope.removeprefix(PURPOSE_PREFIX)] for scope in scopes if scope.startswith(PURPOSE_PREFIX))
        purpose, officer = next(named, Purpose.CRIMINAL_INVESTIGATION), officer or f"{bureau.lower()}.officer"
        token = mesh.token_of(officer, bureau, *(scopes or (*every, HANDLING_CONFIDENTIAL)), purpose=purpose)
        sessions = Sessions(mesh.mailbox_host, timedelta(minutes=30))
        session = await sessions.begin(bureau, officer, token, purpose)
        self._client.cookies.set(SESSION, session.cookie, domain="gateway.local")

    async def get(self, path: str, **parameters: str) -> httpx.Response:
        """Open an address."""
        return await self._client.get(path, params=parameters or None)

    async def get_part(self, path: str, **parameters: str) -> httpx.Response:
        """Ask for a part of a page, as its script does."""
        return await self._client.get(path, params=parameters or None, headers=AS_PART)

    async def ask(self, method: str, path: str, headers: Mapping[str, str], **fields: str) -> httpx.Response:
        """Send a form as a script does that states more in headers."""
        return await self._client.request(method, path, data=fields or None, headers={"Content-Type": FORM, **headers})

    async def send_part(self, path: str, **fields: str) -> httpx.Response:
        """Send a form for a part of a page, as its script does."""
        return await self._client.post(path, data=fields, headers=AS_PART)

    async def send(self, path: str, **fields: str | list[str]) -> httpx.Response:
        """Send a form."""
        # As a browser states it, also of a form without fields.
        return await self._client.post(path, data=fields, headers={"Content-Type": FORM})

    async def attach(self, path: str, *files: tuple[str, bytes], **fields: str | list[str]) -> httpx.Response:
        """Send a form with files, chosen in its field `attachments`; without any as browsers do, with an empty one."""
        chosen = [("attachments", file) for file in files or [("", b"")]]
        return await self._client.post(path, data=fields, files=chosen)

    async def until(self, path: str, text: str) -> httpx.Response:
        """Open an address again and again until its text has some words."""
        async with asyncio.timeout(PATIENCE):
            while text not in text_of(answer := await self.get(path)):  # noqa: ASYNC110 - no signal
                await asyncio.sleep(0.01)
        return answer

    @property
    def cookies(self) -> str:
        """The header with its cookies."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._client.cookies.jar)

    async def post_raw(self, path: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """Send a body as no browser does."""
        return await self._client.post(path, content=body, headers=headers)

    async def upload(self, path: str, files: dict[str, bytes], media: str = "", **fields: str) -> httpx.Response:
        """Send a form with files, of a media type if one is given."""
        sent = {name: (name, file, media) if media else (name, file) for name, file in files.items()}
        return await self._client.post(path, data=fields, files=sent)


def rows_of(answer: httpx.Response) -> list[dict[str, str]]:
    """Return the lines of a CSV file, each by the names of its columns."""
    return [*csv.DictReader(StringIO(answer.content.decode("utf-8-sig")))]


def text_of(answer: httpx.Response) -> str:
    """Return the text of a page, each run of spaces as one."""
    return " ".join(" ".join(Markup(answer.text).texts).split())
