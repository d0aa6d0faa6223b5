"""A browser without scripts, for pages of the console: it follows links, sends forms, and reads what is shown."""

from datetime import timedelta
from html.parser import HTMLParser
from typing import Final

import httpx

from gateway.browser_sessions.sessions import Sessions
from gateway.console.cookies import SESSION
from gateway.console.page import FORM
from gateway.local_services import LOCAL_SERVICES
from services import SERVICES
from shared.bureaus import BureauCode
from shared.identity import HANDLING_CONFIDENTIAL, Purpose
from tests.gateway.mesh import Mesh

# What a browser states of a form and of a link of the same site.
FROM_HERE: Final = {"Sec-Fetch-Site": "same-origin"}


class Browser:
    """The browser of one officer."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        client.headers.update(FROM_HERE)

    async def begin(self, mesh: Mesh, bureau: BureauCode, *scopes: str) -> None:
        """Begin a session without a password, with some scopes or all of an officer."""
        every = [scope for service in (*SERVICES, *LOCAL_SERVICES) for scope in service.scopes]
        token = mesh.token(bureau, *(scopes or (*every, HANDLING_CONFIDENTIAL)))
        sessions = Sessions(mesh.mailbox_host, timedelta(minutes=30))
        officer = f"{bureau.lower()}.officer"
        session = await sessions.begin(bureau, officer, token, Purpose.CRIMINAL_INVESTIGATION)
        self._client.cookies.set(SESSION, session.cookie, domain="gateway.local")

    async def get(self, path: str, **parameters: str) -> httpx.Response:
        """Open an address."""
        return await self._client.get(path, params=parameters or None)

    async def send(self, path: str, **fields: str | list[str]) -> httpx.Response:
        """Send a form."""
        # As a browser states it, also of a form without fields.
        return await self._client.post(path, data=fields, headers={"Content-Type": FORM})

    async def upload(self, path: str, **files: tuple[str, bytes, str]) -> httpx.Response:
        """Send a form with files: each has its name, its bytes and its media type."""
        return await self._client.post(path, files=files)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def text_of(answer: httpx.Response) -> str:
    """Return the text of a page, each run of spaces as one."""
    reader = _Text()
    reader.feed(answer.text)
    return " ".join(" ".join(reader.parts).split())
