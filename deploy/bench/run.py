"""Runs all measurements, and prints and writes the report."""

import asyncio
import json
import os
import shutil
import sqlite3
import statistics
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

from deploy.bench.audit import measure_audit
from deploy.bench.batches import measure_batches
from deploy.bench.load import Load, Target, full_load, steady_load
from deploy.bench.messages import measure_messages
from deploy.bench.servers import Server, serving
from deploy.bench.stages import measure_stages
from deploy.bench.start import measure_start
from deploy.bench.targets import STORE_VARIABLE, TARGET_VARIABLE
from deploy.provisioning.provision import Provisioner
from deploy.provisioning.seeding import seed_stores, today
from deploy.provisioning.tokens import demo_token
from deploy.state.settings import Settings, load_settings
from services import SERVICES
from services.stolen_vehicles import SERVICE
from shared.clock import SystemClock

BUILD: Final = Path("build")
VEHICLES: Final = 100_000
SEARCHES: Final = 500
ROUNDS: Final = 5
SECONDS: Final = 4.0
MESH_PORT: Final = 8347
BARE_PORT: Final = 8357
PROXY_PORT: Final = 8367
HELLO_PORT: Final = 8377

MESH, BARE, PROXY = "mesh", "bare", "proxy"


@dataclass
class Rounds:
    """The measurements of one server in all rounds."""

    loads: list[Load] = field(default_factory=list)
    cpu_microseconds: list[float] = field(default_factory=list)
    memory_mebibytes: float = 0.0

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


def run_bench() -> str:
    """Measure, write the report as JSON, and return it as text."""
    BUILD.mkdir(exist_ok=True)
    report = asyncio.run(measure())
    (BUILD / "bench.json").write_text(json.dumps(report, indent=1) + "\n")
    return _rendered(report)


async def measure() -> dict[str, Any]:
    """Return the measurements of one run."""
    settings = load_settings(home=BUILD / "bench", port=MESH_PORT)
    await _prepare(settings)
    store_url = settings.store_of(SERVICE.name)
    paths = _searches(settings)
    stages = await measure_stages(store_url, paths[0])
    async with _servers(settings, store_url) as servers:
        targets = {name: Target(server.base, paths) for name, server in servers.items()}
        targets[MESH] = Target(servers[MESH].base, paths, demo_token(settings, "DE"))
        rounds = {name: Rounds() for name in (MESH, BARE, PROXY)}
        for _ in range(ROUNDS):
            for name, found in rounds.items():
                await _round(servers[name], targets[name], found)
        half = rounds[MESH].summary()["requests_per_second"] / 2
        at_half = await steady_load(targets[MESH], SECONDS * 2, rate=half)
        batches = await measure_batches(servers[MESH], targets[MESH], _stolen(settings))
        http = Rounds()
        await _round(servers["hello"], Target(servers["hello"].base, ["/"]), http)
    stages["http"] = http.cpu_microseconds[0]
    # After the others have stopped, which would use the processor.
    messages = await measure_messages(BUILD / "bench-messages")
    audit = await measure_audit(BUILD / "bench-audit")
    start = await measure_start(BUILD / "bench-start")
    report = _report(rounds, at_half, stages) | {"messages": messages, "audit": audit, "start": start}
    return report | {"batches": batches}


async def _prepare(settings: Settings) -> None:
    """Provision a mesh, and seed the vehicles unless they exist."""
    home = settings.state_dir
    home.open()
    Provisioner(home, SystemClock()).provision(settings.bureaus, SERVICES)
    if _stored(settings) == VEHICLES:
        return
    shutil.rmtree(home.path / "stores", ignore_errors=True)
    await seed_stores(settings, [SERVICE], records=VEHICLES, seed=247, at=today(SystemClock()))


def _database(settings: Settings) -> Path:
    return Path(settings.store_of(SERVICE.name).removeprefix("sqlite:///"))


def _stored(settings: Settings) -> int:
    if not _database(settings).exists():
        return 0
    with sqlite3.connect(_database(settings)) as connection:
        return int(connection.execute("SELECT count(*) FROM vehicles").fetchone()[0])


