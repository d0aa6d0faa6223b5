"""What the content of a notice has of all that its colour requires, as a form shows it while one types.

Does NOT screen it: a bureau that could try wordings without handing anything in would learn to pass (ADR 73). It
depends on the content alone, and on no record.
"""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from services.notices.colours import Colour
from services.notices.criteria.requirements import CONSISTENCY, CRITERIA
from services.notices.criteria.subject_checks import Fault
from services.notices.entries import CommonEntry


class RequirementsQuery(BaseModel):
    """As what the content is to be handed in, and what it does not state itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    diffusion: bool = Field(False, description="As a diffusion, and not as a notice.", examples=[False])
    photograph: bool = Field(
        False, description="The record has a photograph, which the content does not state.", examples=[False]
    )


class RequirementState(StrEnum):
    """Whether a requirement is met."""

    MET = "met"
    MISSING = "missing"
    NOTHING_YET = "nothing-yet"
    """What it is about is not stated, such as the penalty where there is no warrant."""


class MissingPart(BaseModel):
    """Something that is missing or wrong, and where."""

    pointer: str = Field(description="A JSON pointer (RFC 6901).", examples=["/subject/sex"])
    detail: str = Field(description="What is to be there.", examples=["M or F"])


class Requirement(BaseModel):
    """One thing that is asked of a notice, and what lacks of it."""

    article: str = Field(description="What asks for it.", examples=["RPD article 83(2)(a)"])
    asks: str = Field(description="What is asked for.", examples=["the sex"])
    of_all_colours: bool = Field(description="Whether it is asked of all colours.", examples=[False])
    state: RequirementState = Field(
        description="`nothing-yet`: what it is about is not stated, so that nothing can be wrong with it.",
        examples=["missing"],
    )
    missing: list[MissingPart] = Field(description="What lacks, if it is `missing`.")


class NoticeRequirements(BaseModel):
    """What a notice of a colour requires, and what the content has of it."""

    colour: Colour = Field(description="Of the content.", examples=["red"])
    complete: bool = Field(description="Whether it could be handed in.", examples=[False])
    requirements: list[Requirement] = Field(description="Those of the colour first, then those of all colours.")


def requirements_of(content: CommonEntry, query: RequirementsQuery, today: date) -> NoticeRequirements:
    """Return what a content has of its requirements. Raises StatusDoesNotFit, PurposeDoesNotFit."""
    resolved = content.resolved()
    if query.photograph:
        # An entry has no such member; a record has, and the checks look for it.
        resolved = resolved.model_copy(update={"photographs": (True,)})
    requirements = [*_of_colour(resolved, query), *_of_all_colours(resolved, today)]
    complete = all(each.state is not RequirementState.MISSING for each in requirements)
    return NoticeRequirements(colour=content.colour, complete=complete, requirements=requirements)


def _of_colour(content: CommonEntry, query: RequirementsQuery) -> Iterator[Requirement]:
    for each in CRITERIA[content.colour]:
        if each.is_of(is_diffusion=query.diffusion):
            yield _requirement(each.article, each.asks, each.check(content), applies=each.applies(content))


def _of_all_colours(content: CommonEntry, today: date) -> Iterator[Requirement]:
    for each in CONSISTENCY:
        yield _requirement(each.article, each.asks, each.check(content, today), of_all_colours=True)


def _requirement(
    article: str, asks: str, faults: Iterator[Fault], *, applies: bool = True, of_all_colours: bool = False
) -> Requirement:
    missing = [MissingPart(pointer=each.pointer, detail=each.detail) for each in faults]
    unmet = RequirementState.MISSING if missing else RequirementState.NOTHING_YET
    state = unmet if missing or not applies else RequirementState.MET
    return Requirement(article=article, asks=asks, of_all_colours=of_all_colours, state=state, missing=missing)
