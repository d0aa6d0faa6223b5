"""`python -m tests.browser.pictures`: takes the pictures of the console for the documents, from a console that runs.

It starts a mesh with examples, lets something happen on it (`scenes.py`), and takes each page of `console_pages.py` in
light, in dark, in Arabic, and as it is printed. Names of pages select some: `python -m tests.browser.pictures search`.
"""

import argparse
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from PIL import Image
from playwright.sync_api import Browser, Page

from tests.browser import scenes
from tests.browser.chromium import started
from tests.browser.console_pages import PAGES, ConsolePage
from tests.browser.officers import SCREEN, Officers
from tests.system.mesh import PROJECT, RunningMesh, running_mesh

FOLDER: Final = PROJECT / "docs" / "images" / "console"
VARIANTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "arabic": {"locale": "ar"},
    # As wide as a sheet of A4.
    "print": {"viewport": {"width": 794, "height": 1123}},
}
MAX_BYTES: Final = 60_000
COLOURS: Final = (128, 64, 32, 16)
# What the page loads after it is shown, such as its other parts.
SETTLE_MILLISECONDS: Final = 500


def take(browser: Browser, mesh: RunningMesh, shown: Iterable[ConsolePage], folder: Path) -> list[Path]:
    """Take each variant of some pages, and return the files."""
    with ExitStack() as stack:
        officers = Officers(browser, mesh, {}, stack)
        return [
            _save(_picture(officers, mesh, each, name), folder / f"{each.name}-{name}.webp")
            for each in shown
            for name in VARIANTS
        ]


def _picture(officers: Officers, mesh: RunningMesh, shown: ConsolePage, variant: str) -> bytes:
    context = officers.context(shown.bureau, shown.role, **{"viewport": SCREEN, **VARIANTS[variant]})
    page: Page = context.new_page()
    page.goto(shown.address_at(mesh))
    page.wait_for_selector(shown.settled)
    page.wait_for_timeout(SETTLE_MILLISECONDS)
    if variant == "print":
        page.emulate_media(media="print")
    picture = page.screenshot()
    context.close()
    return picture


def _save(picture: bytes, file: Path) -> Path:
    """Write a picture with as many colours as its size allows."""
    image = Image.open(BytesIO(picture)).convert("RGB")
    for colours in COLOURS:
        image.quantize(colours, dither=Image.Dither.NONE).convert("RGB").save(file, lossless=True, method=4)
        if file.stat().st_size < MAX_BYTES:
            return file
    raise RuntimeError(f"{file} has {file.stat().st_size} bytes, more than {MAX_BYTES}")


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="*", help="of these names alone")
    wanted = parser.parse_args().pages
    FOLDER.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder, running_mesh(Path(folder) / "var", "--examples") as mesh, started() as browser:
        scenes.play(mesh)
        taken = take(browser, mesh, [each for each in PAGES if not wanted or each.name in wanted], FOLDER)
    print(f"{len(taken)} pictures in {FOLDER}, {sum(file.stat().st_size for file in taken) // 1000} kB")


if __name__ == "__main__":
    main()
