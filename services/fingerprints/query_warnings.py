"""What makes it likely that a print finds nothing although its finger is on file. Knows no record.

Measured on 1,120 comparisons of impressions of one finger in FVC2002 (DB1 and DB3, sets B): of those searched with
fewer than 16 minutiae 12 % stayed below the threshold of 0.03, of the others 0.7 %; of those with a quality below 0.8
14 %, of the others 1 %.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final

from services.fingerprints.models import PrintSought
from services.fingerprints.rules import more_than_a_finger
from shared.records import service_kit as kit

if TYPE_CHECKING:
    from services.fingerprints.minutiae import Template

FEW_MINUTIAE: Final = 16
POOR_QUALITY: Final = 0.8

PRINT_MINUTIAE: Final = kit.WarningKind("print-minutiae", f"The print shows fewer than {FEW_MINUTIAE} minutiae.")
PRINT_QUALITY: Final = kit.WarningKind("print-quality", f"The quality of the print is below {POOR_QUALITY}.")
SEVERAL_FINGERS: Final = kit.WarningKind("several-fingers", "The minutiae lie further apart than those of a finger.")

KINDS: Final = (PRINT_MINUTIAE, PRINT_QUALITY, SEVERAL_FINGERS)

# The print is the whole body.
_PRINT: Final = ""


def query_warnings(query: PrintSought, at: datetime) -> Iterator[kit.QueryWarning]:  # noqa: ARG001 - none is of a time
    """Yield what makes a print a poor one to search with."""
    # numpy is loaded when there are prints.
    from services.fingerprints.minutiae import Template

    return _warnings_of(Template.from_bytes(query.template))


def _warnings_of(template: "Template") -> Iterator[kit.QueryWarning]:
    if len(template) < FEW_MINUTIAE:
        detail = f"the print shows {len(template)} minutiae, fewer than {FEW_MINUTIAE}: it may miss its finger"
        yield PRINT_MINUTIAE.at(_PRINT, detail)
    if len(template) and (quality := float(template.quality.mean())) < POOR_QUALITY:
        detail = f"the quality is {quality:.2f}, below {POOR_QUALITY}: it may miss its finger"
        yield PRINT_QUALITY.at(_PRINT, detail)
    if fault := more_than_a_finger(template):
        detail = f"{fault}: at most the 100 surest minutiae of all were compared; search its fingers one by one"
        yield SEVERAL_FINGERS.at(_PRINT, detail)
