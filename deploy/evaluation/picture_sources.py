"""The pictures that the search by pictures is measured on: drawn ones, or those of a folder."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final

from deploy.state.errors import WrongUsage
from services.cultural_property.synthesis.pictures.retaken import CHANGES
from services.cultural_property.synthesis.pictures.works import BY_ONE_HAND, STYLES, DrawnWork, work_of

if TYPE_CHECKING:
    from PIL import Image

Change = Callable[[Random, "Image.Image"], "Image.Image"]
SUFFIXES: Final = frozenset((".jpg", ".jpeg", ".png", ".tif", ".tiff"))
MAX_FILES: Final = 100_000
LEFT_OUT: Final = 5
"""One in so many pictures of a folder is not stored, and searched as a stranger."""

_SHOWN_SIDE: Final = 1024
_UNUSED: Final = 1_000
_OTHER_SEED: Final = 7_001


class Pictures(ABC):
    """Pictures that are stored, and others that are not."""

    @abstractmethod
    def __len__(self) -> int:
        """Return how many are stored."""

    @abstractmethod
    def image(self, place: int) -> "Image.Image":
        """Return a picture that is stored."""

    @abstractmethod
    def style(self, place: int) -> str:
        """Return the style of a picture that is stored."""

    @abstractmethod
    def strangers(self, count: int) -> Iterator[tuple[str, str, "Image.Image"]]:
        """Yield pictures that are not stored: of which kind and style, and the picture."""

    def changes(self) -> Mapping[str, Change]:
        """Return how pictures are photographed again."""
        return CHANGES


class DrawnPictures(Pictures):
    """Pictures that are drawn by a seed."""

    def __init__(self, seed: int, count: int) -> None:
        self._seed = seed
        self._count = count

    def __len__(self) -> int:
        """Return how many are stored."""
        return self._count

    def image(self, place: int) -> "Image.Image":
        """Draw a picture: always the same."""
        return work_of(self._seed, place).draw()

    def style(self, place: int) -> str:
        """Return the style of a picture."""
        return work_of(self._seed, place).style

    def strangers(self, count: int) -> Iterator[tuple[str, str, "Image.Image"]]:
        """Yield siblings of what is stored, other works of a hand that has works there, and those of other hands."""
        for number in range(count):
            work = work_of(self._seed, number * self._count // count)
            last = self._count // len(STYLES) // BY_ONE_HAND * BY_ONE_HAND
            yield "sibling", work.style, work.sibling(_UNUSED + number).draw()
            yield "other", work.style, DrawnWork(work.style, _OTHER_SEED, last + number, 0).draw()


class FolderPictures(Pictures):
    """Pictures of a folder, of which one in five is left out of the store."""

    def __init__(self, folder: Path) -> None:
        """Look for the files. Raises WrongUsage."""
        if not folder.is_dir():
            raise WrongUsage(f"{folder} is no folder")
        files = sorted(each for each in folder.rglob("*") if each.suffix.lower() in SUFFIXES and each.is_file())
        if len(files) < LEFT_OUT or len(files) > MAX_FILES:
            raise WrongUsage(
                f"{folder} has {len(files):,} JPEG, PNG or TIFF files, {LEFT_OUT} to {MAX_FILES:,} are needed"
            )
        self._stored = [file for number, file in enumerate(files) if number % LEFT_OUT]
        self._others = files[::LEFT_OUT]

    def __len__(self) -> int:
        """Return how many are stored."""
        return len(self._stored)

    def image(self, place: int) -> "Image.Image":
        """Return a picture. Raises WrongUsage."""
        return _opened(self._stored[place])

    def style(self, place: int) -> str:
        """Return the folder of a picture."""
        return self._stored[place].parent.name

    def strangers(self, count: int) -> Iterator[tuple[str, str, "Image.Image"]]:
        """Yield the pictures that were left out."""
        for file in self._others[:count]:
            yield "other", file.parent.name, _opened(file)


def _opened(file: Path) -> "Image.Image":
    """Return the picture of a file, of the size in which the service stores it. Raises WrongUsage."""
    from PIL import Image, ImageOps

    from shared.images.photograph_files import read_photograph
    from shared.images.refusals import ImageRefused

    try:
        read_photograph(file.read_bytes())
        with Image.open(file) as opened:
            upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (ImageRefused, OSError, ValueError, SyntaxError) as error:
        raise WrongUsage(f"{file} cannot be read ({error}): take it out of the folder") from error
    upright.thumbnail((_SHOWN_SIDE, _SHOWN_SIDE), Image.Resampling.LANCZOS)
    return upright
