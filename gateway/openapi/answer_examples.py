"""One whole answer of each kind, as a mesh gave it: recorded by `python -m tests.examples.record`, never written.

Operations whose answers have one schema share an example. A test sends each request, and compares the members of its
answer with those of the example. Long lists and texts are cut.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from shared.web.example_files import OTHER_PRINT, PHOTOGRAPH, PRINT, file_example

ANSWERS: Final = Path(__file__).parent / "answers.json"
JSON: Final = "application/json"
EVENTS: Final = "text/event-stream"
_FILES: Final = {
    "image/jpeg": file_example(PHOTOGRAPH, "A face of nobody"),
    "image/png": file_example(PRINT, "A print of nobody"),
    "image/x-wsq": file_example(OTHER_PRINT, "A print of nobody, here as PNG"),
    "application/octet-stream": file_example(PHOTOGRAPH, "A file"),
}


@cache
def recorded() -> dict[str, Any]:
    """Return the recorded answers by operation, such as `GET /api/hits`."""
    answers: dict[str, Any] = json.loads(ANSWERS.read_text())
    return answers


def add_answer_examples(document: dict[str, Any]) -> dict[str, Any]:
    """Add the examples to a document, and return the components to which they refer."""
    contents = list(successful(document))
    names = {schema_key(content): name for operation, content in contents if (name := _name_of(operation, content))}
    values = {
        names[schema_key(content)]: recorded()[operation] for operation, content in contents if operation in recorded()
    }
    for _, content in contents:
        for media, described in content.items():
            name = names.get(schema_key(content))
            if media in _FILES:
                described.setdefault("examples", _FILES[media])
            elif name is not None and not (media.startswith("text/") and JSON in content):
                described["examples"] = {"example": {"$ref": f"#/components/examples/{name}"}}
    return {name: {"value": value} for name, value in sorted(values.items())}


def successful(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each operation and the content of its successful answer, if it has one."""
    for path, of_path in document["paths"].items():
        for method, operation in of_path.items():
            for status, answer in operation["responses"].items():
                if status.startswith("2") and "content" in answer:
                    yield f"{method.upper()} {path}", answer["content"]


def schema_key(content: dict[str, Any]) -> str:
    """Return what is the same of answers that share an example: media types and schemas."""
    return json.dumps({media: described.get("schema") for media, described in content.items()}, sort_keys=True)


def _name_of(operation: str, content: dict[str, Any]) -> str | None:
    if operation not in recorded():
        return None
    reference = next(iter(content.values())).get("schema", {}).get("$ref", "")
    return reference.rpartition("/")[2] or operation.replace("/api", "").strip().translate(_IN_NAMES)


_IN_NAMES: Final = str.maketrans({" ": "", "/": ".", "{": "", "}": ""})
