"""Verifies an evidence pack offline with the root's public key: all that it holds, and that nothing was changed."""

from collections.abc import Iterator
from typing import Final

import msgspec

from shared.audit.format.pack_file import EvidencePack, PackedLog, Result, read_pack, signed_text
from shared.audit.verify.assertions import ReadLog, check, read_log
from shared.audit.verify.full_log import verify_log
from shared.crypto.ed25519 import VerifyingKey
from shared.crypto.signed_note import NoteRefused, cosigned_by, parse_note, witness_name
from shared.protocol.check_report import Faults, Finding, finding, key_faults, moment, named, short
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import EntryRefused
from shared.protocol.directory_file import read_directory
from shared.protocol.evidence import verify as verify_evidence
from shared.protocol.witnesses import trust_by

MAX_FAULT: Final = 300


class PackFindings(msgspec.Struct, frozen=True):
    """What was checked of a pack, and the pack if it is sound, whatever its assertions."""

    found: tuple[Finding, ...]
    pack: EvidencePack | None
    results: tuple[Finding, ...] = ()
    """Of its assertions, decided anew."""

    @property
    def ok(self) -> bool:
        """Whether it is sound, and each assertion holds."""
        return self.pack is not None and all(each.ok for each in self.results)


def verify_pack(raw: bytes, root: VerifyingKey) -> PackFindings:
    """Check a pack. Never raises."""
    try:
        pack = read_pack(raw)
    except ValueError as error:
        return PackFindings((Finding("form", False, f"this is no evidence pack: {error}"[:MAX_FAULT]),), None)
    form = Finding("form", True, "the file is in its canonical form")
    try:
        directory = read_directory(pack.directory, root)
    except EntryRefused as refused:
        says = f"the root key did not sign it: {refused}"[:MAX_FAULT]
        return PackFindings((form, Finding("directory", False, says)), None)
    entries = f"{len(directory.entries())} keys, and the root key signed each and their number"
    found = [form, Finding("directory", True, entries), _signature(pack, directory)]
    logs = list[ReadLog]()
    for packed in pack.logs:
        found += _log_findings(packed, directory, root)
        if all(each.ok for each in found):
            logs.append(read_packed(packed))
    found += _message_findings(pack, directory)
    if not all(each.ok for each in found):
        return PackFindings(tuple(found), None)
    results = decided(pack, logs, directory)
    found.append(_results(pack, results))
    return PackFindings(tuple(found), pack if found[-1].ok else None, results)


def read_packed(packed: PackedLog) -> ReadLog:
    """Return the acts in a packed log. Raises ValueError."""
    return read_log(packed.service, packed.text.encode().splitlines()[1:])


def decided(pack: EvidencePack, logs: list[ReadLog], directory: Directory) -> tuple[Finding, ...]:
    """Return how the assertions of a pack are decided by its logs, which may not be those of all services."""
    if pack.assertions is None:
        return ()
    services = {entry.participant for entry in directory.entries() if entry.kind == "service"}
    return tuple(check(pack.assertions, logs, pack.maker, services))


def result_of(found: Finding) -> Result:
    """Return a decision as a pack states it."""
    return Result(found.check, "ok" if found.ok else "undecided" if found.is_open else "FAILED", found.says)


def _signature(pack: EvidencePack, directory: Directory) -> Finding:
    return finding("signature", f"{short(pack.maker)} signed all of it", _signature_faults(pack, directory))


def _signature_faults(pack: EvidencePack, directory: Directory) -> Faults:
    try:
        note = parse_note(f"{signed_text(pack)}\n{pack.signature}")
    except NoteRefused as refused:
        yield f"the signature cannot be read: {refused}"
        return
    if len(note.signatures) != 1:
        yield "it has more than one signature, or none"
        return
    for entry in directory.entries_of(pack.maker):
        at = cosigned_by(note, witness_name(pack.maker), entry.verifying_key())
        if at is not None:
            yield from key_faults(entry, at)
            return
    yield f"no key of {short(pack.maker)} signed these bytes"


def signed_at(pack: EvidencePack, directory: Directory) -> str:
    """Return when a pack that was verified was signed, in words."""
    note = parse_note(f"{signed_text(pack)}\n{pack.signature}")
    times = (
        cosigned_by(note, witness_name(pack.maker), each.verifying_key()) for each in directory.entries_of(pack.maker)
    )
    return moment(next(at for at in times if at is not None))


def _log_findings(packed: PackedLog, directory: Directory, root: VerifyingKey) -> Iterator[Finding]:
    name, lines = f"log of {short(packed.service)}", packed.text.encode().splitlines(keepends=True)
    findings = verify_log(lines, root, trust=trust_by(directory.entries()))
    wrong = [named(f"{name}, {each.check}", each) for each in findings.found if not each.ok]
    if wrong or findings.content is None:
        yield from wrong
    elif findings.content.service != packed.service:
        yield Finding(name, False, f"it is that of {short(findings.content.service)}")
    else:
        attested, texts = findings.content.attested, findings.content.texts
        seen = ", ".join(each.bureau for each in attested.witnesses)
        yield Finding(name, True, f"{attested.checkpoint.size} leaves, {texts} with their text; cosigned by {seen}")


def _message_findings(pack: EvidencePack, directory: Directory) -> Iterator[Finding]:
    for number, evidence in enumerate(pack.messages, 1):
        findings = verify_evidence(evidence.encode(), directory.root, known_entry=directory.entry_of)
        wrong = [named(f"message {number}, {each.check}", each) for each in findings.found if not each.ok]
        yield from wrong
        if (said := findings.message) is not None:
            states = ", ".join(f"{each.sender} {each.state}" for each in said.receipts) or "no receipt"
            recipients = ", ".join(said.recipients)
            yield Finding(
                f"message {number}", True, f"{said.head.id} of {said.head.sender} to {recipients}: {short(states)}"
            )


def _results(pack: EvidencePack, results: tuple[Finding, ...]) -> Finding:
    differs = pack.results != tuple(map(result_of, results))
    faults = ["the stated results are not those that follow from the logs"] if differs else []
    return finding("results", f"{len(results)} follow from the logs", faults)
