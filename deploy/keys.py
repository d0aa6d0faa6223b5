"""The commands `i247 keys` and `i247 bureaus`: what the Secretariat decides about keys and members.

Each changes the state directory under its lock, so that two at once lose nothing, and then brings the change to all who
run. None needs the mesh to run, and none needs it to be started again.
"""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from deploy.broker_users import authorize, require_configuration
from deploy.clock import clock_of
from deploy.effect import Effect
from deploy.home import Home, StartRefused, add_bureau, added_bureaus, load_directory, unwritable
from deploy.provision import Provisioner
from deploy.registrar import Registrar, load_root, require_directory
from deploy.time_check import require_right_clock
from gateway.officers import OfficersUnusable
from shared.bureaus import MEMBERS, SECRETARIAT, BureauCode, name_of, parse_bureau
from shared.directory import Directory, Entry
from shared.service import Service
from shared.settings import Settings
from shared.signing import KeyUnusable

Act = Callable[[Registrar], str]


class KeyCommands:
    """Carries the commands out on one state directory."""

    def __init__(self, settings: Settings, scoped: tuple[Service, ...]) -> None:
        """`scoped` is all for which officers hold scopes."""
        self._settings = settings
        self._scoped = scoped
        self._home = Home(settings.home)
        self._clock = clock_of(self._home)

    def list_keys(self, name: str | None) -> Iterator[str]:
        """Return a line for each key of a participant, or of all."""
        directory, now = self._directory(), self._clock.now().timestamp()
        entries = directory.entries() if name is None else directory.entries_of(_participant(directory, name))
        yield f"{'NAME':16} {'STATE':32} {'SINCE':17} SIGNING KEY / SEALING KEY"
        for entry in sorted(entries, key=lambda entry: (entry.kind, entry.participant, -entry.not_before)):
            sealing = entry.sealing_public_key()
            kids = f"{entry.kid} / {sealing.kid}" if sealing else entry.kid
            yield f"{entry.participant:16} {_state(entry, now):32} {_time(entry.not_before)} {kids}"

    def rotate(self, name: str, overlap: timedelta) -> Iterator[str]:
        """Give a participant new keys; the present ones end after the overlap."""
        entries: list[Entry] = []

        def act(registrar: Registrar) -> str:
            participant = _participant(registrar.directory, name)
            if registrar.directory.standing_of(participant) == "suspended":
                raise StartRefused(f"{participant} is suspended: `i247 bureaus add {participant}` brings it back")
            registrar.rotate(participant, overlap)
            entries.extend(registrar.entries_of(participant))
            return participant

        participant, effect = self._change(act)
        new, ends = entries[0], [entry for entry in entries[1:] if entry.valid_at(entries[0].issued)]
        yield f"{participant} has a new signing key {new.kid}" + (" and a new sealing key" if new.sealing_key else "")
        yield from (f"its key {entry.kid} ends at {_time(entry.not_after)}" for entry in ends)
        yield from effect

    def revoke(self, name: str) -> Iterator[str]:
        """Revoke all keys of a participant."""
        revoked: list[Entry] = []

        def act(registrar: Registrar) -> str:
            participant = _participant(registrar.directory, name)
            revoked.extend(registrar.revoke(participant))
            if not revoked:
                raise StartRefused(f"{participant} holds no key that is not revoked already")
            return participant

        participant, effect = self._change(act)
        yield from (f"the key {entry.kid} of {participant} is revoked" for entry in revoked)
        yield from effect
        yield f"`i247 keys rotate {participant}` gives it new ones"

    def list_bureaus(self) -> Iterator[str]:
        """Return a line for each bureau in the directory."""
        directory, now = self._directory(), self._clock.now()
        hosted = {SECRETARIAT, *self._settings.bureaus, *added_bureaus(self._home)}
        members = directory.members(now)
        yield f"{'CODE':5} {'STANDING':10} {'KEY':8} {'GATEWAY':10} NAME"
        for code in sorted({entry.participant for entry in directory.entries() if entry.kind == "bureau"}):
            key = "valid" if code in members else "none"
            where = "here" if code in hosted else "elsewhere"
            yield f"{code:5} {directory.standing_of(code):10} {key:8} {where:10} {name_of(BureauCode(code))}"

    def add(self, code: str) -> Iterator[str]:
        """Make a bureau a member, or bring a suspended one back; the gateway here is its own."""
        bureau = _member(code)
        became = "is a member"

        def act(registrar: Registrar) -> str:
            nonlocal became
            if bureau in registrar.directory.members(self._clock.now()):
                registrar.renew(registrar.entries_of(bureau)[0])
                became = "was a member already: its keys stay, and the gateway here is its own"
            else:
                registrar.admit(bureau)
            Provisioner(self._home, self._clock).enlist([bureau], self._scoped)
            add_bureau(self._home, bureau)
            return bureau

        _, effect = self._change(act)
        yield f"{bureau} ({name_of(bureau)}) {became}"
        yield from effect
        yield f"`i247 officer {bureau}` prints a login, `i247 token {bureau}` a token"

    def suspend(self, code: str) -> Iterator[str]:
        """Suspend a bureau: its keys are revoked, and it gets no others until it is added again."""
        bureau = _member(code)

        def act(registrar: Registrar) -> str:
            registrar.entries_of(bureau)
            if registrar.directory.standing_of(bureau) == "suspended":
                raise StartRefused(f"{bureau} is suspended already")
            registrar.suspend(bureau)
            return bureau

        _, effect = self._change(act)
        yield f"{bureau} ({name_of(bureau)}) is suspended, and its keys are revoked"
        yield from effect
        yield f"`i247 bureaus add {bureau}` brings it back"

    def _change(self, act: Act) -> tuple[str, Iterator[str]]:
        """Do an act, save it and bring it to all who run; return the participant, and what became of the change.

        After the last sentence the iterator raises StartRefused if the broker still lets in an excluded participant.
        """
        root = load_root(self._home)
        with self._home.changing():
            require_configuration(self._home)
            asyncio.run(require_right_clock(self._settings, self._directory()))
            try:
                registrar = Registrar(self._home, self._clock, root)
                participant = act(registrar)
                registrar.save()
                users = authorize(self._home, registrar.directory)
            except OSError as error:
                raise unwritable(error) from error
            except (KeyUnusable, OfficersUnusable) as error:
                raise StartRefused(str(error)) from error
            effect = Effect(self._settings, registrar, users)
            return participant, _told(asyncio.run(effect.take(participant)), effect.unfinished)

    def _directory(self) -> Directory:
        require_directory(self._home)
        return load_directory(self._home)


def _told(said: list[str], unfinished: str) -> Iterator[str]:
    yield from said
    if unfinished:
        raise StartRefused(unfinished)


def _participant(directory: Directory, name: str) -> str:
    for participant in (name.strip(), name.strip().upper()):
        if directory.entries_of(participant):
            return participant
    raise StartRefused(f"{name[:40]!r} is not in the directory: `i247 keys list` shows who is")


def _member(text: str) -> BureauCode:
    code = parse_bureau(text)
    if code not in MEMBERS:
        raise StartRefused(f"{code} is no member, but the General Secretariat itself")
    return code


def _state(entry: Entry, now: float) -> str:
    if entry.revoked_at is not None:
        return f"revoked {_time(entry.revoked_at)}"
    if now > entry.not_after:
        return f"ended {_time(entry.not_after)}"
    return f"valid until {_time(entry.not_after)}"


def _time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%MZ}"
