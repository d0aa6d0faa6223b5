"""Measure the fingerprint engine on folders of FINGER_IMPRESSION.png files, each of one sensor.

Prints the equal error rate (EER) and the rate of missed genuine pairs at one false match in 1,000 (FMR1000), over all
pairs of impressions of one finger against all pairs of different fingers, and against the first impressions alone
(FVC protocol). Then both error rates at thresholds, over all folders, with exact confidence intervals (Clopper and
Pearson, 95 %). There the pairs of different fingers are also those of two folders, and those with a mirrored print: the
mirror image of a finger is another finger with real ridges. Pairs share impressions, so the true intervals are wider.
`--wsq` passes the images through WSQ first.
"""

# ruff: noqa: T201 - a command for interactive use
import argparse
import io
import math
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations, combinations_with_replacement, product
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from services.fingerprints.images import decode
from services.fingerprints.matching import score_cylinders
from services.fingerprints.mcc import Cylinders, cylinders_of
from services.fingerprints.minutiae import Template, extract, load_model
from services.fingerprints.models import LIKELY_SAME_FINGER

Scores = npt.NDArray[np.float64]
Pair = tuple[Cylinders, Cylinders]
THRESHOLDS = (0.02, 0.025, LIKELY_SAME_FINGER, 0.035, 0.04, 0.05)


def error_rates(genuine: Scores, impostor: Scores, *, false_match_rate: float = 1e-3) -> tuple[float, float]:
    """Return the equal error rate, and the rate of missed genuine pairs at a rate of false matches."""
    thresholds = np.unique(np.concatenate([genuine, impostor, [np.inf]]))
    missed = np.searchsorted(np.sort(genuine), thresholds) / len(genuine)
    falsely_matched = 1 - np.searchsorted(np.sort(impostor), thresholds) / len(impostor)
    crossing = int(np.argmin(np.abs(missed - falsely_matched)))
    equal = (missed[crossing] + falsely_matched[crossing]) / 2
    return float(equal), float(missed[falsely_matched <= false_match_rate].min())


def interval(events: int, trials: int) -> tuple[float, float]:
    """Return the exact 95 % confidence interval of a rate (Clopper and Pearson); one-sided if there is no event."""
    tail = 0.025 if events else 0.05
    low = _rate_at(lambda rate: 1 - _at_most(events - 1, trials, rate) >= tail) if events else 0.0
    return low, _rate_at(lambda rate: _at_most(events, trials, rate) <= tail)


def _rate_at(is_beyond: Callable[[float], bool]) -> float:
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if is_beyond(middle) else (middle, high)
    return high


def _at_most(events: int, trials: int, rate: float) -> float:
    """Return the probability of so many events at most."""
    if not 0 < rate < 1:
        return float(rate <= 0)
    logarithms = (
        math.lgamma(trials + 1)
        - math.lgamma(count + 1)
        - math.lgamma(trials - count + 1)
        + count * math.log(rate)
        + (trials - count) * math.log1p(-rate)
        for count in range(events + 1)
    )
    return math.fsum(map(math.exp, logarithms))


def mirrored(template: Template) -> Template:
    """Return the template of the mirror image, which is another finger."""
    x = template.x
    return Template.of(x.max() + x.min() - x, template.y, math.pi - template.direction, template.quality)


def compressed(image: bytes) -> bytes:
    """Return the image as WSQ at the usual rate, about 15:1."""
    import wsq  # noqa: F401 - registers the format with Pillow

    target = io.BytesIO()
    Image.open(io.BytesIO(image)).convert("L").save(target, "WSQ")
    return target.getvalue()


