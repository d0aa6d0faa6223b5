"""The commands `i247 audit`: verify what an audit log proves, offline; fetch a full log; open a new log."""

import argparse
import re
from collections.abc import Iterable, Iterator, Sequence
from io import BufferedReader
from itertools import chain
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from deploy.commands.arguments import moment_option, prints
from deploy.commands.offline_check import (
    KEYS,
    add_root_option,
    check,
    finding_lines,
    open_file,
    read_file,
)
from deploy.commands.output import Line, Output, add_json, print_lines
from deploy.state.errors import FAILED_EXIT, WrongUsage
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
from shared.audit.verify.checkpoints import Findings, verify_checkpoints, verify_consistency_proof
from shared.audit.verify.full_log import LogSummary, verify_log
from shared.audit.verify.leaf_proof import Answer, Explained, verify_contradiction, verify_proof
from shared.audit.verify.signatures import of_log
from shared.audit.verify.wording import sentences
from shared.bureaus import SECRETARIAT, parse_bureau
from shared.crypto.ed25519 import VerifyingKey
from shared.errors import UnknownBureau
from shared.protocol.check_report import Finding
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import EntryRefused
from shared.protocol.directory_log import PartRefused, decode_part
from shared.protocol.envelope import MAX_SIGNATURE_HEADER, SIGNATURE_HEADER
from shared.protocol.http import HttpRequest
from shared.protocol.witnesses import UNKNOWN_TRUST, Trust, trust_by, trust_in

MAX_BODY: Final = 64 * 1024 * 1024
MAX_HEADERS: Final = 4 * MAX_SIGNATURE_HEADER
MAX_DIRECTORY: Final = 16 * 1024 * 1024


class _Inputs(NamedTuple):
    """What a file is verified with."""

    root: VerifyingKey
    others: list[CheckpointFile]
    entries: tuple[str, ...]
    asked: HttpRequest | None
    answer: Answer | None
    trust: Trust


def add_options(audit: argparse.ArgumentParser) -> None:
    """Add the actions of the command."""
    actions = audit.add_subparsers(required=True, metavar="ACTION")
    verify = actions.add_parser("verify", help="print what a proof, a log or a checkpoint shows, and the checks")
    verify.add_argument("files", type=Path, nargs="+", metavar="FILE", help="several logs of a service: oldest first")
    add_root_option(verify)
    verify.add_argument("--asked", type=Path, metavar="FILE", help="the request of a proof, as HTTP writes it")
    verify.add_argument("--answer", type=Path, metavar="FILE", help="the headers of the answer of a proof")
    verify.add_argument("--body", type=Path, metavar="FILE", help="the body of that answer")
    repeated: dict[str, Any] = {"action": "append", "default": []}
    checkpoint = "what another bureau was shown: check that the log did not show it a split view"
    verify.add_argument("--checkpoint", type=Path, metavar="FILE", help=checkpoint, **repeated)
    witness = "a bureau whose cosignatures count, and no others do (default: the witnesses by the directory here)"
    verify.add_argument("--witness", metavar="CODE", help=witness, **repeated)
    verify.set_defaults(run=_verify)
    fetch = actions.add_parser("fetch", help="write the full log of a service of the running mesh")
    fetch.add_argument("service", metavar="SERVICE", help="such as stolen-vehicles")
    fetch.add_argument(
        "--since", type=Path, metavar="FILE", help="write, instead, the proof that it extends a checkpoint"
    )
    fetch.add_argument(
        "--bureau",
        metavar="BUREAU",
        help="as whose auditor: what they may not read comes as a hash "
        f"(default: the bureau of this gateway; of several, {SECRETARIAT})",
    )
    fetch.add_argument("--log", type=int, metavar="N", help="a retired log, by number (default: the one that grows)")
    fetch.add_argument("--out", type=Path, metavar="FILE", help="where to write it (default: SERVICE.audit)")
    prints(fetch, _fetch, ("message", "file", "leaves", "size"))
    asserted = actions.add_parser("assert", help="check who did what by the logs of the running mesh; 1 if it differs")
    asserted.add_argument("file", type=Path, metavar="FILE", help="assertions, as YAML or JSON")
    asserted.add_argument(
        "--since", type=moment_option, metavar="TIME", help="from when on acts count, such as of a test run"
    )
    asserted.add_argument(
        "--bureau",
        metavar="BUREAU",
        help="as whose auditor: what they may not read may be undecided (default: as `fetch`)",
    )
    add_json(asserted, KEYS)
    asserted.set_defaults(run=_assert)
    new_log = actions.add_parser("new-log", help="retire a log that lost leaves, as by a restore, and open another")
    new_log.add_argument("service", metavar="SERVICE", help="such as stolen-vehicles")
    new_log.add_argument(
        "--reason", required=True, metavar="TEXT", help="why: all can read it permanently, so name nobody"
    )
    new_log.add_argument(
        "--number",
        type=int,
        metavar="N",
        help="the number of the new log, where witnesses saw a later one than is in the store (default: the next)",
    )
    prints(new_log, _new_log)


