"""Many searches for persons in one request, as at a border or for the passengers of a flight."""

from collections.abc import AsyncIterator, Callable
from time import monotonic
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from services.notices.matching import query_terms
from services.notices.models import Notice
from services.notices.queries import NoticeQuery
from services.notices.store import NoticeStore
from shared.records import service_kit as kit

MAX_CHECKS: Final = 1_000
# Of all checks of a request together: the answer must fit into an envelope.
MAX_HITS_TOGETHER: Final = 1_000
MAX_HITS_BYTES: Final = 2 * 1024 * 1024
# So that the searches are kept and the answer arrives before the gateway gives up.
MAX_SECONDS: Final = 12.0
# By which the searches of a request are kept: a name of three words has some 70.
MAX_TERMS: Final = 120_000
NOT_SEARCHED: Final = kit.LineError(
    code="not-searched",
    pointer="",
    detail=f"the checks before it took {MAX_SECONDS:g} seconds or had very long names: send this one again with those "
    "that follow",
)


class NoticeChecks(BaseModel):
    """Many searches at once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    checks: list[kit.Line[NoticeQuery]] = Field(
        min_length=1, max_length=MAX_CHECKS, description="Each is a search as in `/api/notices/search`."
    )


class NoticeCheckResults(BaseModel):
    """The answer to each check, in the order of the checks."""

    results: list[kit.LineResult[Notice]] = Field(description="In the order of the checks.")


async def results_of(
    checks: NoticeChecks, notices: NoticeStore, clock: Callable[[], float] = monotonic
) -> list[kit.LineResult[Notice]]:
    """Return the answer to each check. One that is invalid or comes too late has an error, and null for its hits."""
    return [result async for result in _results(checks, notices, clock)]


async def _results(
    checks: NoticeChecks, notices: NoticeStore, clock: Callable[[], float]
) -> AsyncIterator[kit.LineResult[Notice]]:
    limit, left, until = MAX_HITS_TOGETHER // len(checks.checks), MAX_HITS_BYTES, clock() + MAX_SECONDS
    terms = 0
    for line in checks.checks:
        if line.query is None:
            yield kit.LineResult(error=line.error)
        elif terms > MAX_TERMS or clock() > until:
            yield kit.LineResult(error=NOT_SEARCHED)
        else:
            found = kit.LineResult.of(await notices.search(line.query), limit)
            terms += len([*query_terms(line.query)])
            result, used = _within(found, left)
            left -= used
            yield result


def _within(result: kit.LineResult[Notice], left: int) -> tuple[kit.LineResult[Notice], int]:
    """Return an answer with hits of at most so many bytes, a warning if some are left out, and their bytes."""
    shown, used = list[kit.Hit[Notice]](), 0
    for hit in result.hits or ():
        size = len(hit.record.model_dump_json())
        if used + size > left:
            break
        shown.append(hit)
        used += size
    if len(shown) == result.total:
        return result, used
    detail = f"{len(shown)} of {result.total} hits are shown: search for this one alone"
    cut = {"hits": shown, "warnings": [*result.warnings, kit.HITS_CUT.at("", detail)]}
    return result.model_copy(update=cut), used
