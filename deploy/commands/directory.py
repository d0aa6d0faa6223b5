"""The command `i247 directory`: signs what the Secretariat decided, or lists all signed entries."""

import argparse
from collections.abc import Iterator

from deploy.commands.arguments import prints
from deploy.commands.decisions import Decisions, format_time, key_state, key_state_data, participant_in
from deploy.commands.output import Line
from deploy.state.settings import Settings
from shared.clock import time_at
from shared.protocol.directory_entry import verify_entry


def add_options(directory: argparse.ArgumentParser) -> None:
    """Add the actions of the command."""
    actions = directory.add_subparsers(required=True, metavar="ACTION")
    sign = actions.add_parser("sign", help="sign the drafted decisions with the root key")
    prints(sign, lambda settings, _: Decisions(settings).sign())
    log = actions.add_parser("log", help="print every entry ever signed, or those of one participant")
    log.add_argument("name", metavar="PARTICIPANT", nargs="?", help="a bureau such as FR, or a service")
    keys = ("number", "issued", "name", "standing", "state", "at", "countersigned", "signing_key")
    prints(log, lambda settings, options: _log(settings, options.name), keys)


def _log(settings: Settings, name: str | None) -> Iterator[Line]:
    directory = Decisions(settings).directory()
    wanted = None if name is None else participant_in(directory, name)
    yield Line(f"{'NUMBER':7} {'ISSUED':17} {'NAME':16} {'STANDING':10} {'STATE':32} {'REQUEST':15} SIGNING KEY")
    for number, jws in enumerate(directory.log.entries()):
        entry = verify_entry(jws, directory.root)
        if wanted in (None, entry.participant):
            request = "countersigned" if entry.countersigned else "-"
            row = f"{number:<7} {format_time(entry.issued)} {entry.participant:16} {entry.standing:10}"
            data = {
                "number": number,
                "issued": time_at(entry.issued),
                "name": entry.participant,
                "standing": entry.standing,
                **key_state_data(entry, entry.issued),
                "countersigned": bool(entry.countersigned),
                "signing_key": entry.kid,
            }
            yield Line(f"{row} {key_state(entry, entry.issued):32} {request:15} {entry.kid}", data)