def _fetch(settings: Settings, options: argparse.Namespace) -> Output:
    from deploy.commands.audit_log import fetch
    from deploy.mesh.service_names import find_service

    find_service(options.service)
    since = None if options.since is None else _checkpoints_in(options.since)[-1].checkpoint
    out = options.out or Path(f"{options.service}.audit")
    return fetch(settings, options.service, out, bureau=options.bureau, since=since, number=options.log)


def _assert(settings: Settings, options: argparse.Namespace) -> int:
    from deploy.commands.audit_assertions import assert_logs, read_assertions
    from services import SERVICES

    assertions = read_assertions(options.file)
    if options.since is not None:
        assertions = msgspec.structs.replace(assertions, since=options.since)
    services = [service.name for service in SERVICES]
    found = list(assert_logs(settings, assertions, services, options.bureau))
    print_lines(finding_lines(found, otherwise=""), as_json=options.as_json)
    return 0 if all(each.ok for each in found) else FAILED_EXIT


def _new_log(settings: Settings, options: argparse.Namespace) -> Iterable[str]:
    from deploy.commands.audit_new_log import new_log

    return new_log(settings, options.service, options.reason, options.number)


def _verify(settings: Settings, options: argparse.Namespace) -> int:
    def verify_files(root: VerifyingKey) -> tuple[bool, Output]:
        entries = _local_entries(settings.state_dir)
        others = [_with_entries(each, entries) for file in options.checkpoint for each in _checkpoints_in(file)]
        trust, asked = _trust(options.witness, entries, root), _asked(options.asked)
        inputs = _Inputs(root, others, entries, asked, _answer(options.answer, options.body), trust)
        before, is_valid, lines = list[CheckpointFile](), True, list[str | Line]()
        for file in options.files:
            with open_file(file) as stream:
                findings = _verify_file(stream, inputs._replace(others=[*others, *before]))
            lines += _summary(findings.content)
            lines += finding_lines(findings.found, otherwise="")
            is_valid = is_valid and findings.ok
            if len(options.files) > 1:
                before = [_with_entries(each, entries) for each in _checkpoints_in(file)[-1:]]
        return is_valid, lines

    return check(settings, options, verify_files)


def _verify_file(stream: BufferedReader, inputs: _Inputs) -> Findings[Any]:
    root, others, trust = inputs.root, inputs.others, inputs.trust
    first = stream.readline(MAX_HEADER + 2)
    form = form_of(first)
    raw = b"" if form is Form.LOG else explained_by(first + stream.read(MAX_PROOF))
    form = form if form is Form.LOG else form_of(raw)
    if form is Form.PROOF:
        return verify_proof(raw, root, asked=inputs.asked, answer=inputs.answer, others=others, trust=trust)
    if inputs.asked is not None or inputs.answer is not None:
        raise WrongUsage("request and answer are verified with the proof of a leaf, which this file is not")
    if form is Form.LOG:
        return verify_log(chain([first], lines_of(stream)), root, others=others, trust=trust)
    if form is Form.CONTRADICTION:
        return verify_contradiction(raw, root)
    if form is Form.CONSISTENCY:
        return verify_consistency_proof(raw, root, others=others, trust=trust)
    try:
        files = [_with_entries(each, inputs.entries) for each in read_checkpoints(raw)]
    except ValueError as error:
        return Findings(
            (Finding("form", False, f"this is no proof, log or checkpoint of an audit log: {error}"[:200]),)
        )
    return verify_checkpoints([*files, *others], root, trust=trust)


