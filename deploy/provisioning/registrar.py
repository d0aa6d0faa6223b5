"""The Secretariat's changes of the directory: entering, ending and revoking keys, suspending bureaus.

A change is drafted, and then signed by the root key: two steps, so that this key may be elsewhere (`root_key`). No
other private key is used. The caller must hold the lock of the state directory: see `StateDir.locked`.
"""

import re
from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Final

import msgspec

from deploy.broker.nkeys import ISSUER
from deploy.state.directory_file import load_directory, load_drafts, save_directory, save_drafts
from deploy.state.state_dir import StateDir
from shared.agreements import Agreement
from shared.bureaus import is_participant, kind_of
from shared.clock import Clock
from shared.crypto.ed25519 import Signer, VerifyingKey, decode_base64url
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import Entry, sign_entry
from shared.protocol.directory_log import DirectoryPart, log_head
from shared.protocol.envelope import SKEW_SECONDS
from shared.protocol.key_request import KeyRequest, KeyStatement, RequestRefused, is_countersigned_by
from shared.standing import MEMBER, BureauStanding
from shared.transport.subjects import BROKER_OPERATOR, BROKER_RELAY, BROKER_SYSTEM
from shared.transport.tls_files import SERVER

KEY_VALID_FOR: Final = timedelta(days=3 * 365)
# Tests advance a shared clock by decades, such as to see records expire; keys must not end before.
KEY_VALID_ON_A_SHARED_CLOCK: Final = timedelta(days=80 * 365)
OVERLAP: Final = timedelta(days=1)
# A counterpart of a sandbox may have a clock that is behind by a day, and signs by that clock.
KEY_BEGINS_BEFORE_A_SANDBOX: Final = timedelta(days=1)
# A later entry has a later time, even if the clock was set back.
TICK_SECONDS: Final = 0.001
RESERVED_NAMES: Final = frozenset({BROKER_OPERATOR, BROKER_RELAY, BROKER_SYSTEM, SERVER, ISSUER})
_SERVICE: Final = re.compile(r"[a-z][a-z0-9-]{1,62}")


