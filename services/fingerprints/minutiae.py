"""Find the minutiae of an impression with the network LEADER, and keep them as a template.

A template holds no image. onnxruntime is imported only for extraction: comparing templates does not need it.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import numpy as np
import numpy.typing as npt

from services.fingerprints.images import Box, Pixels, crop_to_foreground, has_ridges

if TYPE_CHECKING:
    from onnxruntime import InferenceSession, RunOptions

Floats = npt.NDArray[np.float32]

MAX_MINUTIAE: Final = 255
MAX_COORDINATE: Final = 4095  # pixels
QUALITY_THRESHOLD: Final = 0.5
MODEL: Final = Path(__file__).parent / "leader" / "LEADER.onnx"
MODEL_SHA256: Final = "da96e1221eea4afdf153997d6c4854ed306c146cfac76046e66cdecc14b2a1bb"

_HEAD: Final = b"MT\x01"  # minutiae template, version 1; the number of minutiae follows in one byte
_RECORD: Final = np.dtype([("x", "<u2"), ("y", "<u2"), ("direction", "<u2"), ("quality", "u1")])
_STEPS_PER_PIXEL: Final = 16
_STEPS_PER_TURN: Final = 65536
_STEPS_OF_QUALITY: Final = 255

_SIZE_MULTIPLE: Final = 32  # the network halves its input five times
_TILE: Final = 448  # pixels a side; a plain print fits into one
_CONTEXT: Final = 64  # pixels that the network sees on each side of a tile


@dataclass(frozen=True, slots=True)
class Template:
    """The minutiae of one impression, at most 255, rounded to the steps of the stored form.

    Equal templates have equal bytes. Columns are float32 arrays of one value a minutia.
    """

    records: bytes

    @classmethod
    def of(cls, x: npt.ArrayLike, y: npt.ArrayLike, direction: npt.ArrayLike, quality: npt.ArrayLike) -> Self:
        """Make a template of lists of equal length; raise ValueError for values that it cannot hold."""
        columns = [np.asarray(column, np.float64) for column in (x, y, direction, quality)]
        if columns[0].ndim != 1 or any(column.shape != columns[0].shape for column in columns):
            raise ValueError("x, y, direction and quality must be lists of the same length")
        if len(columns[0]) > MAX_MINUTIAE:
            raise ValueError(f"a template holds at most {MAX_MINUTIAE} minutiae, not {len(columns[0])}")
        if not all(np.isfinite(column).all() for column in columns):
            raise ValueError("every value of a minutia must be finite")
        return cls(_records(*columns))

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """Return the template that `to_bytes` stored; raise ValueError for any other bytes."""
        start = len(_HEAD) + 1
        if len(stored) < start or not stored.startswith(_HEAD):
            raise ValueError("not a minutiae template of version 1")
        if len(stored) != start + stored[start - 1] * _RECORD.itemsize:
            raise ValueError("the length of the template does not fit its number of minutiae")
        return cls(stored[start:])

    def to_bytes(self) -> bytes:
        """Return head, version and count (4 bytes), then 7 bytes for each minutia."""
        return _HEAD + bytes([len(self)]) + self.records

    def __len__(self) -> int:
        return len(self.records) // _RECORD.itemsize

    @property
    def x(self) -> Floats:
        """Pixels at 500 dpi from the left edge."""
        return self._column("x", _STEPS_PER_PIXEL)

    @property
    def y(self) -> Floats:
        """Pixels at 500 dpi from the upper edge."""
        return self._column("y", _STEPS_PER_PIXEL)

    @property
    def direction(self) -> Floats:
        """Radians, 0 to 2 pi, counterclockwise from the x axis as one sees the print (ISO/IEC 19794-2)."""
        return self._column("direction", _STEPS_PER_TURN / (2 * np.pi))

    @property
    def quality(self) -> Floats:
        """How sure the detector was, 0 to 1."""
        return self._column("quality", _STEPS_OF_QUALITY)

    @property
    def span(self) -> tuple[int, int]:
        """The width and height in pixels over which the minutiae lie."""
        width, height = (round(float(np.ptp(each))) if len(self) else 0 for each in (self.x, self.y))
        return width, height

    def _column(self, name: str, steps: float) -> Floats:
        return (np.frombuffer(self.records, _RECORD)[name] / steps).astype(np.float32)


def _records(
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    direction: npt.NDArray[np.float64],
    quality: npt.NDArray[np.float64],
) -> bytes:
    if any(((column < 0) | (column > MAX_COORDINATE)).any() for column in (x, y)):
        raise ValueError(f"positions must lie within 0 to {MAX_COORDINATE} pixels")
    if ((quality < 0) | (quality > 1)).any():
        raise ValueError("the quality of a minutia must lie within 0 to 1")
    records = np.empty(len(x), _RECORD)
    records["x"] = np.rint(x * _STEPS_PER_PIXEL)
    records["y"] = np.rint(y * _STEPS_PER_PIXEL)
    records["direction"] = np.rint(direction % (2 * np.pi) / (2 * np.pi) * _STEPS_PER_TURN) % _STEPS_PER_TURN
    records["quality"] = np.rint(quality * _STEPS_OF_QUALITY)
    return records.tobytes()


@dataclass(frozen=True, slots=True)
class View:
    """What the network sees of a tile: its pixels and some around them; and where the tile is in that."""

    pixels: Pixels
    tile: Box


def extract(pixels: Pixels) -> Template:
    """Return the minutiae of an impression, the 255 surest at most; raise ImageRefused if it shows no print.

    Positions are those of the whole impression, whatever part of it has ridges.
    """
    cropped, box = crop_to_ridges(pixels)
    return template_of([shifted(detect(view), left, top) for left, top, view in views(cropped)], box)


def crop_to_ridges(pixels: Pixels) -> tuple[Pixels, Box]:
    """Return the part in which minutiae are looked for, and where it was; raise ImageRefused if there is none."""
    return crop_to_foreground(pixels, unless_within=_TILE)


def views(pixels: Pixels) -> Iterator[tuple[int, int, View]]:
    """Divide an area into what the network sees at a time: yield left edge, upper edge, and the view.

    The network's memory grows with the area it sees, to 2 GB at 1500 x 1500. A tile without ridges, as between the
    fingers of a slap, is left out.
    """
    height, width = pixels.shape
    for top, bottom in _spans(height):
        for left, right in _spans(width):
            if not has_ridges(pixels[top:bottom, left:right]):
                continue
            above, before = max(0, top - _CONTEXT), max(0, left - _CONTEXT)
            seen = pixels[above : min(height, bottom + _CONTEXT), before : min(width, right + _CONTEXT)]
            yield before, above, View(seen, Box(left - before, top - above, right - before, bottom - above))


def detect(view: View) -> Floats:
    """Return the minutiae of a tile as (4, n): x, y in pixels of its view, direction, quality; the 255 surest."""
    tile = view.tile
    directions, qualities = _run(view.pixels)
    inside = (slice(tile.top, tile.bottom), slice(tile.left, tile.right))
    rows, columns = np.nonzero(qualities[inside] >= QUALITY_THRESHOLD)
    found = (columns + tile.left, rows + tile.top, directions[inside][rows, columns], qualities[inside][rows, columns])
    return _surest(np.stack([values.astype(np.float32) for values in found]))


def shifted(found: Floats, left: int, top: int) -> Floats:
    """Return minutiae at positions of the area that their view is a part of."""
    return found + np.array([[left], [top], [0], [0]], np.float32)


def template_of(found: Sequence[Floats], box: Box) -> Template:
    """Put the minutiae of all tiles of an impression together; `box` is the part that the tiles are of.

    Raises ValueError if there are none that a template can hold.
    """
    x, y, direction, quality = _surest(np.concatenate(found, axis=1))
    return Template.of(x + box.left, y + box.top, direction, quality.clip(0, 1))


def load_model() -> None:
    """Load the network now rather than with the first impression; raise ValueError if its file was altered."""
    _session()


def _surest(found: Floats) -> Floats:
    chosen: Floats = found[:, np.sort(np.argsort(-found[3], kind="stable")[:MAX_MINUTIAE])]
    return chosen


@lru_cache(maxsize=1)
def _session() -> "InferenceSession":
    # Otherwise it sends usage data to its maker, from version 1.32 on.
    os.putenv("ORT_DISABLE_TELEMETRY", "1")
    from onnxruntime import InferenceSession, SessionOptions

    model = MODEL.read_bytes()
    if hashlib.sha256(model).hexdigest() != MODEL_SHA256:
        raise ValueError(f"{MODEL.name} is not the model that this program was measured with")
    options = SessionOptions()
    options.intra_op_num_threads = 1
    # It reserves memory for each size of view that it has seen, and never returns it.
    options.enable_mem_pattern = False
    return InferenceSession(model, options, providers=["CPUExecutionProvider"])


@lru_cache(maxsize=1)
def _run_options() -> "RunOptions":
    from onnxruntime import RunOptions

    options = RunOptions()
    # Otherwise views of several sizes fragment what it keeps, until a large image exceeds the memory of a worker.
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return options


def _spans(length: int) -> list[tuple[int, int]]:
    count = -(-length // _TILE)
    edges = [length * step // count for step in range(count + 1)]
    return list(pairwise(edges))


def _run(pixels: Pixels) -> tuple[Floats, Floats]:
    height, width = pixels.shape
    missing = (-height % _SIZE_MULTIPLE, -width % _SIZE_MULTIPLE)
    above, before = missing[0] // 2, missing[1] // 2
    padding = ((above, missing[0] - above), (before, missing[1] - before))
    padded = np.pad(pixels, padding, constant_values=pixels[0, 0]).astype(np.float32)
    output = _session().run(None, {"input": padded[np.newaxis, :, :, np.newaxis]}, _run_options())[0]
    whole = output[0, above : above + height, before : before + width]
    return whole[:, :, 1], whole[:, :, 3]
