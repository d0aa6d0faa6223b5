"""The commands `i247 keys`, `i247 bureaus` and `i247 directory`: what the Secretariat decides about keys and members.

Each changes the state directory under its lock, so that two at once lose nothing, and then brings the change to all who
run. None needs the mesh to run, and none needs it to be started again. Where the root key lies elsewhere, or under a
passphrase, a decision is drafted, and `i247 directory sign` carries it out.
"""

import asyncio
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.broker.users import require_configuration
from deploy.provisioning.provision import Provisioner, give_keys
from deploy.provisioning.registrar import Registrar
from deploy.provisioning.rollout import publish
from deploy.provisioning.root_key import RootKeyAbsent, open_root, root_access
from deploy.provisioning.time_check import require_right_clock
from deploy.state.clock import clock_of
from deploy.state.settings import Settings
from deploy.state.state_dir import StartRefused, StateDir, add_bureau, load_directory, load_root, unwritable
from gateway.auth.accounts import OfficersUnusable
from shared.bureaus import MEMBERS, SECRETARIAT, BureauCode, name_of, parse_bureau
from shared.crypto.ed25519 import KeyUnusable, Signer
from shared.protocol.directory import Directory, Entry, verify_entry
from shared.protocol.key_request import KeyStatement, RequestRefused, fingerprint_of, read_request
from shared.service import Service

Act = Callable[[Registrar], None]
"""Drafts a decision."""


