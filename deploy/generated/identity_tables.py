"""The table of test identities."""

from collections.abc import Iterator
from urllib.parse import urlencode

from deploy.generated.markdown import table
from deploy.provisioning.identities import all_identities
from services.sandbox_identities import MEANINGS, Identities, Identity
from shared.sandbox.snapshots import IDENTITY_FILES


def identities_table() -> str:
    """Return a table of all test identities by service: what to search for, and what is found."""
    return table("service | search for | outcome", _rows())


def _rows() -> Iterator[tuple[str, str, str]]:
    for service, identities in all_identities().items():
        for each in identities.listed:
            yield f"`{service.name}`", _search(identities, each), f"`{each.outcome}`: {MEANINGS[each.outcome]}"


def _search(identities: Identities, identity: Identity) -> str:
    if identity.file is not None:
        return f"`POST {identities.search_of(identity)}` with the file `sandbox/{IDENTITY_FILES}/{identity.file}`"
    return f"`GET {identities.search_of(identity)}?{urlencode(identity.query)}`"
