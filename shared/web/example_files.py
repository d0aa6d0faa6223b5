"""Files that the examples of the documents refer to, which a gateway serves: prints, faces and paintings of nobody."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent / "example_files"
URL: Final = "/docs/examples"
"""The path of the files on a gateway."""

PRINT: Final = "print.png"
"""The right index finger of the example record of fingerprints."""

OTHER_PRINT: Final = "other-impression.png"
"""Another impression of the same finger."""

PHOTOGRAPH: Final = "photograph.jpg"
ASKEW: Final = "painting-askew.jpg"
"""The painting of the example record of works of art, photographed from a side."""

SIDE_BY_SIDE: Final = "side-by-side.png"
"""That beside the photograph of the record, and the same as SVG."""

SIDE_BY_SIDE_SVG: Final = "side-by-side.svg"


def content_of(name: str) -> bytes:
    """Return the content of a file."""
    return (FOLDER / name).read_bytes()


def file_example(name: str, summary: str) -> dict[str, Any]:
    """Return the examples of a body that is a file: where it can be fetched.

    Not as `externalValue`: generators of clients look for that file on their own machine.
    """
    return {"example": {"summary": f"{summary}: `{URL}/{name}`", "value": f"{URL}/{name}"}}


def form_example(files: Mapping[str, str]) -> dict[str, Any]:
    """Return the examples of a form of files, by the names of its parts: where each can be fetched."""
    parts = {part: f"{URL}/{name}" for part, name in files.items()}
    return {"example": {"summary": "; ".join(f"{part}: `{url}`" for part, url in parts.items()), "value": parts}}
