"""The command `i247 bureaus`: lists or adds participants, and decides on their standing."""

import argparse
from collections.abc import Iterator

from deploy.commands.arguments import prints
from deploy.commands.decisions import Decisions
from deploy.commands.officers import scoped_services
from deploy.commands.output import Line
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
from deploy.state.errors import StartRefused, WrongUsage
from deploy.state.settings import Settings
from shared.agreements import Agreement
from shared.bureaus import COMMISSION, MEMBERS, SECRETARIAT, BureauCode, kind_of, name_of, parse_bureau
from shared.standing import MEMBER, describe


def add_options(bureaus: argparse.ArgumentParser) -> None:
    """Add the actions of the command."""
    actions = bureaus.add_subparsers(required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="print all participants but services")
    keys = ("code", "kind", "standing", "measure", "key", "gateway", "name", "agreement")
    prints(listing, lambda settings, _: BureauCommands(settings).list_bureaus(), keys)
    add = actions.add_parser(
        "add", help="make a bureau or a unit a participant, or bring a suspended one back, with new keys"
    )
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

    def list_bureaus(self) -> Iterator[Line]:
        """Yield a line for each participant in the directory that is no service, and one for its measure.

        The line of a partner states what is agreed with it. Members alone have a standing.
        """
        directory, now = self._decisions.directory(), self._clock.now().timestamp()
        shown = [each for each in directory.participants() if directory.kind_of(each) != "service"]
        width = max(map(len, shown), default=5)
        yield Line(f"{'CODE':{width}} {'KIND':10} {'STANDING':10} {'KEY':8} {'GATEWAY':10} NAME")
        for code in shown:
            key = "valid" if any(entry.valid_at(now) for entry in directory.entries_of(code)) else "none"
            where = "here" if self._state_dir.key_numbers(code) else "elsewhere"
            standing, agreed = directory.standing_of(code, now) or MEMBER, directory.agreement_of(code)
            stated = standing.standing if code in MEMBERS else None
            kind, name = directory.kind_of(code), name_of(BureauCode(code))
            measure = None if standing == MEMBER else describe(standing)
            agreement = str(agreed) if agreed else None
            data = {"code": code, "kind": kind, "standing": stated, "measure": measure}
            data |= {"key": key, "gateway": where, "name": name, "agreement": agreement}
            row = f"{code:{width}} {kind:10} {stated or '-':10} {key:8} {where:10} {name}"
            words = f"{row} ({agreement})" if agreement else row
            yield Line(words, data, (f"{'':{width}} {measure}",) if measure else ())

    def add(self, code: str) -> Iterator[str]:
        """Make a bureau or a unit a participant, or bring a suspended one back; its gateway is the one here."""
        bureau = _changeable(code)
        if kind_of(bureau) == "partner" and not self._decisions.directory().knows(bureau):
            raise StartRefused(f"{bureau} needs an agreement: `i247 partners add {bureau}` enters it")

        def decide(registrar: Registrar) -> Iterator[str]:
            yield self._admit(registrar, bureau)
            self._make_accounts(registrar, bureau)

        yield from self._decisions.change(decide)
        yield f"`i247 officer {bureau}` prints a login, `i247 token {bureau}` a token"

    def agree(self, code: str, agreement: Agreement) -> Iterator[str]:
        """Enter the agreement of a partner, in place of an earlier one; a new partner gets its gateway here."""
        partner = _partner(code)
        if agreement.until < self._clock.now().date():
            raise WrongUsage(
                f"--until: {agreement.until} is past, so the agreement would allow nothing: give its last day, today "
                "or later"
            )

        def decide(registrar: Registrar) -> Iterator[str]:
            if not registrar.entries_of(partner):
                yield self._admit(registrar, partner)
            registrar.agree(partner, agreement)
            if self._state_dir.key_numbers(partner):
                self._make_accounts(registrar, partner)
            yield f"{partner} ({name_of(partner)}): {agreement}"

        yield from self._decisions.change(decide)
        if self._state_dir.key_numbers(partner):
            yield f"`i247 officer {partner}` prints a login, `i247 token {partner}` a token"

    def _admit(self, registrar: Registrar, bureau: BureauCode) -> str:
        """Make sure that a participant has keys and its gateway here; return what was done."""
        self._require_keys_here(registrar, bureau)
        entries, now = registrar.entries_of(bureau), self._clock.now().timestamp()
        is_in = registrar.standing_of(bureau).standing != "suspended" and any(entry.valid_at(now) for entry in entries)
        if is_in:
            registrar.renew(entries[0])
            result = "was a member already: its keys stay, and its gateway is here"
        else:
            issue_keys(self._state_dir, self._clock, registrar, bureau, kind_of(bureau))
            result = "is a member" if bureau in MEMBERS else "is a participant"
        add_bureau(self._state_dir, bureau)
        return f"{bureau} ({name_of(bureau)}) {result}"

    def _make_accounts(self, registrar: Registrar, bureau: BureauCode) -> None:
        """Make the demo accounts of a participant; those of a partner have the purposes of its agreement."""
        provisioner = Provisioner(self._state_dir, self._clock)
        provisioner.create_demo_accounts([bureau], scoped_services(), registrar.agreement_of)

    def standing(self, options: argparse.Namespace) -> Iterator[str]:
        """Give a member a standing: see `standing_decisions`."""
        stated = MeasureOptions(options.reason, options.until, options.resolution, tuple(options.services))
        yield from StandingCommands(self._settings).change(_member(options.code), options.standing, stated)

    def suspend(self, code: str) -> Iterator[str]:
        """Suspend a member at once: its keys are revoked, and it gets no others until it is added again."""
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


def _changeable(text: str) -> BureauCode:
    code = parse_bureau(text)
    if code == SECRETARIAT:
        raise StartRefused(f"{code} is the General Secretariat, not a member")
    return code


def _partner(text: str) -> BureauCode:
    code = BureauCode(text.strip().upper())
    if kind_of(code) != "partner":
        raise WrongUsage(
            f"{text[:20]!r} is not the code of a partner: use PARTNER- and 2 to 12 letters, such as PARTNER-ICC"
        )
    return code


def _member(text: str) -> BureauCode:
    """Return the code of a member. Raises StartRefused: measures are against members, and against nobody else."""
    code = _changeable(text)
    if code in MEMBERS:
        return code
    if code == COMMISSION:
        raise StartRefused(
            f"{code} is independent of the Secretariat, which takes no measure against it: only its keys can be "
            f"revoked, for all to see, with `i247 keys revoke {code}`"
        )
    if kind_of(code) == "partner":
        raise StartRefused(
            f"{code} is a partner, not a member: its agreement ends with an earlier `--until` of "
            f"`i247 partners add {code}`, and its access at once with `i247 keys revoke {code}`"
        )
    raise StartRefused(f"{code} is not a member: `i247 keys revoke {code}` ends its access, without a measure")
