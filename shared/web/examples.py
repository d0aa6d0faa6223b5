"""One whole request to each operation, as the OpenAPI document shows it and its page fills it in.

A page such as `/docs` fills in a parameter that has an `example` and the first example of a body, but no `examples` of
a schema: those are shown as what a field may be, and left empty.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from shared.web.example_files import form_example

JSON: Final = "application/json"
FORM: Final = "multipart/form-data"


@dataclass(frozen=True, slots=True)
class RequestExample:
    """A request to one operation. Does NOT hold an absolute day that the rules compare with today: it would pass."""

    path: Mapping[str, Any] = field(default_factory=dict)
    """Values of its path; of others the first of their schema."""

    taken: Mapping[str, str] = field(default_factory=dict)
    """Of values of its path that a mesh makes, such as ids: where to take one, as the example names nothing."""

    query: Mapping[str, Any] = field(default_factory=dict)
    """The parameters that are filled in."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    """Values of further parameters, which are shown only: with them the request finds the same."""

    body: Any = None
    """Of JSON; None for none, or where the route has examples of its own."""

    files: Mapping[str, str] = field(default_factory=dict)
    """The files of a form, by the names of its parts: see `example_files`."""


RequestExamples = Mapping[str, RequestExample]
"""By operation, such as `GET /api/stolen-vehicles/search`."""

_NONE: Final = RequestExample()


def add_examples(document: dict[str, Any], examples: RequestExamples) -> None:
    """Add the examples of requests to a document. Raises LookupError if one is of no operation or parameter."""
    operations = {
        f"{method.upper()} {path}": operation
        for path, of_path in document["paths"].items()
        for method, operation in of_path.items()
    }
    if unknown := examples.keys() - operations.keys():
        raise LookupError(f"there is no operation {', '.join(sorted(unknown))}: its example is out of date")
    for name, operation in operations.items():
        example = examples.get(name, _NONE)
        parameters = {each["name"]: each for each in operation.get("parameters", ()) if "schema" in each}
        if unknown := {*example.path, *example.taken, *example.query, *example.fields} - parameters.keys():
            raise LookupError(f"{name} has no parameter {', '.join(sorted(unknown))}: its example is out of date")
        _fill_in(parameters, example)
        _say_where_to_take(operation, example.taken)
        content = operation.get("requestBody", {}).get("content", {})
        if example.body is not None and JSON in content:
            content[JSON].setdefault("examples", {"example": {"value": example.body}})
        if example.files and FORM in content:
            content[FORM]["examples"] = form_example(example.files)


def _say_where_to_take(operation: dict[str, Any], taken: Mapping[str, str]) -> None:
    said = (f"The `{name}` shown here is an example: take {source}." for name, source in taken.items())
    if taken:
        operation["description"] = "\n\n".join(filter(None, (operation.get("description"), *said)))


def _fill_in(parameters: Mapping[str, dict[str, Any]], example: RequestExample) -> None:
    given = {**example.path, **example.query}
    for name, parameter in parameters.items():
        if name in example.fields:
            # A copy: FastAPI may use one schema for several parameters.
            parameter["schema"] = {**parameter["schema"], "examples": [example.fields[name]]}
        elif name in given:
            parameter["example"] = given[name]
        elif parameter.get("required") and (known := parameter["schema"].get("examples")):
            parameter["example"] = known[0]
