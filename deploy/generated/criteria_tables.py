"""The criteria of notices, and the patterns of their screening, made from the rules themselves."""

from collections.abc import Iterator

from deploy.generated.markdown import table
from services.notices.criteria.requirements import CONSISTENCY, CRITERIA, Criterion
from services.notices.screening.patterns import PATTERNS


def criteria_reference() -> str:
    """Return a section for each colour, with its criteria, and one for what holds for all."""
    sections = [f"### {colour}\n\n{_criteria(criteria)}" for colour, criteria in CRITERIA.items()]
    consistency = table("asked of all | article", ((each.asks, each.article) for each in CONSISTENCY))
    return "\n".join([*sections, f"### All colours\n\n{consistency}"])


def _criteria(criteria: tuple[Criterion, ...]) -> str:
    rows = ((each.asks, each.article, _asked_of(each)) for each in criteria)
    return table("asked | article | of", rows)


def _asked_of(criterion: Criterion) -> str:
    if criterion.of_notices and criterion.of_diffusions:
        return "notices and diffusions"
    return "notices" if criterion.of_notices else "diffusions"


def screening_table() -> str:
    """Return the table of what the screening finds in words, each code once."""
    return table("finding | reason | weight | why", _findings())


def _findings() -> Iterator[tuple[str, ...]]:
    shown = set()
    for each in PATTERNS:
        if each.code not in shown:
            shown.add(each.code)
            yield f"`{each.code}`", f"`{each.reason}`", each.weight, each.why
