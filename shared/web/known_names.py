"""The names that the OpenAPI document of an application has: of parameters, of members of a body, and of paths.

Callers learn nothing from them that the published document does not say.
"""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache, partial
from threading import Lock
from typing import Any, Final

from fastapi import FastAPI, Request
from pydantic import BaseModel

from shared.errors import Place

Schema = Mapping[str, Any]

_DESCRIBING: Final = Lock()
_REFERENCE: Final = "#/"
JSON: Final = "application/json"


async def document_of(app: FastAPI) -> dict[str, Any]:
    """Return the document of an application. The first call takes some tenths of a second, in a thread."""
    if not hasattr(app.state, "document"):
        app.state.document = await asyncio.to_thread(_described, app)
    document: dict[str, Any] = app.state.document
    return document


def _described(app: FastAPI) -> dict[str, Any]:
    with _DESCRIBING:
        return app.openapi()


class KnownNames:
    """The names that a request may have."""

    def __init__(self, document: Schema, operation: Schema, body: Any) -> None:
        """`body` is what was sent."""
        self._document = document
        self._operation = operation
        self._body = body

    def at(self, place: Place, steps: Sequence[int | str]) -> Collection[str]:
        """Return the names of parameters, or of the members of the object in the body to which the steps lead."""
        if place == "body":
            return {name for each in self._bodies() for name in members_at(self._document, each, steps, self._body)}
        return [each["name"] for each in self._operation.get("parameters", ()) if each.get("in") == place]

    def _bodies(self) -> Iterator[Schema]:
        contents = self._operation.get("requestBody", {}).get("content", {})
        # A form that holds such a body says the rest of itself elsewhere.
        for media in {JSON} & contents.keys() or contents:
            yield contents[media]["schema"]


class SchemaNames:
    """The names that a value may have by a schema of its own."""

    def __init__(self, find_schema: Callable[[], Schema], sent: Any) -> None:
        """`find_schema` is called when a name is not known."""
        self._find_schema = find_schema
        self._sent = sent

    def at(self, _place: Place, steps: Sequence[int | str]) -> Collection[str]:
        """Return the names of the members of the object to which the steps lead."""
        schema = self._find_schema()
        return members_at(schema, schema, steps, self._sent)


def names_of(model: type[BaseModel], sent: Any) -> SchemaNames:
    """Return the names that a value may have which was sent to be of a model."""
    return SchemaNames(partial(_schema_of, model), sent)


@cache
def _schema_of(model: type[BaseModel]) -> Schema:
    return model.model_json_schema()


async def known_names(request: Request, body: Any) -> KnownNames:
    """Return the names that a request may have, by the operation that was chosen for it."""
    document = await document_of(request.app)
    of_path = document["paths"].get(getattr(request.scope.get("route"), "path", ""), {})
    return KnownNames(document, of_path.get(request.method.lower(), {}), body)


def members_at(document: Schema, schema: Schema, steps: Sequence[int | str], sent: Any = None) -> set[str]:
    """Return the names of the members that an object may have to which the steps lead from a schema of a document."""
    places = [schema]
    for step in steps:
        forms = [form for each in places for form in _forms(document, each, sent)]
        places = [inner for form in forms for inner in _inside(form, step)]
        sent = _value_at(sent, step)
    return {name for each in places for form in _forms(document, each, sent) for name in form.get("properties", ())}


def _forms(document: Schema, schema: Schema, sent: Any) -> Iterator[Schema]:
    """Yield a schema, and each that it is composed of; of those that a member selects, the selected one."""
    if "$ref" in schema:
        schema = _referred(document, schema["$ref"])
    yield schema
    selected = _selected(schema.get("discriminator", {}), sent)
    if selected is not None:
        yield from _forms(document, {"$ref": selected}, sent)
        return
    for kind in ("anyOf", "oneOf", "allOf"):
        for each in schema.get(kind, ()):
            yield from _forms(document, each, sent)


def _selected(discriminator: Schema, sent: Any) -> str | None:
    value = sent.get(discriminator.get("propertyName")) if isinstance(sent, dict) else None
    return discriminator.get("mapping", {}).get(value) if isinstance(value, str) else None


def _referred(document: Schema, reference: str) -> Schema:
    found: Any = document
    for part in reference.removeprefix(_REFERENCE).split("/"):
        found = found[part]
    schema: Schema = found
    return schema


def _inside(schema: Schema, step: int | str) -> Iterator[Schema]:
    if isinstance(step, int):
        inner = schema.get("items")
    else:
        inner = schema.get("properties", {}).get(step, schema.get("additionalProperties"))
    if isinstance(inner, Mapping):
        yield inner


def _value_at(sent: Any, step: int | str) -> Any:
    if isinstance(sent, list) and isinstance(step, int):
        return sent[step] if 0 <= step < len(sent) else None
    return sent.get(step) if isinstance(sent, dict) else None
