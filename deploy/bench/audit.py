"""The audit log under measurement: how long an append takes under load, and how fast a whole log is verified."""

import asyncio
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, Final

import sqlalchemy as sa

from deploy.bench.load import percentiles
from deploy.bench.stages import signed_entry
from services.stolen_vehicles import SERVICE
from shared.audit.format.proof_file import LogHeader, write_header, write_line
from shared.audit.tables import audit_leaves
from shared.audit.verify.full_log import verify_log
from shared.audit.writer import AuditLog
from shared.bureaus import BureauCode
from shared.clock import SystemClock
from shared.crypto.ed25519 import SigningKey, encode_base64url
from shared.crypto.merkle import CompactRange, leaf_hash
from shared.crypto.signed_note import (
    Checkpoint,
    cosign,
    log_name,
    parse_note,
    sign_checkpoint,
    with_signature,
    witness_name,
)
from shared.disclosure import Disclosure
from shared.identity import Caller, Purpose
from shared.ids import uuid7
from shared.protocol.http import HttpRequest
from shared.storage import Database, open_database
from shared.storage.migrations import upgraded

LEAVES: Final = 50_000
WRITERS: Final = 64
WITNESSES: Final = ("DE", "FR")
# As long as one is.
SIGNATURE: Final = "s" * 900

_leaves: Final = sa.select(audit_leaves.c.leaf).order_by(audit_leaves.c.number)


async def measure_audit(folder: Path) -> dict[str, Any]:
    """Return appends a second, how long one takes, and how many leaves a second are verified."""
    shutil.rmtree(folder, ignore_errors=True)
    async with upgraded(open_database(f"sqlite:///{folder / 'audit.db'}"), SERVICE.tables) as database:
        appended = await _append(database)
        return {"append": appended, "verified_per_second": await _verify(database)}


async def _append(database: Database) -> dict[str, float]:
    log, random, seconds = AuditLog(database), Random(247), list[float]()

    async def write() -> None:
        for _ in range(LEAVES // WRITERS):
            caller, started = _caller(random), time.perf_counter()
            request = HttpRequest("GET", f"/api/{SERVICE.name}/search?vin=ZAR93700005123456")
            await log.append_request(caller, request, status=200, signature=SIGNATURE, at=SystemClock().now())
            seconds.append(time.perf_counter() - started)

    started, before = time.perf_counter(), time.process_time()
    await asyncio.gather(*(write() for _ in range(WRITERS)))
    took, cpu = time.perf_counter() - started, time.process_time() - before
    await log.close()
    return {"per_second": len(seconds) / took, **percentiles(seconds), "cpu_us": cpu / len(seconds) * 1e6}


def _caller(random: Random) -> Caller:
    at = SystemClock().now()
    scopes: frozenset[str] = frozenset()
    caller = Caller(BureauCode("DE"), "de.officer", scopes, Purpose.SECURITY_CHECK, uuid7(at))
    caller.recorder.operation = "search_vehicles"
    if random.random() < 0.5:
        caller.recorder.record(Disclosure("vehicle", uuid7(at), 1, BureauCode("FR"), "search", 1.0, "vin"))
    return caller


async def _verify(database: Database) -> float:
    leaves = [row.leaf for row in await database.reading.fetch(_leaves, in_thread=True)]
    root, lines = SigningKey.generate(), list[bytes]()
    lines.append(write_header(_header(leaves, root)))
    lines += (write_line(encode_base64url(leaf_hash(leaf)), leaf.decode()) for leaf in leaves)
    started = time.process_time()
    found = verify_log(lines, root.public)
    took = time.process_time() - started
    if not found.ok:
        raise RuntimeError(f"the log that was measured does not fit: {[each for each in found.found if not each.ok]}")
    return len(leaves) / took


def _header(leaves: list[bytes], root: SigningKey) -> LogHeader:
    frontier, key, at = CompactRange(), SigningKey.generate(), SystemClock().now()
    for leaf in leaves:
        frontier.append(leaf_hash(leaf))
    name, witnesses = log_name(SERVICE.name), {bureau: SigningKey.generate() for bureau in WITNESSES}
    note = sign_checkpoint(Checkpoint(name, frontier.size, frontier.root()), name, key)
    cosigned = note
    for bureau, own in witnesses.items():
        cosigned = with_signature(cosigned, cosign(parse_note(note), witness_name(bureau), own, at))
    entries = _entries({SERVICE.name: key, **witnesses}, root)
    return LogHeader(service=SERVICE.name, checkpoints=(cosigned,), entries=tuple(sorted(entries)))


def _entries(keys: dict[str, SigningKey], root: SigningKey) -> Iterator[str]:
    for name, key in keys.items():
        yield signed_entry(name, key, root, kind="service" if name == SERVICE.name else "bureau")
