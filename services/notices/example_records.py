"""The records that the requests of the documents are about: a notice in each state from which a step is shown."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from random import Random
from typing import Any, Final

import msgspec
from pydantic import TypeAdapter

from services.notices import rules
from services.notices.colours import Colour
from services.notices.entries import NoticeEntry
from services.notices.example_requests import (
    DELETED_FILE_PHOTOGRAPH,
    DELETED_PHOTOGRAPH,
    FILE_PHOTOGRAPH,
    FILES,
    NUMBER,
    OTHER_FILES,
    PHOTOGRAPH,
    PUBLIC,
    RECORD,
    STEPS,
    SUBJECT,
    YEAR,
)
from services.notices.examples import DIFFUSIONS, EXAMPLES, PERSON
from services.notices.models import Notice
from services.notices.persons import rules as file_rules
from services.notices.persons.entries import PersonEntry
from services.notices.persons.example import EXAMPLE as PERSON_FILE
from services.notices.persons.queries import PersonFileQuery
from services.notices.persons.same_person import SamePersonStore
from services.notices.persons.store import PersonFileStore
from services.notices.queries import NoticeQuery
from services.notices.review import rules as reviewing
from services.notices.review_models import Clearance, Question
from services.notices.store import NoticeStore
from services.synthetic_photographs import add_pictured_example
from services.synthetic_pictures import drawn_picture
from services.synthetic_records import (
    ExampleEntry,
    described_examples,
    ending_soon,
    example_revision,
    example_subscriptions,
    seeding_officer,
)
from shared.bureaus import SECRETARIAT, BureauCode
from shared.identity import Caller, Purpose
from shared.records import service_kit as kit
from shared.standing import BureauStanding

_ENTRY: Final = TypeAdapter[Any](NoticeEntry)
_QUESTION: Final = Question(text="Which court issued the warrant?")


class _Life:
    """Takes one example notice through its states."""

    def __init__(self, owner: BureauCode, number: int, at: datetime) -> None:
        self.issuer = _officer(owner)
        self.number = number
        self.revision = example_revision(RECORD.id(number), at)

    def drafted(self, entry: Mapping[str, Any]) -> Notice:
        """Return a draft."""
        content: Any = _ENTRY.validate_python(entry)
        return rules.draft(content, by=self.issuer, revision=self.revision)

    def submitted(self, notice: Notice) -> Notice:
        """Return it as handed in for review, with the number of the example."""
        submitted = rules.submit(notice, NUMBER, by=self.issuer, revision=self.revision)
        return submitted.model_copy(update={"number": f"{YEAR}/{NUMBER + self.number - 1}"})

    def reviewed(self, notice: Notice) -> Notice:
        """Return it as under review."""
        return reviewing.start_review(self.submitted(notice), by=_reviewer(1), revision=self.revision)

    def asked(self, notice: Notice) -> Notice:
        """Return it with an open question."""
        return reviewing.ask(self.reviewed(notice), _QUESTION, by=_reviewer(1), revision=self.revision)

    def published(self, notice: Notice) -> Notice:
        """Return it as published, by as many officers as it needs."""
        notice = self.reviewed(notice)
        for officer in (1, 2):
            if notice.published is None:
                notice = reviewing.publish(notice, Clearance(), by=_reviewer(officer), revision=self.revision)
        return notice

    def updated(self, notice: Notice) -> Notice:
        """Return it with an update that waits."""
        changed = {**EXAMPLES[Colour.BLUE], "facts": "Saw the robbery of a cash transport from a window."}
        content: Any = _ENTRY.validate_python(changed)
        return rules.edit(self.published(notice), content, by=self.issuer, revision=self.revision)

    def diffused(self, notice: Notice) -> Notice:
        """Return it as a diffusion that was sent."""
        return rules.diffuse(notice, by=self.issuer, revision=self.revision)

    def waiting(self, notice: Notice) -> Notice:
        """Return it as a diffusion that waits, as that of a supervised bureau does."""
        supervised = msgspec.structs.replace(self.issuer, standing=BureauStanding("supervised"))
        return rules.diffuse(notice, by=supervised, revision=self.revision)


_BLUE: Final = EXAMPLES[Colour.BLUE]
_DIFFUSION: Final = DIFFUSIONS[Colour.BLUE]
_STATES: Final[Mapping[str, tuple[Mapping[str, Any], Callable[[_Life, Notice], Notice]]]] = {
    "submission": (_BLUE, lambda _, draft: draft),
    "diffusion": (_DIFFUSION, lambda _, draft: draft),
    "release": (_DIFFUSION, _Life.waiting),
    "compliance": (_DIFFUSION, _Life.diffused),
    "review": (_BLUE, _Life.submitted),
    "question": (_BLUE, _Life.reviewed),
    "question/withdrawal": (_BLUE, _Life.asked),
    "answer": (_BLUE, _Life.asked),
    "publication": (_BLUE, _Life.reviewed),
    "refusal": (_BLUE, _Life.reviewed),
    "cancellation": (_BLUE, _Life.published),
    "pending": (_BLUE, _Life.updated),
}
_UN_ENTITY: Final = {**EXAMPLES[Colour.UN_SPECIAL], "public": True}
_UN_PERSON: Final = {**_UN_ENTITY, "subject": {**PERSON, "person_status": "suspect"}}


def examples(owner: BureauCode, at: datetime) -> Iterator[ExampleEntry]:
    """Yield what enters each, for the store of the service."""
    for number, notice, photographs in _notices(owner, at):
        yield partial(_add, NoticeStore, (notice, photographs, number), at)
    for number, file, photographs in _files(owner, at):
        yield partial(_add, PersonFileStore, (file, photographs, number), at)
    yield partial(_link, owner, at)
    yield from example_subscriptions(RECORD, NoticeStore, NoticeQuery.model_validate(SUBJECT), owner, at)
    yield from example_subscriptions(FILES, PersonFileStore, PersonFileQuery.model_validate(SUBJECT), owner, at)


def _notices(owner: BureauCode, at: datetime) -> Iterator[tuple[int, Notice, Sequence[str]]]:
    for number, (record_id, entry) in enumerate(described_examples(RECORD, EXAMPLES[Colour.RED]), 1):
        life = _Life(owner, number, at)
        draft = life.drafted(entry if number == 1 else {**_BLUE, "reference": entry["reference"]})
        notice = draft if record_id == RECORD.deleted else life.published(draft)
        shown = (PHOTOGRAPH, DELETED_PHOTOGRAPH) if number == 1 else ()
        yield number, ending_soon(notice, at) if record_id == RECORD.renewed else notice, shown
    for step, (content, state) in _STATES.items():
        life = _Life(owner, STEPS[step], at)
        yield STEPS[step], state(life, life.drafted(content)), ()
    of_security_council = {PUBLIC[Colour.UN_SPECIAL]: _UN_ENTITY, PUBLIC["person"]: _UN_PERSON}
    for number, content in {PUBLIC[Colour.YELLOW]: EXAMPLES[Colour.YELLOW], **of_security_council}.items():
        life = _Life(SECRETARIAT if number in of_security_council else owner, number, at)
        yield number, life.published(life.drafted(content)), (f"{int(PHOTOGRAPH) + 2 * number}",)


def _files(owner: BureauCode, at: datetime) -> Iterator[tuple[int, Any, Sequence[str]]]:
    entries = [(owner, number, *each) for number, each in enumerate(described_examples(FILES, PERSON_FILE), 1)]
    entries += [(_other(owner), number, FILES.id(number), PERSON_FILE) for number in OTHER_FILES.values()]
    for of, number, record_id, described in entries:
        revision = example_revision(record_id, at)
        file = file_rules.enter(PersonEntry.model_validate(described), by=_officer(of), revision=revision)
        shown = (FILE_PHOTOGRAPH, DELETED_FILE_PHOTOGRAPH) if number == 1 else ()
        yield number, ending_soon(file, at) if record_id == FILES.renewed else file, shown


async def _add(
    store: type[kit.PhotographedStore[Any, Any]],
    example: tuple[Any, Sequence[str], int],
    at: datetime,
    session: kit.Session,
) -> None:
    """Add a record with pictures of nobody as photographs, drawn by its number."""
    record, photographs, number = example
    pictures = {each: drawn_picture(Random(number * 10 + place)) for place, each in enumerate(photographs)}  # noqa: S311
    await add_pictured_example(store(session, _officer(record.owner), at), record, pictures)


async def _link(owner: BureauCode, at: datetime, session: kit.Session) -> None:
    """State that two files of the other bureau are about the same person as the main file."""
    for name in ("confirm", "end"):
        await SamePersonStore(session, _officer(_other(owner)), at).state(FILES.id(OTHER_FILES[name]), FILES.id())


def _other(owner: BureauCode) -> BureauCode:
    return BureauCode("DE" if owner != "DE" else "FR")


def _officer(bureau: BureauCode) -> Caller:
    return seeding_officer(bureau, Purpose.WANTED_PERSON, *([rules.REVIEW_SCOPE] if bureau == SECRETARIAT else ()))


def _reviewer(number: int) -> Caller:
    return msgspec.structs.replace(_officer(SECRETARIAT), officer=f"seed-{number}")
