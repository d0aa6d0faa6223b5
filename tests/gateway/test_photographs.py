"""The largest photograph goes through gateway and service, and comes back as a small picture without metadata."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from deploy.state.settings import Settings
from services.notices import SERVICE
from shared.clock import FixedClock
from shared.images.photograph_files import MAX_FILE_BYTES
from shared.images.picture import MAX_PICTURE_BYTES
from tests.gateway.mesh import Mesh, client_of
from tests.services.notices.examples import complete
from tests.shared.images.files import SECRET, exif_of, opened, saved
from tests.support import problem_of

PATH = "/api/notices"
JPEG = {"Content-Type": "image/jpeg"}
BODY_LIMIT = Settings.model_fields["body_limit"].default


@pytest.fixture
async def officer(clock: FixedClock, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with AsyncExitStack() as stack:
        mesh = Mesh(clock)
        await mesh.start(SERVICE, tmp_path, stack, number=100)
        client = await stack.enter_async_context(client_of(mesh.gateway(SERVICE, body_limit=BODY_LIMIT)))
        client.headers.update(mesh.bearer("FR", *SERVICE.scopes))
        yield client


def noisy() -> bytes:
    """Return a photograph of nearly three megabytes that cannot be compressed, with a place in its Exif."""
    noise = np.random.default_rng(247).integers(0, 256, (1000, 1000, 3), np.uint8)
    file = saved(Image.fromarray(noise), quality=95, subsampling=0, exif=exif_of(6))
    assert len(file) < MAX_FILE_BYTES
    return file + bytes(MAX_FILE_BYTES - len(file))


@pytest.mark.thorough
async def test_the_largest_photograph_is_added_and_read(officer: httpx.AsyncClient) -> None:
    """The gateway passes on a picture that nobody stores or takes for something else."""
    notice = (await officer.post(PATH, json=complete("red"))).json()["id"]
    file = noisy()
    assert SECRET in file
    added = await officer.post(f"{PATH}/{notice}/photographs", content=file, headers=JPEG)
    assert added.status_code == 201, added.text
    for path, longest in ((added.headers["location"], 1000), (f"{added.headers['location']}/thumbnail", 160)):
        shown = await officer.get(path)
        assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
        assert (shown.headers["cache-control"], shown.headers["x-content-type-options"]) == ("no-store", "nosniff")
        assert shown.headers["i247-handling"] == "OFFICIAL_USE"
        assert max(opened(shown.content).size) == longest
        assert len(shown.content) <= MAX_PICTURE_BYTES
        assert SECRET not in shown.content
    deleted = await officer.delete(added.headers["location"])
    assert (deleted.status_code, deleted.json()["photographs"]) == (200, [])
    assert problem_of(await officer.get(added.headers["location"])) == (404, "not-found")


async def test_one_byte_more_is_refused_with_the_limit(officer: httpx.AsyncClient) -> None:
    """By the service."""
    notice = (await officer.post(PATH, json=complete("red"))).json()["id"]
    refused = await officer.post(f"{PATH}/{notice}/photographs", content=noisy() + b"x", headers=JPEG)
    assert problem_of(refused) == (413, "too-large")
    assert f"{MAX_FILE_BYTES:,}" in refused.json()["detail"]
