"""The command `i247 provision`: creates what a mesh needs, and starts nothing."""

import argparse
import asyncio
from collections.abc import Callable

from deploy.commands.output import add_json, print_lines
from deploy.state.errors import StartRefused
from deploy.state.running import MESH, running_in
from deploy.state.settings import Settings


def add_options(provision: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    provision.add_argument("--bureaus", metavar="FR,DE,...", help="the members, or `all` (default: ten)")
    provision.add_argument(
        "--secretariat", action="store_true", help="set up only the Secretariat; all others request keys (`i247 keys`)"
    )
    add_json(provision)
    provision.set_defaults(run=_provision)


def _provision(settings: Settings, options: argparse.Namespace) -> int:
    from deploy.provisioning.setup import Setup
    from deploy.state.clock import require_clock

    state_dir = settings.state_dir
    state_dir.open()
    _require_number_of_servers(settings)
    if settings.clock:
        require_clock(state_dir, settings)
    report = _report(as_json=options.as_json)
    setup = Setup(settings, report)
    if not setup.provision(secretariat_only=options.secretariat):
        report(f"all keys are in {state_dir.path} already: none was made")
    if settings.store_url is not None:
        asyncio.run(setup.make_databases())
    return 0


def _require_number_of_servers(settings: Settings) -> None:
    """Refuse to write the configuration of fewer or more NATS servers than run. Raises StartRefused."""
    for one in running_in(settings.state_dir):
        if one.what == MESH and (count := len(one.broker.split(","))) != len(settings.broker_urls):
            raise StartRefused(
                f"the mesh that runs in {settings.state_dir.path} has {count} NATS servers: "
                f"set I247_NATS_REPLICAS={count}, or stop it first"
            )


def _report(*, as_json: bool) -> Callable[[str], None]:
    from deploy.provisioning.setup import progress

    return (lambda line: print_lines([line], as_json=True)) if as_json else progress()
