"""Requests to the token endpoint, and the code of a refusal."""

from typing import Any

import httpx

from shared.identity import ORDINARY_PURPOSES, PURPOSE_SCOPES
from tests.gateway.accounts import PASSWORD, SECRET

OFFICER = {"grant_type": "password", "username": "fr.officer", "password": PASSWORD}
PROGRAM = {"grant_type": "client_credentials", "client_id": "fr.system", "client_secret": SECRET}
# The purposes of a token if no purpose is asked for.
ORDINARY = tuple(PURPOSE_SCOPES[purpose] for purpose in ORDINARY_PURPOSES)
WRONG = OFFICER | {"password": "fifteen herons"}


async def ask(client: httpx.AsyncClient, form: dict[str, str], **options: Any) -> httpx.Response:
    return await client.post("/oauth/token", data=form, **options)


def refusal_of(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["cache-control"] == "no-store"
    return response.status_code, response.json()["error"]
