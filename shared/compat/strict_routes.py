"""A route that validates JSON bodies strictly; FastAPI validates them as leniently as a query."""

from typing import Any, Final

from fastapi import params
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from shared.strict_types import validate_strictly

JSON: Final = "application/json"


class StrictRoute(APIRoute):
    """A route whose body must have the documented types.

    Do NOT include its router in another, which would create the route anew: pass its routes to an application.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        """Create it like its base."""
        super().__init__(*args, **options)
        _take_strictly(self.dependant)


class _StrictAdapter:
    """A proxy of the type adapter of a body."""

    def __init__(self, adapter: TypeAdapter[Any]) -> None:
        self._adapter = adapter

    def __getattr__(self, name: str) -> Any:
        # For the OpenAPI document.
        return getattr(self._adapter, name)

    def validate_python(self, value: Any, **options: Any) -> Any:
        # A body of another media type is not parsed, and is refused by the adapter.
        if isinstance(value, bytes):
            return self._adapter.validate_python(value, **options)
        return validate_strictly(self._adapter.validate_json, value)


def _take_strictly(dependant: Dependant) -> None:
    for field in dependant.body_params:
        if isinstance(field.field_info, params.Body) and field.field_info.media_type == JSON:
            # FastAPI has no public way to set it.
            field._type_adapter = _StrictAdapter(field._type_adapter)  # type: ignore[assignment]  # noqa: SLF001
    for each in dependant.dependencies:
        _take_strictly(each)
