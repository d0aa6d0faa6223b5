"""What the measurements say together: ratios within one run, the floor of a search, and all of it as text."""

import os
import statistics
from collections.abc import Iterator, Mapping
from typing import Any, Final

Figures = Mapping[str, float]

FLOOR: Final = (
    *("sign request", "verify request", "sign reply", "verify reply"),
    *("NATS clients", "broker", "http", "audit log", "store"),
)
"""The stages without which there is no signed search: all else is what the mesh adds."""

CORES_COMPARED: Final = 2


def floor_of(stages: Figures) -> float:
    """Return the least processor time of a signed search, in microseconds."""
    return sum(stages[name] for name in FLOOR)


def ratios(found: Mapping[str, Figures], floor: float) -> dict[str, float]:
    """Return how the mesh compares with the others in the same run, by rate and by processor time."""
    mesh, others = found["mesh"], [name for name in found if name != "mesh"]
    rate = {f"mesh/{name}": mesh["requests_per_second"] / found[name]["requests_per_second"] for name in others}
    cpu = {f"cpu mesh/{name}": mesh["cpu_us_per_request"] / found[name]["cpu_us_per_request"] for name in others}
    per_cores = mesh["requests_per_second"] * CORES_COMPARED / (os.cpu_count() or 1)
    return rate | cpu | {"cpu mesh/floor": mesh["cpu_us_per_request"] / floor, "requests/s on 2 cores": per_cores}


def rendered(report: Mapping[str, Any]) -> list[str]:
    """Return a report as lines of text."""
    lines = [line for mix, found in report["mixes"].items() for line in _rendered_mix(mix, found)]
    lines.append(f"floor of a signed search: {report['floor_us']:.0f} us of processor time")
    for part in ("batches", "documents", "checks", "messages", "audit", "start", "stages_us"):
        lines += (f"{part}/{name:40}{figure:12.2f}" for name, figure in _figures(report[part]))
    return [*lines, *map(_rendered_number, report["numbers"])]


def _rendered_mix(mix: str, found: Mapping[str, Any]) -> Iterator[str]:
    yield f"{mix + ':':8}{'requests/s':>12}{'p50 ms':>10}{'p99 ms':>10}{'CPU us':>10}{'MiB':>8}{'failures':>10}"
    for name, one in found["servers"].items():
        yield (
            f"{name:8}{one['requests_per_second']:12.0f}{one['p50_ms']:10.2f}{one['p99_ms']:10.2f}"
            f"{one['cpu_us_per_request']:10.0f}{one['memory_mib']:8.0f}{one['failures']:10.0f}"
        )
    half = found["mesh_at_half_rate"]
    yield f"mesh at {half['requests_per_second']:.0f}/s: p50 {half['p50']:.2f} ms, p99 {half['p99']:.2f} ms"
    yield from (f"{name:24}{ratio:8.2f}" for name, ratio in found["ratios"].items())
    yield from (f"CPU us of {name:14}{figure:8.0f}" for name, figure in found["mesh_parts_us"].items())


def _rendered_number(found: Mapping[str, Any]) -> str:
    """Return what was measured of searches by misread numbers: recall of a slip, strangers in 1,000, or times."""
    said = (value if isinstance(value, str) else f"{name}={value:.7g}" for name, value in found.items())
    return f"numbers/{' '.join(said)}"


def _figures(part: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, float]]:
    """Yield the figures of a part of the report with their paths in it; the median of several."""
    for name, value in part.items():
        if isinstance(value, dict):
            yield from _figures(value, f"{path}{name}/")
        else:
            yield f"{path}{name}", statistics.median(value) if isinstance(value, list) else value
