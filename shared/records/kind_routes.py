"""Declares the routes that are the same for each kind of record: their paths and names derive from the kind."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from fastapi import APIRouter

from shared.errors import Refusal
from shared.records.store import RecordKind
from shared.web.problems import refusals
from shared.web.routing import permission

Endpoint = TypeVar("Endpoint", bound=Callable[..., Awaitable[Any]])


class KindRoutes:
    """The routes of one kind of record below a path of its service."""

    def __init__(self, router: APIRouter, kind: RecordKind, path: str) -> None:
        self.service = kind.service()
        self.path = path
        self.may_read = permission(self.service, "read")
        self.may_write = permission(self.service, "write")
        self._router = router
        self._words = kind.model.record_kind().replace("-", " ")

    def declare(
        self, where: str, name: str, summary: str, *refused: type[Refusal], answer: Any = None
    ) -> Callable[[Endpoint], Endpoint]:
        """Return a decorator that declares a route: `where` is its method and what follows the path.

        The name of the kind is inserted into `name`, the operationId, and into `summary`.
        """
        method, _, part = where.partition(" ")
        is_created = method == "POST" and not part

        def add(endpoint: Endpoint) -> Endpoint:
            # The audit log and the OpenAPI document take the operation from the name of the function.
            endpoint.__name__ = name.format(self._words.replace(" ", "_"))
            self._router.add_api_route(
                f"{self.path}{part}",
                endpoint,
                methods=[method],
                response_model=answer,
                status_code=201 if is_created else 200 if answer else 204,
                summary=summary.format(self._words),
                responses=refusals(*refused),
            )
            return endpoint

        return add
