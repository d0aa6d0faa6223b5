"""The command `i247 provision`: creates what a mesh needs, and starts nothing."""

import argparse
import asyncio
from collections.abc import Callable

from deploy.commands.output import add_json, print_lines
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
    if settings.clock:
        require_clock(state_dir, settings)
    report = _report(as_json=options.as_json)
    setup = Setup(settings, report)
    if not setup.provision(secretariat_only=options.secretariat):
        report(f"all keys are in {state_dir.path} already: none was made")
    if settings.store_url is not None:
        asyncio.run(setup.make_databases())
    return 0


def _report(*, as_json: bool) -> Callable[[str], None]:
    from deploy.provisioning.setup import progress

    return (lambda line: print_lines([line], as_json=True)) if as_json else progress()
