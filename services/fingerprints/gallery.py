"""Find the fingers most like a print among many: a coarse scan of all, then the exact score of a short list.

Everything is in memory: at most 31 KB a finger, 17 KB for one of 45 minutiae. The scan is plain numpy
(`bitwise_count`), 12 us a finger; a compiled kernel (numba) was 1.9 times as fast and not worth its 1.2 s and 100 MB
at the start.
"""

import heapq
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from services.fingerprints.matching import score_cylinders
from services.fingerprints.mcc import LAYERS, Cylinders, Words, cylinders_of
from services.fingerprints.minutiae import Floats, Template

SHORTLIST: Final = 100  # fingers whose exact score is computed

_FINGERS_PER_BLOCK: Final = 256  # so that a block (640 KB) stays in the cache while it is scanned
_SCANNED: Final = 48  # cylinders of a finger that the scan looks at, the surest
_PAIRS_THAT_COUNT: Final = 12


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that may hold the finger searched for, by its most similar finger; an examiner decides."""

    record_id: str
    score: float
    finger: int


@dataclass(frozen=True, slots=True)
class _Entry:
    record_id: str
    finger: int
    cylinders: Cylinders


@dataclass(slots=True)
class _Block:
    """The coarse cylinders of 256 fingers: cells (6, 48, 256), and the roots of their numbers of bits (48, 256).

    A place without cylinder has no bits and is like nothing.
    """

    cells: Words = field(default_factory=lambda: np.zeros((LAYERS, _SCANNED, _FINGERS_PER_BLOCK), np.uint64))
    roots: Floats = field(default_factory=lambda: np.zeros((_SCANNED, _FINGERS_PER_BLOCK), np.float32))

    def put(self, column: int, coarse: Words) -> None:
        """Replace one finger by coarse cylinders (6, n), n at most 48."""
        self.clear(column)
        self.cells[:, : coarse.shape[1], column] = coarse
        self.roots[: coarse.shape[1], column] = _roots(coarse)

    def clear(self, column: int) -> None:
        """Forget one finger."""
        self.cells[:, :, column] = 0
        self.roots[:, column] = 0

    def likeness(self, coarse: Words) -> Floats:
        """Return how like the searched cylinders (6, n) each of the 256 fingers is: the mean of its 12 best pairs."""
        roots = _roots(coarse)
        best = np.stack([self._best_pair(words, root) for words, root in zip(coarse.T, roots, strict=True)])
        counted = min(_PAIRS_THAT_COUNT, len(best))
        top: Floats = np.partition(best, len(best) - counted, axis=0)[-counted:]
        mean: Floats = top.sum(axis=0) / np.float32(_PAIRS_THAT_COUNT)
        return mean

    def _best_pair(self, words: Words, root: np.float32) -> Floats:
        """Return the highest similarity of one searched cylinder to those of each finger (MCC paper, eq. 15)."""
        differing = np.zeros(self.roots.shape, np.uint16)
        for layer, word in zip(self.cells, words, strict=True):
            differing += np.bitwise_count(layer ^ word)
        distance = np.sqrt(differing, dtype=np.float32) / np.maximum(self.roots + root, np.float32(1e-9))
        similarity: Floats = 1 - distance.min(axis=0)
        return similarity


def _roots(coarse: Words) -> Floats:
    roots: Floats = np.sqrt(np.bitwise_count(coarse).sum(axis=0), dtype=np.float32)
    return roots


class Gallery:
    """Fingers by record, to be searched. Calls from several threads wait for each other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._blocks: list[_Block] = []
        self._entries: list[_Entry | None] = []  # by place; a block has 256 places
        self._free: list[int] = []
        self._places: dict[str, dict[int, int]] = {}  # record id, finger -> place

    def __len__(self) -> int:
        """Return the number of fingers."""
        return len(self._entries) - len(self._free)

    def __contains__(self, record_id: object) -> bool:
        return record_id in self._places

    def add(self, record_id: str, template: Template, *, finger: int = 0) -> None:
        """Enter a finger of a record, in place of an earlier print of the same finger."""
        cylinders = cylinders_of(template)
        with self._lock:
            fingers = self._places.setdefault(record_id, {})
            place = fingers[finger] if finger in fingers else self._free_place()
            fingers[finger] = place
            self._entries[place] = _Entry(record_id, finger, cylinders)
            self._block(place).put(place % _FINGERS_PER_BLOCK, _scanned(cylinders))

    def remove(self, record_id: str) -> None:
        """Forget all fingers of a record; one that is not there is no error."""
        with self._lock:
            for place in self._places.pop(record_id, {}).values():
                self._entries[place] = None
                self._block(place).clear(place % _FINGERS_PER_BLOCK)
                heapq.heappush(self._free, place)

    def identify(
        self, template: Template, limit: int, *, excluded: Iterable[str] = (), finger: int | None = None
    ) -> list[Candidate]:
        """Return the most similar records, best first, at most `limit`; equal scores in the order of their ids.

        Excluded records, and other fingers than the one named if one is, take no part at all: they neither appear nor
        keep others from the short list. With 10,000 fingers this takes 0.2 s of one core: call it from a thread, numpy
        releases the interpreter meanwhile.
        """
        cylinders = cylinders_of(template)
        with self._lock:
            shortlist = self._shortlist(_scanned(cylinders), set(excluded), finger) if len(cylinders) else []
        exact = [
            Candidate(entry.record_id, score_cylinders(cylinders, entry.cylinders), entry.finger) for entry in shortlist
        ]
        exact.sort(key=lambda candidate: (-candidate.score, candidate.record_id, candidate.finger))
        best: dict[str, Candidate] = {}
        for candidate in exact:
            best.setdefault(candidate.record_id, candidate)
        return list(best.values())[:limit]

    def _shortlist(self, coarse: Words, excluded: set[str], finger: int | None) -> list[_Entry]:
        if not self._blocks:
            return []
        likeness = np.concatenate([block.likeness(coarse) for block in self._blocks])[: len(self._entries)]
        hidden = [place for record_id in excluded for place in self._places.get(record_id, {}).values()]
        likeness[hidden + self._free] = -np.inf
        if finger is not None:
            likeness[[entry is None or entry.finger != finger for entry in self._entries]] = -np.inf
        # Everything as good as the last one enters, so that the order of entry decides nothing.
        cut = np.partition(likeness, -SHORTLIST)[-SHORTLIST] if len(likeness) > SHORTLIST else -np.inf
        ranked = [(-float(likeness[place]), self._entries[place]) for place in np.flatnonzero(likeness >= cut)]
        present = [(key, entry) for key, entry in ranked if entry is not None and key < np.inf]
        present.sort(key=lambda pair: (pair[0], pair[1].record_id, pair[1].finger))
        return [entry for _, entry in present[:SHORTLIST]]

    def _free_place(self) -> int:
        if self._free:
            return heapq.heappop(self._free)
        self._entries.append(None)
        if len(self._entries) > len(self._blocks) * _FINGERS_PER_BLOCK:
            self._blocks.append(_Block())
        return len(self._entries) - 1

    def _block(self, place: int) -> _Block:
        return self._blocks[place // _FINGERS_PER_BLOCK]


def _scanned(cylinders: Cylinders) -> Words:
    return cylinders.coarse[:, :_SCANNED]
