"""Puts what FastAPI writes of operations into the form that readers and generators of clients expect.

Does NOT change what an application accepts or answers: only how its OpenAPI document says so.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

REFERENCE: Final = "#/components/schemas/"
_END_OF_SENTENCE: Final = re.compile(r"\.(?:\s+|\Z)")
_FORM_PREFIX: Final = "Body_"
_NULL: Final = {"type": "null"}


def first_sentence(description: str) -> tuple[str, str]:
    """Return the first sentence of a description, without its period, and what follows it."""
    sentence, _, detail = _END_OF_SENTENCE.sub("\0", description, count=1).partition("\0")
    return sentence, detail


def operations_of(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield each operation of a document."""
    for of_path in document["paths"].values():
        yield from of_path.values()


def put_in_form(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document with sentences as summaries, parameters without null, and readable names of schemas."""
    for operation in operations_of(document):
        _state_summary(operation)
        for parameter in operation.get("parameters", ()):
            parameter["schema"] = _without_null(parameter["schema"])
    schemas = document.get("components", {}).get("schemas", {})
    for name, schema in schemas.items():
        _drop_null_defaults(schema)
        schema.setdefault("title", name)
    return renamed(document, dict(_readable_names(schemas)))


def name_bodies(document: dict[str, Any]) -> None:
    """Make a component of each request body that is an object with a title: generators would name it by its operation.

    Does NOT name a choice, as between a model and null, after the title that FastAPI gives it.
    """
    for operation in operations_of(document):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            if content["schema"].keys() >= {"properties", "title"}:
                title = content["schema"]["title"]
                document["components"]["schemas"][title] = content["schema"]
                content["schema"] = {"$ref": REFERENCE + title}


def renamed(document: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return a document with schemas renamed: the name of each with the new one."""
    text = json.dumps(document)
    for name, new in names.items():
        text = text.replace(f'"{REFERENCE}{name}"', f'"{REFERENCE}{new}"')
    changed: dict[str, Any] = json.loads(text)
    schemas = changed.get("components", {}).get("schemas", {})
    for name, new in names.items():
        # Generators of clients name classes by the title.
        schemas[name]["title"] = new
    if names:
        changed["components"]["schemas"] = {names.get(name, name): schema for name, schema in schemas.items()}
    return changed


def _state_summary(operation: dict[str, Any]) -> None:
    """Make the first sentence of the description the summary, unless the route states one."""
    made_of_the_name = operation["operationId"].replace("_", " ").title()
    if operation.setdefault("description", "") and operation["summary"] == made_of_the_name:
        operation["summary"], operation["description"] = first_sentence(operation["description"])


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter without null: an optional parameter is left out, and is never null."""
    alternatives = [each for each in schema.get("anyOf", ()) if each != _NULL]
    if len(alternatives) == 1:
        schema = {**alternatives[0], **{name: value for name, value in schema.items() if name != "anyOf"}}
    if schema.get("default", "") is None:
        del schema["default"]
    if "examples" in schema:
        schema["examples"] = [each for each in schema["examples"] if each is not None]
    return schema


def _drop_null_defaults(part: Any) -> None:
    """Drop null as a default, at any depth: a member that is left out is null anyway."""
    if isinstance(part, dict):
        if "default" in part and part["default"] is None:
            del part["default"]
        part = part.values()
    elif not isinstance(part, list):
        return
    for each in part:
        _drop_null_defaults(each)


def _readable_names(schemas: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the schemas that FastAPI names after their making, such as `Hit_Vehicle_`, with a readable name."""
    for name, schema in schemas.items():
        if name.startswith(_FORM_PREFIX):
            yield name, "".join(word.title() for word in name.removeprefix(_FORM_PREFIX).split("_")) + "Form"
        elif "_" in name and "__" not in name and schema["title"].isidentifier():
            yield name, schema["title"]
