"""What is in force for each participant, by the directory, the measures, and the time. No input or output."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from shared.bureaus import ParticipantKind, is_participant

DAY: Final = 86_400
# Time enough to request an entry for new keys from the Secretariat, and to have it signed.
ENDS_SOON_DAYS: Final = 30
MEMBER: Final = "member"
TAKES_PART: Final = "takes-part"
"""Of those that are no members: units, partners, the Commission, the public, services."""

# Worst first: the state of a participant is the first of these that holds.
STATES: Final = (
    "suspended",
    "no-key",
    "key-not-in-force",
    "restricted",
    "supervised",
    "key-ends-soon",
    "hosted-here",
    MEMBER,
    TAKES_PART,
)

Jwk = Mapping[str, Any]


class Key(NamedTuple):
    """A key of a participant. Times are seconds since 1970."""

    participant: str
    use: str
    """`signing` or `sealing`."""

    kid: str
    begins: float
    ends: float
    revoked: float | None

    def state_at(self, now: float) -> str:
        """Return what is to be said of it at a time."""
        if self.revoked is not None and self.revoked <= now:
            return "revoked"
        if now < self.begins:
            return "not-yet-in-force"
        if now > self.ends:
            return "ended"
        return "ends-soon" if self.days_at(now) < ENDS_SOON_DAYS else "in-force"

    def is_in_force_at(self, now: float) -> bool:
        """Return whether it may be used at a time."""
        return self.state_at(now) in {"in-force", "ends-soon"}

    def days_at(self, now: float) -> int:
        """Return how many whole days are left of it at a time."""
        return max(0, int((self.ends - now) // DAY))


class Participant(NamedTuple):
    """A participant as the page shows it."""

    code: str
    kind: ParticipantKind
    state: str
    is_hosted: bool
    """Whether its officers use this gateway."""

    keys: tuple[Key, ...]
    """The newest first."""

    ends: float | None
    """When the last of its keys that are in force ends."""

    days: int | None
    measure: Mapping[str, Any] | None
    agreed_until: str | None
    """Until when a partner may use the network, by its agreement."""


class Known(NamedTuple):
    """What a page was told of the network."""

    keys: Sequence[Key]
    kinds: Mapping[str, ParticipantKind]
    measures: Mapping[str, Mapping[str, Any]]
    agreements: Mapping[str, Mapping[str, Any]]


def read(directory: Mapping[str, Any], measures: Sequence[Mapping[str, Any]]) -> Known:
    """Return what the directory and the list of measures say."""
    stated = (("signing", directory["keys"]), ("sealing", directory["sealing_keys"]))
    keys = [_key(use, each) for use, those in stated for each in those]
    kinds = {each["participant"]: each["kind"] for each in directory["keys"]}
    return Known(keys, kinds, {each["bureau"]: each for each in measures}, directory["agreements"])


def participants(known: Known, hosted: Collection[str], now: float) -> list[Participant]:
    """Return all participants but the services, by their codes."""
    return [participant(known, code, hosted, now) for code in sorted(known.kinds) if is_participant(code)]


def participant(known: Known, code: str, hosted: Collection[str], now: float) -> Participant:
    """Return one participant that the directory knows."""
    keys = tuple(sorted((key for key in known.keys if key.participant == code), key=_newest_first))
    ends = max((key.ends for key in keys if key.is_in_force_at(now)), default=None)
    measure = known.measures.get(code)
    standing = MEMBER if measure is None else measure["standing"]
    return Participant(
        code=code,
        kind=known.kinds[code],
        state=_state(keys, standing if known.kinds[code] == "bureau" else TAKES_PART, code in hosted, now),
        is_hosted=code in hosted,
        keys=keys,
        ends=ends,
        days=None if ends is None else max(0, int((ends - now) // DAY)),
        measure=measure,
        agreed_until=known.agreements.get(code, {}).get("until"),
    )


def _key(use: str, stated: Jwk) -> Key:
    return Key(stated["participant"], use, stated["kid"], stated["nbf"], stated["exp"], stated["revoked_at"])


def _newest_first(key: Key) -> tuple[float, str]:
    return -key.begins, key.use


def _state(keys: Sequence[Key], standing: str, is_hosted: bool, now: float) -> str:
    signing = {key.state_at(now) for key in keys if key.use == "signing"}
    found = {standing}
    if is_hosted:
        found.add("hosted-here")
    if signing <= {"revoked"}:
        found.add("no-key")
    elif not signing & {"in-force", "ends-soon"}:
        found.add("key-not-in-force")
    elif "in-force" not in signing:
        # Otherwise a later key is there already.
        found.add("key-ends-soon")
    return next(state for state in STATES if state in found)


def shown_counts(shown: Sequence[Participant]) -> dict[str, int]:
    """Return how many participants are in each state, worst first."""
    counted = {state: sum(each.state == state for each in shown) for state in STATES}
    return {state: count for state, count in counted.items() if count}