class KeyCommands:
    """Carries the commands out on one state directory."""

    def __init__(self, settings: Settings, scoped: tuple[Service, ...]) -> None:
        """`scoped` is all for which officers hold scopes."""
        self._settings = settings
        self._scoped = scoped
        self._home = StateDir(settings.home)
        self._clock = clock_of(self._home)
        self._is_drafted = False

    def list_keys(self, name: str | None) -> Iterator[str]:
        """Return a line for each key of a participant, or of all."""
        directory, now = self._directory(), self._clock.now().timestamp()
        entries = directory.entries() if name is None else directory.entries_of(_participant(directory, name))
        yield f"{'NAME':16} {'STATE':32} {'SINCE':17} SIGNING KEY / SEALING KEY"
        for entry in sorted(entries, key=lambda entry: (entry.kind, entry.participant, -entry.not_before)):
            sealing = entry.sealing_public_key()
            kids = f"{entry.kid} / {sealing.kid}" if sealing else entry.kid
            yield f"{entry.participant:16} {_state(entry, now):32} {_time(entry.not_before)} {kids}"

    def log(self, name: str | None) -> Iterator[str]:
        """Return a line for each entry that the root key ever signed, or for those of one participant."""
        directory = self._directory()
        wanted = None if name is None else _participant(directory, name)
        yield f"{'NUMBER':7} {'ISSUED':17} {'NAME':16} {'STANDING':10} {'STATE':32} {'REQUEST':15} SIGNING KEY"
        for number, jws in enumerate(directory.log.entries()):
            entry = verify_entry(jws, directory.root)
            if wanted in (None, entry.participant):
                request = "countersigned" if entry.countersigned else "-"
                row = f"{number:<7} {_time(entry.issued)} {entry.participant:16} {entry.standing:10}"
                yield f"{row} {_state(entry, entry.issued):32} {request:15} {entry.kid}"

    def rotate(self, name: str, overlap: timedelta) -> Iterator[str]:
        """Give a participant whose keys are here new ones; the present ones end after the overlap."""
        entries: list[Entry] = []

        def act(registrar: Registrar) -> None:
            participant = _participant(registrar.directory, name)
            if registrar.standing_of(participant) == "suspended":
                raise StartRefused(f"{participant} is suspended: `i247 bureaus add {participant}` brings it back")
            if not self._home.key_numbers(participant):
                raise StartRefused(f"{participant} has its keys elsewhere: there `i247 keys request {participant}`")
            kind = registrar.entries_of(participant)[0].kind
            give_keys(self._home, self._clock, registrar, participant, kind, overlap)
            entries.extend(registrar.entries_of(participant))

        effect = self._change(act)
        if not self._is_drafted:
            yield from _new_key(entries)
        yield from effect

    def approve(
        self,
        files: Sequence[Path],
        fingerprints: Sequence[str],
        overlap: timedelta,
        *,
        readmit: bool = False,
        uncompared: bool = False,
    ) -> Iterator[str]:
        """Enter the keys that participants ask for in files, under the fingerprints that they told, one for each file.

        There are none where a key in force countersigned each request, and nothing is entered unless all may be.
        `uncompared` enters who was never entered though nobody compared a fingerprint, which is good only where one
        person runs all machines; it can be repeated, as whoever is entered as they ask is passed over.
        """
        if fingerprints and len(fingerprints) != len(files):
            raise StartRefused(
                f"{len(fingerprints)} fingerprints are stated for {len(files)} files: state one --fingerprint for each "
                "file, in the order of the files"
            )
        entries: list[list[Entry]] = []
        known: list[Path] = []

        def act(registrar: Registrar) -> None:
            for file, stated in zip(files, fingerprints or [""] * len(files), strict=True):
                with _naming(file):
                    request = read_request(_text_of(file))
                    before = registrar.entries_of(request.statement.participant)
                    if uncompared and any(_is_entered_as(entry, request.statement) for entry in before):
                        known.append(file)
                        continue
                    told = request.fingerprint if uncompared and not before else stated
                    registrar.approve(request, fingerprint=told, overlap=overlap, readmit=readmit)
                    entries.append(registrar.entries_of(request.statement.participant))

        effect = self._change(act)
        yield from (f"{file}: entered already" for file in known)
        if not self._is_drafted:
            yield from (line for each in entries for line in _new_key(each))
        yield from effect
        names = ", ".join(each[0].participant for each in entries)
        if names and not self._is_drafted:
            yield f"give {self._home.directory} to {names}: `i247 keys install` takes it"

    def sign(self) -> Iterator[str]:
        """Have the root key sign what is drafted; a person may be asked for its passphrase."""
        require_directory(self._home)
        root = open_root(self._home, root_access(self._settings), ask=True)
        with self._changing():
            registrar = Registrar(self._home, self._clock, root.public)
            if not registrar.drafts:
                raise StartRefused(f"nothing is drafted in {self._home.drafts}")
            yield from _drafted(registrar, self._clock.now().timestamp())
            if sys.stdin.isatty() and input("Sign these? [y/N] ").strip().lower() not in ("y", "yes"):
                raise StartRefused("nothing is signed")
            yield from self._carry_out(registrar, root)

    def revoke(self, name: str) -> Iterator[str]:
        """Revoke all keys of a participant."""
        revoked: list[Entry] = []

        def act(registrar: Registrar) -> None:
            participant = _participant(registrar.directory, name)
            revoked.extend(registrar.revoke(participant))
            if not revoked:
                raise StartRefused(f"{participant} holds no key that is not revoked already")

        effect = self._change(act)
        if not self._is_drafted:
            yield from (f"the key {entry.kid} of {entry.participant} is revoked" for entry in revoked)
        yield from effect
        name = revoked[0].participant
        new = "keys rotate" if self._home.key_numbers(name) else "keys request"
        yield f"`i247 {new} {name}` gives it new ones"

    def list_bureaus(self) -> Iterator[str]:
        """Return a line for each bureau in the directory."""
        directory, now = self._directory(), self._clock.now()
        members = directory.members(now)
        yield f"{'CODE':5} {'STANDING':10} {'KEY':8} {'GATEWAY':10} NAME"
        for code in sorted({entry.participant for entry in directory.entries() if entry.kind == "bureau"}):
            key = "valid" if code in members else "none"
            where = "here" if self._home.key_numbers(code) else "elsewhere"
            yield f"{code:5} {directory.standing_of(code):10} {key:8} {where:10} {name_of(BureauCode(code))}"

    def add(self, code: str) -> Iterator[str]:
        """Make a bureau a member, or bring a suspended one back; the gateway here is its own."""
        bureau = _member(code)
        became = "is a member"

        def act(registrar: Registrar) -> None:
            nonlocal became
            if not registrar.entries_of(bureau) and not self._has_members_here:
                raise StartRefused(
                    f"the members have their keys and their gateways elsewhere: `i247 keys request {bureau}` there "
                    "asks for an entry, and `i247 keys approve` here enters it"
                )
            if registrar.entries_of(bureau) and not self._home.key_numbers(bureau):
                raise StartRefused(
                    f"{bureau} has its keys and its gateway elsewhere: `i247 keys request {bureau}` there asks for an "
                    "entry, and `i247 keys approve --readmit` here brings it back"
                )
            if bureau in registrar.directory.members(self._clock.now()):
                registrar.renew(registrar.entries_of(bureau)[0])
                became = "was a member already: its keys stay, and the gateway here is its own"
            else:
                give_keys(self._home, self._clock, registrar, bureau, "bureau")
            Provisioner(self._home, self._clock).enlist([bureau], self._scoped)
            add_bureau(self._home, bureau)

        effect = self._change(act)
        if not self._is_drafted:
            yield f"{bureau} ({name_of(bureau)}) {became}"
        yield from effect
        yield f"`i247 officer {bureau}` prints a login, `i247 token {bureau}` a token"

    def suspend(self, code: str) -> Iterator[str]:
        """Suspend a bureau: its keys are revoked, and it gets no others until it is added again."""
        bureau = _member(code)

        def act(registrar: Registrar) -> None:
            _participant(registrar.directory, bureau)
            if registrar.standing_of(bureau) == "suspended":
                raise StartRefused(f"{bureau} is suspended already")
            registrar.suspend(bureau)

        effect = self._change(act)
        if not self._is_drafted:
            yield f"{bureau} ({name_of(bureau)}) is suspended, and its keys are revoked"
        yield from effect
        here = bool(self._home.key_numbers(bureau))
        yield (
            f"`i247 bureaus add {bureau}` brings it back"
            if here
            else (f"`i247 keys approve --readmit` of a new request of {bureau} brings it back")
        )

    def _change(self, act: Act) -> Iterator[str]:
        """Draft a decision, and carry it out if the root key is at hand; return what became of it.

        After the last sentence the iterator raises StartRefused if the broker still lets in an excluded participant.
        """
        require_directory(self._home)
        root = self._root_at_hand()
        with self._changing():
            registrar = Registrar(self._home, self._clock, load_root(self._home))
            act(registrar)
            if not registrar.drafts:
                return iter(())
            self._is_drafted = root is None
            if root is None:
                registrar.save_drafts()
                said = (
                    f"nothing holds yet: it is drafted in {self._home.drafts}, and `i247 directory sign` carries it out"
                )
                return iter([*_drafted(registrar, self._clock.now().timestamp()), said])
            return self._carry_out(registrar, root)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with self._home.changing():
            if self._home.is_of_secretariat:
                require_configuration(self._home)
                asyncio.run(require_right_clock(self._settings, self._directory()))
            try:
                yield
            except OSError as error:
                raise unwritable(error) from error
            except (KeyUnusable, OfficersUnusable, RequestRefused) as error:
                raise StartRefused(str(error)) from error

    def _carry_out(self, registrar: Registrar, root: Signer) -> Iterator[str]:
        registrar.sign(root)
        if not self._is_secretariat:
            return iter(
                [f"take {self._home.directory} to the Secretariat's machine: `i247 keys install` takes it there"]
            )
        return publish(self._settings, registrar.directory, len(registrar.issued))

    def _root_at_hand(self) -> Signer | None:
        """Return the root key, or None where the Secretariat keeps it elsewhere. Raises StartRefused for a bureau."""
        try:
            return open_root(self._home, root_access(self._settings))
        except RootKeyAbsent:
            if self._is_secretariat:
                return None
            raise

    @property
    def _is_secretariat(self) -> bool:
        return bool(self._home.key_numbers(SECRETARIAT))

    @property
    def _has_members_here(self) -> bool:
        return any(name in MEMBERS for name in self._home.participants_here())

    def _directory(self) -> Directory:
        require_directory(self._home)
        return load_directory(self._home)


