"""Declares the routes that are the same for each kind of record: their paths and names derive from the kind."""

from collections.abc import Awaitable, Callable
from inspect import getdoc
from types import FunctionType
from typing import Annotated, Any, NamedTuple, get_args

from fastapi import APIRouter

from shared.errors import Refusal
from shared.identity import Caller
from shared.records.store import RecordKind
from shared.web.descriptions import first_sentence
from shared.web.problems import refusals
from shared.web.routing import permission

Endpoint = Callable[..., Awaitable[Any]]


class PerKind(NamedTuple):
    """Marks an annotation of an endpoint that `make` replaces for each kind, as its dependencies depend on the kind."""

    make: Callable[[Any], Any]


def entry_permission(kind: RecordKind, *, while_restricted: bool = False) -> Any:
    """Return the dependency that requires the scope to enter records of a kind, and returns the caller."""
    partners = kind.partners_enter
    return permission(kind.service(), "write", while_restricted=while_restricted, partners_enter=partners)


Reader = Annotated[Caller, PerKind(lambda kind: Annotated[Caller, permission(kind.service(), "read")])]
Writer = Annotated[Caller, PerKind(lambda kind: Annotated[Caller, entry_permission(kind)])]
Withdrawer = Annotated[Caller, PerKind(lambda kind: Annotated[Caller, entry_permission(kind, while_restricted=True)])]
"""Who takes back or ends something, which a restricted bureau may, as it may read."""


class KindRoutes:
    """The routes of one kind of record below a path of its service."""

    def __init__(self, router: APIRouter, kind: RecordKind, path: str) -> None:
        self._path = path
        self._router = router
        self._kind = kind
        self._words = kind.model.record_kind().replace("-", " ")

    def declare(
        self,
        endpoint: Endpoint,
        where: str,
        name: str,
        summary: str,
        *refused: type[Refusal],
        answer: Any = None,
        **options: Any,
    ) -> None:
        """Declare a route to an endpoint, which is copied: `where` is its method and what follows the path.

        The name of the kind is inserted into `name`, the operationId, and into `summary`, which replaces the first
        sentence of the description. Further `options` are those of FastAPI, such as `status_code`.
        """
        method, _, part = where.partition(" ")
        is_created = method == "POST" and not part
        responses = refusals(*refused) | options.pop("responses", {})
        text = options.pop("description", getdoc(endpoint))
        options = {"status_code": 201 if is_created else 200 if answer else 204, **options}
        self._router.add_api_route(
            f"{self._path}{part}",
            _copy_for(self._kind, endpoint, name.format(self._words.replace(" ", "_"))),
            methods=[method],
            response_model=answer,
            description=f"{summary.format(self._words)}. {first_sentence(text)[1]}",
            responses=responses,
            **options,
        )


def _copy_for(kind: RecordKind, endpoint: Any, name: str) -> Endpoint:
    """Return an endpoint of one kind: the audit log and the OpenAPI document take the operation from its name."""
    copy = FunctionType(endpoint.__code__, endpoint.__globals__, name, endpoint.__defaults__, endpoint.__closure__)
    copy.__doc__, copy.__kwdefaults__ = endpoint.__doc__, endpoint.__kwdefaults__
    # Its marks, such as `not_audited`.
    copy.__dict__.update(endpoint.__dict__)
    copy.__annotations__ = {
        name: next((mark.make(kind) for mark in get_args(each) if isinstance(mark, PerKind)), each)
        for name, each in endpoint.__annotations__.items()
    }
    return copy
