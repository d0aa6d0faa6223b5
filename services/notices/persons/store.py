"""Stores criminal files, and finds them by name and by facts of any identity of the person."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa

from services.notices.persons import matching, rules
from services.notices.persons.entries import PersonFile, PersonFileStatus
from services.notices.persons.queries import PersonFileQuery
from services.notices.persons.requirements import require_complete
from services.notices.subjects.matching import query_warnings
from services.notices.subjects.models import AnySubject
from services.notices.subjects.particulars import particulars
from services.notices.subjects.search import Conditions, SubjectSearchStore
from services.notices.tables import metadata, photograph_tables
from shared.identity import examines
from shared.records import service_kit as kit

person_files: Final = kit.record_table(
    "person_files",
    metadata,
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("person_status", sa.String(20), nullable=False),
    sa.Column("sex", sa.String(1), nullable=False),
    sa.Column("nationalities", sa.Text, nullable=False),
    sa.Column("offences", sa.Text, nullable=False),
)
same_person: Final = sa.Table(
    "same_person",
    metadata,
    # The file of the bureau that states it.
    sa.Column("record_id", sa.ForeignKey(person_files.c.id, ondelete="CASCADE"), primary_key=True),
    sa.Column("other_id", sa.ForeignKey(person_files.c.id, ondelete="CASCADE"), primary_key=True, index=True),
    sa.Column("stated", sa.BigInteger, nullable=False),
    sa.Column("confirmed", sa.BigInteger),
)
_file: Final[sa.BindParameter[str]] = sa.bindparam("of_file", type_=sa.String)
# Two, so that each is by an index.
_unconfirm_own: Final = sa.update(same_person).where(same_person.c.record_id == _file).values(confirmed=None)
_unconfirm_others: Final = sa.update(same_person).where(same_person.c.other_id == _file).values(confirmed=None)
person_file_names: Final = kit.NameIndex("person_file", metadata, person_files)
person_file_particulars: Final = particulars("person_file", metadata, person_files)


class PersonFileStore(
    kit.PhotographedStore[PersonFile, PersonFileQuery], SubjectSearchStore[PersonFile, PersonFileQuery]
):
    """The criminal files that the caller's bureau may know of."""

    table = person_files
    model = PersonFile
    below = "persons/"
    query = PersonFileQuery
    names = person_file_names
    particulars = person_file_particulars
    audience = staticmethod(rules.audience)
    query_terms = staticmethod(matching.query_terms)
    record_terms = staticmethod(matching.record_terms)
    match = staticmethod(matching.match)
    compare = staticmethod(matching.compare)
    hit = staticmethod(matching.hit)
    photograph_tables = photograph_tables
    photographs_change = (
        "They change at once. Who received the file with one that is deleted is asked to replace their copies. A file "
        "that ended has none, and one that was withdrawn gets no more."
    )
    has_ended_well = staticmethod(rules.is_cleared)
    warning_kinds = (*kit.NAME_WARNINGS, *kit.BIRTH_WARNINGS)
    query_warnings = staticmethod(query_warnings)

    @classmethod
    def subject_of(cls, record: PersonFile) -> AnySubject:
        """Return the person of a file."""
        return record.subject

    def search_columns(self, record: PersonFile) -> Mapping[str, Any]:
        """Return the values of the columns that a file is found by."""
        return {
            **super().search_columns(record),
            "status": record.status,
            "person_status": record.person_status,
            "offences": "".join(f",{offence}," for offence in matching.offences_of(record)),
        }

    @classmethod
    def photographs_of(cls, record: PersonFile) -> Mapping[str, kit.Photograph]:
        """Return the photographs of a file."""
        return {each.id: each for each in record.photographs}

    @classmethod
    def photographs_to_be(cls, record: PersonFile) -> Sequence[kit.Photograph]:
        """Return the photographs of a file: none waits."""
        return record.photographs

    def require_photographable(self, record: PersonFile) -> None:
        """Require a file in force of the caller's bureau. Raises NotTheOwner, IllegalStep."""
        rules.require_photographable(record, self.caller)

    def with_photograph(self, record: PersonFile, photograph: kit.Photograph, revision: kit.Revision) -> PersonFile:
        """Return a file with one more. Raises NotTheOwner, IllegalStep, PhotographsFull."""
        return rules.add_photograph(record, photograph, self.caller, revision)

    def without_photograph(self, record: PersonFile, photograph_id: str, revision: kit.Revision) -> PersonFile:
        """Return a file without one. Raises NotTheOwner, NotFound."""
        return rules.remove_photograph(record, photograph_id, self.caller, revision)

    def kept_for(self, record: PersonFile) -> timedelta:
        """Return how long a file is kept: the convicted 5 years, all others are reviewed each year."""
        return rules.kept_for(record)

    def restated(self, record: PersonFile, entry: Any) -> PersonFile:
        """Return the next version of a file with another entry, its state and its term."""
        return rules.restated(record, entry, self.at)

    def derived(self, record: PersonFile) -> Mapping[str, Any]:
        """Return the state of a file, which follows from its history, and photographs only if it has not ended."""
        return rules.derived(record)

    def require_plausible(self, record: PersonFile) -> None:
        """Require of a corrected file what a file needs. Raises FileIncomplete."""
        if record.status is not PersonFileStatus.WITHDRAWN:
            require_complete(record, self.at.date())

    async def replace(self, record: PersonFile) -> PersonFile:
        """Store the next version of a file; readers of what is no longer shown replace their copies.

        Of one about another person no other bureau has confirmed that it has the same.

        Raises Conflict, TooManyTakenBack.
        """
        before = await self.present(self.session, record.id)
        replaced = await super().replace(record)
        # A correction by the Commission notifies them in any case.
        own, shown = self.caller.bureau == record.owner, record.status is PersonFileStatus.IN_FORCE
        if own and shown and before is not None and rules.takes_back(before, record):
            await self.ask_to_replace(record)
        if before is not None and rules.is_of_another(before, record):
            for unconfirm in (_unconfirm_own, _unconfirm_others):
                await self.session.execute(unconfirm, {"of_file": record.id})
        return replaced

    def shape_of_kind(self, query: PersonFileQuery) -> tuple[bool, bool]:
        """Return whether statuses and an offence are asked for. The Commission finds a person as whatever they are."""
        is_of_status = query.person_status is not None or not examines(self.caller.bureau, self.caller.purpose)
        return is_of_status, query.offence is not None

    @classmethod
    def conditions_of_kind(cls, shape: tuple[bool, bool]) -> Conditions:
        """Return the conditions of status and offence."""
        file, (is_of_status, is_of_offence) = person_files.c, shape
        conditions = [file.status == kit.inline_literal(PersonFileStatus.IN_FORCE.value)]
        if is_of_status:
            conditions.append(kit.is_one_of(file.person_status, "statuses"))
        if is_of_offence:
            conditions.append(kit.like(file.offences, "of_offence"))
        return conditions

    def parameters_of_kind(self, query: PersonFileQuery) -> Mapping[str, Any]:
        """Return the statuses and the offence."""
        return {"statuses": sorted(matching.statuses_sought(query)), "of_offence": f"%,{query.offence},%"}
