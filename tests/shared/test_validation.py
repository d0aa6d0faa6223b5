"""What pydantic finds wrong is said in words and pointed to in the request as it was sent."""

from typing import Annotated, Any, Literal, Self, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError, model_validator
from pydantic_core.core_schema import ErrorType

from shared import validation
from shared.errors import Invalid, Refusal
from shared.patterns import in_words, words_of
from shared.validation import _WORDS, invalid, pointer_to, words_for, wrong

A_SHELF = in_words("^[a-z]{2}[0-9]$", "must be a shelf, such as ab1")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Book(_Part):
    kind: Literal["book"]
    shelf: Annotated[str, Field(pattern=A_SHELF, max_length=3)]
    pages: int = Field(1, ge=1, le=2000)
    book: str = ""


class Map(_Part):
    kind: Literal["map"]
    scale: float = Field(gt=0)


class Loan(_Part):
    item: Annotated[Book | Map, Field(discriminator="kind")]
    to: Annotated[
        Annotated[tuple[Literal["ann", "bob"], ...], Field(min_length=1, max_length=2), Tag("people")]
        | Annotated[Literal["all"], Tag("word")],
        Discriminator(lambda to: "word" if isinstance(to, str) else "people"),
    ] = ("ann",)
    first: int = 1
    last: int = 2

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first > self.last:
            raise wrong("/first", "first is greater than last")
        if self.last > 9:
            raise ValueError("a loan is short")
        return self


BOOK = {"kind": "book", "shelf": "ab1"}
LOAN = {"item": BOOK}


def errors_in(sent: Any) -> list[dict[str, str]]:
    with pytest.raises(ValidationError) as found:
        Loan.model_validate(sent)
    errors: list[dict[str, str]] = invalid(found.value.errors(), sent, place="body").members["errors"]
    return errors


@pytest.mark.parametrize(
    ("sent", "pointer", "detail"),
    [
        ({}, "/item", "is required"),
        (5, "", "must be an object"),
        ({"item": 5}, "/item", "must be an object"),
        ({"item": {}}, "/item/kind", "is required"),
        ({"item": {"kind": "globe"}}, "/item/kind", "must be book, map"),
        ({"item": {"kind": "book"}}, "/item/shelf", "is required"),
        ({"item": BOOK | {"shelf": "AB1"}}, "/item/shelf", "must be a shelf, such as ab1"),
        ({"item": BOOK | {"shelf": "ab11"}}, "/item/shelf", "must have at most 3 characters"),
        ({"item": BOOK | {"pages": 0}}, "/item/pages", "must be at least 1"),
        ({"item": BOOK | {"pages": 2001}}, "/item/pages", "must be at most 2000"),
        ({"item": BOOK | {"pages": "many"}}, "/item/pages", "must be a whole number"),
        ({"item": BOOK | {"book": 5}}, "/item/book", "must be a text"),
        ({"item": {"kind": "map", "map": 1, "scale": 1}}, "/item/map", "is not known here: leave it out"),
        ({"item": {"kind": "map", "scale": 0}}, "/item/scale", "must be more than 0.0"),
        (LOAN | {"to": []}, "/to", "must have at least 1 entry"),
        (LOAN | {"to": ["eve"]}, "/to/0", "must be ann or bob"),
        (LOAN | {"to": ["ann", "eve"]}, "/to/1", "must be ann or bob"),
        (LOAN | {"to": ["ann"] * 3}, "/to", "must have at most 2 entries"),
        (LOAN | {"to": "ann"}, "/to", "must be all"),
        (LOAN | {"to": 5}, "/to", "must be a list"),
        (LOAN | {"a/b~c": 1}, "/a~1b~0c", "is not known here: leave it out"),
        (LOAN | {"first": 3}, "/first", "first is greater than last"),
        (LOAN | {"last": 10}, "", "a loan is short"),
    ],
)
def test_a_mistake_is_one_error_in_words_where_it_is(sent: Any, pointer: str, detail: str) -> None:
    """Without the name of the schema that was chosen, even where a member is called the same."""
    assert errors_in(sent) == [{"in": "body", "pointer": pointer, "detail": detail}]


def test_the_detail_of_one_error_names_its_place_once() -> None:
    with pytest.raises(ValidationError) as found:
        Loan.model_validate({})
    assert invalid(found.value.errors(), {}, place="body").detail == "item: is required"


