"""Shows a form: what is typed, what is wrong with it, and what the page says of it."""

import dataclasses
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from starlette.responses import Response

from gateway.console.in_process import Problem
from gateway.console.page import Page
from gateway.console.records.forms import codes
from gateway.console.records.forms.arrangement import ONE, arranged, mistakes, split
from gateway.console.records.forms.fields import Field, FieldKind
from gateway.console.records.forms.nodes import Node, faults_in, id_of, nodes_of
from gateway.console.records.forms.standard_names import Suggestion
from gateway.console.records.forms.typed import Typed
from gateway.console.records.values import UNITS
from gateway.console.texts import Texts
from gateway.console.words import fields_in_words

_OF_CODES: Final = frozenset({FieldKind.CODE, FieldKind.CODES})
SMALL: Final = 200
"""A form with so many values takes about as long to make as any page."""

# The documents of the API have the rest.
_SHORT: Final = 180
_GROUPED: Final = 10_000
_SENTENCE: Final = re.compile(r"(?<=\.) ")
_STANDARD: Final = re.compile(r" \((?:EN )?(?:ISO|ICAO|RFC|\d+ CFR)[^)]*\)")
# What is for programs: an address of the API, the standard of a code, and the form of a date, which the page says.
_FOR_PROGRAMS: Final = (
    "GET /",
    "POST /",
    "ISO ",
    "YYYY-MM-DD",
    "Day, month, year",
    "One code or several",
    "linked_to",
    "As far as it is known.",
)


@dataclass(frozen=True, slots=True)
class FormState:
    """A form as its officer sees it."""

    field: Field
    typed: Typed
    problem: Problem | None = None
    """Why the API refused it."""

    focus: str = ""
    """The pointer at which an officer goes on."""

    names: Mapping[str, Sequence[Suggestion]] = dataclasses.field(default_factory=dict)
    """The standard names that fields suggest, by their pointers."""


async def show_form(
    page: Page, template: str, state: FormState, arrangement: str, status: int = 200, /, **values: Any
) -> Response:
    """Return a page with a form, in the arrangement of a kind. Raises Busy."""
    made = partial(_shown, page, template, state, arrangement, status, **values)
    return made() if len(state.typed) <= SMALL else await page.show_large(made)


def _shown(page: Page, template: str, state: FormState, arrangement: str, status: int, /, **values: Any) -> Response:
    faults = () if state.problem is None else faults_in(state.problem)
    whole = nodes_of(state.field, state.typed, faults)
    sections = arranged(whole, arrangement)
    found = mistakes(sections, whole)
    return page.show(
        template,
        status,
        problem=state.problem,
        sections=sections,
        mistakes=found,
        lists=_lists(page, whole) | {id_of_names(pointer): names for pointer, names in state.names.items()},
        shown=Shown(page.texts, state.focus, state.names),
        **values,
    )


class Shown:
    """What the templates of fields ask for."""

    def __init__(self, texts: Texts, focus: str = "", names: Collection[str] = ()) -> None:
        self._texts = texts
        self._names = names
        self._focus = id_of(focus) if focus else ""

    def code(self, node: Node, value: str) -> str:
        """Return a code as its field shows it."""
        return codes.suggestion(self._texts, node.field.code_list, value) if value else ""

    def hint(self, node: Node) -> str:
        """Return what the API says of a field, in English."""
        return plain_hint(node.field.hint)

    def bound(self, value: float, name: str = "") -> str:
        """Return a bound of a number, with the unit of its field; of years without a sign between thousands."""
        if name in UNITS:
            return self._texts.quantity(value, UNITS[name])
        return str(int(value)) if value < _GROUPED else self._texts.number(value)

    def list_id(self, node: Node) -> str:
        """Return the id of the list of suggestions of a field; nothing if it has none."""
        if node.field.kind not in _OF_CODES:
            return id_of_names(node.pointer) if node.pointer in self._names else ""
        return list_id(codes.list_of(node.field))

    def parts(self, entry: Node, name: str) -> tuple[Sequence[Node], Sequence[Node]]:
        """Return the members of an entry of a list that are shown at once, and those that are folded."""
        return split(entry, name)

    def entry_name(self, node: Node) -> str:
        """Return what an entry of a list is called."""
        return self._texts.field(ONE.get(node.field.name, node.field.name))

    def has_focus(self, node: Node) -> bool:
        """Return whether an officer goes on at this field."""
        return bool(self._focus) and node.id == self._focus


def _lists(page: Page, whole: Node) -> dict[str, Sequence[Suggestion]]:
    """Return the suggestions that a form needs, each list once."""
    needed = {codes.list_of(each.field) for each in whole.walk() if each.field.kind in _OF_CODES}
    return {list_id(name): [*map(Suggestion, codes.suggestions(page.texts, name))] for name in sorted(needed)}


def list_id(name: str) -> str:
    """Return the id of a list of suggestions."""
    return f"list-{name.replace(' ', '-')}"


def id_of_names(pointer: str) -> str:
    """Return the id of the list of standard names of a field."""
    return f"{id_of(pointer)}-names"


def plain_hint(text: str) -> str:
    """Return a description of the API as a person reads it: without what is for programs."""
    sentences = _SENTENCE.split(_STANDARD.sub("", text))
    kept = [each for each in sentences if not any(mark in each for mark in _FOR_PROGRAMS)]
    while len(kept) > 1 and sum(map(len, kept)) > _SHORT:
        kept.pop()
    return fields_in_words(" ".join(kept))
