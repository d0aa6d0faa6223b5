"""Which registers are asked for a question, and how: by a check of all at once, or by what a register has itself. Pure.

A check asks for whole names and numbers alone. Criminal files, bodies, vessels and works are searched in their own
registers, as are parts of numbers and what is one sign away; and numbers, ids and references are looked up in all.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from gateway.console.api import part
from gateway.console.kinds import BY_NAME, Kind, kinds_of
from gateway.console.search.question import Question
from shared.mrz import ZoneUnreadable, holder_of, read_parts
from shared.numbers import has_wildcards

CHECKED: Final = "check"
ASKED: Final = "own"
MOST_OF_A_REFERENCE: Final = 20
KIND_OF_CHECKED: Final = {"cultural-property": "valuables"}
"""The kind of records of a source of a check, where it has not its name."""

ORDER: Final = (
    "notices",
    "firearms",
    "travel-documents",
    "stolen-vehicles",
    "vessels",
    "missing-persons",
    "persons",
    "valuables",
    "works",
    "bodies",
    "fingerprints",
)
"""The order in which sources are shown: what asks for more at once comes first."""


def _(text: str) -> str:
    return text


NEEDS: Final = {
    "notices": _("a name, or the number of a document"),
    "firearms": _("a serial number"),
    "travel-documents": _("the number of a document, and its issuer"),
    "stolen-vehicles": _("a plate, a VIN or an engine number"),
    "vessels": _("a number or the name of a vessel"),
    "missing-persons": _("a name"),
    "persons": _("a name, or the number of a document"),
    "valuables": _("a serial number or an IMEI"),
    "works": _("the title or the maker of a work"),
    "bodies": _("the place or the day of a find"),
    "fingerprints": _("the image of a finger"),
}
"""What each register is asked by, in English."""


class Request(NamedTuple):
    """One request to the API."""

    path: str
    query: Mapping[str, str]


class Ask(NamedTuple):
    """What is asked of one register by requests of its own."""

    kind: Kind
    asked: Mapping[str, str]
    """By the fields of the question."""

    requests: Sequence[Request]
    is_lookup: bool = False
    """Whether records are read or listed: then no hit arises that an owner could confirm."""

    @property
    def key(self) -> str:
        """What it is called in the page."""
        return f"{ASKED}-{self.kind.name}"


class Unasked(NamedTuple):
    """A register that would be asked if more was known: silence about it would be taken for an answer."""

    kind: Kind
    asked: Mapping[str, str]

    @property
    def key(self) -> str:
        """What it is called in the page."""
        return f"{ASKED}-{self.kind.name}"


class LeftOut(NamedTuple):
    """A register that nothing is asked of, as nothing that was stated is for it."""

    kind: Kind
    needs: str


def check_of(question: Question) -> dict[str, Any] | None:
    """Return what a check of all registers is asked; None if nothing."""
    body: dict[str, Any] = {**question.only("mrz"), **_with_first(question, "name", "date_of_birth")}
    if "issuer" in question.fields and "document_number" in question.fields and "mrz" not in body:
        body["document"] = {"issuer": question.fields["issuer"], "number": question.fields["document_number"]}
    if not question.is_near:
        body |= _with_first(question, "plate", "country") | question.only("vin", "engine_number")
        body |= _with_first(question, "serial", "make", "calibre")
    if "mrz" in body:
        body |= question.only("date_of_birth")
    for name in ("plate", "vin", "engine_number", "serial"):
        if has_wildcards(str(body.get(name, ""))):
            for gone in (name, *_NARROWED_BY.get(name, ())):
                body.pop(gone, None)
    return body or None


_NARROWED_BY: Final = {"plate": ("country",), "serial": ("make", "calibre")}


def _with_first(question: Question, first: str, *others: str) -> dict[str, str]:
    """Return some of what is asked, if the first of it is: the others only narrow it."""
    return question.only(first, *others) if first in question.fields else {}


def asks_of(question: Question, services: Sequence[str]) -> list[Ask]:
    """Return what registers of these services are asked by requests of their own."""
    known = kinds_of(services)
    asks = [ask for find in _ASKING for ask in find(question) if ask.kind in known]
    asks += [ask for find in _LOOKUPS for ask in find(question, known)]
    return sorted(_merged(asks), key=lambda ask: ORDER.index(ask.kind.name))


def unasked_of(question: Question, services: Sequence[str]) -> list[Unasked]:
    """Return the registers that cannot be asked for what is known."""
    number = question.fields.get("document_number", "")
    is_left = bool(number) and not {"issuer", "mrz"} & question.fields.keys()
    kinds = [each for each in kinds_of(services) if each.name == "travel-documents"]
    return [Unasked(each, {"document_number": number}) for each in kinds] if is_left else []


def left_out_of(services: Sequence[str], asked: Collection[Kind]) -> list[LeftOut]:
    """Return the registers that nothing is asked of, with what would be needed."""
    left = [each for each in kinds_of(services) if each not in asked]
    return sorted((LeftOut(each, NEEDS[each.name]) for each in left), key=lambda each: ORDER.index(each.kind.name))


def _merged(asks: Sequence[Ask]) -> Iterator[Ask]:
    """Yield one ask for each register."""
    by_kind: dict[str, Ask] = {}
    for ask in asks:
        before = by_kind.get(ask.kind.name)
        by_kind[ask.kind.name] = (
            ask
            if before is None
            else Ask(
                ask.kind,
                {**before.asked, **ask.asked},
                [*before.requests, *ask.requests],
                before.is_lookup and ask.is_lookup,
            )
        )
    yield from by_kind.values()


def _search(kind: str, asked: Mapping[str, str], *queries: Mapping[str, str]) -> Iterator[Ask]:
    made = [Request(f"{BY_NAME[kind].path}/search", query) for query in queries if query]
    if made:
        yield Ask(BY_NAME[kind], asked, made)


def _persons(question: Question) -> Iterator[Ask]:
    """Yield criminal files of a person, or of who has a document."""
    person, number = _with_first(question, "name", "date_of_birth"), question.fields.get("document_number", "")
    if "mrz" in question.fields and not person:
        person, number = _in_zone(question)
    by_number = {"document_number": number} if number and not has_wildcards(number) else {}
    yield from _search("persons", {**person, **by_number}, person, by_number)


def _in_zone(question: Question) -> tuple[dict[str, str], str]:
    """Return the person and the number of a document in a machine-readable zone, as far as they can be read."""
    try:
        read = read_parts(question.fields["mrz"])
    except ZoneUnreadable:
        return {}, ""
    unread = {each.part for each in read.unread}
    holder = holder_of(read.zone, question.today)
    born = {"date_of_birth": holder.date_of_birth} if holder.date_of_birth else {}
    person = {"name": holder.name, **born} if holder.name and not unread else {}
    return person, read.zone.number


def _holders(question: Question) -> Iterator[Ask]:
    """Yield notices of who has a document whose issuer is not known: a check asks with the issuer alone."""
    number = question.fields.get("document_number", "")
    if number and not {"issuer", "mrz"} & question.fields.keys():
        yield from _search("notices", {"document_number": number}, {"document_number": number})


def _vehicles(question: Question) -> Iterator[Ask]:
    """Yield vehicles by parts of numbers, and by numbers that are one sign away if this is asked for."""
    asked = _in_part(question, "plate", "vin", "engine_number")
    query = {**asked, **(question.only("country") if "plate" in asked else {})}
    yield from _search("stolen-vehicles", query, _near(question, query))


def _vessels(question: Question) -> Iterator[Ask]:
    stated = question.only("hull_number", "imo_number", "mmsi", "call_sign", "registration")
    name = {"name": question.fields["vessel"]} if "vessel" in question.fields else {}
    query = {**stated, **_in_part(question, "engine_number"), **name}
    asked = {("vessel" if each == "name" else each): value for each, value in query.items()}
    yield from _search("vessels", asked, _near(question, query))


def _firearms(question: Question) -> Iterator[Ask]:
    serial = _in_part(question, "serial")
    narrowed = question.only("make", "calibre")
    query = {"serial_number": serial["serial"], **narrowed} if serial else {}
    yield from _search("firearms", {**serial, **narrowed} if serial else {}, _near(question, query))


def _valuables(question: Question) -> Iterator[Ask]:
    serial = _in_part(question, "serial")
    query = {"serial_number": serial["serial"], **question.only("make")} if serial else {}
    yield from _search("valuables", {**serial, **question.only("make")} if serial else {}, _near(question, query))


def _in_part(question: Question, *names: str) -> dict[str, str]:
    """Return the numbers of which a check does not ask: those with parts left open, or all if near ones are wanted."""
    stated = question.only(*names)
    return {name: value for name, value in stated.items() if question.is_near or has_wildcards(value)}


def _near(question: Question, query: Mapping[str, str]) -> dict[str, str]:
    return {**query, **({"near": "true"} if question.is_near else {})} if query else {}


def _works(question: Question) -> Iterator[Ask]:
    """Yield works: by the fields together, and by what is typed as title, as maker and as words."""
    together, text = question.only("title", "maker", "words"), question.fields.get("work", "")
    each = [{name: text} for name in ("title", "maker", "words")] if text else []
    yield from _search("works", question.only("title", "maker", "words", "work"), together, *each)


def _bodies(question: Question) -> Iterator[Ask]:
    asked = question.only("body_sex", "body_place", "body_country", "body_found")
    yield from _search("bodies", asked, {name.removeprefix("body_"): value for name, value in asked.items()})


def _by_number(question: Question, known: Sequence[Kind]) -> Iterator[Ask]:
    number, kind = question.only("notice_number"), BY_NAME["notices"]
    if number and kind in known:
        query = {"number": number["notice_number"]}
        yield Ask(kind, number, [Request(kind.path, query), Request(f"{kind.path}/requests", query)], is_lookup=True)


def _by_id(question: Question, known: Sequence[Kind]) -> Iterator[Ask]:
    record = question.only("record")
    for kind in known if record else ():
        yield Ask(kind, record, [Request(f"{kind.path}/{part(record['record'])}", {})], is_lookup=True)


def _by_reference(question: Question, known: Sequence[Kind]) -> Iterator[Ask]:
    reference = question.only("reference")
    for kind in known if reference else ():
        query = {**reference, "limit": str(MOST_OF_A_REFERENCE)}
        yield Ask(kind, reference, [Request(kind.path, query)], is_lookup=True)


_ASKING: Final = (_persons, _holders, _vehicles, _vessels, _firearms, _valuables, _works, _bodies)
_LOOKUPS: Final = (_by_number, _by_id, _by_reference)