def _stolen(settings: Settings) -> list[str]:
    with sqlite3.connect(_database(settings)) as connection:
        rows = connection.execute(
            "SELECT vin FROM vehicles WHERE status = 'stolen' ORDER BY id LIMIT ?", (SEARCHES // 2,)
        )
        return [row[0] for row in rows]


def _searches(settings: Settings) -> list[str]:
    found = _stolen(settings)
    absent = [vin[::-1] for vin in found]
    paths = [f"/api/{SERVICE.name}/search?vin={vin}" for vin in (*found, *absent)]
    Random(247).shuffle(paths)
    return paths


@asynccontextmanager
async def _servers(settings: Settings, store_url: str) -> AsyncIterator[dict[str, Server]]:
    mesh, bare, proxy, hello = (f"http://127.0.0.1:{port}" for port in (MESH_PORT, BARE_PORT, PROXY_PORT, HELLO_PORT))
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
        serving(PROXY, _uvicorn("proxy", PROXY_PORT, home["I247_GATEWAY_WORKERS"]), proxy, front) as proxy_server,
        serving("hello", _uvicorn("hello", HELLO_PORT, "1"), hello, {}) as hello_server,
    ):
        yield {MESH: mesh_server, BARE: bare_server, PROXY: proxy_server, "hello": hello_server}


def _uvicorn(factory: str, port: int, workers: str) -> list[str]:
    application = f"deploy.bench.targets:{factory}"
    options = ["--factory", "--port", str(port), "--workers", workers, "--no-access-log", "--log-level", "warning"]
    return ["uvicorn", application, *options]


async def _round(server: Server, target: Target, found: Rounds) -> None:
    await full_load(target, 1.0, BUILD)
    before = server.processor_seconds()
    load = await full_load(target, SECONDS, BUILD)
    found.loads.append(load)
    found.cpu_microseconds.append((server.processor_seconds() - before) / max(load.requests, 1) * 1e6)
    found.memory_mebibytes = server.memory_bytes() / 2**20


def _report(rounds: dict[str, Rounds], at_half: Load, stages: dict[str, float]) -> dict[str, Any]:
    found = {name: one.summary() for name, one in rounds.items()}
    rate = {name: one["requests_per_second"] for name, one in found.items()}
    cpu = {name: one["cpu_us_per_request"] for name, one in found.items()}
    return {
        "machine": {"cores": os.cpu_count(), "python": sys.version.split()[0], "vehicles": VEHICLES},
        "load": "wrk" if shutil.which("wrk") else "built-in generator",
        **found,
        "mesh_at_half_rate": asdict(at_half),
        "ratios": {
            "mesh/bare": rate[MESH] / rate[BARE],
            "mesh/proxy": rate[MESH] / rate[PROXY],
            "cpu mesh/bare": cpu[MESH] / cpu[BARE],
            "cpu mesh/proxy": cpu[MESH] / cpu[PROXY],
        },
        "stages_us": stages,
    }


def _rendered(report: dict[str, Any]) -> str:
    lines = [f"{'':8}{'requests/s':>12}{'p50 ms':>10}{'p99 ms':>10}{'CPU us':>10}{'MiB':>8}{'failures':>10}"]
    for name in (MESH, BARE, PROXY):
        one = report[name]
        lines.append(
            f"{name:8}{one['requests_per_second']:12.0f}{one['p50_ms']:10.2f}{one['p99_ms']:10.2f}"
            f"{one['cpu_us_per_request']:10.0f}{one['memory_mib']:8.0f}{one['failures']:10.0f}"
        )
    half = report["mesh_at_half_rate"]
    lines.append(f"mesh at {half['requests_per_second']:.0f}/s: p50 {half['p50']:.2f} ms, p99 {half['p99']:.2f} ms")
    lines += [f"{name:16}{ratio:6.2f}" for name, ratio in report["ratios"].items()]
    for part in ("batches", "messages", "audit", "start", "stages_us"):
        lines += (f"{part}/{name:40}{figure:12.2f}" for name, figure in _figures(report[part]))
    return "\n".join(lines)


def _figures(part: dict[str, Any], path: str = "") -> Iterator[tuple[str, float]]:
    """Yield the figures of a part of the report with their paths in it; the median of several."""
    for name, value in part.items():
        if isinstance(value, dict):
            yield from _figures(value, f"{path}{name}/")
        else:
            yield f"{path}{name}", statistics.median(value) if isinstance(value, list) else value
