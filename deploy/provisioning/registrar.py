"""What the Secretariat decides about the directory: whose keys are entered, end, or are revoked, and who is suspended.

A decision is drafted, then signed by the root key: two steps, so that this key may lie elsewhere (`root_key`).
Nothing here sees a private key but the root's. Who changes a state directory holds its lock: see `StateDir.changing`.
"""

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

import msgspec

from deploy.broker.nkeys import ISSUER
from deploy.state.directory_file import load_directory, load_drafts, save_directory, save_drafts
from deploy.state.state_dir import StateDir
from shared.bureaus import PARTICIPATING
from shared.clock import Clock
from shared.crypto.ed25519 import Signer, VerifyingKey, decode_base64url
from shared.protocol.directory import Directory, Entry, Standing, sign_entry
from shared.protocol.directory_log import DirectoryPart, log_head
from shared.protocol.envelope import SKEW_SECONDS
from shared.protocol.key_request import KeyRequest, KeyStatement, RequestRefused, is_countersigned_by
from shared.transport import BROKER_OPERATOR, BROKER_RELAY, BROKER_SYSTEM
from shared.transport.tls_files import SERVER

KEY_VALID_FOR: Final = timedelta(days=3 * 365)
# Where the clock can be moved on by decades, as to see records expire, the keys shall not be what runs out first.
KEY_VALID_ON_A_SHARED_CLOCK: Final = timedelta(days=80 * 365)
OVERLAP: Final = timedelta(days=1)
# The clock of the Secretariat may be set back; a later entry is issued later all the same.
TICK_SECONDS: Final = 0.001
OF_THE_BROKER: Final = frozenset({BROKER_OPERATOR, BROKER_RELAY, BROKER_SYSTEM, SERVER, ISSUER})
_SERVICE: Final = re.compile(r"[a-z][a-z0-9-]{1,62}")


