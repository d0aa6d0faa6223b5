"""The command `i247 partners`: enters the agreement under which a partner acts."""

import argparse
from collections.abc import Collection, Iterator
from datetime import date
from typing import Final

from deploy.commands.arguments import prints
from deploy.commands.bureaus import BureauCommands
from deploy.commands.standing_decisions import resolution
from deploy.state.errors import WrongUsage
from deploy.state.settings import Settings
from services import SERVICES
from shared.agreements import MESSAGE, VERBS, WRITE, Agreement
from shared.identity import ORDINARY_PURPOSES
from shared.suggestions import unknown

SERVICE_NAMES: Final = tuple(service.name for service in SERVICES)
WRITABLE: Final = frozenset(service.name for service in SERVICES if service.partners_enter)
PURPOSE_NAMES: Final = tuple(purpose.value for purpose in ORDINARY_PURPOSES)


def add_options(partners: argparse.ArgumentParser) -> None:
    """Add the actions of the command."""
    actions = partners.add_subparsers(required=True, metavar="ACTION")
    add = actions.add_parser("add", help="enter a partner with its agreement, or change the agreement of one")
    add.add_argument("code", metavar="PARTNER", help="such as PARTNER-ICC")
    add.add_argument(
        "--services",
        type=_some(SERVICE_NAMES),
        default=(),
        metavar="SERVICE,...",
        help="that it may read, screen by, or enter records in",
    )
    add.add_argument(
        "--verbs",
        type=_some(VERBS),
        required=True,
        metavar="VERB,...",
        help="some of `read`, `message`, `screen`, `refer` and `write`, which needs `message`",
    )
    add.add_argument(
        "--purposes", type=_some(PURPOSE_NAMES), required=True, metavar="PURPOSE,...", help="for which it may act"
    )
    add.add_argument("--until", type=date.fromisoformat, required=True, metavar="DATE", help="its last day, in UTC")
    add.add_argument("--resolution", type=resolution, required=True, help="of the Assembly, such as AG-2026-RES-04")
    prints(add, _add)


def _add(settings: Settings, options: argparse.Namespace) -> Iterator[str]:
    _require_writable(options.services, options.verbs)
    agreement = Agreement(
        services=options.services,
        verbs=options.verbs,
        purposes=options.purposes,
        until=options.until,
        resolution=options.resolution,
    )
    return BureauCommands(settings).agree(options.code, agreement)


def _require_writable(services: Collection[str], verbs: Collection[str]) -> None:
    """Require that who enters records takes messages, and has a service that lets partners. Raises WrongUsage."""
    if WRITE not in verbs:
        return
    if MESSAGE not in verbs:
        raise WrongUsage("the verb write needs message as well: owners of records are notified of hits")
    if not WRITABLE & {*services}:
        raise WrongUsage(f"partners enter records in {', '.join(sorted(WRITABLE))} alone: name it in --services")


class _some:  # noqa: N801 - named as the other argument types
    """An argument type: names separated by commas, each from a list."""

    def __init__(self, known: tuple[str, ...]) -> None:
        self._known = known

    def __call__(self, text: str) -> tuple[str, ...]:
        """Return the names, without duplicates. Raises ArgumentTypeError."""
        names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
        if wrong := [name for name in names if name not in self._known]:
            raise argparse.ArgumentTypeError(f"there is no {unknown(wrong[0], self._known)}")
        return names
