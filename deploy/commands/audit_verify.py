"""What `i247 audit verify` prints of a proof, a log, a part of an archived log or a checkpoint, offline."""

import argparse
import re
from collections.abc import Iterable, Iterator, Sequence
from io import BufferedReader
from itertools import chain
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from deploy.commands.offline_check import (
    check,
    finding_lines,
    open_file,
    read_file,
)
from deploy.commands.output import Line, Output
from deploy.state.errors import WrongUsage
from deploy.state.settings import Settings
from deploy.state.state_dir import StateDir
from shared.audit.format.part_file import MAGIC
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
from shared.audit.verify.archived_part import PartSummary, verify_part
from shared.audit.verify.checkpoints import Findings, verify_checkpoints, verify_consistency_proof
from shared.audit.verify.full_log import LogSummary, verify_log
from shared.audit.verify.leaf_proof import Answer, Explained, verify_contradiction, verify_proof
from shared.audit.verify.signatures import of_log
from shared.audit.verify.wording import sentences
from shared.bureaus import parse_bureau
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
OF_A_PROOF: Final = "request and answer are verified with the proof of a leaf, which this file is not"
MAX_DIRECTORY: Final = 16 * 1024 * 1024


class _Inputs(NamedTuple):
    """What a file is verified with."""

    root: VerifyingKey
    others: list[CheckpointFile]
    entries: tuple[str, ...]
    asked: HttpRequest | None
    answer: Answer | None
    trust: Trust


def verify(settings: Settings, options: argparse.Namespace) -> int:
    """Verify files."""

    def verify_files(root: VerifyingKey) -> tuple[bool, Output]:
        entries = _local_entries(settings.state_dir)
        others = [_with_entries(each, entries) for file in options.checkpoint for each in checkpoints_in(file)]
        trust, asked = _trust(options.witness, entries, root), _asked(options.asked)
        inputs = _Inputs(root, others, entries, asked, _answer(options.answer, options.body), trust)
        before, is_valid, lines = list[CheckpointFile](), True, list[str | Line]()
        for file in options.files:
            with open_file(file) as stream:
                is_part = stream.peek(len(MAGIC)).startswith(MAGIC)
                verify_any = _verify_part if is_part else _verify_file
                findings = verify_any(stream, inputs._replace(others=[*others, *before]))
            lines += _summary(findings.content)
            lines += finding_lines(findings.found, otherwise="")
            is_valid = is_valid and findings.ok
            if isinstance(findings.content, PartSummary):
                header = findings.content.header
                before = [CheckpointFile(header.checkpoint, header.entries)]
            elif len(options.files) > 1:
                before = [_with_entries(each, entries) for each in checkpoints_in(file)[-1:]]
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
        raise WrongUsage(OF_A_PROOF)
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


def _verify_part(stream: BufferedReader, inputs: _Inputs) -> Findings[PartSummary]:
    if inputs.asked is not None or inputs.answer is not None:
        raise WrongUsage(OF_A_PROOF)
    return verify_part(stream, inputs.root, others=inputs.others, trust=inputs.trust)


def _summary(content: Explained | LogSummary | PartSummary | None) -> Iterator[str]:
    if isinstance(content, Explained):
        proof, attested = content.proof, content.attested
        records = [(record.shown, record.rule) for record in proof.records]
        yield from sentences(proof.service, content.leaf, records, others=content.others)
        seen = ", ".join(map(str, attested.witnesses))
        yield f"It is leaf {proof.index} of {attested.checkpoint.size} of the audit log, which was seen by {seen}."
    elif isinstance(content, PartSummary):
        header, checkpoint = content.header, content.attested.checkpoint
        leaves = f"Leaves {header.start} to {header.start + header.leaves - 1}"
        seen = ", ".join(map(str, content.attested.witnesses))
        yield f"{leaves} of {checkpoint.size} of the audit log of {header.service}{of_log(checkpoint)}. Seen by {seen}."
    elif content is not None:
        checkpoint, seen = content.attested.checkpoint, ", ".join(map(str, content.attested.witnesses))
        log = f"{content.service} has {checkpoint.size} leaves{of_log(checkpoint)}, with {content.texts} texts"
        yield f"The audit log of {log}. Seen by {seen}."
        if content.opening is not None:
            yield content.opening.says


def checkpoints_in(file: Path) -> list[CheckpointFile]:
    """Return the checkpoints in a file. Raises WrongUsage."""
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
