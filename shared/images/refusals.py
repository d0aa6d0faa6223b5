"""How an image is refused: in words that say what to change."""

from typing import Literal

from shared.errors import Refusal

Form = Literal["PNG", "WSQ", "JPEG", "TIFF"]


class ImageRefused(ValueError):
    """The image cannot be used; the message says why and what to change."""


class ImageUnusable(Refusal, status=422, code="image-unusable", title="The image cannot be used"):
    """Damaged, of another form, resolution or size, or without a print; the detail says what to change."""


def require(holds: bool, what: str, *, of: Form) -> None:
    """Raise ImageRefused, which says in what way the file is damaged, unless something holds."""
    if not holds:
        raise damaged(what, of=of)


def damaged(what: str, *, of: Form) -> ImageRefused:
    """Return the refusal of a damaged file."""
    return ImageRefused(f"the {of} file is damaged, {what}: save the image anew")