def templates_of_folder(folder: Path, *, wsq: bool) -> dict[str, Template]:
    """Extract every impression and print how long that took and how many minutiae were found."""
    load_model()
    images = {path.stem: path.read_bytes() for path in sorted(folder.glob("*_*.png"))}
    if wsq:
        images = {name: compressed(image) for name, image in images.items()}
    start = time.process_time()
    templates = {name: extract(decode(image)) for name, image in images.items()}
    milliseconds = (time.process_time() - start) * 1000 / max(1, len(images))
    minutiae = np.mean([len(template) for template in templates.values()])
    print(
        f"{folder.name}: {len(images)} impressions, {minutiae:.1f} minutiae each, {milliseconds:.0f} ms to extract one"
    )
    return templates


def scores_of(pairs: list[Pair]) -> Scores:
    """Return the score of each pair."""
    return np.array([score_cylinders(*pair) for pair in pairs])


def finger_of(name: str) -> str:
    """Return the finger of an impression, by the name of its file."""
    return name.split("_", maxsplit=1)[0]


def pairs_of(cylinders: Mapping[str, Cylinders], *, same_finger: bool, first_only: bool = False) -> list[Pair]:
    """Return the pairs of impressions of one finger, or of different fingers, perhaps of first impressions alone."""
    names = [name for name in cylinders if not first_only or name.endswith("_1")]
    chosen = (pair for pair in combinations(names, 2) if (finger_of(pair[0]) == finger_of(pair[1])) is same_finger)
    return [(cylinders[first], cylinders[second]) for first, second in chosen]


def further_impostors(folders: list[dict[str, Template]]) -> Iterator[Pair]:
    """Yield the pairs with mirrored prints, and those of two folders."""
    plain = [[cylinders_of(template) for template in folder.values()] for folder in folders]
    turned = [[cylinders_of(mirrored(template)) for template in folder.values()] for folder in folders]
    for here, mirror in zip(plain, turned, strict=True):
        yield from ((here[i], mirror[j]) for i, j in combinations_with_replacement(range(len(here)), 2))
    for one, other in combinations(range(len(folders)), 2):
        yield from product(plain[one], plain[other])
        yield from product(plain[one], turned[other])


def main() -> None:
    """Print the error rates of each folder, and of all at thresholds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--wsq", action="store_true", help="compress to WSQ before extracting")
    arguments = parser.parse_args()
    folders = [templates_of_folder(folder, wsq=arguments.wsq) for folder in arguments.folders]
    genuine, impostor = [], []
    for path, templates in zip(arguments.folders, folders, strict=True):
        cylinders = {name: cylinders_of(template) for name, template in templates.items()}
        start = time.process_time()
        genuine.append(scores_of(pairs_of(cylinders, same_finger=True)))
        impostor.append(scores_of(pairs_of(cylinders, same_finger=False)))
        pairs = len(genuine[-1]) + len(impostor[-1])
        print(f"{path.name}: {(time.process_time() - start) * 1e6 / pairs:.0f} us to compare a pair")
        protocol = scores_of(pairs_of(cylinders, same_finger=False, first_only=True))
        for name, others in (("all pairs", impostor[-1]), ("FVC protocol", protocol)):
            equal, missed = error_rates(genuine[-1], others)
            print(f"  {name}: {len(genuine[-1])} genuine, {len(others)} impostor, ", end="")
            print(f"EER {equal:.2%}, FMR1000 {missed:.2%}, highest impostor {others.max():.4f}")
    same = np.concatenate(genuine)
    other = np.concatenate([*impostor, scores_of(list(further_impostors(folders)))])
    print(f"all folders: {len(same)} pairs of one finger, {len(other)} of different fingers")
    for threshold in THRESHOLDS:
        missed, matched = int((same < threshold).sum()), int((other >= threshold).sum())
        low, high = interval(missed, len(same))
        print(f"  {threshold:.3f}: misses {missed} ({missed / len(same):.2%}; {low:.2%} to {high:.2%}), ", end="")
        low, high = interval(matched, len(other))
        print(f"matches {matched} falsely ({matched / len(other):.1e}; {low:.1e} to {high:.1e})")


if __name__ == "__main__":
    main()
