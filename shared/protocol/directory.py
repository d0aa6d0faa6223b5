"""Whose key is whose: the entries that the Secretariat's root key signed, with their whole history.

Entries are never deleted: a revoked key stays known with the time of its revocation, so that what it signed before can
still be verified. The directory lives in memory; `rpc.directory_sync` keeps it current.
"""

import asyncio
import math
from collections.abc import Collection, Iterable
from datetime import datetime

from shared.agreements import Agreement
from shared.bureaus import MAILBOX_KINDS, ParticipantKind
from shared.crypto.ed25519 import VerifyingKey
from shared.crypto.hpke import SealingPublicKey
from shared.crypto.signed_note import Note, cosigned_by, parse_note, participant_of
from shared.protocol.directory_entry import (
    Entry,
    EntryRefused,
    SignedEntry,
    best_known,
    verify_signed_entry,
)
from shared.protocol.directory_log import MAX_WITNESSES, DirectoryLog, DirectoryPart, LogForked, PartRefused
from shared.protocol.envelope import EnvelopeRefused, RefusalReason
from shared.standing import BureauStanding


class Directory:
    """The entries that are known here, all signed by the root key."""

    def __init__(self, root: VerifyingKey, entries: Iterable[str] = ()) -> None:
        self.root = root
        self._known: dict[str, SignedEntry] = {}
        self._of: dict[str, dict[str, SignedEntry]] = {}
        self._by_jws: dict[str, Entry] = {}
        self._versions: dict[str, int] = {}
        self._standings: dict[str, BureauStanding] = {}
        self.log = DirectoryLog(root)
        self.unlogged: set[str] = set()
        """Signed entries that are not seen in the log."""

        self.forked: LogForked | None = None
        """The first proof that the root key signed two directories, if any."""

        self._waiting: set[asyncio.Future[None]] = set()
        self.version = 0
        """How many times an entry was added or replaced."""
        for jws in entries:
            self.learn(jws)

    def learn(self, jws: str) -> Entry:
        """Add an entry if it is newer than the known one of its key. Raises EntryRefused."""
        if (held := self._by_jws.get(jws)) is not None:
            # A process with many connections receives each entry as often.
            return held
        new = verify_signed_entry(jws, self.root)
        self.unlogged.add(jws)
        known = self._known.get(new.key.kid)
        if known is not None and known.entry.statement != new.entry.statement:
            raise EntryRefused("an entry has other keys than its participant requested")
        if known is None or (
            new.entry.participant == known.entry.participant and _rank(new.entry) > _rank(known.entry)
        ):
            self._take(new, known)
        return new.entry

    def take(self, part: DirectoryPart) -> None:
        """Add the entries of a part of the log, and extend the log. Raises EntryRefused, PartRefused, LogForked.

        Good entries are added even if another one or the log is not valid.
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
        """Compare the head that another participant sent; record a fork. Raises PartRefused."""
        try:
            self.log.compare_head(head)
        except LogForked as forked:
            self.forked = self.forked or forked

    def _keep_cosignatures(self, head: str) -> None:
        """Keep the valid cosignatures of bureaus for the present head."""
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
        """Wait for a version later than `after`; return the present version."""
        while self.version <= after:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.add(turn)
            try:
                await turn
            finally:
                self._waiting.discard(turn)
        return self.version

    def version_of(self, participant: str) -> int:
        """Return the version of the last change for a participant; 0 if there was none."""
        return self._versions.get(participant, 0)

    def signed_entries(self) -> list[str]:
        """Return every entry as its JWS."""
        return [known.jws for known in self._known.values()]

    def entries(self) -> list[Entry]:
        """Return every entry."""
        return [known.entry for known in self._known.values()]

    def entries_of(self, participant: str) -> list[Entry]:
        """Return the entries of a participant, the latest `not_before` first."""
        found = [known.entry for known in self._of.get(participant, {}).values()]
        return sorted(found, key=lambda entry: entry.not_before, reverse=True)

    def entry_of(self, kid: str) -> Entry | None:
        """Return the entry of a signing key."""
        known = self._known.get(kid)
        return None if known is None else known.entry

    def entry_in(self, jws: str) -> Entry | None:
        """Return the entry of a JWS, or None if it is unknown or was replaced."""
        return self._by_jws.get(jws)

    def signed_entry_of(self, kid: str) -> str | None:
        """Return the entry of a signing key as its JWS."""
        known = self._known.get(kid)
        return None if known is None else known.jws

    def key_of(self, participant: str, kid: str, signed_at: float, now: float) -> VerifyingKey:
        """Return a participant's key that was valid when it signed and is not revoked now. Raises EnvelopeRefused.

        Times are seconds since 1970. The signer states when it signed, so a revoked key is refused for any time.
        """
        known = self._known.get(kid)
        if known is None or known.entry.participant != participant:
            raise EnvelopeRefused(RefusalReason.KEY_UNKNOWN, f"the directory has no such key of {participant}")
        entry = known.entry
        if not entry.not_before <= signed_at <= entry.not_after:
            raise EnvelopeRefused(RefusalReason.KEY_NOT_VALID, f"the key of {participant} is not valid at this time")
        if entry.is_revoked(now):
            raise EnvelopeRefused(RefusalReason.KEY_NOT_VALID, f"the key of {participant} is revoked")
        return known.key

    def sealing_key_of(self, participant: str, at: datetime) -> SealingPublicKey | None:
        """Return the newest valid key for messages to a participant that all know of, or None."""
        seconds = at.timestamp()
        if not self.is_member(participant, seconds):
            return None
        usable = [
            known
            for known in self._of.get(participant, {}).values()
            if known.sealing_key is not None and known.entry.valid_at(seconds)
        ]
        if not usable:
            return None
        return best_known(usable, seconds, lambda known: known.entry).sealing_key

    def stated_standing(self, participant: str) -> BureauStanding | None:
        """Return the standing that the last issued entry of a participant states, or None if there is none."""
        return self._standings.get(participant)

    def agreement_of(self, participant: str) -> Agreement | None:
        """Return the agreement of a partner by its last issued entry, or None if there is none."""
        entries = [known.entry for known in self._of.get(participant, {}).values()]
        return max(entries, key=lambda entry: entry.issued).agreement if entries else None

    def standing_of(self, participant: str, now: float) -> BureauStanding | None:
        """Return the standing of a participant: its last issued entry states it, until the end of the measure."""
        stated = self._standings.get(participant)
        return None if stated is None else stated.at(now)

    def is_member(self, participant: str, now: float) -> bool:
        """Return whether a participant is a member that is not suspended, also without a valid key."""
        standing = self.standing_of(participant, now)
        return standing is not None and standing.standing != "suspended"

    def members(self, at: datetime) -> list[str]:
        """Return the bureaus that are not suspended with a valid key, in order; the Secretariat is one of them."""
        return self._in_good_standing({"bureau"}, at)

    def correspondents(self, at: datetime) -> list[str]:
        """Return the participants that are not suspended with a valid key that have a mailbox, in order."""
        return self._in_good_standing(MAILBOX_KINDS, at)

    def services(self, at: datetime) -> list[str]:
        """Return the services with a valid key, in order."""
        return self._in_good_standing({"service"}, at)

    def participants(self) -> list[str]:
        """Return all participants, current and former."""
        return sorted(self._of)

    def knows(self, participant: str) -> bool:
        """Return whether this is a current or former participant."""
        return participant in self._of

    def knows_bureau(self, participant: str) -> bool:
        """Return whether this is a current or former bureau."""
        return self.kind_of(participant) == "bureau"

    def knows_correspondent(self, participant: str) -> bool:
        """Return whether this is a current or former participant with a mailbox."""
        return self.kind_of(participant) in MAILBOX_KINDS

    def kind_of(self, participant: str) -> ParticipantKind | None:
        """Return the kind of a current or former participant, which keeps it; None for another."""
        return next((known.entry.kind for known in self._of.get(participant, {}).values()), None)

    def _in_good_standing(self, kinds: Collection[ParticipantKind], at: datetime) -> list[str]:
        seconds = at.timestamp()
        return sorted(
            participant
            for participant, keys in self._of.items()
            if any(known.entry.kind in kinds and known.entry.valid_at(seconds) for known in keys.values())
            and self.is_member(participant, seconds)
        )

    def _take(self, new: SignedEntry, before: SignedEntry | None) -> None:
        if before is not None:
            del self._by_jws[before.jws]
        participant = new.entry.participant
        self._known[new.key.kid] = new
        self._of.setdefault(participant, {})[new.key.kid] = new
        self._by_jws[new.jws] = new.entry
        newest = max((known.entry for known in self._of[participant].values()), key=lambda entry: entry.issued)
        self._standings[participant] = newest.stated_standing
        self.version += 1
        self._versions[participant] = self.version
        for turn in self._waiting:
            if not turn.done():
                turn.set_result(None)


def _rank(entry: Entry) -> tuple[float, float]:
    # A revocation is final: no entry cancels or postpones it, in whatever order they arrive.
    return (-math.inf if entry.revoked_at is None else -entry.revoked_at, entry.issued)
