"""The test identities of a sandbox as its gateway knows them.

A record alone does not bring about every outcome: for some the gateway adds a fault to the search, or lets the owner
act.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from gateway.sandbox.counterparts.models import CounterpartScript
from shared.files import replace_file
from shared.identity import Purpose
from shared.sandbox.faults import FaultStep

NAME: Final = "identities.list"
"""In the folder of the sandbox. A reset removes it, and the identities are entered anew."""

OwnerAct = Literal["confirm", "deny", "ignore"]


class StoredIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """One test identity, and what the sandbox does to bring its outcome about."""

    service: str
    outcome: str
    meaning: str
    search: str
    query: Mapping[str, str]
    file: str | None
    total: int | None
    owner: str
    records: tuple[str, ...]
    purpose: Purpose
    owner_does: OwnerAct | None = None
    """What the owner does when it is asked to confirm a hit."""

    digest: str | None = None
    """SHA-256 of the file."""

    bytes: int = 0
    """The size of the file."""

    fails_at: FaultStep | None = None
    latency_ms: int = 0
    is_withdrawn: bool = False
    """Whether the owner withdraws the record once another bureau has found it."""


def write_identities(folder: Path, identities: list[StoredIdentity]) -> None:
    """Write the list for the gateway of a sandbox, readable by its owner only. Raises OSError."""
    replace_file(folder / NAME, msgspec.json.encode(identities), mode=0o600)


def read_identities(folder: Path) -> tuple[StoredIdentity, ...]:
    """Return the test identities of a sandbox, if it has any. Raises OSError, msgspec.DecodeError."""
    if not (folder / NAME).exists():
        return ()
    return msgspec.json.decode((folder / NAME).read_bytes(), type=tuple[StoredIdentity, ...])


def standing_acts(identities: Iterable[StoredIdentity]) -> Mapping[str, CounterpartScript]:
    """Return what owners do about hits on their test identities, by bureau, as scripts of counterparts."""
    records: dict[str, dict[str, Any]] = {}
    for each in identities:
        if each.owner_does is not None:
            records.setdefault(each.owner, {}).update({record: {"do": each.owner_does} for record in each.records})
    return {owner: CounterpartScript.model_validate({"records": acts}) for owner, acts in records.items()}
