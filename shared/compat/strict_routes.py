"""A route that takes JSON bodies strictly. FastAPI's own reads them as leniently as a query, which is text."""

from typing import Any, Final

from fastapi import params
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from shared.strict_types import validate_strictly

JSON: Final = "application/json"


class StrictRoute(APIRoute):
    """A route in whose bodies each member has the type that its document states.

    Its router must not be included in another, which would make the route anew: an application takes its routes.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        """Take what the base takes."""
        super().__init__(*args, **options)
        _take_strictly(self.dependant)


class _StrictAdapter:
    """Stands in for what validates the body of a route."""

    def __init__(self, adapter: TypeAdapter[Any]) -> None:
        self._adapter = adapter

    def __getattr__(self, name: str) -> Any:
        # What describes the body, for the document.
        return getattr(self._adapter, name)

    def validate_python(self, value: Any, **options: Any) -> Any:
        # What came as another media type was not parsed, and is refused as that.
        if isinstance(value, bytes):
            return self._adapter.validate_python(value, **options)
        return validate_strictly(self._adapter.validate_json, value)


def _take_strictly(dependant: Dependant) -> None:
    for field in dependant.body_params:
        if isinstance(field.field_info, params.Body) and field.field_info.media_type == JSON:
            # FastAPI has no other place for it.
            field._type_adapter = _StrictAdapter(field._type_adapter)  # type: ignore[assignment]  # noqa: SLF001
    for each in dependant.dependencies:
        _take_strictly(each)
