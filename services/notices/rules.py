"""Which changes of a notice are legal and who may make them; how a search matches."""

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from itertools import product
from typing import Final, NamedTuple

from services.notices.colours import Colour
from services.notices.lifecycle import IN_FORCE, BureauSupervised, NoticeStatus, Party, Step, after
from services.notices.models import Answer, Decision, Exchange, Notice, NoticeContent, NoticeQuery, Question
from services.notices.requirements import require_complete
from services.notices.subjects import Person, names_of
from shared import names
from shared.bureaus import REVIEWERS
from shared.dates import (
    OLDEST_AGE,
    Days,
    births_for_ages,
    days_of,
    is_within,
    overlaps,
    span_text,
)
from shared.errors import IllegalStep
from shared.identity import Caller
from shared.people import Sex
from shared.records import service_kit as kit
from shared.standing import describe

REVIEW_SCOPE: Final = "notices:review"
MAX_EXCHANGES: Final = 50
# Two to six digits, as in the notices that INTERPOL publishes; a year has some twenty thousand.
NUMBERS: Final = range(10, 1_000_000)

SCORE_OF_A_DOUBT: Final = 0.8


class BirthSought(NamedTuple):
    """The days of birth that a search asks for, and by which of its parameters."""

    parameters: frozenset[str]
    days: Days


_AGES: Final = frozenset({"age_min", "age_max"})
_PLURALS: Final = {"nationality": "nationalities"}


def parties(caller: Caller, notice: Notice) -> frozenset[Party]:
    """Return the roles in which a caller may act on a notice: of the Secretariat a reviewer, who needs the scope."""
    acting = set()
    if caller.bureau == notice.owner:
        acting.add(Party.ISSUER)
    if caller.bureau in REVIEWERS and REVIEW_SCOPE in caller.scopes:
        acting.add(Party.SECRETARIAT)
    return frozenset(acting)


def draft(content: NoticeContent, by: Caller, revision: kit.Revision) -> Notice:
    """Return the draft of a notice; it may be incomplete. Raises PurposeDoesNotFit, StatusDoesNotFit."""
    return kit.create_record(Notice, content, by=by, revision=revision, status=NoticeStatus.DRAFT)


def edit(notice: Notice, content: NoticeContent, by: Caller, revision: kit.Revision) -> Notice:
    """Return the notice with a new content: a draft is edited, one in force updated, and only its colour stays.

    Raises Incomplete where an update lacks what the colour requires, NotTheOwner, IllegalStep, PurposeDoesNotFit,
    StatusDoesNotFit, BureauSupervised.
    """
    in_force = notice.status in IN_FORCE
    update = Step.UPDATE_DIFFUSION if notice.status is NoticeStatus.DIFFUSED else Step.UPDATE
    status = _after(update if in_force else Step.EDIT, notice, by)
    if in_force:
        _require_no_prior_review(notice, by)
        if content.colour is not notice.colour:
            raise IllegalStep(f"the notice is {notice.colour} and published: another colour needs another notice")
        require_complete(content, revision.at.date())
    return notice.next_version(revision.at, **kit.input_fields(content), status=status)


def submit(notice: Notice, by: Caller, revision: kit.Revision) -> Notice:
    """Return the notice as handed in for review. Raises Incomplete, NotTheOwner, IllegalStep."""
    status = _after(Step.SUBMIT, notice, by)
    require_complete(notice, revision.at.date())
    return notice.next_version(revision.at, status=status)


def diffuse(notice: Notice, by: Caller, revision: kit.Revision) -> Notice:
    """Return the notice as sent as a diffusion; that of a supervised bureau waits for review, without being sent.

    Raises Incomplete, NotTheOwner, IllegalStep.
    """
    status = _after(Step.WAIT if by.standing.needs_prior_review else Step.DIFFUSE, notice, by)
    require_complete(notice, revision.at.date())
    if status is NoticeStatus.WAITING:
        return notice.next_version(revision.at, status=status)
    return _sent(notice, revision, status)


def release(notice: Notice, by: Caller, revision: kit.Revision) -> Notice:
    """Return a diffusion that waited for review as sent. Raises SecretariatOnly, IllegalStep."""
    return _sent(notice, revision, _after(Step.RELEASE, notice, by))


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


def born_between(notice: Notice) -> Days | None:
    """Return the days on which the subject may have been born, or None if nothing is known."""
    if not isinstance(notice.subject, Person) or notice.subject.date_of_birth is None:
        return None
    return days_of(notice.subject.date_of_birth)


def births_sought(query: NoticeQuery, at: datetime) -> list[BirthSought]:
    """Return the days that a birth must meet, each of them, to fit a search; an age is that of today."""
    sought = []
    if query.date_of_birth is not None:
        sought.append(BirthSought(frozenset({"date_of_birth"}), days_of(query.date_of_birth)))
    if query.age_min is not None or query.age_max is not None:
        oldest = OLDEST_AGE if query.age_max is None else query.age_max
        births = births_for_ages(query.age_min or 0, oldest, at.date())
        sought.append(BirthSought(frozenset({"age_min", "age_max"}), births))
    return sought


