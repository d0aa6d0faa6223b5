"""The commands `i247 audit`: check what an audit log proves, offline, fetch a whole log to be checked, open another."""

import argparse
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from io import BufferedReader
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from deploy.commands.offline_check import (
    WRONG_USAGE,
    InvalidInput,
    add_root_option,
    check,
    finding_lines,
    open_file,
    printable,
    read_file,
)
from deploy.state.settings import Settings
from deploy.state.state_dir import StateDir
from shared.audit.format.proof_file import (
    MAX_HEADER,
    MAX_PROOF,
    CheckpointFile,
    Form,
    explained_by,
    form_of,
    lines_of,
    read_checkpoints,
)
from shared.audit.verify.consistency import verify_checkpoints, verify_growth
from shared.audit.verify.contradiction import verify_contradiction
from shared.audit.verify.disclosure import Answer, Explained, verify_proof
from shared.audit.verify.full_log import History, verify_log
from shared.audit.verify.signatures import of_log
from shared.bureaus import SECRETARIAT, parse_bureau
from shared.crypto.ed25519 import VerifyingKey
from shared.errors import UnknownBureau
from shared.protocol.check_report import Finding
from shared.protocol.directory import Directory, EntryRefused
from shared.protocol.directory_log import PartRefused, decode_part
from shared.protocol.envelope import MAX_SIGNATURE_HEADER, SIGNATURE_HEADER
from shared.protocol.http import HttpRequest
from shared.protocol.witnesses import NOT_SAID, Trust, trust_by, trust_in

MAX_BODY: Final = 64 * 1024 * 1024
MAX_HEADERS: Final = 4 * MAX_SIGNATURE_HEADER
MAX_DIRECTORY: Final = 16 * 1024 * 1024


class Judged(NamedTuple):
    """What was found in a file, and what it says for people to read unless something is wrong."""

    found: Sequence[Finding]
    summary: Iterator[str] = iter(())


class At(NamedTuple):
    """What is at hand beside a file."""

    root: VerifyingKey
    others: list[CheckpointFile]
    entries: tuple[str, ...]
    asked: HttpRequest | None
    answer: Answer | None
    trust: Trust


def add_options(audit: argparse.ArgumentParser) -> None:
    """Add the actions of the command."""
    acts = audit.add_subparsers(required=True, metavar="COMMAND")
    verify = acts.add_parser("verify", help="print what a proof, a log or a checkpoint shows, and whether it fits")
    verify.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help="of several logs of a service, the oldest first"
    )
    add_root_option(verify)
    verify.add_argument(
        "--asked", type=Path, metavar="FILE", help="the request that a proof is about, as HTTP writes it"
    )
    verify.add_argument("--answer", type=Path, metavar="FILE", help="the headers of the answer that a proof is about")
    verify.add_argument("--body", type=Path, metavar="FILE", help="the body of that answer")
    verify.add_argument(
        "--checkpoint",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="what another bureau was shown: find out whether the log told it another past",
    )
    verify.add_argument(
        "--witness",
        action="append",
        default=[],
        metavar="CODE",
        help="a bureau whose cosignatures count, and no others do (default: the witnesses of the log by the directory "
        "of I247_HOME)",
    )
    verify.set_defaults(run=_verify)
    fetch = acts.add_parser("fetch", help="write the whole log of a service of the running mesh")
    fetch.add_argument("service", metavar="SERVICE", help="such as stolen-vehicles")
    fetch.add_argument(
        "--since", type=Path, metavar="FILE", help="write, instead, the proof that it goes on from a checkpoint"
    )
    fetch.add_argument(
        "--bureau",
        metavar="CODE",
        help="as whose auditor: what they may not read comes as a hash "
        f"(default: the one whose gateway is here, of several {SECRETARIAT})",
    )
    fetch.add_argument(
        "--log", type=int, metavar="N", help="a retired log, by its number (default: the one that grows)"
    )
    fetch.add_argument("--out", type=Path, required=True, metavar="FILE", help="where to write it")
    fetch.set_defaults(run=_fetch)
    new_log = acts.add_parser("new-log", help="retire a log that lost leaves, as by a restore, and open another")
    new_log.add_argument("service", metavar="SERVICE", help="such as stolen-vehicles")
    new_log.add_argument("--reason", required=True, metavar="TEXT", help="why, for all to read for ever: name nobody")
    new_log.add_argument(
        "--number",
        type=int,
        metavar="N",
        help="the number of the new log, where witnesses saw a later one than is in the store (default: the next)",
    )
    new_log.set_defaults(run=_new_log)


