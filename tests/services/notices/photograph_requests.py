"""Photographs as requests add and read them: of notices, unless another path is given."""

import httpx

from tests.services.notices.steps import PATH
from tests.shared.images.files import drawn, saved
from tests.support import ServiceClient

JPEG, PNG = {"Content-Type": "image/jpeg"}, {"Content-Type": "image/png"}
FILE = saved(drawn())


async def add(
    service: ServiceClient, record: str, file: bytes = FILE, bureau: str = "FR", path: str = PATH
) -> httpx.Response:
    return await service.officer(bureau).post(f"{path}/{record}/photographs", content=file, headers=JPEG)


async def added(service: ServiceClient, record: str, file: bytes = FILE, path: str = PATH) -> str:
    """Add a photograph, and return its path."""
    answer = await add(service, record, file, path=path)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["Location"])


async def statuses(service: ServiceClient, path: str, bureau: str) -> list[int]:
    """Return how a bureau is answered who asks for a photograph and its thumbnail."""
    reader = service.officer(bureau)
    return [(await reader.get(each)).status_code for each in (path, f"{path}/thumbnail")]