def test_several_mistakes_are_several_errors_of_which_the_detail_has_three() -> None:
    sent = {"item": {"kind": "book", "pages": 0}, "first": "x", "to": ["eve", "ann"], "more": 1}
    errors = errors_in(sent)
    assert sorted(error["pointer"] for error in errors) == ["/first", "/item/pages", "/item/shelf", "/more", "/to/0"]
    with pytest.raises(ValidationError) as found:
        Loan.model_validate(sent)
    detail = invalid(found.value.errors(), sent, place="body").detail
    assert detail.count("; ") == 3
    assert detail.endswith("; and 2 more")


def test_errors_are_bounded_and_long_names_cut() -> None:
    """A body may have any number of superfluous members, of any length."""
    errors = errors_in(LOAN | {f"{number}{'x' * 500}": 1 for number in range(100)})
    assert len(errors) == 20
    assert max(len(error["pointer"]) for error in errors) == 61


def test_many_mistakes_are_counted_and_a_few_put_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body may have thousands, and each takes time."""
    asked = list[Any]()
    monkeypatch.setattr(validation, "words_for", lambda found: asked.append(found) or words_for(found))
    sent = LOAN | {f"more{number}": 1 for number in range(5_000)}
    with pytest.raises(ValidationError) as found:
        Loan.model_validate(sent)
    refusal = invalid(found.value.errors(), sent, place="body")
    assert len(asked) == len(refusal.members["errors"]) == 20
    assert refusal.detail.endswith("; and 4997 more")


def test_a_location_that_begins_with_its_place_is_pointed_to_there() -> None:
    """As FastAPI gives those of parameters."""
    found = [{"type": "missing", "loc": ("header", "Idempotency-Key"), "msg": "", "input": None}]
    assert invalid(found).members["errors"] == [
        {"in": "header", "pointer": "/Idempotency-Key", "detail": "is required"}
    ]


def test_a_pattern_without_words_is_not_shown() -> None:
    class Unnamed(BaseModel):
        code: str = Field(pattern="^[0-9]{7}$")

    with pytest.raises(ValidationError) as found:
        Unnamed.model_validate({"code": "x"})
    [error] = invalid(found.value.errors(), {"code": "x"}, place="body").members["errors"]
    assert error["detail"] == "has a character or a form that is not allowed here"


def test_a_pattern_has_one_meaning() -> None:
    assert words_of(A_SHELF) == "must be a shelf, such as ab1"
    with pytest.raises(TypeError):
        in_words(A_SHELF, "must be something else")


def test_every_type_that_is_put_in_words_is_one_that_pydantic_gives() -> None:
    assert _WORDS.keys() <= {*get_args(ErrorType)}


names = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.lists(names | st.integers(0, 99), max_size=5))
def test_a_pointer_leads_to_its_steps(steps: list[str | int]) -> None:
    """RFC 6901, section 4: `~1` is replaced before `~0`."""
    read = [each.replace("~1", "/").replace("~0", "~") for each in pointer_to(steps).split("/")[1:]]
    assert read == [str(step) for step in steps]


@given(names, names)
def test_a_superfluous_member_is_pointed_to_by_its_name(name: str, value: str) -> None:
    if name not in Loan.model_fields:
        assert [error["pointer"] for error in errors_in(LOAN | {name: value})] == [pointer_to((name,))]


@pytest.mark.parametrize(
    ("given_detail", "at", "detail", "shown"),
    [
        ("is in the future", "/theft_date", "theft_date: is in the future", "is in the future"),
        ("the vin is short", "/vin", "the vin is short", "the vin is short"),
        ("the ovine", "/vin", "vin: the ovine", "the ovine"),
        ("JP is unknown", "/to/0", "to/0: JP is unknown", "JP is unknown"),
        ("give one of both", "", "give one of both", "give one of both"),
    ],
)
def test_the_refusal_of_a_rule_names_its_place_once(given_detail: str, at: str, detail: str, shown: str) -> None:
    """However the rule is written; its error does not repeat what the pointer says."""
    refusal: Refusal = Invalid(given_detail, at=at)
    assert (refusal.detail, str(refusal)) == (detail, detail)
    assert refusal.members == {"errors": [{"in": "body", "pointer": at, "detail": shown}]}
