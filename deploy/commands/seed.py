"""The command `i247 seed`: fills the stores with synthetic records."""

import argparse
import asyncio

from deploy.commands.arguments import positive, prints
from deploy.commands.output import Line
from deploy.state.settings import Settings


def add_options(seed: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    seed.add_argument(
        "--records",
        type=positive,
        default=2000,
        help="records in each store, besides the examples of the documents (default: 2000)",
    )
    seed.add_argument("--seed", type=int, default=247, help="the same seed draws the same records (default: 247)")
    seed.add_argument("--service", metavar="SERVICE", help="fill only the store of this service")
    prints(seed, _seed, ("message", "service", "records"))


def _seed(settings: Settings, options: argparse.Namespace) -> list[Line]:
    from deploy.mesh.service_names import find_service
    from deploy.provisioning.seeding import seed_stores, today
    from deploy.state.clock import clock_of
    from services import SERVICES

    services = (find_service(options.service),) if options.service else SERVICES
    at = today(clock_of(settings.state_dir))
    asyncio.run(seed_stores(settings, services, records=options.records, seed=options.seed, at=at))
    return [_filled(service.name, options.records) for service in services]


def _filled(service: str, records: int) -> Line:
    says = f"{service}: {records:,} records drawn, of which those that were missing were entered"
    return Line(says, {"message": says, "service": service, "records": records})
