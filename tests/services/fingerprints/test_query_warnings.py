"""What makes a print a poor one to search with."""

import numpy as np
import pytest

from services.fingerprints import query_warnings as query_warnings_module
from services.fingerprints.minutiae import Template
from services.fingerprints.models import LIKELY_SAME_FINGER, IdentificationQuery, PrintSought
from services.fingerprints.query_warnings import FEW_MINUTIAE, KINDS, POOR_QUALITY, query_warnings
from services.fingerprints.rules import FINGER_SPAN
from tests.conftest import NOW


def template_of(minutiae: int, quality: float = 0.9, width: float = 300.0) -> Template:
    return Template.of(
        np.linspace(10.0, 10.0 + width, minutiae), np.arange(minutiae), np.zeros(minutiae), [quality] * minutiae
    )


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (template_of(FEW_MINUTIAE), []),
        (template_of(FEW_MINUTIAE - 1), ["print-minutiae"]),
        (template_of(40, quality=POOR_QUALITY + 0.01), []),
        (template_of(40, quality=POOR_QUALITY - 0.01), ["print-quality"]),
        (template_of(40, width=FINGER_SPAN[1]), []),
        (template_of(40, width=FINGER_SPAN[1] + 1), ["several-fingers"]),
        (template_of(12, 0.6, 1_500), ["print-minutiae", "print-quality", "several-fingers"]),
        (template_of(0), ["print-minutiae"]),
    ],
)
def test_each_weakness_of_a_print_is_a_warning(template: Template, expected: list[str]) -> None:
    """With a pointer to the whole body, which is the print."""
    sought = PrintSought(template=template.to_bytes(), wanted=IdentificationQuery())
    found = list(query_warnings(sought, NOW))
    assert [each.code for each in found] == expected
    assert {each.pointer for each in found} <= {""}


def test_the_kinds_of_warnings_are_declared() -> None:
    assert [kind.code for kind in KINDS] == ["print-minutiae", "print-quality", "several-fingers"]


def test_the_figures_belong_to_the_threshold_in_use() -> None:
    """They were measured once for another, and would have to be measured again for the next."""
    assert f"below the threshold of {LIKELY_SAME_FINGER}," in " ".join((query_warnings_module.__doc__ or "").split())
