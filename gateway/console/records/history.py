"""What changed between two versions of a record, field by field. Does NOT read the API."""

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, Final, NamedTuple

import msgspec

from gateway.console.records.descriptions import SUBJECT, Description, flat
from gateway.console.records.values import Form, Node, form_of, is_empty, node_of

UNTOLD: Final = frozenset({"version", "updated", "last_shown"})
"""What differs in each version, and says nothing of the case."""

# Comparing texts word by word takes time with the square of their lengths.
MAX_WORDS: Final = 600
_TEXTS: Final = frozenset({Form.TEXT, Form.LONG, Form.NAME, Form.SIGN, None})
_WORDS: Final = re.compile(r"\s+|[^\s]+")


class Piece(NamedTuple):
    """A part of a text, which both versions have or one alone."""

    text: str
    is_changed: bool


class Change(NamedTuple):
    """A field that differs: a text in pieces, a list by what was taken out and put in, anything else as a whole."""

    name: str
    before: Sequence[Node]
    after: Sequence[Node]
    pieces_before: Sequence[Piece] = ()
    pieces_after: Sequence[Piece] = ()
    kept: int = 0
    """How many entries of a list are in both."""


def changes(old: Mapping[str, Any], new: Mapping[str, Any], description: Description) -> list[Change]:
    """Return the fields that differ, in the order of the page."""
    before, after = flat(old), flat(new)
    order = [name for section in description.sections for name in section.fields]
    names = dict.fromkeys([*(name for name in order if name in before or name in after), *after, *before])
    differing = (name for name in names if name not in UNTOLD and before.get(name) != after.get(name))
    found = (_change(name, before.get(name), after.get(name), description) for name in differing)
    return [each for each in found if each.before or each.after or each.pieces_before or each.pieces_after]


def _change(name: str, old: Any, new: Any, description: Description) -> Change:
    if isinstance(old, list) and isinstance(new, list):
        return _of_lists(name, old, new, description)
    member, parent = _member_of(name)
    is_text = isinstance(old, str) and isinstance(new, str)
    if is_text and form_of(member, parent, description.forms) in _TEXTS:
        pieces_before, pieces_after = _pieces(old, new)
        return Change(member, (), (), pieces_before, pieces_after)
    return Change(member, _nodes([old], name, description), _nodes([new], name, description))


def _of_lists(name: str, old: Sequence[Any], new: Sequence[Any], description: Description) -> Change:
    had, has = ({_written(each): each for each in entries} for entries in (old, new))
    removed = [each for written, each in had.items() if written not in has]
    added = [each for written, each in has.items() if written not in had]
    if not removed and not added:
        # The same entries in another order.
        removed, added = list(old), list(new)
    kept = len(old) - len(removed)
    member, _parent = _member_of(name)
    return Change(member, _nodes(removed, name, description), _nodes(added, name, description), kept=kept)


def _nodes(values: Iterable[Any], name: str, description: Description) -> list[Node]:
    member, parent = _member_of(name)
    nodes = (node_of(each, member, parent, description.forms) for each in values if not is_empty(each))
    return [each for each in nodes if each is not None]


def _member_of(name: str) -> tuple[str, str]:
    return name.rpartition(".")[2], SUBJECT if "." in name else ""


def _written(value: Any) -> bytes:
    return msgspec.json.encode(value, order="sorted")


def _pieces(old: str, new: str) -> tuple[list[Piece], list[Piece]]:
    """Return both texts in pieces, by the words that differ."""
    words = _WORDS.findall(old), _WORDS.findall(new)
    if max(map(len, words)) > MAX_WORDS:
        return [Piece(old, True)], [Piece(new, True)]
    before, after = [], []
    for how, first, last, from_, to in SequenceMatcher(None, *words).get_opcodes():
        is_changed = how != "equal"
        before.append(Piece("".join(words[0][first:last]), is_changed))
        after.append(Piece("".join(words[1][from_:to]), is_changed))
    return [each for each in before if each.text], [each for each in after if each.text]
