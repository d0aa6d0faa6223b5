"""The lines of a request that makes many searches at once: one that is invalid is answered, and loses no other."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Generic, Self, TypeVar, get_args

from pydantic import BaseModel, Field, GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, core_schema

from shared.disclosure import Disclosing, Disclosure, How
from shared.errors import Invalid
from shared.records.results import Hit, Hits, NamedGeneric, NumberHits, QueryWarning, R
from shared.validation import invalid
from shared.web.known_names import names_of

Q = TypeVar("Q", bound=BaseModel)


class LineError(BaseModel):
    """Why one line of a batch was not searched."""

    code: str = Field(description="The code of a problem.", examples=["invalid"])
    pointer: str = Field(description="Where in the line, a JSON pointer (RFC 6901).", examples=["/plate"])
    detail: str = Field(description="What to change.", examples=["plate and country go together"])


class Line(Generic[Q]):
    """One line: its search, or what is wrong with it. Its schema is that of the search."""

    # No dataclass, which pydantic would validate member by member.
    def __init__(self, query: Q | None = None, error: LineError | None = None) -> None:
        self.query = query
        self.error = error

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate the search of a line, and keep its error instead of raising it."""
        (query,) = get_args(source)
        return core_schema.no_info_wrap_validator_function(partial(cls._read, query), handler.generate_schema(query))

    @classmethod
    def _read(cls, query: type[BaseModel], sent: Any, read: core_schema.ValidatorFunctionWrapHandler) -> Self:
        try:
            return cls(query=read(sent))
        except ValidationError as error:
            return cls(error=first_error(error, sent, query))


def first_error(error: ValidationError, sent: Any, query: type[BaseModel]) -> LineError:
    """Return the first of what is wrong with a line that was to be of a model, before what is missing in it."""
    known = names_of(query, sent)
    found = sorted(error.errors(include_url=False), key=lambda each: each["type"] == "missing")
    first = invalid(found, sent, place="body", known=known, shown=1).members["errors"][0]
    return LineError(code=Invalid.code, pointer=first["pointer"], detail=first["detail"])


class LineResult(NamedGeneric, Disclosing, Generic[R]):
    """The answer to one line. Of one that was not searched, hits and total are null, as nothing was found out."""

    hits: list[Hit[R]] | None = Field(None, description="The best, each with its score; null if it was not searched.")
    total: int | None = Field(None, ge=0, description="How many records fit, also beyond those shown.", examples=[1])
    near: list[Hit[R]] = Field([], description="What is near and no hit, if that is asked for; empty where none is.")
    warnings: Sequence[QueryWarning] = Field((), description="What looks wrong in the line.")
    error: LineError | None = Field(None, description="Why the line was not searched; null if it was.")
    line: int | None = Field(
        None, ge=1, description="The line: in CSV the header is line 1, in JSON the first check.", examples=[1]
    )
    own_reference: str | None = Field(None, description="The caller's own reference for the line, if it has one.")

    @classmethod
    def of(cls, found: Hits[R], limit: int, **place: Any) -> Self:
        """Return the answer to a line that was searched, with its best hits; `place` are `line` and `own_reference`.

        What a kind adds is as the search says it.
        """
        near = found.near if isinstance(found, NumberHits) else []
        added = {name: getattr(found, name) for name in cls.model_fields.keys() - LineResult.model_fields.keys()}
        return cls(hits=found.hits[:limit], total=found.total, near=near, warnings=found.warnings, **place, **added)

    def disclosed(self, _how: How) -> Iterator[Disclosure]:
        """Yield the disclosures of the hits and of what is near, with their scores."""
        yield from (hit.record.disclosure("search", hit.score, hit.match) for hit in self.hits or ())
        yield from (hit.record.disclosure("near", hit.score, hit.match) for hit in self.near)