def require_directory(home: StateDir) -> None:
    """Make sure that there is a directory. Raises StartRefused."""
    if not home.has_directory():
        raise StartRefused(f"there is no mesh in {home.path} yet: start one with `i247 up`")


def _new_key(entries: list[Entry]) -> Iterator[str]:
    new, *before = entries
    yield f"{new.participant} has a new signing key {new.kid}" + (" and a new sealing key" if new.sealing_key else "")
    yield from (
        f"its key {entry.kid} ends at {_time(entry.not_after)}" for entry in before if entry.valid_at(new.issued)
    )


def _drafted(registrar: Registrar, now: float) -> Iterator[str]:
    """Yield a line for each entry that the root key is to sign, with the fingerprint of the request for a new key."""
    for entry in registrar.drafts.values():
        is_new = registrar.directory.entry_of(entry.kid) is None
        what = f"new key, fingerprint {fingerprint_of(entry.statement)}" if is_new else "key"
        yield f"to sign: {entry.participant} {entry.standing}, {what} {entry.kid} {_state(entry, now)}"


def _is_entered_as(entry: Entry, stated: KeyStatement) -> bool:
    entered = (entry.signing_key, entry.nats_user, entry.sealing_key, entry.requested)
    return entered == (stated.signing_key, stated.nats_user, stated.sealing_key, stated.requested)


@contextmanager
def _naming(file: Path) -> Iterator[None]:
    try:
        yield
    except RequestRefused as refused:
        raise RequestRefused(f"{file}: {refused}") from refused


def _text_of(file: Path) -> str:
    try:
        return file.read_text(errors="replace")
    except OSError as error:
        raise StartRefused(f"{file} cannot be read ({error.strerror})") from error


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