class Registrar:
    """Changes the directory of one state directory. No change is in force until the root key has signed it."""

    def __init__(self, state_dir: StateDir, clock: Clock, root: VerifyingKey) -> None:
        """Read the directory, or start an empty one, and the drafts. Raises StartRefused."""
        self._state_dir = state_dir
        self._clock = clock
        self._shared_clock = state_dir.clock.exists()
        self._valid_for = KEY_VALID_ON_A_SHARED_CLOCK if self._shared_clock else KEY_VALID_FOR
        self.directory = load_directory(state_dir, root) if state_dir.has_directory() else Directory(root)
        self.drafts: dict[str, Entry] = {entry.kid: entry for entry in load_drafts(state_dir)}
        """The entries that the root key is to sign, by the id of their signing key."""

        self.issued: list[str] = []
        """The entries that it has signed."""

    def approve(
        self, request: KeyRequest, *, fingerprint: str = "", overlap: timedelta = OVERLAP, readmit: bool = False
    ) -> Entry:
        """Enter the keys that a participant requests; its present keys end after the overlap. Raises RequestRefused.

        A request that a valid key countersigned needs no fingerprint. Any other needs the fingerprint that the
        participant gave on another channel, or anyone could be entered in its name. `readmit` lets a suspended
        participant return.
        """
        statement = request.statement
        self._require_consistent(statement)
        suspended = self.standing_of(statement.participant).standing == "suspended"
        if suspended and not readmit:
            raise RequestRefused(f"{statement.participant} is suspended: approve with --readmit to bring it back")
        standing = MEMBER if suspended else self.standing_of(statement.participant)
        now = self._clock.now()
        countersigned = any(
            entry.valid_at(now.timestamp())
            and is_countersigned_by(statement, request.countersignature, entry.verifying_key())
            for entry in self.entries_of(statement.participant)
        )
        if fingerprint and _digits(fingerprint) != _digits(request.fingerprint):
            raise RequestRefused(
                f"the fingerprint is not that of this request, which may not come from {statement.participant}: ask "
                f"{statement.participant} again, and approve nothing until both are equal"
            )
        if not countersigned and not fingerprint:
            raise RequestRefused(
                f"no valid key of {statement.participant} countersigned it: get the fingerprint from "
                f"{statement.participant} on another channel, and give it"
            )
        ends = (now + overlap).timestamp()
        for entry in self._unrevoked(statement.participant):
            if entry.not_after > ends:
                self._reissue(entry, not_after=ends)
        return self._enter(request, standing, countersigned=countersigned)

    def revoke(self, participant: str) -> list[Entry]:
        """Revoke all keys of a participant; return the entries that this revoked."""
        now = self._clock.now().timestamp()
        # Expired keys too: the broker would still know the user of their NKEY.
        return [self._reissue(entry, revoked_at=now) for entry in self._unrevoked(participant)]

    def set_standing(self, participant: str, standing: BureauStanding) -> list[Entry]:
        """Give a bureau a standing; return the entries that state it. The keys of a suspended bureau are revoked."""
        stated = {"standing": standing.standing, "measure": standing.measure}
        entries = self.entries_of(participant)
        if standing.standing != "suspended":
            return [self._reissue(entries[0], **stated)]
        now = self._clock.now().timestamp()
        return [self._reissue(entry, revoked_at=entry.revoked_at or now, **stated) for entry in entries]

    def agree(self, participant: str, agreement: Agreement) -> list[Entry]:
        """Enter the agreement under which a partner acts, in place of an earlier one; return its entries."""
        return [self._reissue(entry, agreement=agreement) for entry in self.entries_of(participant)]

    def renew(self, entry: Entry) -> Entry:
        """Issue an unchanged entry again, so that followers of the directory check its participant again."""
        return self._reissue(entry)

    def adjust_to_clock(self, entry: Entry) -> None:
        """Correct the end of a key that was entered under the other clock, system or shared."""
        ends = entry.not_before + self._valid_for.total_seconds()
        # A key with an earlier end was rotated.
        if entry.not_after < ends - 1 if self._shared_clock else entry.not_after > ends + 1:
            self._reissue(entry, not_after=ends)

    def entries_of(self, participant: str) -> list[Entry]:
        """Return the entries of a participant, drafts included, the newest first."""
        signed = {entry.kid: entry for entry in self.directory.entries_of(participant)}
        drafted = {kid: entry for kid, entry in self.drafts.items() if entry.participant == participant}
        return sorted((signed | drafted).values(), key=lambda entry: entry.not_before, reverse=True)

    def agreement_of(self, participant: str) -> Agreement | None:
        """Return the agreement of a partner, drafts included, or None if there is none."""
        entries = self.entries_of(participant)
        return max(entries, key=lambda entry: entry.issued).agreement if entries else None

    def standing_of(self, participant: str) -> BureauStanding:
        """Return the standing of a participant, drafts included; that of a member if it was never entered."""
        entries = self.entries_of(participant)
        stated = max(entries, key=lambda entry: entry.issued).stated_standing if entries else MEMBER
        return stated.at(self._clock.now().timestamp())

    def save_drafts(self) -> None:
        """Store the drafts until the root key signs them."""
        save_drafts(self._state_dir, self.drafts.values())

    def sign(self, root: Signer) -> None:
        """Sign the drafts with the root key, and write the directory."""
        if not self.drafts:
            return
        signed = [sign_entry(entry, root) for entry in self.drafts.values()]
        log = self.directory.log
        self.directory.take(DirectoryPart(log_head([*log.entries(), *signed], root), log.size, signed))
        self.issued += signed
        save_directory(self._state_dir, self.directory)
        self.drafts.clear()
        self._state_dir.drafts.unlink(missing_ok=True)

    def _require_consistent(self, statement: KeyStatement) -> None:
        known = self.directory.entry_of(VerifyingKey(decode_base64url(statement.signing_key)).kid)
        if known is not None:
            raise RequestRefused(f"its signing key is entered already, for {known.participant}")
        if not _is_valid_name(statement):
            raise RequestRefused(f"{statement.participant[:64]!r} is not a valid name of a {statement.kind}")
        for entry in (*self.directory.entries(), *self.drafts.values()):
            if entry.participant == statement.participant:
                _require_successor(statement, entry)
            elif statement.nats_user == entry.nats_user or (
                statement.sealing_key and statement.sealing_key == entry.sealing_key
            ):
                raise RequestRefused(f"it contains a key of {entry.participant}")

    def _enter(self, request: KeyRequest, standing: BureauStanding, *, countersigned: bool) -> Entry:
        statement = request.statement
        earlier = self.entries_of(statement.participant)
        begins = self._begin(earlier)
        return self._draft(
            Entry(
                participant=statement.participant,
                kind=statement.kind,
                signing_key=statement.signing_key,
                nats_user=statement.nats_user,
                sealing_key=statement.sealing_key,
                requested=statement.requested,
                countersigned=request.countersignature if countersigned else None,
                standing=standing.standing,
                measure=standing.measure,
                issued=self._later_than(earlier),
                agreement=self.agreement_of(statement.participant),
                not_before=begins,
                not_after=begins + self._valid_for.total_seconds(),
            )
        )

    def _begin(self, earlier: Collection[Entry]) -> float:
        """Return when a key begins that is entered now: other clocks may be behind, in a sandbox far behind."""
        # With a later key a clock that is behind uses the one before.
        far = self._state_dir.is_sandbox and not earlier
        behind = KEY_BEGINS_BEFORE_A_SANDBOX.total_seconds() if far else SKEW_SECONDS
        return self._clock.now().timestamp() - behind

    def _unrevoked(self, participant: str) -> list[Entry]:
        return [entry for entry in self.entries_of(participant) if entry.revoked_at is None]

    def _reissue(self, entry: Entry, **changed: object) -> Entry:
        """Issue an entry again, with the present standing of its participant: the last issued entry states it."""
        standing = self.standing_of(entry.participant)
        stated = {"standing": standing.standing, "measure": standing.measure}
        # Later than all others of the participant, so that one with a former standing is not the last.
        issued = self._later_than(self.entries_of(entry.participant))
        return self._draft(msgspec.structs.replace(entry, issued=issued, **stated | changed))

    def _later_than(self, entries: Iterable[Entry]) -> float:
        latest = max((entry.issued + TICK_SECONDS for entry in entries), default=0.0)
        return max(self._clock.now().timestamp(), latest)

    def _draft(self, entry: Entry) -> Entry:
        self.drafts[entry.kid] = entry
        return entry


def _require_successor(statement: KeyStatement, entry: Entry) -> None:
    """Make sure that a request may follow an entry of the same participant. Raises RequestRefused."""
    if entry.kind != statement.kind:
        raise RequestRefused(f"{statement.participant} is a {entry.kind}")
    if statement.requested < entry.requested:
        raise RequestRefused("it is older than the last approved request: request again")
    if entry.nats_user == statement.nats_user and entry.revoked_at is not None:
        raise RequestRefused(
            f"its NKEY was revoked: {statement.participant} must install the present directory (`i247 keys install`) "
            "and request again"
        )


def _is_valid_name(statement: KeyStatement) -> bool:
    name = statement.participant
    if statement.kind != "service":
        return kind_of(name) == statement.kind
    # Certificates name participants in lower case: a service cannot have the name of another or an administrator.
    return _SERVICE.fullmatch(name) is not None and name not in RESERVED_NAMES and not is_participant(name.upper())


def _digits(fingerprint: str) -> str:
    return fingerprint.replace(" ", "").lower()
