"""Who asks the public register too often gets 429, and adds nothing to the audit log."""

from datetime import timedelta

import pytest

from gateway.public_quota import PublicQuota
from tests.gateway.public_works.conftest import ROOT, WorksWorld
from tests.support import problem_of

GALLERY, LIBRARY = "203.0.113.7", "198.51.100.9"
STORM = {"title": "harbour storm"}


async def test_a_question_too_many_is_refused_with_what_to_do(world: WorksWorld) -> None:
    """By search and statement alike; the log has a leaf of each question that was answered, and no other."""
    async with world.client(address=GALLERY, public_quota=PublicQuota(in_all=100, of_an_address=3)) as gallery:
        for _ in range(3):
            assert (await gallery.get(f"{ROOT}/search", params=STORM)).status_code == 200
        leaves = await world.rows("audit_leaves")
        for refused in (
            await gallery.get(f"{ROOT}/search", params=STORM),
            await gallery.post(f"{ROOT}/statements", json=STORM),
        ):
            assert problem_of(refused) == (429, "too-many-questions")
            assert (refused.headers["retry-after"], refused.headers["access-control-allow-origin"]) == ("1200", "*")
            assert "wait 1200 s, and then ask one every 1200 s at most" in refused.json()["detail"]
        assert await world.rows("audit_leaves") == leaves
        world.clock.advance(timedelta(seconds=1200))
        assert (await gallery.get(f"{ROOT}/search", params=STORM)).status_code == 200


@pytest.mark.thorough
async def test_what_makes_no_leaf_is_not_counted(world: WorksWorld) -> None:
    """What is refused before it reaches the service."""
    async with world.client(address=LIBRARY, public_quota=PublicQuota(in_all=100, of_an_address=1)) as library:
        await library.options(f"{ROOT}/search")
        assert (await library.post(f"{ROOT}/search", json=STORM)).status_code == 405
        assert (await library.post(f"{ROOT}/statements", json={"title": "x" * 20_000})).status_code == 413
        assert (await library.get(f"{ROOT}/search", params=STORM)).status_code == 200
