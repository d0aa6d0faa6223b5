"""Measure the fingerprint engine on a folder of FINGER_IMPRESSION.png files.

Prints the equal error rate (EER) and the rate of missed genuine pairs at one false match in 1,000 (FMR1000), over all
pairs of impressions of one finger against all pairs of different fingers. `--wsq` passes the images through WSQ first.
"""

# ruff: noqa: T201 - a command for interactive use
import argparse
import io
import sys
import time
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from services.fingerprints.images import decode
from services.fingerprints.matching import score_cylinders
from services.fingerprints.mcc import Cylinders, cylinders_of
from services.fingerprints.minutiae import extract, load_model

Scores = npt.NDArray[np.float64]


def error_rates(genuine: Scores, impostor: Scores, *, false_match_rate: float = 1e-3) -> tuple[float, float]:
    """Return the equal error rate, and the rate of missed genuine pairs at a rate of false matches."""
    thresholds = np.unique(np.concatenate([genuine, impostor, [np.inf]]))
    missed = np.searchsorted(np.sort(genuine), thresholds) / len(genuine)
    falsely_matched = 1 - np.searchsorted(np.sort(impostor), thresholds) / len(impostor)
    crossing = int(np.argmin(np.abs(missed - falsely_matched)))
    equal = (missed[crossing] + falsely_matched[crossing]) / 2
    return float(equal), float(missed[falsely_matched <= false_match_rate].min())


def compressed(image: bytes) -> bytes:
    """Return the image as WSQ at the usual rate, about 15:1."""
    import wsq  # noqa: F401 - registers the format with Pillow

    target = io.BytesIO()
    Image.open(io.BytesIO(image)).convert("L").save(target, "WSQ")
    return target.getvalue()


def cylinders_of_folder(folder: Path, *, wsq: bool) -> dict[str, Cylinders]:
    """Extract every impression and print how long that took and how many minutiae were found."""
    load_model()
    images = {path.stem: path.read_bytes() for path in sorted(folder.glob("*_*.png"))}
    if wsq:
        images = {name: compressed(image) for name, image in images.items()}
    start = time.perf_counter()
    templates = {name: extract(decode(image), threads=2) for name, image in images.items()}
    milliseconds = (time.perf_counter() - start) * 1000 / max(1, len(images))
    minutiae = np.mean([len(template) for template in templates.values()])
    print(f"{len(images)} impressions, {minutiae:.1f} minutiae each, {milliseconds:.0f} ms to extract one")
    return {name: cylinders_of(template) for name, template in templates.items()}


def main() -> None:
    """Print the error rates of one folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--wsq", action="store_true", help="compress to WSQ before extracting")
    arguments = parser.parse_args()
    cylinders = cylinders_of_folder(arguments.folder, wsq=arguments.wsq)
    scores: dict[bool, list[float]] = {True: [], False: []}
    start = time.perf_counter()
    for first, second in combinations(cylinders, 2):
        same_finger = first.split("_")[0] == second.split("_")[0]
        scores[same_finger].append(score_cylinders(cylinders[first], cylinders[second]))
    pairs = len(scores[True]) + len(scores[False])
    print(f"{len(scores[True])} genuine and {len(scores[False])} impostor pairs, ", end="")
    print(f"{(time.perf_counter() - start) * 1e6 / pairs:.0f} us to compare one")
    equal, missed = error_rates(np.array(scores[True]), np.array(scores[False]))
    print(f"EER {equal:.2%}, FMR1000 {missed:.2%}, highest impostor {max(scores[False]):.4f}")


if __name__ == "__main__":
    main()
