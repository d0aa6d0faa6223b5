"""The script that measures the engine computes rates and intervals as their definitions say."""

import numpy as np
import pytest

from services.fingerprints.synthetic_templates import draw_template
from tests.evaluate_fingerprints import error_rates, interval, mirrored


def test_error_rates_of_scores_that_overlap_in_one_pair() -> None:
    """One of ten genuine pairs scores below one of ten impostor pairs."""
    genuine, impostor = np.array([0.2, *[0.8] * 9]), np.array([0.5, *[0.1] * 9])
    assert error_rates(genuine, impostor, false_match_rate=0.05) == pytest.approx((0.1, 0.1))


@pytest.mark.parametrize(
    ("events", "trials", "low", "high"),
    [(0, 25_040, 0, 1.196e-4), (10, 560, 0.0086, 0.0326), (1, 10, 0.0025, 0.4450), (10, 10, 0.6915, 1)],
)
def test_an_interval_is_that_of_clopper_and_pearson(events: int, trials: int, low: float, high: float) -> None:
    """Values of R's `binom.test`; one-sided where nothing was observed."""
    assert interval(events, trials) == pytest.approx((low, high), abs=5e-5 if events else 1e-7)


def test_a_mirrored_print_mirrored_again_is_the_print() -> None:
    """But for the steps in which a template is stored."""
    template = draw_template(7)
    again = mirrored(mirrored(template))
    for column in ("x", "y", "direction", "quality"):
        assert np.allclose(getattr(again, column), getattr(template, column), atol=0.1)
