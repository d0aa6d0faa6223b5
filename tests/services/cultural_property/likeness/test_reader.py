"""The process that decodes and compares pictures: confined, and not brought down by what it reads."""

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from services.cultural_property.likeness.messages import Candidate
from services.cultural_property.likeness.points import points_of
from services.cultural_property.likeness.reader import LikenessReader, SoughtPicture, TooFewPoints
from services.cultural_property.likeness.scoring import is_hit
from services.cultural_property.likeness.side_by_side import HEIGHT, Shown, svg_of, width_of
from shared.images.picture import Picture
from shared.images.refusals import ImageUnusable
from tests.services.cultural_property.likeness.pictures import file_of, plain, retaken, work
from tests.shared.images.files import png_stating

ASKED = file_of(retaken(work(), "snapshot"))


@pytest.fixture
async def reader() -> AsyncIterator[LikenessReader]:
    opened = LikenessReader("cultural-property")
    yield opened
    await opened.close()


def shown(picture: Picture) -> Shown:
    return Shown(picture.jpeg, picture.width, picture.height)


@pytest.mark.thorough
async def test_a_photograph_is_described_sought_compared_and_shown(reader: LikenessReader) -> None:
    """Each step is one message to a process that may do nothing else."""
    stored = await reader.read(file_of(work().draw()), "NL")
    sought = await reader.seek(ASKED, "FR")
    other = await reader.read(file_of(work("carpet").draw()), "NL")
    candidates = [Candidate(each.description, is_mirrored=False) for each in (stored, other)]
    assert [is_hit(score) for score in await reader.compare(sought.points, candidates, "FR")] == [True, False]
    assert await reader.compare(sought.points, [], "FR") == []
    pairs = await reader.pairs(shown(sought.picture), shown(stored), "FR")
    assert len(pairs) > 20
    with Image.open(io.BytesIO(await reader.png(shown(sought.picture), shown(stored), pairs, "FR"))) as opened:
        assert (opened.format, opened.size) == ("PNG", (width_of(shown(sought.picture), shown(stored)), HEIGHT))
    drawn = ElementTree.fromstring(svg_of(shown(sought.picture), shown(stored), pairs))  # noqa: S314 - it was made here
    tags = [each.tag.rpartition("}")[2] for each in drawn.iter()]
    assert (tags.count("image"), tags.count("line"), tags.count("circle")) == (2, len(pairs), 2 * len(pairs))
    assert set(tags) == {"svg", "title", "rect", "image", "line", "circle"}
    assert points_of(stored.description).to_bytes() == stored.description


@pytest.mark.thorough
async def test_hostile_files_are_refused_and_the_next_is_read(reader: LikenessReader) -> None:
    """A decompression bomb, a file cut short, one of another form, and one that shows nothing."""
    for file in (
        png_stating(2**31 - 1, 2**31 - 1),
        ASKED[:900],
        b"<svg onload='alert(1)'/>",
        b"",
        file_of(plain(20, 20)),
    ):
        with pytest.raises(ImageUnusable):
            await reader.seek(file, "FR")
    with pytest.raises(TooFewPoints, match="0 points"):
        await reader.seek(file_of(plain()), "FR")
    assert len((await reader.seek(ASKED, "FR")).points) == 200


@pytest.mark.thorough
def test_damaged_files_are_refused_or_read() -> None:
    """Whatever byte is changed."""

    async def seek_all(damaged: list[bytes]) -> None:
        reader = LikenessReader("cultural-property")
        for file in damaged:
            with contextlib.suppress(ImageUnusable, TooFewPoints):
                assert isinstance(await reader.seek(file, "FR"), SoughtPicture)
        await reader.close()

    @settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow], deadline=None)
    @given(st.lists(st.tuples(st.integers(0, len(ASKED) - 1), st.integers(0, 255)), min_size=5, max_size=5))
    def check(changes: list[tuple[int, int]]) -> None:
        asyncio.run(seek_all([ASKED[:place] + bytes((value,)) + ASKED[place + 1 :] for place, value in changes]))

    check()
