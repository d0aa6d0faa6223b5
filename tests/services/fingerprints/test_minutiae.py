"""LEADER finds the minutiae of a synthetic print, and templates store them."""

import math
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.fingerprints import minutiae
from services.fingerprints.images import Pixels
from services.fingerprints.minutiae import MAX_MINUTIAE, Template
from services.fingerprints.synthetic_prints import Finger
from shared.images.refusals import ImageRefused
from tests.services.fingerprints.extracting import extracted

coordinate = st.floats(0, 4095)
one_minutia = st.tuples(coordinate, coordinate, st.floats(-50, 50), st.floats(0, 1))


@pytest.fixture(scope="module")
def impression() -> Pixels:
    return Finger(7).impression()


@pytest.fixture(scope="module")
def template(impression: Pixels) -> Template:
    return extracted(impression)


@pytest.mark.thorough
def test_a_print_has_minutiae_within_its_image(template: Template) -> None:
    """A synthetic print has as many minutiae as a real one."""
    assert 25 <= len(template) <= 70
    assert template.x.max() < 320
    assert template.y.max() < 400
    assert template.quality.min() >= 0.5 - 1 / 255


@pytest.mark.thorough
def test_a_print_within_a_large_image_has_the_same_minutiae(impression: Pixels, template: Template) -> None:
    """Cropping to the foreground and tiling hardly change their number and positions."""
    field = np.full((700, 640), 235, np.uint8)
    field[150:550, 200:520] = impression
    found = extracted(field)
    distances = np.hypot(found.x[:, None] - 200 - template.x, found.y[:, None] - 150 - template.y)
    assert abs(len(found) - len(template)) <= 0.2 * len(template)
    assert (distances.min(axis=0) <= 2).mean() > 0.8


@pytest.mark.thorough
def test_an_image_without_a_print_is_refused() -> None:
    """Extraction does not return an empty template."""
    with pytest.raises(ImageRefused, match="no print"):
        extracted(np.full((300, 300), 240, np.uint8))


def test_a_changed_model_file_is_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The measured error rates hold for one model only."""
    changed = tmp_path / "LEADER.onnx"
    changed.write_bytes(minutiae.MODEL.read_bytes()[:-1] + b"\0")
    monkeypatch.setattr(minutiae, "MODEL", changed)
    with pytest.raises(ValueError, match="not the model"):
        minutiae._session.__wrapped__()


@given(st.lists(one_minutia, max_size=MAX_MINUTIAE))
def test_a_template_is_read_back_as_it_was_stored(rows: list[tuple[float, float, float, float]]) -> None:
    """It differs from the measured values by half a step at most."""
    columns = np.array(rows).reshape(-1, 4).T
    template = Template.of(*columns)
    assert Template.from_bytes(template.to_bytes()) == template
    assert np.allclose(template.x, columns[0], atol=1 / 31)
    assert np.allclose(template.y, columns[1], atol=1 / 31)
    assert np.allclose(np.exp(1j * template.direction), np.exp(1j * columns[2]), atol=1e-4)
    assert np.allclose(template.quality, columns[3], atol=1 / 509)


@given(st.binary(max_size=40) | st.builds(lambda body: b"MT\x01" + body, st.binary(max_size=40)))
def test_reading_arbitrary_bytes_returns_a_template_or_raises_value_error(stored: bytes) -> None:
    """A template that is read has exactly these bytes."""
    with suppress(ValueError):
        assert Template.from_bytes(stored).to_bytes() == stored


@pytest.mark.parametrize("cut", [0, 3, 4, 10])
def test_a_truncated_template_is_refused(template: Template, cut: int) -> None:
    """It is not read as a smaller one."""
    with pytest.raises(ValueError, match="template"):
        Template.from_bytes(template.to_bytes()[:cut])


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        (([1], [1], [math.nan], [1]), "finite"),
        (([-1], [1], [0], [1]), "positions"),
        (([1], [5000], [0], [1]), "positions"),
        (([1], [1], [0], [1.5]), "quality"),
        (([1, 2], [1], [0], [1]), "same length"),
        (([1] * 256, [1] * 256, [0] * 256, [1] * 256), "at most 255"),
    ],
)
def test_impossible_minutiae_are_refused(columns: tuple[list[float], ...], reason: str) -> None:
    """Values that no print can have."""
    with pytest.raises(ValueError, match=reason):
        Template.of(*columns)