def _summary(content: Explained | LogSummary | None) -> Iterator[str]:
    if isinstance(content, Explained):
        proof, attested = content.proof, content.attested
        records = [(record.shown, record.rule) for record in proof.records]
        yield from sentences(proof.service, content.leaf, records, others=content.others)
        seen = ", ".join(map(str, attested.witnesses))
        yield f"It is leaf {proof.index} of {attested.checkpoint.size} of the audit log, which was seen by {seen}."
    elif content is not None:
        checkpoint, seen = content.attested.checkpoint, ", ".join(map(str, content.attested.witnesses))
        log = f"{content.service} has {checkpoint.size} leaves{of_log(checkpoint)}, with {content.texts} texts"
        yield f"The audit log of {log}. Seen by {seen}."
        if content.opening is not None:
            yield content.opening.says


def _checkpoints_in(file: Path) -> list[CheckpointFile]:
    try:
        return read_checkpoints(explained_by(read_file(file, MAX_HEADER)))
    except ValueError as error:
        raise WrongUsage(f"{file!s} has no checkpoint: {str(error)[:200]}") from error


def _with_entries(file: CheckpointFile, entries: tuple[str, ...]) -> CheckpointFile:
    """Return a checkpoint with the entries of the local directory, if it has none: a bare note does not."""
    return file if file.entries else msgspec.structs.replace(file, entries=entries)


def _trust(named: Sequence[str], entries: tuple[str, ...], root: VerifyingKey) -> Trust:
    """Return whose cosignatures count: the named bureaus, or else the witnesses by the local directory."""
    if named:
        try:
            return trust_in(parse_bureau(code) for code in named)
        except UnknownBureau as error:
            raise WrongUsage(f"--witness: {error.detail}") from error
    try:
        return trust_by(Directory(root, entries).entries()) if entries else UNKNOWN_TRUST
    except EntryRefused:
        # It is the directory of another network.
        return UNKNOWN_TRUST


def _local_entries(state_dir: StateDir) -> tuple[str, ...]:
    if not state_dir.directory.is_file():
        return ()
    try:
        return tuple(decode_part(read_file(state_dir.directory, MAX_DIRECTORY)).entries)
    except PartRefused as refused:
        raise WrongUsage(f"{state_dir.directory} cannot be read: {refused}: restore the file") from refused


def _answer(headers: Path | None, body: Path | None) -> Answer | None:
    if headers is None and body is None:
        return None
    if headers is None or body is None:
        raise WrongUsage("--answer and --body go together: the headers of an answer, and its body")
    text = read_file(headers, MAX_HEADERS).decode(errors="replace")
    # The file may also have the value of that header alone.
    signature = _header(text.splitlines(), SIGNATURE_HEADER) or text.strip()
    return Answer(signature, read_file(body, MAX_BODY))


def _asked(file: Path | None) -> HttpRequest | None:
    if file is None:
        return None
    head, *body = re.split(rb"\r?\n\r?\n", read_file(file, MAX_BODY), maxsplit=1)
    first, *headers = head.decode(errors="replace").splitlines() or [""]
    # The version of HTTP, which may follow the target, is not signed.
    method, target = [*first.split(" "), ""][:2]
    if not target.startswith("/"):
        raise WrongUsage(f"{file!s} is no request: it begins with a line such as `GET /api/notices`")
    return HttpRequest(method, target, _header(headers, "content-type") or "", b"".join(body))


def _header(lines: Iterable[str], wanted: str) -> str | None:
    for line in lines:
        name, colon, value = line.partition(":")
        if colon and name.strip().lower() == wanted.lower():
            return value.strip()
    return None
