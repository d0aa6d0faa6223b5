"""What the process that compares pictures does with each message. Calls OpenCV, and decodes pictures of the project."""

import io

import numpy as np
from PIL import Image

from services.cultural_property.likeness import messages
from services.cultural_property.likeness.comparison import Agreement, compare
from services.cultural_property.likeness.description import describe, seek
from services.cultural_property.likeness.drawing import png_of
from services.cultural_property.likeness.points import Points, mirror_of, points_of
from services.cultural_property.likeness.side_by_side import Shown
from shared.images.photograph_messages import PICTURE, picture_of, picture_to_bytes
from shared.images.worker import Answer


def with_description(encoded: bytes) -> bytes:
    """Return the answer with an encoded picture, with the points by which it is found, or a refusal as it is."""
    if encoded[:1] != PICTURE:
        return encoded
    picture = picture_of(encoded[1:])
    return PICTURE + picture_to_bytes(picture._replace(description=describe(_opened(picture.jpeg)).to_bytes()))


def sought(encoded: bytes) -> bytes:
    """Return the picture that is sought, with its points and keys."""
    picture = picture_of(encoded[1:])
    found = seek(_opened(picture.jpeg))
    described = picture._replace(description=found.points.to_bytes())
    return messages.parts_to_bytes(picture_to_bytes(described), messages.keys_to_bytes(found.keys, found.mirror_keys))


def compared(body: bytes) -> bytes:
    """Return how many points of each candidate agree with those of each that is sought."""
    first, *candidates = messages.parts_of(body, messages.MAX_CANDIDATES + 1)
    sought = [points_of(each) for each in messages.parts_of(first, messages.MAX_CANDIDATES)]
    held = [(candidate[0], points_of(candidate[1:])) for candidate in candidates]
    found = [
        compare(both[is_mirrored], points)
        for both in ((straight, mirror_of(straight)) for straight in sought)
        for is_mirrored, points in held
    ]
    return messages.scores_to_bytes([messages.Score(each.agreeing, each.paired) for each in found])


def paired(body: bytes) -> bytes:
    """Return which points of two pictures agree, or, if that is more, of the mirror image of the first."""
    straight, found = (describe(_opened(jpeg)) for jpeg in messages.parts_of(body, 2))
    agreements = (compare(straight, found), compare(mirror_of(straight), found))
    best = max(agreements, key=lambda each: each.agreeing)
    return messages.pairs_to_bytes(_pairs(best, straight, found))


def _pairs(agreement: Agreement, sought: Points, found: Points) -> list[messages.Pair]:
    ours, theirs = _parts(sought)[agreement.sought], _parts(found)[agreement.found]
    return [messages.Pair((x, y), (u, v)) for (x, y), (u, v) in zip(ours.tolist(), theirs.tolist(), strict=True)]


def _parts(points: Points) -> "np.ndarray":
    """Return the places as parts of width and height."""
    return np.clip(points.places / (points.width, points.height), 0, 1)


def drawn(body: bytes) -> bytes:
    """Return both pictures side by side as PNG."""
    first, second, pairs = messages.parts_of(body, 3)
    return png_of(_shown(first), _shown(second), messages.pairs_sent(pairs))


def _shown(jpeg: bytes) -> Shown:
    with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as opened:
        return Shown(jpeg, *opened.size)


def _opened(jpeg: bytes) -> Image.Image:
    with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as opened:
        return opened.convert("RGB")


def trial(answer: Answer) -> None:
    """Do all of this once with a picture that is drawn here."""
    spots = np.random.RandomState(1).randint(0, 255, (30, 40), np.uint8)
    file = io.BytesIO()
    Image.fromarray(spots).resize((400, 300), Image.Resampling.BICUBIC).save(file, "JPEG")
    picture = picture_of(answer(file.getvalue())[1:])
    reply = answer(messages.SEEK + file.getvalue())
    points = points_of(picture.description)
    candidate = [messages.Candidate(picture.description, is_mirrored=False)]
    question = messages.candidates_to_bytes([points], candidate)
    [score] = messages.scores_sent(answer(messages.COMPARE + question)[1:], 1)
    pairs = answer(messages.PAIRS + messages.parts_to_bytes(picture.jpeg, picture.jpeg))[1:]
    image = answer(messages.DRAW + messages.parts_to_bytes(picture.jpeg, picture.jpeg, pairs))
    works = score.agreeing > len(points) // 2 and image.startswith(messages.DRAWN + b"\x89PNG")
    assert works and reply[:1] == messages.SOUGHT  # noqa: S101, PT018 - else this process is of no use
