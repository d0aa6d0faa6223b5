"""Which changes of a notice are legal and who may make them; how a search matches."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from itertools import product
from typing import Final

from services.notices.lifecycle import IN_FORCE, NoticeStatus, Party, Step, after
from services.notices.models import Answer, Colour, Decision, Exchange, Notice, NoticeContent, NoticeQuery, Question
from services.notices.requirements import require_complete
from services.notices.subjects import Person, names_of
from shared import names
from shared.bureaus import REVIEWERS
from shared.dates import OLDEST_AGE, births_for_ages, earliest_of, latest_of
from shared.errors import IllegalStep
from shared.identity import Caller
from shared.people import Sex
from shared.records import service_kit as kit

REVIEW_SCOPE: Final = "notices:review"
MAX_EXCHANGES: Final = 50
# Two to six digits, as in the notices that INTERPOL publishes; a year has some twenty thousand.
NUMBERS: Final = range(10, 1_000_000)

Span = tuple[date, date]


def parties(caller: Caller, notice: Notice) -> frozenset[Party]:
    """Return the roles in which a caller may act on a notice: of the Secretariat a reviewer, who needs the scope."""
    acting = set()
    if caller.bureau == notice.owner:
        acting.add(Party.ISSUER)
    if caller.bureau in REVIEWERS and REVIEW_SCOPE in caller.scopes:
        acting.add(Party.SECRETARIAT)
    return frozenset(acting)


def draft(content: NoticeContent, by: Caller, revision: kit.Revision) -> Notice:
    """Return the draft of a notice; it may be incomplete."""
    return kit.create_record(Notice, content, by=by, revision=revision, status=NoticeStatus.DRAFT)


def edit(notice: Notice, content: NoticeContent, by: Caller, revision: kit.Revision) -> Notice:
    """Return the notice with a new content: a draft is edited, one in force updated, and only its colour stays.

    Raises Incomplete where an update lacks what the colour requires, NotTheOwner, IllegalStep.
    """
    in_force = notice.status in IN_FORCE
    status = _after(Step.UPDATE if in_force else Step.EDIT, notice, by)
    if in_force:
        if content.colour is not notice.colour:
            raise IllegalStep(f"the notice is {notice.colour} and published: another colour needs another notice")
        require_complete(content, revision.at.date())
    return notice.next_version(revision.at, **kit.input_fields(content), status=status)


def submit(notice: Notice, by: Caller, revision: kit.Revision) -> Notice:
    """Return the notice as handed in for review. Raises Incomplete, NotTheOwner, IllegalStep."""
    status = _after(Step.SUBMIT, notice, by)
    require_complete(notice, revision.at.date())
    return notice.next_version(revision.at, status=status)


def start_review(notice: Notice, by: Caller, revision: kit.Revision) -> Notice:
    """Return the notice as under review. Raises SecretariatOnly, IllegalStep."""
    return notice.next_version(revision.at, status=_after(Step.START_REVIEW, notice, by))


def ask(notice: Notice, question: Question, by: Caller, revision: kit.Revision) -> Notice:
    """Return the notice with a question to its issuer. Raises SecretariatOnly, IllegalStep."""
    status = _after(Step.ASK, notice, by)
    if len(notice.exchanges) >= MAX_EXCHANGES:
        raise IllegalStep(f"{MAX_EXCHANGES} questions were asked: decide")
    asked = Exchange(question=question.text, asked=revision.at)
    return notice.next_version(revision.at, status=status, exchanges=(*notice.exchanges, asked))


def answer(notice: Notice, given: Answer, by: Caller, revision: kit.Revision) -> Notice:
    """Return the notice with an answer to its oldest open question. Raises NotTheOwner, IllegalStep."""
    status = _after(Step.ANSWER, notice, by)
    exchanges = list(notice.exchanges)
    unanswered = next((at for at, exchange in enumerate(exchanges) if exchange.answer is None), None)
    if unanswered is None:
        raise IllegalStep("no question is open")
    closed = {"answer": given.text, "answered": revision.at}
    exchanges[unanswered] = exchanges[unanswered].model_copy(update=closed)
    return notice.next_version(revision.at, status=status, exchanges=tuple(exchanges))


def draw_number(randbytes: Callable[[int], bytes]) -> int:
    """Return a random number within a year, which does not reveal how many notices there are."""
    return NUMBERS[int.from_bytes(randbytes(8)) % len(NUMBERS)]


def publish(notice: Notice, number: int, by: Caller, revision: kit.Revision) -> Notice:
    """Return the notice as published under a number of the year; from now on it is kept its full time.

    Raises SecretariatOnly, IllegalStep.
    """
    return notice.next_version(
        revision.at,
        status=_after(Step.PUBLISH, notice, by),
        number=f"{revision.at.year}/{number}",
        published=revision.at,
        expires=revision.at + kit.DEFAULT_RETENTION,
    )


def refuse(notice: Notice, decision: Decision, by: Caller, revision: kit.Revision) -> Notice:
    """Return the notice as refused, with the reason. Raises SecretariatOnly, IllegalStep."""
    return notice.next_version(revision.at, status=_after(Step.REFUSE, notice, by), decision=decision)


def withdraw(notice: Notice, by: Caller, revision: kit.Revision) -> Notice:
    """Return the notice as withdrawn by its issuer. Raises NotTheOwner, IllegalStep."""
    return notice.next_version(revision.at, status=_after(Step.WITHDRAW, notice, by))


def cancel(notice: Notice, decision: Decision, by: Caller, revision: kit.Revision) -> Notice:
    """Return the notice as cancelled by the Secretariat, with the reason. Raises SecretariatOnly, IllegalStep."""
    return notice.next_version(revision.at, status=_after(Step.CANCEL, notice, by), decision=decision)


def born_between(notice: Notice) -> Span | None:
    """Return the first and the last day on which the subject may have been born, or None if nothing is known."""
    if not isinstance(notice.subject, Person) or notice.subject.date_of_birth is None:
        return None
    return earliest_of(notice.subject.date_of_birth), latest_of(notice.subject.date_of_birth)


def births_sought(query: NoticeQuery, at: datetime) -> list[Span]:
    """Return the spans that a birth must meet, each of them, to fit a search."""
    spans = []
    if query.date_of_birth is not None:
        spans.append((earliest_of(query.date_of_birth), latest_of(query.date_of_birth)))
    if query.age_min is not None or query.age_max is not None:
        oldest = OLDEST_AGE if query.age_max is None else query.age_max
        spans.append(births_for_ages(query.age_min or 0, oldest, at.date()))
    return spans


def match(record: Notice, query: NoticeQuery, at: datetime) -> kit.Hit[Notice] | None:
    """Return the hit of a search in one notice, None if it does not fit or is not in force."""
    if record.status not in IN_FORCE or not _facts_fit(record, query, at):
        return None
    if query.name is None:
        return hit(record, 1.0, *facts_of(query))
    fitting = names.match_names(query.name, names_of(record.subject))
    return hit(record, *fitting, *facts_of(query)) if fitting else None


def hit(notice: Notice, score: float, *matches: str) -> kit.Hit[Notice]:
    """Return the hit in a notice, with what matches in it."""
    return kit.Hit(score=score, match=" and ".join(matches), record=notice)


def facts_of(query: NoticeQuery) -> list[str]:
    """Return which facts a search asks for, besides the name."""
    return sorted(query.model_dump(exclude_none=True).keys() - {"name"})


def _facts_fit(notice: Notice, query: NoticeQuery, at: datetime) -> bool:
    person = notice.subject if isinstance(notice.subject, Person) else None
    born = born_between(notice)
    spans = births_sought(query, at)
    return (
        query.colour in {None, notice.colour}
        and query.sex in {None, person.sex if person else None}
        and query.nationality in {None, *(person.nationalities if person else ())}
        and (not spans or (born is not None and all(overlap(born, span) for span in spans)))
    )


def overlap(one: Span, other: Span) -> bool:
    """Return whether two spans have a day in common."""
    return one[0] <= other[1] and one[1] >= other[0]


def query_terms(query: NoticeQuery) -> Iterable[str]:
    """Return the terms under which a search is stored: those of its name, or else its facts, of which all must fit."""
    if query.name is not None:
        return names.query_terms(query.name)
    return [_facts(query.colour, query.sex, query.nationality)]


def record_terms(record: Notice) -> Iterable[str]:
    """Return the terms under which the searches are looked up that a notice might fit."""
    person = record.subject if isinstance(record.subject, Person) else None
    sexes = (None, person.sex) if person else (None,)
    nationalities = (None, *person.nationalities) if person else (None,)
    facts = {_facts(*asked) for asked in product((None, record.colour), sexes, nationalities)}
    return facts | names.record_terms(names_of(record.subject))


def _facts(colour: Colour | None, sex: Sex | None, nationality: str | None) -> str:
    # No name is spelled with these signs when it is compared.
    return f"{colour or '?'} {sex or '?'} {nationality or '?'}"


def _after(step: Step, notice: Notice, by: Caller) -> NoticeStatus:
    return after(step, notice.status, parties(by, notice))
