"""Shared by the commands that verify a file offline with the root's public key."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Final

from deploy.commands.output import Line, Output, add_json, print_lines
from deploy.state.errors import FAILED_EXIT, WrongUsage, tell
from deploy.state.settings import Settings
from shared.crypto.ed25519 import VerifyingKey, decode_base64url
from shared.protocol.check_report import Finding

MAX_ROOT_FILE: Final = 1_000
KEYS: Final = ("message", "check", "result", "detail", "failed", "undecided")


def add_root_option(parser: argparse.ArgumentParser) -> None:
    """Add the option for the root's public key, and that for JSON."""
    add_json(parser, KEYS)
    parser.add_argument(
        "--root", metavar="FILE_OR_KEY", help="the root's public key, or its file (default: root.pub of I247_HOME)"
    )


def check(
    settings: Settings, options: argparse.Namespace, verify: Callable[[VerifyingKey], tuple[bool, Output]]
) -> int:
    """Print the lines of a verification; return 0 if it succeeded, else 1. Raises WrongUsage."""
    default = settings.state_dir.root_public_key
    ok, lines = verify(read_root(options.root, default))
    print_lines(lines, as_json=options.as_json)
    if not ok and options.root is None and not options.as_json:
        tell(f"the root's public key was that in {default}: give the one of another mesh with --root")
    return 0 if ok else FAILED_EXIT


def finding_lines(found: Sequence[Finding], otherwise: str = ": this proves nothing") -> Iterator[Line]:
    """Yield a line for each check, and a conclusion."""
    for each in found:
        verdict = "undecided" if each.is_open else "ok" if each.ok else "FAILED"
        data = {"check": each.check, "result": verdict.lower(), "detail": each.says}
        yield Line(f"{verdict:9}  {each.check}: {each.says}", data)
    failed, undecided = sum(each.is_wrong for each in found), sum(each.is_open for each in found)
    says = "all checks passed"
    if failed:
        says = f"{failed} of {len(found)} checks failed{otherwise}"
    elif undecided:
        says = f"{undecided} of {len(found)} checks are undecided, the others passed"
    yield Line(says, {"message": says, "failed": failed, "undecided": undecided})


def read_root(given: str | None, default: Path) -> VerifyingKey:
    """Return the root's public key, given as text or as a file. Raises WrongUsage."""
    file = default if given is None else Path(given)
    try:
        text = given if given is not None and not file.is_file() else read_file(file, MAX_ROOT_FILE).decode().strip()
        return VerifyingKey(decode_base64url(text))
    except WrongUsage as error:
        raise WrongUsage(f"{error}: give the root's public key with --root") from error
    except (ValueError, OSError) as error:
        raise WrongUsage(f"{str(given or file)[:200]} is neither a public key nor a file with one") from error


def read_file(file: Path, limit: int) -> bytes:
    """Return the first bytes of a file, up to `limit`. Raises WrongUsage."""
    with open_file(file) as stream:
        return stream.read(limit)


@contextmanager
def open_file(file: Path) -> Iterator[BufferedReader]:
    """Open a file to read it. Raises WrongUsage, also if reading fails."""
    try:
        stream = file.open("rb")
    except ValueError as error:
        raise WrongUsage(f"{file!s} cannot be read (no file can have this name)") from error
    except OSError as error:
        raise WrongUsage(f"{file!s} cannot be read ({error.strerror})") from error
    with stream:
        try:
            yield stream
        except OSError as error:
            raise WrongUsage(f"{file!s} cannot be read ({error.strerror})") from error
