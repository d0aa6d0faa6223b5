"""The request that the page `/docs` fills in for an operation, as Swagger UI 5 reads the document."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

Json = Mapping[str, Any]

JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
NOTHING: Final = object()


class Document:
    """An OpenAPI document, whose references it resolves."""

    def __init__(self, content: Json) -> None:
        self.content = content

    def resolved(self, part: Any) -> Any:
        """Return a part, or the one that it refers to."""
        while isinstance(part, Mapping) and "$ref" in part:
            target: Any = self.content
            for step in part["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            part = target
        return part

    def operations(self) -> "Iterator[Operation]":
        """Yield all operations."""
        for path, of_path in self.content["paths"].items():
            for method, stated in of_path.items():
                yield Operation(self, method.upper(), path, stated)


@dataclass(frozen=True)
class Operation:
    """An operation of the document."""

    document: Document
    method: str
    path: str
    stated: Json

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @cached_property
    def parameters(self) -> list[Json]:
        """Its parameters."""
        return [self.document.resolved(each) for each in self.stated.get("parameters", ())]

    def filled_in(self, place: str) -> dict[str, Any]:
        """Return the values of the parameters in a place that the page fills in."""
        values = {each["name"]: self._filled_in(each) for each in self.parameters if each["in"] == place}
        return {name: value for name, value in values.items() if value is not NOTHING}

    def _filled_in(self, parameter: Json) -> Any:
        for example in parameter.get("examples", {}).values():
            return self.document.resolved(example)["value"]
        schema = self.document.resolved(parameter["schema"])
        for stated, name in ((parameter, "example"), (schema, "example"), (schema, "default")):
            if stated.get(name) is not None:
                return stated[name]
        return NOTHING

    def shown(self, place: str) -> dict[str, Any]:
        """Return the values of all parameters in a place that have an example, filled in or not."""
        return {
            each["name"]: known[0] for each in self.parameters if each["in"] == place and (known := self._known(each))
        } | self.filled_in(place)

    def _known(self, parameter: Json) -> Any:
        return parameter["schema"].get("examples") or self.document.resolved(parameter["schema"]).get("examples")

    @cached_property
    def media(self) -> list[str]:
        """The media types of the bodies that it takes."""
        return [*self.stated.get("requestBody", {}).get("content", {})]

    def body(self, media: str) -> Any:
        """Return the body of a media type that the page fills in, or NOTHING if that has no example."""
        content = self.stated["requestBody"]["content"][media]
        for example in content.get("examples", {}).values():
            return self.document.resolved(example).get("value", NOTHING)
        return content.get("example", NOTHING)

    @cached_property
    def answers(self) -> dict[str, Json]:
        """The descriptions of its successful answers, by status."""
        return {
            status: self.document.resolved(answer)
            for status, answer in self.stated["responses"].items()
            if status.startswith("2")
        }

    @property
    def scopes(self) -> list[str]:
        """The scopes that it needs."""
        return [scope for way in self.stated.get("security", ()) for scopes in way.values() for scope in scopes]

    def target(self, path: Mapping[str, Any]) -> str:
        """Return its path with values."""
        target = self.path
        for name, value in path.items():
            target = target.replace(f"{{{name}}}", str(value))
        return target


def in_query(value: Any) -> str:
    """Return a value as it is written in a query."""
    return value if isinstance(value, str) else json.dumps(value)
