"""The operations of a service as its OpenAPI document describes them, and requests that conform to it."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Final
from urllib.parse import quote, urlencode

import jsonschema_rs

from gateway.openapi.merge import service_openapi
from shared.protocol.http import HttpRequest
from shared.service import Service

Schema = Mapping[str, Any]

BOUNDARY: Final = "between-the-parts"


@cache
def document_of(service: Service) -> dict[str, Any]:
    """Return the document of a service, generated once in a run. It must not be changed."""
    return service_openapi(service)


class Schemas:
    """The schemas that a document refers to by name."""

    def __init__(self, components: Schema) -> None:
        self._components = components
        self._validators: dict[str, Any] = {}

    def resolved(self, schema: Schema) -> Schema:
        """Return a schema, or the one that it refers to."""
        reference = schema.get("$ref")
        return self._components["schemas"][reference.rpartition("/")[2]] if reference else schema

    def fitting(self, schema: Schema, values: Iterable[Any]) -> list[Any]:
        """Return the distinct values that a schema allows."""
        key = json.dumps(schema)
        if key not in self._validators:
            # Only the components it needs: each validator keeps a copy of its own.
            named = {name: self._components["schemas"][name] for name in self.named_in(schema)}
            self._validators[key] = jsonschema_rs.validator_for({**schema, "components": {"schemas": named}})
        fits = self._validators[key].is_valid
        return distinct(value for value in values if fits(value))

    def named_in(self, part: Any) -> frozenset[str]:
        """Return the names of all schemas that a part of the document refers to, directly or indirectly."""
        named: set[str] = set()
        waiting = _referred(part)
        while waiting:
            name = waiting.pop()
            named.add(name)
            waiting |= _referred(self._components["schemas"][name]) - named
        return frozenset(named)


@dataclass(frozen=True)
class Operation:
    """One operation of a service, as its document describes it."""

    method: str
    path: str
    stated: Schema
    schemas: Schemas

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def parameters(self, place: str, *, required: bool) -> dict[str, Schema]:
        """Return the schemas of its parameters in `path` or `query`, by name."""
        return {
            parameter["name"]: parameter["schema"]
            for parameter in self.stated.get("parameters", ())
            if parameter.get("in") == place and parameter.get("required", False) is required
        }

    @property
    def bodies(self) -> dict[str, Schema]:
        """The schema of each media type that it accepts."""
        content = self.stated.get("requestBody", {}).get("content", {})
        return {media: described["schema"] for media, described in content.items()}

    @cached_property
    def shows(self) -> frozenset[str]:
        """The names of all schemas that its successful answers refer to."""
        return self.schemas.named_in([stated for status, stated in self.stated["responses"].items() if status < "300"])

    @property
    def scope(self) -> str:
        """The scope that a caller needs; empty if the operation requires none."""
        return next((str(needed["officer"][0]) for needed in self.stated.get("security", ())), "")

    def request(self, path: Schema, query: Schema, media: str = "", body: Any = None) -> HttpRequest:
        """Return a request with values for path, query and body."""
        filled = re.sub(r"\{([^}]+)\}", lambda found: quote(_plain(path[found[1]]), safe=""), self.path)
        pairs = [(name, _plain(each)) for name, value in query.items() for each in _each(value)]
        target = f"{filled}?{urlencode(pairs)}" if pairs else filled
        return HttpRequest(self.method, target, *_encoded(media, body))


def operations_of(document: Schema) -> list[Operation]:
    """Return all operations of a document."""
    schemas = Schemas(document["components"])
    return [
        Operation(method.upper(), path, stated, schemas)
        for path, of_path in document["paths"].items()
        for method, stated in of_path.items()
    ]


def distinct(values: Iterable[Any]) -> list[Any]:
    """Return the distinct values."""
    return list({json.dumps(value): value for value in values}.values())


def _referred(part: Any) -> set[str]:
    return set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(part)))


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _each(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


def _encoded(media: str, body: Any) -> tuple[str, bytes]:
    """Return the content type and the bytes of a body."""
    if not media:
        return "", b""
    if media == "application/json":
        return media, json.dumps(body).encode()
    if media.startswith("multipart/"):
        parts = (f"--{BOUNDARY}\r\n".encode() + _part(*each) for each in body.items())
        return f"{media}; boundary={BOUNDARY}", b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
    return media, body.encode() if isinstance(body, str) else body


def _part(name: str, value: Any) -> bytes:
    disposition = f'Content-Disposition: form-data; name="{name}"'
    if isinstance(value, bytes):
        return f'{disposition}; filename="{name}"\r\n\r\n'.encode() + value + b"\r\n"
    return f"{disposition}\r\n\r\n{_plain(value)}\r\n".encode()
