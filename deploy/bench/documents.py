"""Searches of travel documents, as a border asks: few are found, and some numbers lie within ranges of blanks."""

import shutil
import sqlite3
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from deploy.bench.load import Load, Target, full_load, steady_load
from deploy.bench.servers import Server, serving
from deploy.provisioning.provision import Provisioner
from deploy.provisioning.seeding import seed_stores, today
from deploy.provisioning.tokens import demo_token
from deploy.state.settings import Settings, load_settings
from services import SERVICES
from services.travel_documents import SERVICE
from services.travel_documents.models import TravelDocument
from services.travel_documents.synthetic import drawn_entry
from shared.bureaus import MEMBERS
from shared.clock import SystemClock

MESH_PORT: Final = 8397
SECONDS: Final = 6.0
WARM_SECONDS: Final = 12.0
ROUNDS: Final = 3
SEARCHES: Final = 6_000
# The mesh adds fewer documents of its own.
EXAMPLES: Final = 100
# Of 1.7 billion searches a year 146,000 find a document.
SEARCHES_PER_HIT: Final = 12_000
REAL, HALF, RANGES = "real", "half", "ranges"
"""One document in 12,000 is found; one in two; each is one of a range of blanks."""


@dataclass
class Measured:
    """The measurements of one mix in all rounds."""

    loads: list[Load]
    cpu_microseconds: list[float]


async def measure_documents(folder: Path, records: int) -> dict[str, dict[str, float]]:
    """Return for each mix the most searches a second, the times at half of that, and the processor time of a search."""
    settings = load_settings(home=folder, port=MESH_PORT)
    await _prepare(settings, records)
    environment = {"I247_HOME": str(folder), "I247_PORT": str(MESH_PORT), "I247_LOG_LEVEL": "info"}
    base = f"http://127.0.0.1:{MESH_PORT}"
    paths = _paths(_database(settings))
    async with serving("documents", ["deploy", "up"], base, environment) as mesh:
        await mesh.until_idle()
        token = demo_token(settings, "DE")
        targets = {mix: Target(base, asked, token) for mix, asked in paths.items()}
        found = {mix: Measured([], []) for mix in paths}
        for _ in range(ROUNDS):
            for mix, target in targets.items():
                await _round(mesh, target, found[mix], folder)
        return {mix: await _summary(targets[mix], found[mix]) for mix in paths}


async def _round(mesh: Server, target: Target, found: Measured, scratch: Path) -> None:
    await full_load(target, 1.0, scratch)
    before = mesh.processor_seconds()
    load = await full_load(target, SECONDS, scratch)
    found.loads.append(load)
    found.cpu_microseconds.append((mesh.processor_seconds() - before) / max(load.requests, 1) * 1e6)


async def _summary(target: Target, found: Measured) -> dict[str, float]:
    most = statistics.median(load.requests_per_second for load in found.loads)
    # A service that is busy gets a further process, which takes a core for some seconds.
    await steady_load(target, WARM_SECONDS, rate=most / 2)
    half = await steady_load(target, WARM_SECONDS, rate=most / 2)
    return {
        "per_second": most,
        "p99_ms": statistics.median(load.p99 for load in found.loads),
        "cpu_us": statistics.median(found.cpu_microseconds),
        "at half, per_second": half.requests_per_second,
        "at half, p50_ms": half.p50,
        "at half, p99_ms": half.p99,
        "failures": float(half.failures + sum(load.failures for load in found.loads)),
    }


def _paths(database: Path) -> dict[str, Sequence[str]]:
    """Return the paths of the searches of each mix, the same each time."""
    random, absent = Random(247), _absent(SEARCHES)
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT content FROM travel_documents WHERE NOT blanks LIMIT ?", (SEARCHES // 2,))
        stored = [TravelDocument.of_json(content) for (content,) in rows]
        rows = connection.execute("SELECT content FROM travel_documents WHERE blanks LIMIT ?", (SEARCHES,))
        ranges = [TravelDocument.of_json(content) for (content,) in rows]
    present = [_path(each.issuer, str(each.number)) for each in stored]
    real, half = [*present[:1], *absent], [*present, *absent[: len(present)]]
    random.shuffle(half)
    return {REAL: real, HALF: half, RANGES: [_path(each.issuer, _within(random, each)) for each in ranges]}


def _absent(count: int) -> list[str]:
    """Return searches of documents in the series of their issuers that are not stored, but for chance."""
    random, at = Random(-247), today(SystemClock())
    issuing = ("FR", "DE", "IT", "PL", "KE", "US", "NL", "ES", "BR", "JP")
    drawn = (drawn_entry(random, random.choice(issuing), at) for _ in range(count * 2))  # type: ignore[arg-type]
    return [_path(each["issuer"], each["number"]) for each in drawn if each["number"]][:count]


def _within(random: Random, blanks: TravelDocument) -> str:
    first, last = str(blanks.first_number), str(blanks.last_number)
    same = next((at for at, (one, other) in enumerate(zip(first, last, strict=True)) if one != other), len(first))
    figures = first[same:]
    if not figures.isdecimal() or not last[same:].isdecimal():
        return first
    return f"{first[:same]}{random.randint(int(figures), int(last[same:])):0{len(figures)}d}"


def _path(issuer: str, number: str) -> str:
    return f"/api/{SERVICE.name}/search?issuer={issuer}&number={number}"


async def _prepare(settings: Settings, records: int) -> None:
    settings.state_dir.open()
    Provisioner(settings.state_dir, SystemClock()).provision(sorted(MEMBERS), SERVICES)
    if not records <= _stored(_database(settings)) < records + EXAMPLES:
        shutil.rmtree(settings.state_dir.path / "stores", ignore_errors=True)
        await seed_stores(settings, [SERVICE], records=records, seed=247, at=today(SystemClock()))


def _database(settings: Settings) -> Path:
    return Path(settings.store_of(SERVICE.name).removeprefix("sqlite:///"))


def _stored(database: Path) -> int:
    if not database.exists():
        return 0
    with sqlite3.connect(database) as connection:
        return int(connection.execute("SELECT count(*) FROM travel_documents").fetchone()[0])
