"""What the commands have in common that check a file with the root's public key, and need no network and no mesh.

What they print comes from strangers, so nothing of it reaches the terminal but characters that can be printed.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Final

from deploy.state.settings import Settings
from deploy.state.state_dir import StateDir
from shared.crypto.ed25519 import VerifyingKey, decode_base64url
from shared.protocol.check_report import Finding

FITS: Final = 0
DOES_NOT_FIT: Final = 1
WRONG_USAGE: Final = 2
MAX_ROOT_FILE: Final = 1_000


class NotUsable(Exception):
    """What was given on the command line cannot be used; the message says what and why."""


def add_root_option(parser: argparse.ArgumentParser) -> None:
    """Let the root's public key be given."""
    parser.add_argument(
        "--root", metavar="FILE_OR_KEY", help="the root's public key, or its file (default: root.pub of I247_HOME)"
    )


def check(
    settings: Settings, options: argparse.Namespace, judge: Callable[[VerifyingKey], tuple[bool, Iterator[str]]]
) -> int:
    """Print the lines of a judgement that trusts the root; return 0 if all fits, 1 if not, 2 for wrong usage."""
    try:
        fits, lines = judge(read_root(options.root, StateDir(settings.home).root_public_key))
    except NotUsable as error:
        print(f"i247: {error}", file=sys.stderr)
        return WRONG_USAGE
    for line in lines:
        print(line)
    return FITS if fits else DOES_NOT_FIT


def listed(found: Sequence[Finding], otherwise: str = ": this proves nothing") -> Iterator[str]:
    """Return a line for each thing that was checked, and what to make of all."""
    for each in found:
        yield printable(f"{_verdict(each)}  {each.check}: {each.says}")
    wrong, undecided = sum(each.is_wrong for each in found), sum(each.is_open for each in found)
    if wrong:
        yield f"{wrong} of {len(found)} do not fit{otherwise}"
    else:
        yield f"{undecided} of {len(found)} cannot be told, the others fit" if undecided else "all fits"


def _verdict(found: Finding) -> str:
    if found.is_open:
        return "open "
    return "fits " if found.ok else "WRONG"


def printable(text: str) -> str:
    """Return a text on one line, with an escape for each character that a terminal would obey and not show."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def read_root(given: str | None, default: Path) -> VerifyingKey:
    """Return the root's public key, given itself or by its file. Raises NotUsable."""
    file = default if given is None else Path(given)
    try:
        text = given if given is not None and not file.is_file() else read_file(file, MAX_ROOT_FILE).decode().strip()
        return VerifyingKey(decode_base64url(text))
    except NotUsable as error:
        raise NotUsable(f"{error}: give the root's public key with --root") from error
    except (ValueError, OSError) as error:
        raise NotUsable(f"{printable(str(given or file))[:200]} is no public key, nor a file that holds one") from error


def read_file(file: Path, limit: int) -> bytes:
    """Return the first bytes of a file, `limit` at the most. Raises NotUsable."""
    with opened(file) as stream:
        return stream.read(limit)


@contextmanager
def opened(file: Path) -> Iterator[BufferedReader]:
    """Open a file to read it. Raises NotUsable, also for what fails while it is read."""
    try:
        with _open(file) as stream:
            yield stream
    except OSError as error:
        raise NotUsable(f"{printable(str(file))} cannot be read ({error.strerror})") from error


def _open(file: Path) -> BufferedReader:
    try:
        return file.open("rb")
    except ValueError as error:
        raise NotUsable(f"{printable(str(file))} cannot be read (no file has such a name)") from error
