"""The process that decodes and compares pictures: confined, and not brought down by what it reads."""

import asyncio
import contextlib
import io
from collections import Counter
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
LARGE = file_of(work().draw().resize((2800, 2600)))


@pytest.fixture
async def reader() -> AsyncIterator[LikenessReader]:
    opened = LikenessReader("cultural-property")
    yield opened
    await opened.close()


async def seek(reader: LikenessReader, file: bytes, sender: str = "FR") -> SoughtPicture:
    with reader.turn(sender) as turn:
        return await reader.seek(file, turn)


def shown(picture: Picture) -> Shown:
    return Shown(picture.jpeg, picture.width, picture.height)


@pytest.mark.thorough
async def test_a_photograph_is_described_sought_compared_and_shown(reader: LikenessReader) -> None:
    """Each step is one message to a process that may do nothing else."""
    stored = await reader.read(file_of(work().draw()), "NL")
    with reader.turn("FR") as turn:
        sought = await reader.seek(ASKED, turn)
    other = await reader.read(file_of(work("carpet").draw()), "NL")
    candidates = [Candidate(each.description, is_mirrored=False) for each in (stored, other)]
    with reader.turn("FR") as turn:
        scores = await reader.compare(sought.points, candidates, turn)
        assert await reader.compare(sought.points, [], turn) == []
        pairs = await reader.pairs(shown(sought.picture), shown(stored), turn)
        png = await reader.png(shown(sought.picture), shown(stored), pairs, turn)
    assert [is_hit(score) for score in scores] == [True, False]
    assert len(pairs) > 20
    with Image.open(io.BytesIO(png)) as opened:
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
            await seek(reader, file)
    with pytest.raises(TooFewPoints, match="0 points"):
        await seek(reader, file_of(plain()))
    assert len((await seek(reader, ASKED)).points) == 200


@pytest.mark.thorough
def test_damaged_files_are_refused_or_read() -> None:
    """Whatever byte is changed."""

    async def seek_all(damaged: list[bytes]) -> None:
        reader = LikenessReader("cultural-property")
        for file in damaged:
            with contextlib.suppress(ImageUnusable, TooFewPoints):
                assert isinstance(await seek(reader, file), SoughtPicture)
        await reader.close()

    @settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow], deadline=None)
    @given(st.lists(st.tuples(st.integers(0, len(ASKED) - 1), st.integers(0, 255)), min_size=5, max_size=5))
    def check(changes: list[tuple[int, int]]) -> None:
        asyncio.run(seek_all([ASKED[:place] + bytes((value,)) + ASKED[place + 1 :] for place, value in changes]))

    check()


@pytest.mark.thorough
async def test_a_bureau_waits_for_one_picture_of_each_other_at_most(reader: LikenessReader) -> None:
    """However many the others send; and once, as a picture is decoded and compared in one turn."""
    steps = list[str]()

    async def search(bureau: str, file: bytes) -> None:
        with reader.turn(bureau) as turn:
            sought = await reader.seek(file, turn)
            steps.append(bureau)
            candidates = [Candidate(sought.points.to_bytes(), is_mirrored=False)]
            await reader.compare(sought.points, candidates, turn)
            steps.append(bureau)

    await search("SE", ASKED)
    flood = [asyncio.create_task(search(bureau, LARGE)) for _ in range(4) for bureau in ("FR", "DE", "IT", "PL")]
    await asyncio.sleep(0)
    steps.clear()
    await search("ES", ASKED)
    assert max(Counter(steps[:-2]).values()) == 2
    assert steps[-2:] == ["ES", "ES"]
    await asyncio.gather(*flood)
    assert steps[::2] == steps[1::2]
    assert Counter(steps) == {"FR": 8, "DE": 8, "IT": 8, "PL": 8, "ES": 2}
