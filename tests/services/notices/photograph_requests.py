"""Photographs as requests add and read them."""

import httpx

from tests.services.notices.steps import PATH
from tests.shared.images.files import drawn, saved
from tests.support import ServiceClient

JPEG, PNG = {"Content-Type": "image/jpeg"}, {"Content-Type": "image/png"}
FILE = saved(drawn())


async def add(service: ServiceClient, notice: str, file: bytes = FILE, bureau: str = "FR") -> httpx.Response:
    return await service.officer(bureau).post(f"{PATH}/{notice}/photographs", content=file, headers=JPEG)


async def added(service: ServiceClient, notice: str, file: bytes = FILE) -> str:
    """Add a photograph, and return its path."""
    answer = await add(service, notice, file)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["Location"])


async def statuses(service: ServiceClient, path: str, bureau: str) -> list[int]:
    """Return how a bureau is answered who asks for a photograph and its thumbnail."""
    reader = service.officer(bureau)
    return [(await reader.get(each)).status_code for each in (path, f"{path}/thumbnail")]


def problem_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]
