"""The tags of the document, in groups: what officers use, apart from the machinery of the logs and of tests."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from shared.audit.routes import LOGS_TAG
from shared.service import Service
from shared.web.descriptions import operations_of

# Besides the services: each is a tag with its own summary.
_DESCRIPTIONS: Final = {
    LOGS_TAG: "Checkpoints of the audit logs, their proofs and witnesses, for gateways and the programs of auditors.",
    "directory": "The public keys of all participants, and the measures on them. Needs no token.",
    "tokens": "Tokens of officers and programs (OAuth 2.0).",
    "health": "Whether the mesh works. Needs no token.",
    "public-works": "Works of art that their owners made public, and signed statements for buyers. Needs no token.",
    "public-notices": "What issuers made public, for programs written for INTERPOL's own public API. Needs no token.",
    "sandbox": "Controls a mesh for tests; only in one started with `--sandbox`.",
    "clock": "The clock of a mesh for tests, which programs advance. Needs no token.",
}
_GROUPS: Final = {
    "Between bureaus": ("messages", "hits"),
    "Accountability": ("audit", "subject-requests"),
    "Access": ("tokens", "directory", "health"),
    "For the public": ("public-notices", "public-works"),
    "Machinery of the logs": (LOGS_TAG,),
    "Tests": ("sandbox", "clock"),
}


def tags_of(document: dict[str, Any], services: Sequence[Service], own: Sequence[Service]) -> dict[str, Any]:
    """Return the members of a document that describe its tags and group them: those that it uses, and no other."""
    used = {tag for operation in operations_of(document) for tag in operation.get("tags", ())}
    described = {service.name: service.summary for service in (*services, *own)} | _DESCRIPTIONS
    return {
        "tags": [{"name": name, "description": text} for name, text in described.items() if name in used],
        "x-tagGroups": list(_groups([service.name for service in services], used)),
    }


def _groups(records: Sequence[str], used: set[str]) -> Iterator[dict[str, Any]]:
    for name, tags in {"Records": records, **_GROUPS}.items():
        of_group = [tag for tag in tags if tag in used]
        if of_group:
            yield {"name": name, "tags": of_group}
