"""Whose key is whose: the entries that the Secretariat's root key signed, with their whole history.

Entries are never deleted: a revoked key stays known with the time of its revocation, so that what it signed before can
still be verified. The directory lives in memory; `rpc.directory_sync` keeps it current.
"""

import asyncio
import math
from collections.abc import Iterable
from datetime import datetime

from shared.crypto.ed25519 import VerifyingKey
from shared.crypto.hpke import SealingPublicKey
from shared.crypto.signed_note import Note, cosigned_by, parse_note, participant_of
from shared.protocol.directory_entry import (
    Entry,
    EntryRefused,
    SignedEntry,
    Standing,
    best_known,
    verify_signed_entry,
)
from shared.protocol.directory_log import MAX_WITNESSES, DirectoryLog, DirectoryPart, LogForked, PartRefused
from shared.protocol.envelope import EnvelopeRefused, Reason
from shared.protocol.key_request import Kind


class Directory:
    """All entries that the root key signed, as far as they have arrived."""

    def __init__(self, root: VerifyingKey, entries: Iterable[str] = ()) -> None:
        self.root = root
        self._known: dict[str, SignedEntry] = {}
        self._of: dict[str, dict[str, SignedEntry]] = {}
        self._by_jws: dict[str, Entry] = {}
        self._versions: dict[str, int] = {}
        self.log = DirectoryLog(root)
        self.unlogged: set[str] = set()
        """The entries that the root key signed and that are not seen in the log."""

        self.forked: LogForked | None = None
        """The first proof that the root key signed two directories, once there is one."""

        self._waiting: set[asyncio.Future[None]] = set()
        self.version = 0
        """How many times something was learned."""
        for jws in entries:
            self.learn(jws)

    def learn(self, jws: str) -> Entry:
        """Take in one entry, if it is newer than what is known of the key. Raises EntryRefused."""
        if (held := self._by_jws.get(jws)) is not None:
            # Who follows on many connections hears everything as often.
            return held
        new = verify_signed_entry(jws, self.root)
        self.unlogged.add(jws)
        known = self._known.get(new.key.kid)
        if known is not None and known.entry.statement != new.entry.statement:
            raise EntryRefused("an entry states other keys than those that its participant asked to be entered with")
        if known is None or _supersedes(new.entry, known.entry):
            self._take(new, known)
        return new.entry

    def take(self, part: DirectoryPart) -> None:
        """Take in a part of the log: its entries count at once. Raises EntryRefused, PartRefused, LogForked.

        What is wrong with one entry, or with the log, keeps no other entry out.
        """
        fault: EntryRefused | None = None
        for jws in part.entries:
            try:
                self.learn(jws)
            except EntryRefused as refused:
                fault = fault or refused
        try:
            self.log.take(part)
            self._keep_cosignatures(part.head)
        except PartRefused as refused:
            raise fault or refused from refused
        except LogForked as forked:
            self.forked = self.forked or forked
            raise
        finally:
            self.unlogged.difference_update(self.log.entries())
        if fault is not None:
            raise fault

    def compare_head(self, head: str) -> None:
        """Compare the head of the log that another participant states. Raises PartRefused."""
        try:
            self.log.compare_head(head)
        except LogForked as forked:
            self.forked = self.forked or forked

    def _keep_cosignatures(self, head: str) -> None:
        """Keep the lines of witnesses under the head that is held, each signed by a key of the bureau that it names."""
        shown = parse_note(head)
        if not self.log.head or shown.text != (held := parse_note(self.log.head)).text:
            return
        for signature in shown.signatures[:MAX_WITNESSES]:
            bureau = participant_of(signature.name)
            if signature in held.signatures or not self.knows_bureau(bureau):
                continue
            alone = Note(shown.text, (signature,))
            if any(cosigned_by(alone, signature.name, known.key) is not None for known in self._of[bureau].values()):
                self.log.cosign(signature.line)

    async def changed(self, after: int) -> int:
        """Wait until more is known than at the version `after`; return the present version."""
        while self.version <= after:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.add(turn)
            try:
                await turn
            finally:
                self._waiting.discard(turn)
        return self.version

    def version_of(self, participant: str) -> int:
        """Return the version at which something was last learned of a participant; 0 if nothing ever was."""
        return self._versions.get(participant, 0)

    def signed_entries(self) -> list[str]:
        """Return every entry as its JWS."""
        return [known.jws for known in self._known.values()]

    def entries(self) -> list[Entry]:
        """Return every entry."""
        return [known.entry for known in self._known.values()]

    def entries_of(self, participant: str) -> list[Entry]:
        """Return the entries of a participant, the one whose time began last before the others."""
        found = [known.entry for known in self._of.get(participant, {}).values()]
        return sorted(found, key=lambda entry: entry.not_before, reverse=True)

    def entry_of(self, kid: str) -> Entry | None:
        """Return the entry of a signing key."""
        known = self._known.get(kid)
        return None if known is None else known.entry

    def entry_in(self, jws: str) -> Entry | None:
        """Return what an entry says that is in force, or None if it is none or another took its place."""
        return self._by_jws.get(jws)

    def signed_entry_of(self, kid: str) -> str | None:
        """Return the entry of a signing key as its JWS."""
        known = self._known.get(kid)
        return None if known is None else known.jws

    def key_of(self, participant: str, kid: str, signed_at: float, now: float) -> VerifyingKey:
        """Return a participant's key that was valid when it signed and is not revoked now. Raises EnvelopeRefused.

        Times are seconds since 1970. When something was signed is what the signer states, so one whose key was revoked
        is believed no time at all.
        """
        known = self._known.get(kid)
        if known is None or known.entry.participant != participant:
            raise EnvelopeRefused(Reason.KEY_UNKNOWN, f"the directory knows no such key of {participant}")
        entry = known.entry
        if not entry.not_before <= signed_at <= entry.not_after:
            raise EnvelopeRefused(Reason.KEY_NOT_VALID, f"the key of {participant} is not valid at this time")
        if entry.is_revoked(now):
            raise EnvelopeRefused(Reason.KEY_NOT_VALID, f"the key of {participant} is revoked")
        return known.key

    def sealing_key_of(self, participant: str, at: datetime) -> SealingPublicKey | None:
        """Return the key to which messages for a participant are sealed, or None if it can have none.

        It is the newest that is valid and that all have learned of, its owner included.
        """
        if not self.is_member(participant):
            return None
        seconds = at.timestamp()
        usable = [
            known
            for known in self._of.get(participant, {}).values()
            if known.sealing_key is not None and known.entry.valid_at(seconds)
        ]
        if not usable:
            return None
        return best_known(usable, seconds, lambda known: known.entry).sealing_key

    def standing_of(self, participant: str) -> Standing | None:
        """Return the standing of a participant as the entry says that was issued last, or None if there is none."""
        entries = [known.entry for known in self._of.get(participant, {}).values()]
        return max(entries, key=lambda entry: entry.issued).standing if entries else None

    def is_member(self, participant: str) -> bool:
        """Tell whether a participant is in good standing, also while it is given new keys."""
        return self.standing_of(participant) == "member"

    def members(self, at: datetime) -> list[str]:
        """Return the bureaus in good standing that hold a valid key, in order; the Secretariat is one of them."""
        return self._in_good_standing("bureau", at)

    def services(self, at: datetime) -> list[str]:
        """Return the services that hold a valid key, in order."""
        return self._in_good_standing("service", at)

    def participants(self) -> list[str]:
        """Return all who were ever entered, whatever has become of them."""
        return sorted(self._of)

    def knows(self, participant: str) -> bool:
        """Tell whether a participant was ever entered, whatever has become of it."""
        return participant in self._of

    def knows_bureau(self, participant: str) -> bool:
        """Tell whether a bureau was ever entered, whatever has become of it."""
        return any(known.entry.kind == "bureau" for known in self._of.get(participant, {}).values())

    def _in_good_standing(self, kind: Kind, at: datetime) -> list[str]:
        seconds = at.timestamp()
        return sorted(
            participant
            for participant, keys in self._of.items()
            if any(known.entry.kind == kind and known.entry.valid_at(seconds) for known in keys.values())
            and self.is_member(participant)
        )

    def _take(self, new: SignedEntry, before: SignedEntry | None) -> None:
        if before is not None:
            del self._by_jws[before.jws]
        participant = new.entry.participant
        self._known[new.key.kid] = new
        self._of.setdefault(participant, {})[new.key.kid] = new
        self._by_jws[new.jws] = new.entry
        self.version += 1
        self._versions[participant] = self.version
        for turn in self._waiting:
            if not turn.done():
                turn.set_result(None)


def _supersedes(entry: Entry, known: Entry) -> bool:
    return entry.participant == known.participant and _rank(entry) > _rank(known)


def _rank(entry: Entry) -> tuple[float, float]:
    # A revocation is final: nothing takes it back or puts it off, in whatever order entries arrive.
    return (-math.inf if entry.revoked_at is None else -entry.revoked_at, entry.issued)
