"""A client of the gateway for commands that act as an officer of a bureau, with a token and a purpose."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx

from deploy.provisioning.tokens import demo_token
from deploy.state.errors import StartRefused, WrongUsage
from deploy.state.gateway import client_of, no_mesh_at
from deploy.state.settings import Settings
from shared.identity import Purpose
from shared.suggestions import unknown

TIMEOUT_SECONDS: Final = 60.0


class _Unanswered(StartRefused):
    """No gateway answers. Where a client is opened, it is known what to do about that."""


@asynccontextmanager
async def officer_client(
    settings: Settings, bureau: str, purpose: str = "criminal-investigation", *, role: str = "officer"
) -> AsyncIterator[httpx.AsyncClient]:
    """Open a client of the gateway with the rights of a demo officer.

    Raises StartRefused, WrongUsage, UnknownBureau.
    """
    if purpose not in list(Purpose):
        raise WrongUsage(f"no purpose is called {unknown(purpose, list(Purpose))}")
    headers = {"Authorization": f"Bearer {demo_token(settings, bureau, role)}", "I247-Purpose": purpose}
    async with client_of(settings, headers=headers, timeout=TIMEOUT_SECONDS) as client:
        try:
            yield client
        except (_Unanswered, httpx.ConnectError) as unanswered:
            raise no_mesh_at(settings) from unanswered


async def ask(client: httpx.AsyncClient, method: str, path: str, **options: Any) -> httpx.Response:
    """Send a request, and return its answer whatever the status. Raises StartRefused if there is none."""
    try:
        return await client.request(method, path, **options)
    except httpx.HTTPError as error:
        raise _Unanswered(f"no mesh answers at {client.base_url}") from error
