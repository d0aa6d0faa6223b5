"""The largest image goes through gateway, envelope and service; one pixel or byte more is refused with the limit."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from deploy.broker.server_configuration import MAX_PAYLOAD_BYTES
from deploy.state.settings import Settings
from services.fingerprints import SERVICE
from services.fingerprints.extraction import Extractor
from services.fingerprints.image_headers import MAX_BYTES, MAX_HEIGHT, MAX_WIDTH
from services.fingerprints.minutiae import Template
from shared.clock import FixedClock
from shared.transport.nats import HEADER_OVERHEAD
from tests.gateway.mesh import Mesh, client_of
from tests.services.fingerprints.samples import CASE, drawn
from tests.services.fingerprints.test_images import saved
from tests.support import problem_of

PATH = "/api/fingerprints"
PNG = {"Content-Type": "image/png"}
BODY_LIMIT = Settings.model_fields["body_limit"].default


def noise(width: int, height: int) -> bytes:
    """Return an 8-bit PNG whose pixels are stored as they are, as those of noise must be."""
    pixels = np.random.default_rng(247).integers(0, 256, (height, width), np.uint8)
    return saved(pixels, compress_level=0)


@pytest.fixture
async def officer(
    clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    async def template(*_: Any) -> Template:
        return drawn(7).template

    # The largest image takes half a minute of a core; its header is read, and its bytes are stored.
    monkeypatch.setattr(Extractor, "template", template)
    async with AsyncExitStack() as stack:
        mesh = Mesh(clock)
        await mesh.start(SERVICE, tmp_path, stack, number=100)
        client = await stack.enter_async_context(client_of(mesh.gateway(SERVICE, body_limit=BODY_LIMIT)))
        client.headers.update(mesh.bearer("FR", *SERVICE.scopes))
        yield client


def test_the_largest_requests_and_answers_fit_into_what_carries_them() -> None:
    """The limits of image, request and broker agree: two images to compare, with their form, fit into one request."""
    assert len(noise(MAX_WIDTH, MAX_HEIGHT)) <= MAX_BYTES
    assert 2 * MAX_BYTES + 64 * 1024 <= BODY_LIMIT <= MAX_PAYLOAD_BYTES - HEADER_OVERHEAD


@pytest.mark.thorough
async def test_the_largest_image_is_searched_compared_enrolled_and_returned(officer: httpx.AsyncClient) -> None:
    """None of it can be compressed."""
    largest = noise(MAX_WIDTH, MAX_HEIGHT)
    found = await officer.post(f"{PATH}/identification", content=largest, headers=PNG)
    assert found.status_code == 200, found.text
    compared = await officer.post(f"{PATH}/verification", files={"first": largest, "second": largest})
    assert (compared.status_code, compared.json().get("match")) == (200, True)
    record = (await officer.post(PATH, json=CASE)).json()["id"]
    enrolled = await officer.post(f"{PATH}/{record}/impressions?position=2", content=largest, headers=PNG)
    assert enrolled.status_code == 201, enrolled.text
    assert (await officer.get(enrolled.headers["location"])).content == largest


@pytest.mark.thorough
async def test_one_pixel_or_byte_more_is_refused_with_the_limit(officer: httpx.AsyncClient) -> None:
    """By the service, and beyond the largest request by the gateway."""
    for width, height in ((MAX_WIDTH + 1, MAX_HEIGHT), (MAX_WIDTH, MAX_HEIGHT + 1)):
        refused = await officer.post(f"{PATH}/identification", content=noise(width, height), headers=PNG)
        assert problem_of(refused) == (422, "image-unusable")
        assert f"at most {MAX_WIDTH} x {MAX_HEIGHT}" in refused.json()["detail"]
    for size, problem, limit in (
        (MAX_BYTES + 1, (422, "image-unusable"), f"{MAX_BYTES:,}"),
        (BODY_LIMIT + 1, (413, "too-large"), str(BODY_LIMIT)),
    ):
        refused = await officer.post(f"{PATH}/identification", content=bytes(size), headers=PNG)
        assert problem_of(refused) == problem
        assert limit in refused.json()["detail"]
