"""The commands `i247 evidence`: verify the evidence of a message or a test run offline; make that of a test run."""

import argparse
import hashlib
from collections.abc import Iterator
from pathlib import Path

from deploy.commands.arguments import moment_option, prints
from deploy.commands.offline_check import add_root_option, check, finding_lines, open_file, read_file
from deploy.commands.output import Output
from deploy.state.settings import Settings
from shared.audit.format.pack_file import MAX_PACK, is_pack
from shared.crypto.ed25519 import VerifyingKey, encode_base64url
from shared.protocol.check_report import moment
from shared.protocol.evidence import Findings, VerifiedMessage, verify


def add_options(evidence: argparse.ArgumentParser) -> None:
    """Add the actions of the command."""
    actions = evidence.add_subparsers(required=True, metavar="ACTION")
    pack = actions.add_parser("pack", help="write the signed evidence pack of a test run; 1 if an assertion fails")
    pack.add_argument("--out", type=Path, required=True, metavar="FILE", help="where to write it")
    pack.add_argument("--since", type=moment_option, metavar="TIME", help="from when on leaves and messages are in it")
    pack.add_argument("--assert", dest="assertions", type=Path, metavar="FILE", help="assertions, as `audit assert`")
    pack.add_argument(
        "--bureau",
        metavar="BUREAU",
        help="as whose auditor, and whose key signs it (default: as `audit fetch`)",
    )
    pack.add_argument(
        "--messages",
        action="append",
        default=[],
        metavar="BUREAU",
        help="a bureau whose messages go into it (default: each bureau here)",
    )
    prints(pack, _pack, ("message", "file", "logs", "messages", "results", "left_out"))
    verify_command = actions.add_parser("verify", help="print what the file proves, and the result of each check")
    verify_command.add_argument("file", type=Path, metavar="FILE")
    add_root_option(verify_command)
    verify_command.add_argument(
        "--attachment",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="check that it is an attachment",
    )
    verify_command.set_defaults(run=_verify)


def _pack(settings: Settings, options: argparse.Namespace) -> Output:
    from deploy.commands.audit_assertions import read_assertions
    from deploy.commands.evidence_pack import Wanted, make_pack
    from services import SERVICES

    assertions = None if options.assertions is None else read_assertions(options.assertions)
    services = [service.name for service in SERVICES]
    wanted = Wanted(options.since, assertions, options.bureau, options.messages, services)
    return make_pack(settings, options.out, wanted)


def _verify(settings: Settings, options: argparse.Namespace) -> int:
    def verify_file(root: VerifyingKey) -> tuple[bool, Output]:
        raw = read_file(options.file, MAX_PACK + 1)
        if is_pack(raw):
            from deploy.commands import evidence_pack

            return evidence_pack.report(raw, root)
        findings = verify(raw, root, {str(file): _digest(file) for file in options.attachment})
        return findings.ok, report(findings)

    return check(settings, options, verify_file)


def report(findings: Findings) -> Output:
    """Yield what was proven, and the result of each check."""
    if findings.message is not None:
        yield from _summary(findings.message)
    yield from finding_lines(findings.found)


def _summary(said: VerifiedMessage) -> Iterator[str]:
    head, content = said.head, said.content
    hidden = len(set(head.to)) - len(said.recipients)
    recipients = ", ".join(said.recipients) + (f" and {hidden} that the file does not name" if hidden else "")
    yield f"{head.sender} to {recipients}, {moment(head.iat)}, {head.urgency}, {head.purpose}"
    yield f"  message  {head.id}"
    yield f"  officer  {content.officer}"
    yield f"  subject  {content.subject}"
    if content.form is not None:
        yield f"  form     {content.form}"
    for quote in content.quotes:
        terms = " ".join((quote.handling, *quote.conditions))
        of = f"{quote.service} {quote.kind} {quote.record} of {quote.owner}, version {quote.version}"
        yield f"  quotes   {of}: {terms}" + (f", {quote.other_condition}" if quote.other_condition else "")
    for line in content.body.split("\n"):
        yield f"  | {line}"
    for number, each in enumerate(content.attachments, 1):
        yield f"  attachment {number}  {each.name}, {each.size} bytes, SHA-256 {each.digest}"
    for receipt in said.receipts:
        reason = f" ({receipt.reason})" if receipt.reason else ""
        yield f"  {receipt.sender} signed: {receipt.state}{reason}, {moment(receipt.iat)}"


def _digest(file: Path) -> str:
    with open_file(file) as stream:
        return encode_base64url(hashlib.file_digest(stream, "sha256").digest())
