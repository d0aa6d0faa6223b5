"""The standard names that a register lists, such as makes and calibres, as suggestions of the fields that take them.

They are the same for all officers, and change with the service alone: they are asked for once in a while. A form works
without them.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from gateway.console.in_process import ApiRefused
from gateway.console.kinds import Kind
from gateway.console.page import Page

KEPT: Final = timedelta(hours=1)


class Listed(NamedTuple):
    """Where the names of a field are in the answer of its service."""

    name: str
    below: str = ""
    """The list within each entry, such as the subtypes of a type."""

    translated_as: str = ""
    """The field whose words they are, if these are translated; names of makes are not."""


class Suggestion(NamedTuple):
    """What a field suggests, and what it means."""

    value: str
    meaning: str = ""
    """In English: of a code of an issuer."""

    translated_as: str = ""


_COLOURS: Final = Listed("colours", "", "colour")
FIELDS: Final[Mapping[str, Mapping[str, Listed]]] = {
    "stolen-vehicles": {"/make": Listed("makes"), "/colour": _COLOURS, "/second_colour": _COLOURS},
    "vessels": {"/make": Listed("vessel_makes"), "/colour": _COLOURS, "/second_colour": _COLOURS},
    "firearms": {"/make": Listed("makes"), "/calibre": Listed("calibres")},
    "works": {"/type": Listed("types", "", "type"), "/subtype": Listed("types", "subtypes", "subtype")},
    "valuables": {"/make": Listed("valuable_makes")},
    "travel-documents": {"/issuer": Listed("issuers")},
}
"""By the names of kinds, and the pointers of fields."""


class NamesByField(NamedTuple):
    """The suggestions of fields, and when they were asked for."""

    asked: datetime
    by_pointer: Mapping[str, Sequence[Suggestion]]


async def standard_names(page: Page, kind: Kind) -> Mapping[str, Sequence[Suggestion]]:
    """Return what the fields of a kind suggest, by their pointers; nothing where the API does not say it."""
    fields = FIELDS.get(kind.name)
    if fields is None:
        return {}
    state = page.request.app.state
    known: dict[str, NamesByField] = getattr(state, "standard_names", {})
    state.standard_names = known
    # A bureau suggests its own issuers alone.
    key, now = f"{kind.name} {page.grant.bureau}", page.context.clock.now()
    held = known.get(key)
    if held is None or now - held.asked > KEPT:
        try:
            answer = await page.api.get(f"/api/{kind.service}/codes")
        except ApiRefused:
            return {}
        held = known[key] = NamesByField(now, suggested(fields, answer, page.grant.bureau))
    return held.by_pointer


def suggested(fields: Mapping[str, Listed], answer: Any, bureau: str) -> dict[str, Sequence[Suggestion]]:
    """Return the suggestions of fields in an answer of a service."""
    return {pointer: list(dict.fromkeys(_names(answer, listed, bureau))) for pointer, listed in fields.items()}


def _names(answer: Any, listed: Listed, bureau: str) -> Iterator[Suggestion]:
    for entry in answer.get(listed.name, ()):
        if entry.get("bureau", bureau) != bureau:
            continue
        for each in entry.get(listed.below, ()) if listed.below else (entry,):
            name = str(each["name"])
            is_code = "code" in each
            yield Suggestion(str(each["code"]), name) if is_code else Suggestion(name, "", listed.translated_as)