class Registrar:
    """Changes the directory of one state directory; nothing holds until the root key has signed it."""

    def __init__(self, home: StateDir, clock: Clock, root: VerifyingKey) -> None:
        """Read the directory, or begin one, and what is drafted. Raises StartRefused."""
        self._home = home
        self._clock = clock
        self._shared_clock = home.clock.exists()
        self._valid_for = KEY_VALID_ON_A_SHARED_CLOCK if self._shared_clock else KEY_VALID_FOR
        self.directory = load_directory(home, root) if home.has_directory() else Directory(root)
        self.drafts: dict[str, Entry] = {entry.kid: entry for entry in load_drafts(home)}
        """The entries that the root key is to sign, by their signing keys."""

        self.issued: list[str] = []
        """The entries that it signed."""

    def approve(
        self, request: KeyRequest, *, fingerprint: str = "", overlap: timedelta = OVERLAP, readmit: bool = False
    ) -> Entry:
        """Enter the keys that a participant asks for; those that it has end after the overlap. Raises RequestRefused.

        A request that a key in force countersigned needs nothing else. Any other needs the fingerprint that the
        participant told by another way than the request came, or anyone could be entered in its name. One that is
        suspended comes back only if `readmit` says so.
        """
        stated = request.statement
        self._require_fitting(stated)
        if self.standing_of(stated.participant) == "suspended" and not readmit:
            raise RequestRefused(f"{stated.participant} is suspended: approve with --readmit to bring it back")
        countersigned = self._is_countersigned(request)
        if fingerprint and _digits(fingerprint) != _digits(request.fingerprint):
            raise RequestRefused(
                f"the fingerprint that you state is not that of this request, which may be none of "
                f"{stated.participant}: ask {stated.participant} once more, and enter nothing until both are the same"
            )
        if not countersigned and not fingerprint:
            raise RequestRefused(
                f"no key in force of {stated.participant} countersigned it: have {stated.participant} tell you the "
                "fingerprint by another way, and state that"
            )
        self._end_at_latest(stated.participant, (self._clock.now() + overlap).timestamp())
        return self._enter(request, countersigned=countersigned)

    def revoke(self, participant: str) -> list[Entry]:
        """Revoke all keys of a participant; return the entries that were revoked by this."""
        now = self._clock.now().timestamp()
        # Those that have run out as well: the broker would know its user by them.
        return [self._reissue(entry, revoked_at=now) for entry in self._unrevoked(participant)]

    def suspend(self, participant: str) -> list[Entry]:
        """Revoke all keys of a bureau and suspend it; return its entries."""
        now = self._clock.now().timestamp()
        return [
            self._reissue(entry, revoked_at=entry.revoked_at or now, standing="suspended")
            for entry in self.entries_of(participant)
        ]

    def renew(self, entry: Entry) -> Entry:
        """Issue an entry anew as it is, so that all who follow look at its participant again."""
        return self._reissue(entry)

    def fit_to_clock(self, entry: Entry) -> None:
        """Let a key that was entered by the other clock, real or shared, end when it should by this one."""
        ends = entry.not_before + self._valid_for.total_seconds()
        # One that ends sooner than usual was meant to.
        if entry.not_after < ends - 1 if self._shared_clock else entry.not_after > ends + 1:
            self._reissue(entry, not_after=ends)

    def entries_of(self, participant: str) -> list[Entry]:
        """Return the entries of a participant as they are to be, the newest first."""
        signed = {entry.kid: entry for entry in self.directory.entries_of(participant)}
        drafted = {kid: entry for kid, entry in self.drafts.items() if entry.participant == participant}
        return sorted((signed | drafted).values(), key=lambda entry: entry.not_before, reverse=True)

    def standing_of(self, participant: str) -> Standing | None:
        """Return the standing of a participant as it is to be; None for one that was never entered."""
        entries = self.entries_of(participant)
        return max(entries, key=lambda entry: entry.issued).standing if entries else None

    def save_drafts(self) -> None:
        """Keep what is drafted until the root key signs it."""
        save_drafts(self._home, self.drafts.values())

    def sign(self, root: Signer) -> None:
        """Have the root key sign what is drafted, and write the directory."""
        if not self.drafts:
            return
        signed = [sign_entry(entry, root) for entry in self.drafts.values()]
        log = self.directory.log
        self.directory.take(DirectoryPart(log_head([*log.entries(), *signed], root), log.size, signed))
        self.issued += signed
        save_directory(self._home, self.directory)
        self.drafts.clear()
        self._home.drafts.unlink(missing_ok=True)

    def _require_fitting(self, stated: KeyStatement) -> None:
        known = self.directory.entry_of(VerifyingKey(decode_base64url(stated.signing_key)).kid)
        if known is not None:
            raise RequestRefused(f"the signing key that it states is entered already, as one of {known.participant}")
        if not _may_be_named(stated):
            raise RequestRefused(f"{stated.participant[:64]!r} is no name of a {stated.kind}")
        for entry in (*self.directory.entries(), *self.drafts.values()):
            if entry.participant == stated.participant:
                _require_going_on(stated, entry)
            elif stated.nats_user == entry.nats_user or (
                stated.sealing_key and stated.sealing_key == entry.sealing_key
            ):
                raise RequestRefused(f"it states a key of {entry.participant}")

    def _is_countersigned(self, request: KeyRequest) -> bool:
        now = self._clock.now().timestamp()
        return any(
            entry.valid_at(now)
            and is_countersigned_by(request.statement, request.countersignature, entry.verifying_key())
            for entry in self.entries_of(request.statement.participant)
        )

    def _end_at_latest(self, participant: str, ends: float) -> None:
        for entry in self._unrevoked(participant):
            if entry.not_after > ends:
                self._reissue(entry, not_after=ends)

    def _enter(self, request: KeyRequest, *, countersigned: bool) -> Entry:
        stated = request.statement
        # The clock of another may be as much behind.
        begins = self._clock.now().timestamp() - SKEW_SECONDS
        return self._draft(
            Entry(
                participant=stated.participant,
                kind=stated.kind,
                signing_key=stated.signing_key,
                nats_user=stated.nats_user,
                sealing_key=stated.sealing_key,
                requested=stated.requested,
                countersigned=request.countersignature if countersigned else None,
                issued=self._later_than(self.entries_of(stated.participant)),
                not_before=begins,
                not_after=begins + self._valid_for.total_seconds(),
            )
        )

    def _unrevoked(self, participant: str) -> list[Entry]:
        return [entry for entry in self.entries_of(participant) if entry.revoked_at is None]

    def _reissue(self, entry: Entry, **changed: object) -> Entry:
        return self._draft(msgspec.structs.replace(entry, issued=self._later_than([entry]), **changed))

    def _later_than(self, entries: Iterable[Entry]) -> float:
        latest = max((entry.issued + TICK_SECONDS for entry in entries), default=0.0)
        return max(self._clock.now().timestamp(), latest)

    def _draft(self, entry: Entry) -> Entry:
        self.drafts[entry.kid] = entry
        return entry


def _require_going_on(stated: KeyStatement, entry: Entry) -> None:
    """Let a request pass that goes on from an entry of the same participant. Raises RequestRefused."""
    if entry.kind != stated.kind:
        raise RequestRefused(f"{stated.participant} is a {entry.kind}")
    if stated.requested < entry.requested:
        raise RequestRefused("it was made before the request that was approved last: ask again, and give the new one")
    if entry.nats_user == stated.nats_user and entry.revoked_at is not None:
        raise RequestRefused(
            f"the NKEY that it states was revoked: {stated.participant} must install the present directory "
            "(`i247 keys install`) and ask again"
        )


def _may_be_named(stated: KeyStatement) -> bool:
    if stated.kind == "bureau":
        return stated.participant in PARTICIPATING
    name = stated.participant
    # Certificates name participants in lower case, so no service is called as a bureau or as who runs the broker.
    return _SERVICE.fullmatch(name) is not None and name not in OF_THE_BROKER and name.upper() not in PARTICIPATING


def _digits(fingerprint: str) -> str:
    return fingerprint.replace(" ", "").lower()
