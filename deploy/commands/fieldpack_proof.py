"""The proof that a record was in a field copy: its place under the root of its owner, and the leaf with the root."""

import argparse
import asyncio
from pathlib import Path
from typing import Final, Literal

import msgspec

from deploy.commands.fieldpack_bureau import kind_of
from deploy.commands.officer_client import ask, officer_client
from deploy.commands.offline_check import finding_lines, read_file
from deploy.commands.output import Line, Output
from deploy.state.errors import CommandFailed, WrongUsage
from deploy.state.gateway import fault_of
from deploy.state.new_file import new_file
from deploy.state.settings import Settings
from shared.audit.format.proof_file import explained_by
from shared.audit.verify.leaf_proof import Explained, verify_proof
from shared.crypto.ed25519 import VerifyingKey, decode_base64url, encode_base64url
from shared.crypto.merkle import root_from_inclusion
from shared.disclosure import COPIED
from shared.identity import Purpose
from shared.protocol.check_report import finding
from shared.records.field_copies.rules import copied_leaf
from shared.web.routing import path_of

FORMAT: Final = "i247-field-copy-proof-1"
MAX_FILE: Final = 4 * 1024 * 1024
PURPOSE: Final = Purpose.CRIME_ANALYSIS


class _Membership(msgspec.Struct, frozen=True):
    bureau: str
    number: int
    copy_id: str
    owner: str
    record: str
    version: int
    index: int
    count: int
    root: str
    path: tuple[str, ...]
    leaf: int


class CopyProofFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """That a version of a record was in a field copy."""

    membership: _Membership
    leaf_proof: str
    """The proof of the leaf of the audit log, as the gateway gave it to an auditor of the owner."""

    format: Literal["i247-field-copy-proof-1"] = FORMAT


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(CopyProofFile).decode


def write_membership(settings: Settings, options: argparse.Namespace) -> Output:
    """Write the proof of one record. Raises CommandFailed, StartRefused, WrongUsage."""
    if missing := [name for name in ("owner", "holder", "copy", "out") if getattr(options, name) is None]:
        raise WrongUsage(f"state --{', --'.join(missing)}, or --verify with the file of a proof")
    with new_file(options.out) as out:
        proof = asyncio.run(_fetched(settings, options))
        out.write(msgspec.json.format(_encode(proof), indent=1) + b"\n")
    of = proof.membership
    says = f"wrote {options.out}: version {of.version} was in field copy {of.number} of {of.bureau}, one of {of.count}"
    yield Line(says, {"message": says, "file": str(options.out), "version": of.version})


async def _fetched(settings: Settings, options: argparse.Namespace) -> CopyProofFile:
    kind = kind_of(options.kind)
    path = f"{kind.path()}field-copies/{options.holder}/{options.copy}/records/{options.record}"
    async with officer_client(settings, options.owner, PURPOSE) as client:
        answer = await ask(client, "GET", path)
    if answer.status_code != 200:
        raise CommandFailed(f"there is no proof: {fault_of(answer)}")
    membership = msgspec.json.decode(answer.content, type=_Membership)
    async with officer_client(settings, options.owner, PURPOSE, role="auditor") as client:
        leaf = await ask(client, "GET", f"{path_of(kind.service())}/audit/{membership.leaf}")
    if leaf.status_code != 200:
        raise CommandFailed(f"the leaf of the audit log cannot be read: {fault_of(leaf)}")
    return CopyProofFile(membership, leaf.text)


def proof_report(file: Path, root: VerifyingKey) -> tuple[bool, Output]:
    """Return whether a proof holds, and the lines that say what it shows. Raises WrongUsage."""
    try:
        proof = _decode(read_file(file, MAX_FILE))
    except (ValueError, RecursionError) as error:
        raise WrongUsage(f"{file} is no proof about a field copy: {error}"[:300]) from error
    of = proof.membership
    found = verify_proof(explained_by(proof.leaf_proof.encode()), root)
    says = f"version {of.version} of {of.record} is one of {of.count} of {of.owner} under this root"
    faults = [*_inclusion_faults(of)]
    stated = f"the leaf says that {of.bureau} took field copy {of.number} with this root"
    checks = (
        *found.found,
        finding("membership", says, faults),
        finding("root", stated, _root_faults(of, found.content)),
    )
    return all(each.ok for each in checks), finding_lines(checks)


def _inclusion_faults(of: _Membership) -> list[str]:
    try:
        path = [decode_base64url(each) for each in of.path]
        root = root_from_inclusion(of.index, of.count, copied_leaf(of.record, of.version), path)
    except ValueError as broken:
        return [str(broken)]
    return [] if encode_base64url(root) == of.root else ["another root follows from it"]


def _root_faults(of: _Membership, explained: Explained | None) -> list[str]:
    if explained is None:
        return ["the leaf is not proven"]
    wanted = (of.copy_id, of.number, of.owner, COPIED, f"{of.count} {of.root}")
    shown = [
        (each.shown.record, each.shown.version, each.shown.owner, each.shown.how, each.shown.match)
        for each in explained.proof.records
    ]
    return [] if explained.leaf.bureau == of.bureau and wanted in shown else ["the leaf says something else"]
