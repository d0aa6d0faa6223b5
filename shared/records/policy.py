"""The rules that hold for every record of every service: owner, handling, who is admitted, retention.

Who may see a record is decided in `access`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from functools import cache
from typing import Annotated, Any, ClassVar, Final, Self, TypeVar

from pydantic import (
    AwareDatetime,
    ConfigDict,
    Field,
    model_validator,
)

from shared.bureaus import PUBLIC, Bureau, BureauCode
from shared.disclosure import Disclosing, Disclosure, How
from shared.errors import Invalid, NotTheOwner
from shared.handling import Condition, Handling
from shared.identity import Caller, Purpose, examines
from shared.ids import RecordId
from shared.people import require_visible
from shared.personal_data import surely_personal_data_in
from shared.records.admission import ALL_PARTNERS, Addressed, Links, Partners, Reference, Restricted
from shared.records.fitting import DEFAULT_FITTING, purpose_of
from shared.records.terms import Terms
from shared.validation import wrong

# Five years, unless a kind of record says otherwise (RPD article 49).
DEFAULT_RETENTION: Final = timedelta(days=5 * 365)
# So long before its expiry the owner of a record is asked whether it is still needed (RPD article 50).
REVIEWED_BEFORE: Final = timedelta(days=183)
# How long a service keeps a search, and counts a record as taken back after its last change.
SEARCHES_KEPT_HOURS: Final = 72


class Audience(IntEnum):
    """Who besides the owner may see a record in its present state; a wider audience has a lower number."""

    PUBLIC = -1
    """All members see the record, and everybody its extract: the fields that its kind declares public."""

    ALL = 0
    SECRETARIAT = 1
    OWNER = 2


class RecordInput(Terms):
    """What the owner enters with every record.

    Its rules judge entries alone: a stored record is read by its types, whatever was allowed when it was entered. So a
    kind states rules in `require_sound` and `require_readers_agree`, not in validators, which run at each reading.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    is_entry: ClassVar[bool] = True
    """Whether it is an entry, and judged; a record is not."""

    reference: Reference | None = None
    addressed: Addressed = ()
    partners: Partners = ()
    restricted: Restricted = ()
    links: Links = ()
    purpose: Purpose | None = Field(
        None,
        description="For what it is entered; if it is not stated, the first that fits its kind and content.",
        examples=[None],
    )

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if self.is_entry:
            self.require_sound()
            self.require_readers_agree()
        return self

    def require_sound(self) -> None:
        """Require what a schema cannot say of an entry. A kind adds its own. Raises PydanticCustomError, ValueError."""
        if (Condition.H3 in self.conditions) != (self.other_condition is not None):
            raise wrong("/other_condition", "the condition H3 and other_condition go together")
        require_visible({"/reference": self.reference})

    def require_readers_agree(self) -> None:
        """Require that what it states of its readers agrees, of an entry and of a record whose readers are changed.

        A kind adds its own. Raises PydanticCustomError.
        """
        if self.addressed and self.partners == ALL_PARTNERS:
            detail = "a record that is addressed to some bureaus is open to named partners only: name them"
            raise wrong("/partners", detail)
        if both := {*self.restricted} & {*self.addressed, *self.named_partners}:
            named_twice = ", ".join(sorted(both))
            raise wrong("/restricted", f"{named_twice} cannot be barred: addressed or partners names them as well")
        if self.is_public and (fault := self.public_fault()):
            raise wrong("/public", fault)

    def public_fault(self) -> str | None:
        """Return why not everybody may see an extract of it, or None. A kind may add a rule."""
        if self.addressed:
            return "what is addressed to some bureaus is not public: address nobody, or set public to false"
        if self.handling is not Handling.OFFICIAL_USE or self.conditions:
            return "only what is for OFFICIAL_USE without conditions may be public"
        return None

    @property
    def named_partners(self) -> tuple[BureauCode, ...]:
        """The partners that it names; none if it is open to all of them."""
        return () if self.partners == ALL_PARTNERS else self.partners

    @property
    def is_public(self) -> bool:
        """Whether its owner wants everybody to see an extract of it; a kind may have one."""
        return False

    def fitting_purposes(self) -> Sequence[Purpose]:
        """Return the purposes for which this may be entered, first the one of an entry that states none.

        A kind of record narrows them, by its content where that decides. Without that all but the Commission's fit.
        """
        return DEFAULT_FITTING

    def resolved(self) -> Self:
        """Return the entry with its purpose: the stated one, or the one that is derived.

        Raises PurposeDoesNotFit, and Invalid if the reference holds personal data, as others are shown it.
        """
        if self.reference is not None and (found := surely_personal_data_in(self.reference)):
            raise Invalid(f"this looks like {found}: give the number of the file alone", at="/reference")
        return self.model_copy(update={"purpose": purpose_of(self.purpose, self.fitting_purposes())})


@dataclass(frozen=True, slots=True)
class Revision:
    """The id of a new record, and the time of its first version."""

    id: str
    at: datetime


RecordPurpose = Annotated[Purpose, Field(description="For what it was entered (RPD article 10(2)).")]


