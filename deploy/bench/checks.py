"""Checks at a border: what one costs, and how long it takes at a steady rate, in a mesh with every register seeded.

Each asks all registers: for the document, for its holder by name and date of birth, and for the car. Few find anything.
"""

import json
import string
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from deploy.bench.load import Target, http_request, steady_load
from deploy.bench.servers import serving
from deploy.provisioning.provision import Provisioner
from deploy.provisioning.seeding import seed_stores, today
from deploy.provisioning.tokens import demo_token
from deploy.state.settings import load_settings
from gateway.checks.registers import REGISTERS
from services import SERVICES
from services.synthetic_people import synthetic_person
from shared.bureaus import MEMBERS
from shared.clock import SystemClock

MESH_PORT: Final = 8387
PATH: Final = "/api/checks"
# More than two cores can do: as many are answered as can be.
RATE: Final = 200.0
SECONDS: Final = 15.0
# The first of each name are computed, as those of travellers are.
WARM_SECONDS: Final = 5.0
SETTLE_SECONDS: Final = 30.0
BODIES: Final = 2_000
# Persons are a hundredth of the things in the real registers, and take a hundred times as long to enter.
OF_PERSONS: Final = frozenset({"notices", "missing-persons"})
FEWER_PERSONS: Final = 20
_ISSUERS: Final = ("FRA", "D", "ITA", "POL", "KEN", "USA", "NLD", "ESP")


@dataclass(frozen=True, slots=True)
class Checks(Target):
    """A gateway, and the checks to send to it."""

    bodies: tuple[bytes, ...] = ()

    def request(self, turn: int) -> bytes:
        """Return the bytes of one of the checks."""
        return http_request("POST", PATH, self.token, self.bodies[turn % len(self.bodies)])


def bodies(random: Random, count: int) -> tuple[bytes, ...]:
    """Return the bodies of checks of travellers who do not exist, with their documents and cars."""
    return tuple(json.dumps(_traveller(random)).encode() for _ in range(count))


def _traveller(random: Random) -> dict[str, object]:
    person = synthetic_person(random)
    number = "".join(random.choices(string.ascii_uppercase, k=2)) + f"{random.randrange(10**7):07d}"
    plate = "".join(random.choices(string.ascii_uppercase, k=4))
    return {
        "document": {"issuer": random.choice(_ISSUERS), "number": number, "type": "passport"},
        "name": f"{person.name} {person.forename}",
        "date_of_birth": f"{random.randrange(1940, 2010)}-{random.randrange(1, 13):02d}-{random.randrange(1, 29):02d}",
        "plate": f"{plate[:2]} {random.randrange(1000):03d} {plate[2:]}",
        "country": "FR",
    }


async def measure_checks(folder: Path, records: int) -> dict[str, float]:
    """Return the most checks a second, the times of one at half of that, and its processor time in each part."""
    settings = load_settings(home=folder, port=MESH_PORT)
    settings.state_dir.open()
    Provisioner(settings.state_dir, SystemClock()).provision(sorted(MEMBERS), SERVICES)
    asked = [service for service in SERVICES if service.name in {each.service for each in REGISTERS}]
    for service in asked:
        count = records // FEWER_PERSONS if service.name in OF_PERSONS else records
        await seed_stores(settings, [service], records=count, seed=247, at=today(SystemClock()))
    environment = {"I247_HOME": str(folder), "I247_PORT": str(MESH_PORT), "I247_LOG_LEVEL": "info"}
    base = f"http://127.0.0.1:{MESH_PORT}"
    async with serving("checks", ["deploy", "up"], base, environment) as mesh:
        await mesh.until_idle()
        target = Checks(base, [], demo_token(settings, "DE"), bodies(Random(247), BODIES))
        await steady_load(target, WARM_SECONDS, rate=RATE)
        before = mesh.seconds_of_parts()
        load = await steady_load(target, SECONDS, rate=RATE)
        # A process that ended meanwhile is missing from those that were counted.
        after = mesh.seconds_of_parts()
        used = {name: max(seconds - before.get(name, 0.0), 0.0) for name, seconds in after.items()}
        await mesh.until_idle()
        # A service that is busy gets a further process, which takes a core for some seconds.
        await steady_load(target, SETTLE_SECONDS, rate=load.requests_per_second / 2)
        half = await steady_load(target, SECONDS, rate=load.requests_per_second / 2)
    parts = {f"cpu_ms of {name}": seconds / load.requests * 1000 for name, seconds in sorted(used.items())}
    return {
        "per_second": load.requests_per_second,
        "at half, per_second": half.requests_per_second,
        "at half, p50_ms": half.p50,
        "at half, p99_ms": half.p99,
        "cpu_ms": sum(parts.values()),
        "failures": float(load.failures + half.failures),
        **parts,
    }