def _fetch(settings: Settings, options: argparse.Namespace) -> int:
    from deploy.commands.audit_log import fetch

    _require_service(options.service)
    try:
        since = None if options.since is None else _checkpoints_in(options.since)[-1].checkpoint
    except InvalidInput as error:
        print(f"i247: {error}", file=sys.stderr)
        return WRONG_USAGE
    return fetch(settings, options.service, options.out, bureau=options.bureau, since=since, number=options.log)


def _new_log(settings: Settings, options: argparse.Namespace) -> int:
    from deploy.commands.audit_new_log import new_log

    return new_log(settings, options.service, options.reason, options.number)


def _require_service(name: str) -> None:
    from deploy.mesh.service_names import find_service

    find_service(name)


def _verify(settings: Settings, options: argparse.Namespace) -> int:
    def judge(root: VerifyingKey) -> tuple[bool, Iterator[str]]:
        entries = _entries_at_hand(settings.state_dir)
        others = [_vouched(each, entries) for file in options.checkpoint for each in _checkpoints_in(file)]
        trust = _trust(options.witness, entries, root)
        at = At(root, others, entries, _asked(options.asked), _answer(options.answer, options.body), trust)
        before, is_valid, told = list[CheckpointFile](), True, list[str]()
        for file in options.files:
            with open_file(file) as stream:
                judged = _judged(stream, at._replace(others=[*others, *before]))
            is_right = not any(each.is_wrong for each in judged.found)
            told += chain(map(printable, judged.summary if is_right else ()), finding_lines(judged.found, otherwise=""))
            is_valid = is_valid and all(each.ok for each in judged.found)
            before = [_vouched(each, entries) for each in _checkpoints_in(file)[-1:]] if len(options.files) > 1 else []
        return is_valid, iter(told)

    return check(settings, options, judge)


def _judged(stream: BufferedReader, at: At) -> Judged:
    first = stream.readline(MAX_HEADER + 2)
    if form_of(first) is Form.LOG:
        _require_nothing_else(at)
        log = verify_log(chain([first], lines_of(stream)), at.root, others=at.others, trust=at.trust)
        return Judged(log.found, _told(log.history))
    raw = explained_by(first + stream.read(MAX_PROOF))
    if form_of(raw) is Form.PROOF:
        proof = verify_proof(raw, at.root, asked=at.asked, answer=at.answer, others=at.others, trust=at.trust)
        return Judged(proof.found, _explanation(proof.explained))
    _require_nothing_else(at)
    if form_of(raw) is Form.CONTRADICTION:
        return Judged(verify_contradiction(raw, at.root).found)
    if form_of(raw) is Form.CONSISTENCY:
        return Judged(verify_growth(raw, at.root, others=at.others, trust=at.trust).found)
    try:
        files = read_checkpoints(raw)
    except ValueError as error:
        return Judged([Finding("form", False, f"this is no proof, log or checkpoint of an audit log: {error}"[:200])])
    all_files = [*(_vouched(each, at.entries) for each in files), *at.others]
    return Judged(verify_checkpoints(all_files, at.root, trust=at.trust).found)


