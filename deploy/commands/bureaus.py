"""The command `i247 bureaus`: lists or adds members, and decides on their standing."""

import argparse
from collections.abc import Iterator

from deploy.commands.arguments import prints
from deploy.commands.decisions import Decisions
from deploy.commands.officers import scoped_services
from deploy.commands.standing_decisions import (
    REASONS,
    STANDINGS,
    MeasureOptions,
    StandingCommands,
    end_of_measure,
    resolution,
)
from deploy.provisioning.provision import Provisioner, issue_keys
from deploy.provisioning.registrar import Registrar
from deploy.state.directory_file import add_bureau
from deploy.state.errors import StartRefused
from deploy.state.settings import Settings
from shared.bureaus import MEMBERS, BureauCode, name_of, parse_bureau
from shared.standing import MEMBER, describe


def add_options(bureaus: argparse.ArgumentParser) -> None:
    """Add the actions of the command."""
    actions = bureaus.add_subparsers(required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="print all members")
    prints(listing, lambda settings, _: BureauCommands(settings).list_bureaus())
    add = actions.add_parser("add", help="make a bureau a member, or bring a suspended one back, with new keys")
    add.add_argument("code", metavar="CODE", help="such as IT")
    prints(add, lambda settings, options: BureauCommands(settings).add(options.code))
    _add_standing_options(actions.add_parser("standing", help="supervise, restrict or suspend a bureau, or end that"))
    suspend = actions.add_parser(
        "suspend", help="suspend a bureau for a security incident, for three months, and revoke its keys"
    )
    suspend.add_argument("code", metavar="CODE", help="such as IT")
    prints(suspend, lambda settings, options: BureauCommands(settings).suspend(options.code))


def _add_standing_options(standing: argparse.ArgumentParser) -> None:
    standing.add_argument("code", metavar="CODE", help="such as IT")
    standing.add_argument("standing", choices=STANDINGS, help="`member` ends all measures")
    standing.add_argument("--reason", choices=REASONS, help="why")
    standing.add_argument(
        "--until",
        type=end_of_measure,
        metavar="TIME",
        help="when it ends: a day (00:00 UTC) or a time in RFC 3339; without --resolution at most 92 days ahead",
    )
    standing.add_argument(
        "--resolution", type=resolution, metavar="NUMBER", help="of the Executive Committee, such as EC/2026/14"
    )
    standing.add_argument(
        "--services", nargs="+", default=(), metavar="SERVICE", help="restrict it in these services alone"
    )
    prints(standing, lambda settings, options: BureauCommands(settings).standing(options))


class BureauCommands:
    """Runs the actions on one state directory."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._decisions = Decisions(settings)
        self._state_dir = self._decisions.state_dir
        self._clock = self._decisions.clock

    def list_bureaus(self) -> Iterator[str]:
        """Yield a line for each bureau in the directory, and one for the measure that it is under."""
        directory, now = self._decisions.directory(), self._clock.now()
        members = directory.members(now)
        yield f"{'CODE':5} {'STANDING':10} {'KEY':8} {'GATEWAY':10} NAME"
        for code in sorted({entry.participant for entry in directory.entries() if entry.kind == "bureau"}):
            key = "valid" if code in members else "none"
            where = "here" if self._state_dir.key_numbers(code) else "elsewhere"
            standing = directory.standing_of(code, now.timestamp()) or MEMBER
            yield f"{code:5} {standing.standing:10} {key:8} {where:10} {name_of(BureauCode(code))}"
            if standing != MEMBER:
                yield f"{'':5} {describe(standing)}"

    def add(self, code: str) -> Iterator[str]:
        """Make a bureau a member, or bring a suspended one back; its gateway is the one here."""
        bureau = _member(code)

        def decide(registrar: Registrar) -> Iterator[str]:
            self._require_keys_here(registrar, bureau)
            if bureau in registrar.directory.members(self._clock.now()):
                registrar.renew(registrar.entries_of(bureau)[0])
                result = "was a member already: its keys stay, and its gateway is here"
            else:
                issue_keys(self._state_dir, self._clock, registrar, bureau, "bureau")
                result = "is a member"
            Provisioner(self._state_dir, self._clock).create_demo_accounts([bureau], scoped_services())
            add_bureau(self._state_dir, bureau)
            yield f"{bureau} ({name_of(bureau)}) {result}"

        yield from self._decisions.change(decide)
        yield f"`i247 officer {bureau}` prints a login, `i247 token {bureau}` a token"

    def standing(self, options: argparse.Namespace) -> Iterator[str]:
        """Give a member a standing: see `standing_decisions`."""
        stated = MeasureOptions(options.reason, options.until, options.resolution, tuple(options.services))
        yield from StandingCommands(self._settings).change(_member(options.code), options.standing, stated)

    def suspend(self, code: str) -> Iterator[str]:
        """Suspend a bureau at once: its keys are revoked, and it gets no others until it is added again."""
        yield from StandingCommands(self._settings).suspend(_member(code))

    def _require_keys_here(self, registrar: Registrar, bureau: BureauCode) -> None:
        """Raise StartRefused if the keys of a bureau are, or would have to be, on another machine."""
        known = bool(registrar.entries_of(bureau))
        if known and not self._state_dir.key_numbers(bureau):
            raise StartRefused(
                f"{bureau} has its keys and its gateway elsewhere: run `i247 keys request {bureau}` there, and "
                "`i247 keys approve --readmit` here"
            )
        if not known and not any(name in MEMBERS for name in self._state_dir.participants_here()):
            raise StartRefused(
                f"the members have their keys and gateways elsewhere: run `i247 keys request {bureau}` there, and "
                "`i247 keys approve` here"
            )


def _member(text: str) -> BureauCode:
    code = parse_bureau(text)
    if code not in MEMBERS:
        raise StartRefused(f"{code} is the General Secretariat, not a member")
    return code
