"""Pictures for the tests of the search by pictures, drawn by the project."""

from random import Random

from PIL import Image

from services.cultural_property.synthesis.pictures.retaken import CHANGES, as_jpeg
from services.cultural_property.synthesis.pictures.works import DrawnWork

SEED = 11


def work(style: str = "still life", number: int = 0, detail: int = 0) -> DrawnWork:
    return DrawnWork(style, SEED, number, detail)


def retaken(drawn: DrawnWork, change: str, seed: int = 1) -> Image.Image:
    return CHANGES[change](Random(seed), drawn.draw())  # noqa: S311 - nothing secret is drawn


def file_of(image: Image.Image) -> bytes:
    return as_jpeg(image)


def plain(width: int = 300, height: int = 200) -> Image.Image:
    return Image.new("RGB", (width, height), "gray")
