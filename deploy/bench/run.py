"""Runs all measurements, and returns and writes the report."""

import asyncio
import json
import os
import shutil
import sqlite3
import statistics
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from deploy.bench.audit import measure_audit
from deploy.bench.batches import measure_batches
from deploy.bench.checks import measure_checks
from deploy.bench.documents import measure_documents
from deploy.bench.exchange import measure_exchange
from deploy.bench.load import Load, Target, full_load, steady_load
from deploy.bench.messages import measure_messages
from deploy.bench.mixes import HALF, SEARCHES_PER_HIT, search_paths, stolen_vins
from deploy.bench.report import floor_of, ratios, rendered
from deploy.bench.servers import Server, serving
from deploy.bench.stages import measure_stages
from deploy.bench.start import measure_start
from deploy.bench.targets import STORE_VARIABLE, TARGET_VARIABLE
from deploy.evaluation import numbers
from deploy.evaluation.vehicles import VEHICLES
from deploy.provisioning.provision import Provisioner
from deploy.provisioning.seeding import seed_stores, today
from deploy.provisioning.tokens import demo_token
from deploy.state.settings import Settings, load_settings
from services import SERVICES
from services.stolen_vehicles import SERVICE
from shared.bureaus import MEMBERS
from shared.clock import SystemClock

BUILD: Final = Path("build")
ROUNDS: Final = 4
SECONDS: Final = 4.0
# The mesh adds fewer vehicles of its own.
EXAMPLES: Final = 100
# In each register that a check asks, but for those of persons.
CHECKED_RECORDS: Final = 50_000
# Of each number with each slip.
NUMBER_SEARCHES: Final = 200
MESH_PORT: Final = 8347
BARE_PORT: Final = 8357
PROXY_PORT: Final = 8367
HELLO_PORT: Final = 8377
DIRECT_PORT: Final = 8378

MESH, BARE, DIRECT, PROXY, HELLO = "mesh", "bare", "direct", "proxy", "hello"
COMPARED: Final = (MESH, BARE, DIRECT, PROXY)


@dataclass
class Rounds:
    """The measurements of one server in all rounds."""

    loads: list[Load] = field(default_factory=list)
    cpu_microseconds: list[float] = field(default_factory=list)
    memory_mebibytes: float = 0.0
    parts: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """The processor seconds of the parts of a mesh."""

    def summary(self) -> dict[str, float]:
        """Return the medians."""
        return {
            "requests_per_second": statistics.median(load.requests_per_second for load in self.loads),
            "p50_ms": statistics.median(load.p50 for load in self.loads),
            "p99_ms": statistics.median(load.p99 for load in self.loads),
            "cpu_us_per_request": statistics.median(self.cpu_microseconds),
            "memory_mib": self.memory_mebibytes,
            "failures": sum(load.failures for load in self.loads),
        }


def run_bench(vehicles: int, documents: int) -> list[str]:
    """Measure with so many vehicles and documents, write the report as JSON, and return it as lines of text."""
    BUILD.mkdir(exist_ok=True)
    report = asyncio.run(measure(vehicles, documents))
    (BUILD / "bench.json").write_text(json.dumps(report, indent=1) + "\n")
    return rendered(report)


async def measure(vehicles: int, documents: int) -> dict[str, Any]:
    """Return the measurements of one run."""
    settings = load_settings(home=BUILD / "bench", port=MESH_PORT)
    await _prepare(settings, vehicles)
    store_url = settings.store_of(SERVICE.name)
    stages = await measure_stages(store_url, search_paths(_database(settings), HALF)[0]) | await measure_exchange()
    async with _servers(settings, store_url) as servers:
        http = Rounds()
        await _round(servers[HELLO], Target(servers[HELLO].base, ["/"]), http)
        stages["http"] = http.cpu_microseconds[0]
        await servers[MESH].until_idle()
        mixes = {mix: await _measure_mix(mix, servers, settings) for mix in SEARCHES_PER_HIT}
        in_batches = Target(servers[MESH].base, [], demo_token(settings, "DE"))
        batches = await measure_batches(servers[MESH], in_batches, stolen_vins(_database(settings)))
    # After the others have stopped, which would use the processor.
    audit = await measure_audit(BUILD / "bench-audit")
    stages["audit log"] = audit["append"]["cpu_us"]
    floor = floor_of(stages)
    for found in mixes.values():
        found["ratios"] = ratios(found["servers"], floor)
    records = {"vehicles": vehicles, "documents": documents}
    return {
        "machine": {"cores": os.cpu_count(), "python": sys.version.split()[0], **records},
        "load": "wrk" if shutil.which("wrk") else "built-in generator",
        "mixes": mixes,
        "batches": batches,
        "floor_us": floor,
        "stages_us": stages,
        "numbers": [*numbers.data(await numbers.measure_store(VEHICLES, store_url, NUMBER_SEARCHES))],
        "documents": await measure_documents(BUILD / "bench-documents", documents),
        "checks": await measure_checks(BUILD / "bench-checks", CHECKED_RECORDS),
        "messages": await measure_messages(BUILD / "bench-messages"),
        "audit": audit,
        "start": await measure_start(BUILD / "bench-start"),
    }


