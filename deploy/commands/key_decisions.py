"""The Secretariat's decisions about keys: rotate, approve and revoke them, and list all keys."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from deploy.commands.decisions import Decisions, format_time, key_state, key_state_data, participant_in
from deploy.commands.output import Line
from deploy.provisioning.provision import issue_keys
from deploy.provisioning.registrar import Registrar
from deploy.state.errors import StartRefused, WrongUsage
from deploy.state.settings import Settings
from shared.clock import time_at
from shared.protocol.directory_entry import Entry
from shared.protocol.key_request import RequestRefused, read_request


class KeyCommands:
    """Runs the Secretariat's actions on one state directory."""

    def __init__(self, settings: Settings) -> None:
        self._decisions = Decisions(settings)
        self._state_dir = self._decisions.state_dir
        self._clock = self._decisions.clock

    def list_keys(self, name: str | None) -> Iterator[Line]:
        """Yield a line for each key of a participant, or of all."""
        directory, now = self._decisions.directory(), self._clock.now().timestamp()
        entries = directory.entries() if name is None else directory.entries_of(participant_in(directory, name))
        yield Line(f"{'NAME':16} {'STATE':32} {'SINCE':17} SIGNING KEY / SEALING KEY")
        for entry in sorted(entries, key=lambda entry: (entry.kind, entry.participant, -entry.not_before)):
            sealing = entry.sealing_public_key()
            kids = f"{entry.kid} / {sealing.kid}" if sealing else entry.kid
            data = {
                "name": entry.participant,
                **key_state_data(entry, now),
                "since": time_at(entry.not_before),
                "signing_key": entry.kid,
                "sealing_key": sealing and sealing.kid,
            }
            words = f"{entry.participant:16} {key_state(entry, now):32} {format_time(entry.not_before)} {kids}"
            yield Line(words, data)

    def rotate(self, name: str, overlap: timedelta) -> Iterator[str]:
        """Make new keys for a participant whose keys are here; the present ones end after the overlap."""

        def decide(registrar: Registrar) -> Iterator[str]:
            participant = participant_in(registrar.directory, name)
            if registrar.standing_of(participant).standing == "suspended":
                raise StartRefused(f"{participant} is suspended: `i247 bureaus add {participant}` brings it back")
            if not self._state_dir.key_numbers(participant):
                raise StartRefused(f"{participant} has its keys elsewhere: run `i247 keys request {participant}` there")
            kind = registrar.entries_of(participant)[0].kind
            issue_keys(self._state_dir, self._clock, registrar, participant, kind, overlap)
            yield from _new_key(registrar.entries_of(participant))

        return self._decisions.change(decide)

    def approve(
        self,
        files: Sequence[Path],
        fingerprints: Sequence[str],
        overlap: timedelta,
        *,
        readmit: bool = False,
        uncompared: bool = False,
    ) -> Iterator[str]:
        """Enter the keys that the files request, with one fingerprint for each file, or none at all.

        No fingerprint is needed if a valid key countersigned each request. Either all files are entered or none.
        `uncompared` enters new participants without a fingerprint, which is safe only if one person runs all machines;
        it skips requests that are entered already, so it can be repeated.
        """
        if fingerprints and len(fingerprints) != len(files):
            raise StartRefused(
                f"{len(fingerprints)} fingerprints for {len(files)} files: give one --fingerprint for each file, in "
                "the order of the files"
            )
        known: list[Path] = []
        new: list[str] = []

        def decide(registrar: Registrar) -> Iterator[str]:
            for file, given in zip(files, fingerprints or [""] * len(files), strict=True):
                with _naming(file):
                    request = read_request(file.read_text(errors="replace"))
                    participant = request.statement.participant
                    before = registrar.entries_of(participant)
                    if uncompared and any(entry.statement == request.statement for entry in before):
                        known.append(file)
                        continue
                    fingerprint = request.fingerprint if uncompared and not before else given
                    registrar.approve(request, fingerprint=fingerprint, overlap=overlap, readmit=readmit)
                    new.append(participant)
                    yield from _new_key(registrar.entries_of(participant))

        effect = self._decisions.change(decide)
        yield from (f"{file}: entered already" for file in known)
        yield from effect
        if new and not self._decisions.is_drafted:
            yield f"give {self._state_dir.directory} to {', '.join(new)}, who run `i247 keys install`"

    def revoke(self, name: str) -> Iterator[str]:
        """Revoke all keys of a participant."""
        participant = participant_in(self._decisions.directory(), name)

        def decide(registrar: Registrar) -> Iterator[str]:
            revoked = registrar.revoke(participant)
            if not revoked:
                raise StartRefused(f"all keys of {participant} are revoked already")
            yield from (f"the key {entry.kid} of {participant} is revoked" for entry in revoked)

        yield from self._decisions.change(decide)
        new = "keys rotate" if self._state_dir.key_numbers(participant) else "keys request"
        yield f"`i247 {new} {participant}` makes new ones"


def _new_key(entries: list[Entry]) -> Iterator[str]:
    new, *before = entries
    yield f"{new.participant} has a new signing key {new.kid}" + (" and a new sealing key" if new.sealing_key else "")
    yield from (
        f"its key {entry.kid} ends at {format_time(entry.not_after)}" for entry in before if entry.valid_at(new.issued)
    )


@contextmanager
def _naming(file: Path) -> Iterator[None]:
    try:
        yield
    except RequestRefused as refused:
        raise RequestRefused(f"{file}: {refused}") from refused
    except OSError as error:
        raise WrongUsage(f"{file} cannot be read ({error.strerror})") from error
