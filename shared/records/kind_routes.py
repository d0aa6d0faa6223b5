"""Declares the routes that are the same for each kind of record: their paths and names derive from the kind."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from fastapi import APIRouter

from shared.errors import Refusal
from shared.records.store import RecordKind
from shared.web.problems import refusals
from shared.web.routing import permission

Endpoint = Callable[..., Awaitable[Any]]


class KindRoutes:
    """The routes of one kind of record below a path of its service."""

    def __init__(self, router: APIRouter, kind: RecordKind, path: str) -> None:
        self._service = kind.service()
        self._router = router
        self._path = path
        self._words = kind.model.record_kind().replace("-", " ")
        self._may_read = permission(self._service, "read")
        self._may_write = permission(self._service, "write")

    def _declare(
        self,
        where: str,
        name: str,
        summary: str,
        endpoint: Endpoint,
        refused: Sequence[type[Refusal]] = (),
        *,
        answer: Any = None,
    ) -> None:
        """Declare a route: its method and what follows the path, its names for programs and for people."""
        method, _, part = where.partition(" ")
        # The function's own name is the operation in the audit log and in the document.
        endpoint.__name__ = name.format(self._words.replace(" ", "_"))
        is_made = method == "POST" and not part
        self._router.add_api_route(
            f"{self._path}{part}",
            endpoint,
            methods=[method],
            response_model=answer,
            status_code=201 if is_made else 200 if answer else 204,
            summary=summary.format(self._words),
            responses=refusals(*refused),
        )
