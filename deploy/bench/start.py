"""Measures first start, stop and idle memory of a whole mesh, with ten bureaus and with all."""

import shutil
import time
from pathlib import Path
from typing import Final

from deploy.bench.servers import serving
from shared.bureaus import DEFAULT_MEMBERS

MESH_PORT: Final = 8397
MESHES: Final = {"ten": ",".join(DEFAULT_MEMBERS), "all": "all"}


async def measure_start(folder: Path) -> dict[str, dict[str, float]]:
    """Return the measurements of each mesh."""
    return {name: await _measure(folder / name, bureaus) for name, bureaus in MESHES.items()}


async def _measure(folder: Path, bureaus: str) -> dict[str, float]:
    shutil.rmtree(folder, ignore_errors=True)
    environment = {"I247_HOME": str(folder), "I247_PORT": str(MESH_PORT), "I247_BUREAUS": bureaus}
    started = time.perf_counter()
    async with serving("start", ["deploy", "up"], f"http://127.0.0.1:{MESH_PORT}", environment) as server:
        found = {"ready_seconds": time.perf_counter() - started, "ready_cpu_seconds": server.processor_seconds()}
        await server.until_idle()
        found["memory_mib"] = server.memory_bytes() / 2**20
        stopping = time.perf_counter()
    return found | {"stopped_seconds": time.perf_counter() - stopping}
