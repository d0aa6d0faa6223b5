"""Requests to the public notices API."""

from typing import Any

import httpx

BASE = "http://gateway/notices/v1"


async def get(client: httpx.AsyncClient, path: str, **query: Any) -> Any:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    return answer.json()