class Record(RecordInput, Disclosing):
    """What all records have."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    is_entry = False

    public_fields: ClassVar[frozenset[str]] = frozenset()
    """What the public is shown besides id, owner, purpose and dates. It is shown no kind without any."""

    public_filters: ClassVar[frozenset[str]] = frozenset()
    """By what the public may search or list it: what `public_fields` shows whole, as anything else would reveal it."""

    def __init_subclass__(cls, **config: Any) -> None:
        """Require a purpose of every kind of record: pydantic takes a field from the first base, which is the entry."""
        super().__init_subclass__(**config)
        cls.__annotations__.setdefault("purpose", RecordPurpose)

    id: RecordId
    owner: Bureau = Field(description="The bureau that supplied the record and alone may change it.")
    reference: Reference | None = None
    addressed: Addressed = Field((), description="The only bureaus that may see it; shown to its owner alone.")
    partners: Partners = Field((), description="Partners that may see it; shown to its owner alone.")
    restricted: Restricted = Field((), description="Bureaus barred from the record; shown to its owner alone.")
    links: Links = Field((), description="Records of its owner that belong to it; shown to its owner alone.")
    purpose: RecordPurpose
    created: AwareDatetime = Field(description="When it was entered.", examples=["2026-06-01T12:00:00Z"])
    updated: AwareDatetime = Field(description="When it was changed last.", examples=["2026-06-01T12:00:00Z"])
    expires: AwareDatetime = Field(
        description="From then on the record is no longer answered.", examples=["2031-05-31T12:00:00Z"]
    )
    version: int = Field(ge=1, description="Counts the changes, from 1.", examples=[1])

    @classmethod
    def of_json(cls, content: str | bytes) -> Self:
        """Return the record of a stored content. A kind of several classes overrides it. Raises ValidationError."""
        return cls.model_validate_json(content)

    @classmethod
    def record_kind(cls) -> str:
        """Return the kind of record, such as `missing-person`."""
        return kind_named(cls.__name__)

    @property
    def shown_version(self) -> int:
        """The version that others than its owner see, where they are not shown every step of a kind."""
        return self.version

    def disclosure(self, how: How, score: float = 1.0, match: str = "") -> Disclosure:
        """Return the disclosure of this version."""
        return Disclosure(self.record_kind(), self.id, self.version, self.owner, how, score, match)

    def disclosed(self, how: How) -> Iterator[Disclosure]:
        """Yield the disclosure of the record."""
        yield self.disclosure(how)

    def next_version(self, at: datetime, **changes: Any) -> Self:
        """Return the next version of the record."""
        return self.model_copy(update={**changes, "updated": at, "version": self.version + 1})

    def shown_to(self, caller: Caller) -> Self:
        """Return the record as the caller's bureau may see it: to others than its owner without who else may."""
        if caller.bureau == PUBLIC:
            return self.public_extract()
        if not (self.restricted or self.addressed or self.partners or self.links):
            return self
        return self if self.shows_readers_to(caller) else self.model_copy(update=_OWNERS_ONLY)

    def in_history_for(self, _reader: Caller) -> Self:
        """Return a former version as its owner or the Commission may see it: whole, unless a kind says otherwise."""
        return self

    def shows_readers_to(self, caller: Caller) -> bool:
        """Return whether a caller is shown who else may see the record: its owner and the Commission are."""
        return caller.bureau == self.owner or examines(caller.bureau, caller.purpose)

    def called(self) -> str:
        """Return what all who were shown the record know it by, such as its number."""
        return self.id

    def public_extract(self) -> Self:
        """Return the record with its public fields alone; a kind whose fields have parts reduces these as well."""
        return self.model_copy(update=_hidden_from_public(type(self)))


_OWNERS_ONLY: Final = {"restricted": (), "addressed": (), "partners": (), "links": ()}
_PUBLIC_OF_ALL: Final = frozenset({"id", "owner", "purpose", "created", "updated", "expires", "version"})


@cache
def _hidden_from_public(kind: type[Record]) -> dict[str, Any]:
    """Return the values that stand for what the public is not shown. Raises TypeError if a field has no such value."""
    shown = _PUBLIC_OF_ALL | kind.public_fields
    hidden = {name: field for name, field in kind.model_fields.items() if name not in shown}
    if missing := [name for name, field in hidden.items() if field.is_required()]:
        raise TypeError(f"{kind.__name__} is shown to nobody in public: {', '.join(missing)} cannot be left out")
    return {name: field.get_default(call_default_factory=True) for name, field in hidden.items()}


@cache
def kind_named(name: str) -> str:
    """Return the kind of record of a class, by its name."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


K = TypeVar("K", bound=Record)


def create_record(
    kind: type[K],
    sent: RecordInput,
    *,
    by: Caller,
    revision: Revision,
    kept_for: timedelta = DEFAULT_RETENTION,
    **more: Any,
) -> K:
    """Return the first version of a record that a bureau enters; `more` are further fields of its kind.

    Raises PurposeDoesNotFit, of a record about a person StatusDoesNotFit, and Invalid if it names its owner as reader.
    """
    require_others(sent, by.bureau)
    return kind(
        **input_fields(sent),
        id=revision.id,
        owner=by.bureau,
        created=revision.at,
        updated=revision.at,
        expires=revision.at + kept_for,
        version=1,
        **more,
    )


def require_others(entry: RecordInput, owner: BureauCode) -> None:
    """Require that the owner, who sees its record in any case, is neither admitted nor barred. Raises Invalid."""
    lists = {"addressed": entry.addressed, "partners": entry.named_partners, "restricted": entry.restricted}
    for name, codes in lists.items():
        if owner in codes:
            detail = "must not be the owner's own code: the owner sees its record in any case"
            raise Invalid(detail, at=f"/{name}/{codes.index(owner)}")


def input_fields(entry: RecordInput) -> dict[str, Any]:
    """Return the fields of an entry by name, resolved, to make a version of a record of it. Raises DoesNotFit."""
    whole = entry.resolved()
    return {name: getattr(whole, name) for name in type(entry).model_fields}


def require_owner(record: Record, caller: Caller) -> None:
    """Require the owner. Raises NotTheOwner."""
    if record.owner != caller.bureau:
        raise NotTheOwner(f"record {record.id} belongs to {record.owner}: only that bureau may change it")
