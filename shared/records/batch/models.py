"""What a request with many lines and its answer look like; the models of one kind derive from those of its searches."""

from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, create_model
from pydantic.json_schema import SkipJsonSchema
from typing_extensions import TypeAliasType

from shared.errors import Refusal
from shared.ids import RecordId
from shared.people import Text
from shared.records.results import EntryWarning
from shared.records.search.batch_lines import LineError, LineResult
from shared.validation import wrong

MAX_LINES: Final = 10_000
MAX_BYTES: Final = 4 * 1024 * 1024
# Of a line in JSON too: to read one takes milliseconds, in which a thread lets no other work.
MAX_LINE_BYTES: Final = 64 * 1024
# Counted by the commas and opening brackets. A line that bars all bureaus and names partners has 300.
MAX_VALUES_OF_LINE: Final = 400
MAX_VALUES: Final = 400_000
# Each of these leaves a row in the store, or takes some hundred look-ups: see the price of `near`.
MAX_REMEMBERED: Final = 500
MAX_NEAR: Final = 500
# A line takes from 0.4 ms (a car) to 3 ms (a vessel with four engines) of the only writer of the store.
MAX_ENTRIES: Final = 1_000
# Of all lines together: the answer must fit into an envelope, and each hit is a disclosure.
MAX_HITS: Final = 1_000
MAX_HITS_BYTES: Final = 4 * 1024 * 1024

NOT_SEARCHED: Final = "not-searched"
NOT_ENTERED: Final = "not-entered"
LEFT_OUT: Final = frozenset({NOT_SEARCHED, NOT_ENTERED})
"""The codes of lines for which a request had no time or room: they are to be sent again."""

# Ten thousand lines take a tenth of a second, unless each is wrong in hundreds of places.
MAX_SECONDS_READ: Final = 2.0

JSON: Final = "application/json"
CSV: Final = "text/csv"

Format = Literal["json", "csv"]
OwnReference = Annotated[
    Text,
    StringConstraints(max_length=60),
    Field(description="Your own name for this line, repeated in its answer; it is not searched and not kept."),
]


def _refuse_reference(sent: object) -> None:
    """Raise if there is one: it would hide what another bureau entered, and look like an all-clear."""
    if sent is not None:
        raise wrong("", "would leave only a record of your bureau: call your name for the line own_reference")


# Not in the document: a schema without it refuses it too, and generators of clients do not know a type that is null.
NoReference = Annotated[SkipJsonSchema[None], BeforeValidator(_refuse_reference)]


class LinesRefused(Refusal, status=422, code="lines-refused", title="Lines were refused, so none was entered"):
    """All or none was asked for; `errors` names the first of them, and nothing was changed."""


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    answer: Format | None = Field(None, description="The form of the answer; without it that of the request.")


class CheckOptions(_Options):
    """How many checks are made at once; in JSON also members of the body."""

    near: bool = Field(
        False,
        description=f"Also list what only a reading with one edit finds, in `near`: for at most {MAX_NEAR} lines, as a "
        "line then takes some hundred times as long.",
    )
    remember: bool = Field(
        False,
        description="Keep each line as a search for 72 hours, so that a match that is entered later is reported: for "
        f"at most {MAX_REMEMBERED} lines. Without it nothing of a line without a hit is kept.",
    )


class EntryOptions(_Options):
    """How many entries are made at once; in JSON also members of the body."""

    all_or_none: bool = Field(False, description="Enter no line unless each can be entered.")


EntryOutcome = TypeAliasType("EntryOutcome", Literal["created", "present", "refused"])


class EntryError(LineError):
    """Why one line was not entered."""

    record: RecordId | None = Field(None, description="The record of yours that is in its way, if one is.")


class EntryResult(BaseModel):
    """What became of one line."""

    line: int = Field(ge=1, description="The line: in CSV the header is line 1, in JSON the first entry.", examples=[1])
    reference: str | None = Field(None, description="The reference of the line.", examples=["2026/DCPJ/00418"])
    result: EntryOutcome = Field(
        description="`present`: your bureau entered the same before, under this reference.", examples=["created"]
    )
    id: RecordId | None = Field(None, description="Of the record that was created or is present.")
    error: EntryError | None = Field(None, description="Why it was refused; null if it was not.")
    warnings: Sequence[EntryWarning] = Field((), description="What looks wrong in it, although it was accepted.")


class EntryResults(BaseModel):
    """What became of each line, in the order of the lines."""

    results: list[EntryResult]
    created: int = Field(ge=0, description="How many were created.", examples=[1])
    present: int = Field(ge=0, description="How many your bureau had entered before.", examples=[0])
    refused: int = Field(ge=0, description="How many were refused.", examples=[0])


@cache
def check_line(query: type[BaseModel]) -> type[BaseModel]:
    """Return the model of one line: a search of a kind, with the caller's own reference."""
    members: dict[str, Any] = {
        "reference": (NoReference, None),
        "own_reference": (OwnReference | None, Field(None, examples=["lane 3"])),
    }
    name = query.__name__.removesuffix("Query") + "Check"
    doc = "One line: a search, and the caller's own reference for it."
    return create_model(name, __base__=query, __doc__=doc, **members)


@cache
def checks_of(query: type[BaseModel]) -> type[BaseModel]:
    """Return the model of a body with many searches of a kind."""
    lines: Any = (
        list[check_line(query)],  # type: ignore[misc]
        Field(min_length=1, max_length=MAX_LINES, description="Each is a search of its own."),
    )
    name = query.__name__.removesuffix("Query") + "Checks"
    return create_model(name, __base__=_body_of(CheckOptions), __doc__="Many searches at once.", checks=lines)


@cache
def entries_of(entry: type[BaseModel]) -> type[BaseModel]:
    """Return the model of a body with many entries of a kind."""
    lines: Any = (list[entry], Field(min_length=1, max_length=MAX_ENTRIES, description="Each is an entry of its own."))  # type: ignore[valid-type]
    name = entry.__name__.removesuffix("Description").removesuffix("Input") + "Entries"
    return create_model(name, __base__=_body_of(EntryOptions), __doc__="Many entries at once.", entries=lines)


@cache
def check_results_of(model: type[BaseModel], line: type[LineResult[Any]]) -> type[BaseModel]:
    """Return the model of the answer to many searches for records of a kind, each a line."""
    results: Any = (list[line], Field(description="In the order of the lines."))  # type: ignore[valid-type]
    doc = "The answer to each line, in the order of the lines."
    return create_model(f"{model.__name__}CheckResults", __doc__=doc, results=results)


def _body_of(options: type[BaseModel]) -> type[BaseModel]:
    """Return a model with these options as members, but for the form of the answer."""
    members: dict[str, Any] = {
        name: (field.annotation, field) for name, field in options.model_fields.items() if name != "answer"
    }
    return create_model(options.__name__, __config__=ConfigDict(extra="forbid", frozen=True), **members)


def columns_of(line: type[BaseModel]) -> Sequence[str]:
    """Return the names that the columns of a table of such lines may have."""
    return tuple(name for name, field in line.model_fields.items() if field.annotation is not type(None))
