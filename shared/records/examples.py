"""The requests that all kinds of records have in common, as the documents show them, and the records they are about.

`i247 seed` enters these records, so that a request as shown finds something. What ends a record is shown for one of its
own, so that the others stay as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.ids import example_id
from shared.records.field_copies.routes import FIELD_COPIES
from shared.web.examples import RequestExample, RequestExamples
from shared.web.routing import path_of

_POST_KEY: Final = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
REFERENCE: Final = "2026/DCPJ/00417"
"""Of the example record that is read."""

OWNER: Final = "FR"
# After any of the records expires.
LATEST: Final = "2099"
_MAIN, _DELETED, _WITHDRAWN, _ENDED, _RENEWED, _SUBSCRIPTION, _ENDED_SUBSCRIPTION, _BEFORE = 1, 2, 3, 4, 5, 8, 9, 99


@dataclass(frozen=True, slots=True)
class ExampleRecord:
    """The example records of one kind: their numbers are those of `example_id`."""

    service: str
    below: str
    """The path of the kind in its service, such as `bodies/`."""

    kind: int
    numbers: tuple[str, ...] = ()
    """The members by which one thing alone is found: each record has others."""

    @property
    def path(self) -> str:
        """The path of the records, to which an id is added."""
        return f"{path_of(self.service)}/{self.below}"

    def id(self, number: int = _MAIN) -> str:
        """Return the id of one of them."""
        return example_id(self.kind, number)

    @property
    def deleted(self) -> str:
        """The id of the one that is deleted."""
        return self.id(_DELETED)

    @property
    def withdrawn(self) -> str:
        """The id of the one that is withdrawn."""
        return self.id(_WITHDRAWN)

    @property
    def ended(self) -> str:
        """The id of the one that ends well, such as a vehicle that is recovered."""
        return self.id(_ENDED)

    @property
    def renewed(self) -> str:
        """The id of the one that ends soon, and so may be renewed."""
        return self.id(_RENEWED)

    @property
    def linked(self) -> str:
        """The id to which the owner links the record that is read."""
        return self.id(_BEFORE)

    @property
    def subscriptions(self) -> tuple[str, str]:
        """The ids of the subscription that is read, and of that which is ended."""
        return self.id(_SUBSCRIPTION), self.id(_ENDED_SUBSCRIPTION)

    @property
    def all(self) -> tuple[str, ...]:
        """The ids of the records, first the one that is read."""
        return self.id(), self.deleted, self.withdrawn, self.ended, self.renewed


def reference_of(number: int) -> str:
    """Return the reference of an example record, by its place among those of its kind, from 0."""
    return f"{REFERENCE}{f'-{number}' if number else ''}"


def record_examples(
    of: ExampleRecord,
    *,
    query: Mapping[str, Any],
    corrections: Mapping[str, Any],
    listed: Mapping[str, Any],
    fields: Mapping[str, Any] | None = None,
) -> RequestExamples:
    """Return the requests about a kind of record.

    `query` is filled in for a search, which `fields` would narrow; `listed` are values of filters of a list.
    `corrections` are those of a decision of the Commission.
    """
    path, one = of.path, f"{of.path}{{record_id}}"
    main, (read, ended) = {"record_id": of.id()}, of.subscriptions
    found = {
        "after": of.id(_BEFORE),
        "reference": REFERENCE,
        "owner": OWNER,
        "linked_to": of.linked,
        "expires_by": LATEST,
    }
    decision = {"decision": "correct", "reference": "CCF/2026/12", "corrections": corrections}
    reason = {"reason": "The investigation goes on: 2026/DCPJ/00417."}
    subscription = f"{path}subscriptions/{{subscription_id}}"
    search = f"GET {path}search"
    searched = {search: RequestExample(query=query, fields={"reference": REFERENCE, **(fields or {})})} if query else {}
    subscribed = (
        {f"POST {path}subscriptions": RequestExample(body={"search": query, "valid_for_days": 365})} if query else {}
    )
    return {
        **searched,
        **subscribed,
        f"GET {path.removesuffix('/')}": RequestExample(fields={**found, **listed}),
        f"GET {path}subscriptions": RequestExample(fields={"after": of.id(_BEFORE)}),
        f"GET {subscription}": RequestExample(path={"subscription_id": read}),
        f"DELETE {subscription}": RequestExample(path={"subscription_id": ended}),
        f"GET {one}": RequestExample(path=main),
        f"PUT {one}": RequestExample(path=main),
        f"GET {one}/versions": RequestExample(path=main, fields={"before": 100}),
        f"GET {one}/disclosures": RequestExample(path=main),
        f"PUT {one}/restriction": RequestExample(path=main, body={"restricted": ["KE"]}),
        f"POST {one}/renewal": RequestExample(path={"record_id": of.renewed}, body=reason),
        f"DELETE {one}": RequestExample(path={"record_id": of.deleted}),
        f"POST {one}/withdrawal": RequestExample(path={"record_id": of.withdrawn}),
        f"POST {one}/decision": RequestExample(path=main, body=decision),
    }


def photograph_examples(of: ExampleRecord, kept: str, deleted: str) -> RequestExamples:
    """Return the requests about the photographs of the record that is read, given the ids of its two."""
    path = f"{of.path}{{record_id}}/photographs"
    kept_of, deleted_of = (
        RequestExample(path={"record_id": of.id(), "photograph_id": each}) for each in (kept, deleted)
    )
    return {
        f"POST {path}": RequestExample(path={"record_id": of.id()}),
        f"GET {path}/{{photograph_id}}": kept_of,
        f"GET {path}/{{photograph_id}}/thumbnail": kept_of,
        f"DELETE {path}/{{photograph_id}}": deleted_of,
    }


def field_copy_examples(record: ExampleRecord) -> RequestExamples:
    """Return the requests about field copies of a kind of record."""
    path = f"{record.path}{FIELD_COPIES}"
    taken = {"number": f"the `number` of a field copy that `GET {path}` lists"}
    return {
        f"GET {path}": RequestExample(fields={"before": 100}),
        f"POST {path}": RequestExample(body={"confidential": False}),
        f"GET {path}/{{number}}/records": RequestExample(taken=taken),
        f"POST {path}/{{number}}/packs": RequestExample(
            taken=taken, body={"digest": _POST_KEY, "post": "FR-Menton", "post_key": _POST_KEY, "valid_hours": 24}
        ),
        f"POST {path}/hand-ins": RequestExample(body={"post_key": _POST_KEY, "applied": [], "searches": []}),
        f"GET {path}/{{bureau}}/{{number}}/records/{{record_id}}": RequestExample(
            path={"bureau": OWNER, "record_id": record.id()}, taken=taken
        ),
    }