async def _measure_mix(mix: str, servers: dict[str, Server], settings: Settings) -> dict[str, Any]:
    """Return the measurements of all servers with one mix of searches, in rounds that alternate."""
    paths = search_paths(_database(settings), mix)
    targets = {name: Target(servers[name].base, paths) for name in COMPARED}
    targets[MESH] = Target(servers[MESH].base, paths, demo_token(settings, "DE"))
    rounds = {name: Rounds() for name in COMPARED}
    for _ in range(ROUNDS):
        for name, found in rounds.items():
            await _round(servers[name], targets[name], found)
    mesh = rounds[MESH]
    half = mesh.summary()["requests_per_second"] / 2
    # The generator of the full load leaves no core idle: only now the service gets a further process, if at all.
    await steady_load(targets[MESH], SECONDS * 3, rate=half)
    at_half = await steady_load(targets[MESH], SECONDS * 2, rate=half)
    requests = sum(load.requests for load in mesh.loads)
    return {
        "servers": {name: one.summary() for name, one in rounds.items()},
        "mesh_at_half_rate": asdict(at_half),
        "mesh_parts_us": {name: seconds / requests * 1e6 for name, seconds in sorted(mesh.parts.items())},
    }


async def _prepare(settings: Settings, vehicles: int) -> None:
    """Provision a mesh, and seed the vehicles unless they exist: of all members, of which the mesh hosts some."""
    home = settings.state_dir
    home.open()
    Provisioner(home, SystemClock()).provision(sorted(MEMBERS), SERVICES)
    if vehicles <= _stored(settings) < vehicles + EXAMPLES:
        return
    shutil.rmtree(home.path / "stores", ignore_errors=True)
    await seed_stores(settings, [SERVICE], records=vehicles, seed=247, at=today(SystemClock()))


def _database(settings: Settings) -> Path:
    return Path(settings.store_of(SERVICE.name).removeprefix("sqlite:///"))


def _stored(settings: Settings) -> int:
    if not _database(settings).exists():
        return 0
    with sqlite3.connect(_database(settings)) as connection:
        return int(connection.execute("SELECT count(*) FROM vehicles").fetchone()[0])


@asynccontextmanager
async def _servers(settings: Settings, store_url: str) -> AsyncIterator[dict[str, Server]]:
    ports = (MESH_PORT, BARE_PORT, DIRECT_PORT, PROXY_PORT, HELLO_PORT)
    mesh, bare, direct, proxy, hello = (f"http://127.0.0.1:{port}" for port in ports)
    cores = os.cpu_count() or 1
    workers = str(cores)
    home = {
        "I247_HOME": str(settings.home),
        "I247_PORT": str(MESH_PORT),
        "I247_WORKERS": workers,
        # A gateway needs about half of the processor time of a service.
        "I247_GATEWAY_WORKERS": str(max(1, cores // 2)),
        "I247_LOG_LEVEL": "info",
    }
    front = {TARGET_VARIABLE: bare}
    async with (
        serving(MESH, ["deploy", "up"], mesh, home) as mesh_server,
        serving(BARE, _uvicorn("bare", BARE_PORT, workers), bare, {STORE_VARIABLE: store_url}) as bare_server,
        serving(DIRECT, _uvicorn("direct", DIRECT_PORT, workers), direct, {STORE_VARIABLE: store_url}) as direct_server,
        serving(PROXY, _uvicorn("proxy", PROXY_PORT, home["I247_GATEWAY_WORKERS"]), proxy, front) as proxy_server,
        serving(HELLO, _uvicorn("hello", HELLO_PORT, "1"), hello, {}) as hello_server,
    ):
        yield {
            MESH: mesh_server,
            BARE: bare_server,
            DIRECT: direct_server,
            PROXY: proxy_server,
            HELLO: hello_server,
        }


def _uvicorn(factory: str, port: int, workers: str) -> list[str]:
    application = f"deploy.bench.targets:{factory}"
    options = ["--factory", "--port", str(port), "--workers", workers, "--no-access-log", "--log-level", "warning"]
    return ["uvicorn", application, *options]


async def _round(server: Server, target: Target, found: Rounds) -> None:
    await full_load(target, 1.0, BUILD)
    before = server.seconds_of_parts()
    load = await full_load(target, SECONDS, BUILD)
    used = {name: seconds - before.get(name, 0.0) for name, seconds in server.seconds_of_parts().items()}
    found.loads.append(load)
    for name, seconds in used.items():
        found.parts[name] += seconds
    found.cpu_microseconds.append(sum(used.values()) / max(load.requests, 1) * 1e6)
    found.memory_mebibytes = server.memory_bytes() / 2**20
