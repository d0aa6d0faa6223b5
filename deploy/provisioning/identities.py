"""Enters the test identities into the stores of a sandbox: the same ones in each, with the same ids."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec

from deploy.provisioning.seeding import enter_examples
from deploy.state.errors import StartRefused
from deploy.state.settings import Settings
from gateway.sandbox.stored_identities import NAME, StoredIdentity, read_identities, write_identities
from services import SERVICES
from services.sandbox_identities import MEANINGS, SLOW_MILLISECONDS, Identities, Identity, Outcome, owners_of
from shared.files import replace_file
from shared.records import service_kit as kit
from shared.sandbox.snapshots import IDENTITY_FILES
from shared.service import Service
from shared.storage import open_database
from shared.storage.migrations import upgraded

_SEED: Final = 247
_BROUGHT_ABOUT: Final[Mapping[Outcome, Mapping[str, Any]]] = {
    Outcome.CONFIRMED: {"owner_does": "confirm"},
    Outcome.DENIED: {"owner_does": "deny"},
    Outcome.UNANSWERED: {"owner_does": "ignore"},
    Outcome.WITHDRAWN: {"is_withdrawn": True},
    Outcome.SLOW: {"fails_at": "audit", "latency_ms": SLOW_MILLISECONDS},
    Outcome.NOT_AUDITED: {"fails_at": "audit"},
}
"""What the gateway does, so that an identity has an outcome that its record alone has not."""


def all_identities() -> Mapping[Service, Identities]:
    """Return the test identities of each service that has some."""
    parts = {service: f"{service.package}.identities" for service in SERVICES}
    return {service: import_module(part).OF_SERVICE for service, part in parts.items() if find_spec(part)}


async def enter_identities(settings: Settings, at: datetime) -> bool:
    """Enter the test identities of each service and the records of examples, unless that was done.

    Return whether they were entered now. The list for the gateway is written last, so that an interrupted start begins
    anew. Raises OSError.
    """
    folder = settings.state_dir.sandbox
    if (folder / NAME).exists():
        return False
    stored: list[StoredIdentity] = []
    for service, identities in all_identities().items():
        random = Random(f"{_SEED}/{service.name}")  # noqa: S311 - the same each time
        drawn = identities.draw(random, at)
        _remove_store(settings, service)
        await _enter(settings, service, drawn, at)
        stored += _stored(service, identities, identities.records(drawn), _files(folder / IDENTITY_FILES, identities))
    await enter_examples(settings, SERVICES, at=at)
    write_identities(folder, stored)
    return True


def owners_that_never_act(settings: Settings) -> str | None:
    """Return which owners of test identities are not here, and which outcomes need an act of them; None if all are.

    What the others show depends on their records alone, which services have without these bureaus. Raises StartRefused.
    """
    here, folder = settings.state_dir.participants_here(), settings.state_dir.sandbox
    try:
        identities = read_identities(folder)
    except msgspec.DecodeError as error:
        raise StartRefused(f"{folder / NAME} holds no test identities ({error}): restore the file") from error
    absent = [each for each in identities if _acts(each) and each.owner not in here]
    if not absent:
        return None
    owners, outcomes = ", ".join(sorted({each.owner for each in absent})), ", ".join(_distinct(absent))
    return (
        f"without {owners} in this mesh no search of a test identity has these outcomes, for which its owner must act: "
        f"{outcomes}; add {owners} to --bureaus"
    )


def _acts(identity: StoredIdentity) -> bool:
    """Return whether the outcome needs an act of the owner: it withdraws, or answers."""
    return identity.is_withdrawn or identity.owner_does in ("confirm", "deny")


def _distinct(identities: Sequence[StoredIdentity]) -> Sequence[str]:
    return tuple(dict.fromkeys(str(each.outcome) for each in identities))


def _remove_store(settings: Settings, service: Service) -> None:
    """Remove what an interrupted start entered: the mesh has not run yet."""
    for file in settings.state_dir.stores.glob(f"{service.name}.db*"):
        file.unlink()


def _stored(
    service: Service, identities: Identities, records: Sequence[kit.Record], files: Mapping[str, bytes]
) -> list[StoredIdentity]:
    left = iter(records)
    stored = [
        _stored_identity(service, identities.search_of(each), each, [next(left) for _ in owners_of(each.outcome)])
        for each in identities.listed
    ]
    return [each if each.file is None else _with_file(each, files[each.file]) for each in stored]


def _with_file(identity: StoredIdentity, content: bytes) -> StoredIdentity:
    return msgspec.structs.replace(identity, digest=sha256(content).hexdigest(), bytes=len(content))


def _stored_identity(
    service: Service, search: str, identity: Identity, records: Sequence[kit.Record]
) -> StoredIdentity:
    return StoredIdentity(
        service=service.name,
        outcome=identity.outcome,
        meaning=MEANINGS[identity.outcome],
        search=search,
        query=identity.query,
        file=identity.file,
        total=identity.total,
        owner=records[0].owner,
        records=tuple(each.id for each in records),
        purpose=records[0].purpose,
        **_BROUGHT_ABOUT.get(identity.outcome, {}),
    )


def _files(folder: Path, identities: Identities) -> Mapping[str, bytes]:
    """Return the files of all identities, which are drawn unless they are there: that takes as long as the start."""
    names = [each.file for each in identities.listed if each.file is not None]
    if not all((folder / name).exists() for name in names):
        folder.mkdir(mode=0o700, exist_ok=True)
        for name, content in identities.files().items():
            replace_file(folder / name, content, mode=0o600)
    return {name: (folder / name).read_bytes() for name in names}


async def _enter(settings: Settings, service: Service, drawn: object, at: datetime) -> None:
    async with (
        upgraded(open_database(settings.store_of(service.name)), service.tables) as database,
        database.writing() as session,
    ):
        await service.add_drawn(session, drawn, at)
