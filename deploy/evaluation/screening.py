"""Measures the screening of notices on labelled requests: `i247 evaluate screening`."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from deploy.state.errors import WrongUsage
from services.notices.criteria.requirements import faults_of
from services.notices.entries import CommonEntry, NoticeEntry
from services.notices.review_models import Finding, NoticeRefusalReason, Weight
from services.notices.screening.screen import screen_entry
from shared.bureaus import Bureau
from shared.standing import MEMBER, BureauStanding
from shared.validation import invalid

ALL: Final = "all"
LAWFUL: Final = "lawful"
INCOMPLETE: Final = "incomplete"
# What a request is judged to be, besides lawful: the reasons of what stops it, or that it fails the criteria.
ANSWERS: Final = (*(reason.value for reason in NoticeRefusalReason), INCOMPLETE)
MAX_LINE: Final = 1_000_000


class LabelledRequest(BaseModel):
    """A line of the file: what a bureau hands in, and the reasons for which it must be stopped; none if lawful."""

    model_config = ConfigDict(extra="forbid")

    id: str
    kind: str = Field("", alias="class")
    owner: Bureau
    expected: tuple[str, ...]
    diffusion: bool = False
    supervised: bool = False
    content: NoticeEntry


class Judged(NamedTuple):
    """What the criteria and the screening made of a request."""

    request: LabelledRequest
    answers: frozenset[str]
    findings: Sequence[Finding]

    @property
    def is_right(self) -> bool:
        """Whether it was judged exactly as labelled."""
        return self.answers == frozenset(self.request.expected)


def read_requests(file: Path) -> list[LabelledRequest]:
    """Return the requests of a file. Raises WrongUsage, with the line that is wrong."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUsage(f"{file} cannot be read ({error})") from error
    return [_request(line, f"{file}:{number}") for number, line in enumerate(lines, 1) if line.strip()]


def _request(line: str, where: str) -> LabelledRequest:
    try:
        request = LabelledRequest.model_validate(json.loads(line))
    except ValidationError as error:
        raise WrongUsage(f"{where}: {invalid(error.errors(), place='body').detail}") from error
    except ValueError as error:
        raise WrongUsage(f"{where} is not JSON ({error})") from error
    if unknown := {*request.expected} - {*ANSWERS}:
        raise WrongUsage(f"{where}: expected has {', '.join(sorted(unknown))}; write {', '.join(ANSWERS)} or nothing")
    return request


def judge(requests: Iterable[LabelledRequest], today: date | None = None) -> list[Judged]:
    """Return what the criteria and the screening make of each request, as on its submission."""
    on = today or date.today()  # noqa: DTZ011 - the day, wherever it is
    return [_judge(request, on) for request in requests]


def _judge(request: LabelledRequest, today: date) -> Judged:
    content: CommonEntry = request.content.resolved()
    standing = BureauStanding("supervised") if request.supervised else MEMBER
    findings = screen_entry(content, request.owner, standing=standing)
    answers = {each.reason.value for each in findings if each.weight is Weight.STOPS}
    if next(faults_of(content, today, is_diffusion=request.diffusion), None):
        answers.add(INCOMPLETE)
    return Judged(request, frozenset(answers), findings)


class Measure(NamedTuple):
    """How often one answer was right."""

    found: int
    missed: int
    wrong: int

    @property
    def precision(self) -> float:
        """Return how many of those that got the answer deserve it; 1 if none did."""
        return self.found / (self.found + self.wrong) if self.found + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """Return how many of those that deserve the answer got it; 1 if none does."""
        return self.found / (self.found + self.missed) if self.found + self.missed else 1.0


def measure(judged: Iterable[Judged], answer: str) -> Measure:
    """Return how often an answer was right; `all` is any of them, `lawful` that there was none."""
    pairs = [(_has(each.answers, answer), _has(frozenset(each.request.expected), answer)) for each in judged]
    return Measure(pairs.count((True, True)), pairs.count((False, True)), pairs.count((True, False)))


def _has(answers: frozenset[str], answer: str) -> bool:
    match answer:
        case "all":
            return bool(answers)
        case "lawful":
            return not answers
        case _:
            return answer in answers


def reason_lines(judged: Sequence[Judged]) -> Iterator[str]:
    """Yield a table of precision and recall, all reasons together first."""
    yield f"{'reason':12} {'requests':>8} {'P':>6} {'R':>6}"
    for answer in (ALL, *ANSWERS, LAWFUL):
        each = measure(judged, answer)
        yield f"{answer:12} {each.found + each.missed:8} {each.precision:6.3f} {each.recall:6.3f}"
    right = sum(each.is_right for each in judged)
    yield f"judged exactly as labelled: {right} of {len(judged)}"
    yield f"with a question to the reviewers: {_asked(judged)}"


def _asked(judged: Iterable[Judged]) -> int:
    return sum(any(one.weight is Weight.ASKS for one in each.findings) for each in judged)


def reason_data(judged: Sequence[Judged]) -> Iterator[dict[str, str | int | float]]:
    """Yield precision and recall of each reason for programs, and last how many were judged as labelled."""
    for answer in (ALL, *ANSWERS, LAWFUL):
        each = measure(judged, answer)
        figures = {"precision": each.precision, "recall": each.recall}
        yield {"reason": answer, "requests": each.found + each.missed, **figures}
    right = sum(each.is_right for each in judged)
    yield {"judged": len(judged), "right": right, "asked": _asked(judged)}


def missed_lines(judged: Iterable[Judged]) -> Iterator[str]:
    """Yield each request that was judged otherwise than labelled, with the words that stopped it."""
    for each in judged:
        if not each.is_right:
            expected, got = (", ".join(sorted(answers)) or LAWFUL for answers in (each.request.expected, each.answers))
            yield f"{each.request.id} ({each.request.kind}): {expected}, judged {got}"
            for one in each.findings:
                yield f"  {one.weight} {one.code} {one.pointer}: {one.words}"