def _require_nothing_else(at: At) -> None:
    if at.asked is not None or at.answer is not None:
        raise InvalidInput("request and answer are checked with the proof of a leaf, which this file is not")


def _explanation(explained: Explained | None) -> Iterator[str]:
    if explained is None:
        return
    records = [(record.shown, record.rule) for record in explained.records]
    # Only here, as it brings SQLAlchemy with it, for which no other command need wait.
    from shared.audit.verify.wording import sentences

    yield from sentences(explained.service, explained.leaf, records, untold=explained.untold)
    seen = ", ".join(map(str, explained.witnesses))
    yield f"It is leaf {explained.index} of {explained.size} of the audit log, which was seen by {seen}."


def _told(history: History | None) -> Iterator[str]:
    if history is not None:
        checkpoint, seen = history.attested.checkpoint, ", ".join(map(str, history.attested.witnesses))
        log = f"{history.service} has {checkpoint.size} leaves{of_log(checkpoint)}, of which {history.told} are told"
        yield f"The audit log of {log}. Seen by {seen}."
        yield from () if history.opening is None else (history.opening.says,)


def _checkpoints_in(file: Path) -> list[CheckpointFile]:
    try:
        return read_checkpoints(explained_by(read_file(file, MAX_HEADER)))
    except ValueError as error:
        raise InvalidInput(f"{printable(str(file))} holds no checkpoint: {printable(str(error))[:200]}") from error


def _vouched(file: CheckpointFile, entries: tuple[str, ...]) -> CheckpointFile:
    """Return a checkpoint with the directory that is at hand, if none came with it: a bare note has none."""
    return file if file.entries else msgspec.structs.replace(file, entries=entries)


def _trust(named: Sequence[str], entries: tuple[str, ...], root: VerifyingKey) -> Trust:
    """Return whose cosignatures count: those who are named, or else the witnesses by the directory at hand."""
    if named:
        try:
            return trust_in(parse_bureau(code) for code in named)
        except UnknownBureau as error:
            raise InvalidInput(f"--witness: {error.detail}") from error
    try:
        return trust_by(Directory(root, entries).entries()) if entries else NOT_SAID
    except EntryRefused:
        # It is that of another network.
        return NOT_SAID


def _entries_at_hand(state_dir: StateDir) -> tuple[str, ...]:
    if not state_dir.directory.is_file():
        return ()
    try:
        return tuple(decode_part(read_file(state_dir.directory, MAX_DIRECTORY)).entries)
    except PartRefused as refused:
        raise InvalidInput(f"{state_dir.directory} cannot be read: {refused}: restore the file") from refused


def _answer(headers: Path | None, body: Path | None) -> Answer | None:
    if headers is None and body is None:
        return None
    if headers is None or body is None:
        raise InvalidInput("--answer and --body go together: the headers of an answer, and its body")
    return Answer(_signature_in(read_file(headers, MAX_HEADERS).decode(errors="replace")), read_file(body, MAX_BODY))


def _asked(file: Path | None) -> HttpRequest | None:
    if file is None:
        return None
    raw = read_file(file, MAX_BODY)
    head, *body = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)
    first, *headers = head.decode(errors="replace").splitlines() or [""]
    method, _, target = first.partition(" ")
    # What follows the target is the version of HTTP, which is not signed.
    target = target.partition(" ")[0]
    if not target.startswith("/"):
        raise InvalidInput(f"{printable(str(file))} is no request: it begins with a line such as `GET /api/notices`")
    return HttpRequest(method, target, _header(headers, "content-type") or "", b"".join(body))


def _signature_in(headers: str) -> str:
    """Return the signature header of an answer, of all its headers or by itself."""
    return _header(headers.splitlines(), SIGNATURE_HEADER) or headers.strip()


def _header(lines: Iterable[str], wanted: str) -> str | None:
    for line in lines:
        name, colon, value = line.partition(":")
        if colon and name.strip().lower() == wanted.lower():
            return value.strip()
    return None