def match(record: Notice, query: NoticeQuery, at: datetime) -> kit.Hit[Notice] | None:
    """Return the hit of a search in one notice, None if it does not fit or is not in force."""
    sought, born = births_sought(query, at), born_between(record)
    if record.status not in IN_FORCE or not _facts_fit(record, query):
        return None
    if sought and (born is None or not all(overlaps(born, each.days) for each in sought)):
        return None
    doubtful = [each for each in sought if born is not None and not is_within(born, each.days)]
    if query.name is None:
        return hit(record, query, doubtful)
    fitting = names.match_names(query.name, names_of(record.subject))
    return hit(record, query, doubtful, fitting) if fitting else None


def hit(
    notice: Notice, query: NoticeQuery, doubtful: Collection[BirthSought], named: tuple[float, str] | None = None
) -> kit.Hit[Notice]:
    """Return the hit in a notice; `doubtful` is what its date of birth only may meet.

    `named` is the score of its names, and what matches as text.
    """
    unsure = frozenset[str]().union(*(each.parameters for each in doubtful))
    why = tuple(_why(notice, query, unsure, 1.0 if named is None else named[0]))
    facts = (_in_words(each, is_sure=each.score == 1) for each in why if each.field != "name")
    match = "; ".join([*([named[1]] if named else ()), *facts])
    return kit.Hit(score=kit.score_of_all(why), match=match, why=why, record=notice)


def _in_words(fact: kit.FieldMatch, *, is_sure: bool) -> str:
    """Return how a fact is met as text, such as `date of birth 1987 possible`."""
    label = fact.field.replace("_", " ")
    return f"{label} {fact.asked}" if is_sure else f"{label} {fact.asked} possible"


def _why(notice: Notice, query: NoticeQuery, unsure: Collection[str], closeness: float) -> Iterator[kit.FieldMatch]:
    """Yield how each field of a search is met; only a name may be spelled otherwise, and a birth be in doubt."""
    if query.name is not None:
        yield kit.FieldMatch("name", query.name, names.fitting_names(query.name, names_of(notice.subject)), closeness)
    facts = facts_of(query)
    for fact in facts:
        if fact not in _AGES:
            fit = SCORE_OF_A_DOUBT if fact in unsure else 1.0
            yield kit.FieldMatch(fact, str(getattr(query, fact)), _stated(notice, fact), fit)
    if not _AGES.isdisjoint(facts):
        fit = 1.0 if _AGES.isdisjoint(unsure) else SCORE_OF_A_DOUBT
        yield kit.FieldMatch("age", span_text(query.age_min, query.age_max), _stated(notice, "date_of_birth"), fit)


def _stated(notice: Notice, fact: str) -> str | None:
    """Return what a notice says of a fact, as its owner wrote it; None if nothing."""
    holder = notice if hasattr(notice, fact) else notice.subject
    stated = getattr(holder, _PLURALS.get(fact, fact), None)
    return (", ".join(stated) if isinstance(stated, tuple) else str(stated)) if stated else None


def facts_of(query: NoticeQuery) -> list[str]:
    """Return which facts a search asks for, besides the name."""
    return sorted(query.model_dump(exclude_none=True).keys() - {"name", "reference"})


def query_warnings(query: NoticeQuery, at: datetime) -> Iterator[kit.QueryWarning]:
    """Yield what looks mistyped in a search."""
    yield from kit.name_warnings(query.name)
    yield from kit.birth_warnings(query.date_of_birth, (query.age_min, query.age_max), at.date())


def score(similarity: float, doubts: int) -> float:
    """Return how well a notice fits: the similarity of the name, a fifth less for each doubt."""
    return round(similarity * SCORE_OF_A_DOUBT**doubts, 4) if doubts else similarity


def _facts_fit(notice: Notice, query: NoticeQuery) -> bool:
    person = notice.subject if isinstance(notice.subject, Person) else None
    return (
        query.colour in {None, notice.colour}
        and query.sex in {None, person.sex if person else None}
        and query.person_status in {None, person.person_status if person else None}
        and query.nationality in {None, *(person.nationalities if person else ())}
    )


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


def _sent(notice: Notice, revision: kit.Revision, status: NoticeStatus) -> Notice:
    """Return a diffusion as sent; from now on it is kept its full time."""
    expires = revision.at + kit.DEFAULT_RETENTION
    return notice.next_version(revision.at, status=status, diffused=revision.at, expires=expires)


def _require_no_prior_review(notice: Notice, by: Caller) -> None:
    if by.standing.needs_prior_review:
        raise BureauSupervised(
            f"{by.bureau} is {describe(by.standing)}: an update of notice {notice.id} needs prior review: withdraw it, "
            "and submit a new one"
        )


def _after(step: Step, notice: Notice, by: Caller) -> NoticeStatus:
    return after(step, notice.status, parties(by, notice))
