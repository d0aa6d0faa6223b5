"""The mixes of searches that are measured: how often one finds a vehicle."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Final

from services.stolen_vehicles import SERVICE

HALF, REAL = "half", "real"
# The world searches 60 million times a day for some 5,000 hits.
SEARCHES_PER_HIT: Final[Mapping[str, int]] = {HALF: 2, REAL: 12_000}
SEARCHES: Final[Mapping[str, int]] = {HALF: 500, REAL: 12_000}
_SIGNS: Final = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
_VIN_LENGTH: Final = 17


def search_paths(database: Path, mix: str) -> list[str]:
    """Return the paths of the searches of a mix, in a random order that is the same each time."""
    random, number = Random(247), SEARCHES[mix]
    found = stolen_vins(database, number // SEARCHES_PER_HIT[mix])
    absent = ["".join(random.choices(_SIGNS, k=_VIN_LENGTH)) for _ in range(number - len(found))]
    paths = [f"/api/{SERVICE.name}/search?vin={vin}" for vin in (*found, *absent)]
    random.shuffle(paths)
    return paths


def stolen_vins(database: Path, number: int = 500) -> list[str]:
    """Return the VINs of some stolen vehicles, as they are stored."""
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT vin FROM vehicles WHERE status = 'stolen' ORDER BY id LIMIT ?", (number,))
        return [row[0] for row in rows]
