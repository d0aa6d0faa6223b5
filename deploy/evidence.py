"""The command `i247 evidence verify`: checks a file with the root's public key, and needs no network and no mesh.

What it prints comes from strangers, so nothing of it reaches the terminal but characters that can be printed.
"""

import argparse
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from deploy.home import Home
from shared.evidence import MAX_EVIDENCE_BYTES, Finding, Findings, Said, moment, verify
from shared.settings import Settings
from shared.signing import VerifyingKey, decode_base64url, encode_base64url

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  # it has no public name

FITS: Final = 0
DOES_NOT_FIT: Final = 1
WRONG_USAGE: Final = 2
MAX_ROOT_FILE: Final = 1_000


class NotUsable(Exception):
    """What was given on the command line cannot be used; the message says what and why."""


def add_evidence_command(commands: "Commands") -> None:
    """Add the command to the command line."""
    evidence = commands.add_parser("evidence", help="check the evidence of a message, offline")
    verify_command = evidence.add_subparsers(required=True, metavar="COMMAND").add_parser(
        "verify", help="print what the file proves, and of each check whether it fits"
    )
    verify_command.add_argument("file", type=Path, metavar="FILE")
    verify_command.add_argument(
        "--root", metavar="FILE_OR_KEY", help="the root's public key, or its file (default: root.pub of I247_HOME)"
    )
    verify_command.add_argument(
        "--attachment", type=Path, action="append", default=[], metavar="FILE", help="check that it is an attachment"
    )
    verify_command.set_defaults(run=_verify)


def _verify(settings: Settings, options: argparse.Namespace) -> int:
    try:
        root = _root(options.root, Home(settings.home).root_public_key)
        raw = _read(options.file, MAX_EVIDENCE_BYTES + 1)
        attachments = {str(file): _digest(file) for file in options.attachment}
    except NotUsable as error:
        print(f"i247: {error}", file=sys.stderr)
        return WRONG_USAGE
    findings = verify(raw, root, attachments)
    for line in report(findings):
        print(line)
    return FITS if findings.ok else DOES_NOT_FIT


def report(findings: Findings) -> Iterator[str]:
    """Return the lines that say what was proven and what was found."""
    if findings.said is not None:
        yield from _summary(findings.said)
    yield from map(_line, findings.found)
    wrong = sum(not each.ok for each in findings.found)
    yield f"{wrong} of {len(findings.found)} do not fit: this proves nothing" if wrong else "all fits"


def _summary(said: Said) -> Iterator[str]:
    head, content = said.head, said.content
    untold = len(set(head.to)) - len(said.recipients)
    recipients = ", ".join(said.recipients) + (f" and {untold} whom the file does not tell" if untold else "")
    yield printable(f"{head.sender} to {recipients}, {moment(head.iat)}, {head.urgency}, {head.purpose}")
    yield printable(f"  message  {head.id}")
    yield printable(f"  officer  {content.officer}")
    yield printable(f"  subject  {content.subject}")
    for line in content.body.split("\n"):
        yield printable(f"  | {line}")
    for number, note in enumerate(content.attachments, 1):
        yield printable(f"  attachment {number}  {note.name}, {note.size} bytes, SHA-256 {note.digest}")
    for receipt in said.receipts:
        reason = f" ({receipt.reason})" if receipt.reason else ""
        yield printable(f"  {receipt.sender} signed: {receipt.state}{reason}, {moment(receipt.iat)}")


def _line(finding: Finding) -> str:
    return printable(f"{'fits ' if finding.ok else 'WRONG'}  {finding.check}: {finding.says}")


def printable(text: str) -> str:
    """Return a text on one line, with an escape for each character that a terminal would obey and not show."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def _root(given: str | None, default: Path) -> VerifyingKey:
    file = default if given is None else Path(given)
    try:
        text = given if given is not None and not file.is_file() else _read(file, MAX_ROOT_FILE).decode().strip()
        return VerifyingKey(decode_base64url(text))
    except NotUsable as error:
        raise NotUsable(f"{error}: give the root's public key with --root") from error
    except (ValueError, OSError) as error:
        raise NotUsable(f"{printable(str(given or file))[:200]} is no public key, nor a file that holds one") from error


def _read(file: Path, limit: int) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(limit)
    except (OSError, ValueError) as error:
        raise NotUsable(f"{printable(str(file))} cannot be read ({_why(error)})") from error


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return encode_base64url(hashlib.file_digest(stream, "sha256").digest())
    except (OSError, ValueError) as error:
        raise NotUsable(f"{printable(str(file))} cannot be read ({_why(error)})") from error


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or "no file has such a name"
