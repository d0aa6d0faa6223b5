"""In which order and under which headings a form shows its fields: the most important first, the rest folded away.

What is not named here is shown in `More`, so that no field is lost. Titles are English: the keys of their translations.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from gateway.console.records.forms.fields import FieldKind
from gateway.console.records.forms.nodes import Node


class Section(NamedTuple):
    """A heading, and the pointers of the fields below it; those that a form does not have are passed over."""

    title: str
    pointers: tuple[str, ...]
    is_folded: bool = False
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A section as it is shown."""

    title: str
    nodes: tuple[Node, ...]
    is_folded: bool
    advice: str
    id: str = ""
    faults: tuple[str, ...] = ()
    """Of groups whose fields stand in several sections."""

    @property
    def is_open(self) -> bool:
        """Whether it is shown at once: it has something to correct."""
        return not self.is_folded or bool(self.faults) or any(each.has_faults for each in self.nodes)

    @property
    def is_filled(self) -> bool:
        """Whether it has something that is not to be overlooked while it is folded."""
        return any(each.is_filled for each in self.nodes)


def _(text: str) -> str:
    return text


def _in(group: str, *names: str) -> tuple[str, ...]:
    return tuple(f"/{group}/{name}" for name in names)


_MORE: Final = _("More")
_OWN: Final = Section(
    _("Your own order"),
    ("/reference", "/links"),
    advice=_("Give a reference of your own: what is sent twice with the same one is entered once."),
)
_READERS: Final = Section(
    _("Who may see it, and how it is handled"),
    (
        *("/handling", "/conditions", "/other_condition", "/addressed", "/restricted", "/partners", "/public"),
        "/purpose",
    ),
    is_folded=True,
    advice=_(
        "Without a purpose of its own, the record gets the first that fits its kind. The purpose above, for which you "
        "use the network now, does not count for it."
    ),
)
_PHYSIQUE: Final = ("height", "weight", "eyes", "hair", "distinguishing_marks")
_OF_A_BODY: Final = ("/marks", "/physique", "/clothing", "/jewellery", "/belongings", "/dental", "/evidence")
_THEFT: Final = ("/theft_date", "/theft_place", "/theft_country")
_EVENT: Final = ("/event_date", "/event_place", "/event_country")
_NAMES: Final = ("name", "forename", "single_name", "date_of_birth", "sex", "nationalities", "person_status")
_FAMILY: Final = (
    *("birth_name", "aliases", "names_in_other_scripts", "identities", "place_of_birth", "country_of_birth"),
    *("father_forename", "mother_name", "mother_forename", "languages"),
)

ARRANGEMENTS: Final[Mapping[str, tuple[Section, ...]]] = {
    "notices": (
        Section(_("Who or what it is about"), _in("subject", "kind", *_NAMES, "description")),
        Section(_("Means of identification"), _in("subject", "documents", *_PHYSIQUE, "evidence")),
        Section(_("More about the person"), _in("subject", *_FAMILY), is_folded=True),
        Section(
            _("The case"),
            (
                *("/warrants", "/extradition_sought", "/offence", "/un_listing", "/police_report"),
                *("/last_known_place", "/circumstances", "/facts", "/event"),
            ),
        ),
        Section(_("Languages"), ("/language", "/translations"), is_folded=True),
        _OWN,
        _READERS,
    ),
    "persons": (
        Section(_("The person"), _in("subject", *_NAMES)),
        Section(_("The cases"), ("/history", "/remarks")),
        Section(_("Means of identification"), _in("subject", "documents", *_PHYSIQUE, "evidence"), is_folded=True),
        Section(_("More about the person"), _in("subject", *_FAMILY), is_folded=True),
        _OWN,
        _READERS,
    ),
    "missing-persons": (
        Section(
            _("The person"),
            ("/family_name", "/forename", "/date_of_birth", "/sex", "/nationalities", "/person_status"),
        ),
        Section(
            _("When and where last seen"),
            ("/last_seen_date", "/last_seen_place", "/last_seen_country", "/circumstances"),
        ),
        Section(_("The report"), ("/report_reference", "/report_date")),
        Section(_("Appearance"), ("/height", "/weight", "/hair", "/eyes", *_OF_A_BODY), is_folded=True),
        _OWN,
        _READERS,
    ),
    "bodies": (
        Section(
            _("The find"), ("/found_date", "/found_place", "/found_country", "/circumstances", "/report_reference")
        ),
        Section(
            _("The body"),
            ("/condition", "/sex", "/age_min", "/age_max", "/height_min", "/height_max", "/died", "/person_status"),
        ),
        Section(_("Appearance"), ("/hair", "/eyes", *_OF_A_BODY), is_folded=True),
        _OWN,
        _READERS,
    ),
    "travel-documents": (
        Section(_("The document"), ("/type", "/issuer", "/number", "/status")),
        Section(_("What happened"), (*_EVENT, "/circumstances")),
        Section(
            _("A range of blanks"),
            ("/first_number", "/last_number"),
            is_folded=True,
            advice=_("In place of one number: the first and the last of the range."),
        ),
        Section(_("Validity"), ("/issued", "/valid_until"), is_folded=True),
        _OWN,
        _READERS,
    ),
    "stolen-vehicles": (
        Section(
            _("The vehicle"),
            (
                *("/vin", "/as_on_vehicle", "/plate", "/country", "/engine_number"),
                *("/make", "/model", "/kind", "/colour", "/year"),
            ),
        ),
        Section(_("The theft"), _THEFT),
        Section(
            _("More about the vehicle"),
            ("/variant", "/body", "/second_colour", "/marks", "/document_number", "/registered_until"),
            is_folded=True,
        ),
        _OWN,
        _READERS,
    ),
    "vessels": (
        Section(
            _("The vessel or engine"),
            (
                *("/kind", "/name", "/hull_number", "/imo_number", "/as_on_vessel", "/registration", "/flag"),
                *("/make", "/model", "/colour", "/length_m", "/engines"),
            ),
        ),
        Section(_("The theft"), _THEFT),
        Section(
            _("More about the vessel"),
            ("/mmsi", "/call_sign", "/second_colour", "/year", "/home_port", "/marks"),
            is_folded=True,
        ),
        _OWN,
        _READERS,
    ),
    "firearms": (
        Section(_("The firearm"), ("/kind", "/make", "/model", "/serial_number", "/calibre", "/status")),
        Section(_("What happened"), _EVENT),
        _OWN,
        _READERS,
    ),
    "traces": (
        Section(
            _("The firearm"),
            _in(
                "firearm",
                *("make", "model", "serial_number", "kind", "calibre"),
                *("country_of_manufacture", "year"),
            ),
        ),
        Section(
            _("Import, and what else is marked"),
            _in("firearm", "import_country", "import_mark", "make_marked", "calibre_marked", "other_markings"),
            is_folded=True,
        ),
        Section(_("The request"), ("/to", "/urgency", "/remark")),
    ),
    "works": (
        Section(_("The work"), ("/type", "/subtype", "/title", "/maker", "/subject", "/period", "/made", "/materials")),
        Section(_("What happened"), (*_EVENT, "/origin_sought")),
        Section(
            _("What tells it from others"),
            ("/measurements", "/markings", "/features", "/description", "/photograph_follows"),
        ),
        _OWN,
        _READERS,
    ),
    "valuables": (
        Section(
            _("The valuable"), ("/kind", "/make", "/model", "/serial_number", "/imei", "/second_imei", "/as_on_device")
        ),
        Section(_("What happened"), _EVENT),
        Section(
            _("What tells it from others"),
            ("/engraving", "/measurements", "/markings", "/features", "/description"),
        ),
        _OWN,
        _READERS,
    ),
    "fingerprints": (
        Section(_("The prints"), ("/reference", "/category", "/person_status", "/sex", "/remark")),
        _READERS,
    ),
}
"""By the names of kinds."""

_OTHERS: Final = (_OWN, _READERS)

FIRST: Final[Mapping[str, tuple[str, ...]]] = {
    "warrants": (
        *("issuing_country", "reference", "issued", "charge", "law", "offence"),
        *("stage", "maximum_penalty_months", "sentence_imposed_months", "sentence_remaining_months"),
    ),
    "history": ("offence", "charge", "law", "date", "country", "source", "outcome", "court", "decided", "sentence"),
    "identities": ("name", "forename", "single_name", "date_of_birth", "nationalities"),
}
"""Of the entries of lists, by the names of these: the members that are shown at once, the others folded."""

ONE: Final[Mapping[str, str]] = {
    "belongings": "belonging",
    "clothing": "garment",
    "documents": "document",
    "engines": "engine",
    "further_charges": "further_charge",
    "history": "case",
    "identities": "identity",
    "jewellery": "piece_of_jewellery",
    "markings": "marking",
    "marks": "mark",
    "measurements": "measurement",
    "teeth": "tooth",
    "translations": "translation",
    "warrants": "warrant",
}
"""What an entry of a list is called, by the name of the list: the key of a field, as the names of fields are."""


def arranged(whole: Node, kind: str) -> list[Shown]:
    """Return the sections of a form; each field is in one of them."""
    by_pointer = {each.pointer: each for each in whole.walk()}
    is_known = kind in ARRANGEMENTS
    sections = ARRANGEMENTS.get(kind) or (_OTHERS if "/handling" in by_pointer else ())
    named = {pointer for section in sections for pointer in section.pointers}
    shown = [Shown(each.title, _found(by_pointer, each.pointers), each.is_folded, each.advice) for each in sections]
    if rest := tuple(_rest(whole, named)):
        # Those of a form without an arrangement are all that it has.
        shown.insert(len(shown) - len(_OTHERS) if is_known else 0, Shown(_MORE if is_known else "", rest, is_known, ""))
    present = [replace(each, id=f"section-{at}") for at, each in enumerate(each for each in shown if each.nodes)]
    return _with_faults_of_groups(present, whole)


def _found(by_pointer: Mapping[str, Node], pointers: Sequence[str]) -> tuple[Node, ...]:
    return tuple(by_pointer[pointer] for pointer in pointers if pointer in by_pointer)


def _with_faults_of_groups(sections: Sequence[Shown], whole: Node) -> list[Shown]:
    """Return the sections with the faults of groups whose parts they show: each at the first of its sections."""
    at_section: dict[str, list[str]] = {}
    for group, section in _groups_in_parts(sections, whole):
        at_section.setdefault(section.id, []).extend(group.faults)
    return [replace(each, faults=tuple(at_section.get(each.id, ()))) for each in sections]


def _groups_in_parts(sections: Sequence[Shown], whole: Node) -> Iterator[tuple[Node, Shown]]:
    shown = {each.pointer for section in sections for node in section.nodes for each in node.walk()}
    for group in whole.walk():
        if group.pointer and group.faults and group.pointer not in shown:
            below = f"{group.pointer}/"
            first = (each for each in sections if any(node.pointer.startswith(below) for node in each.nodes))
            yield from ((group, section) for section in [*first][:1])


class Mistake(NamedTuple):
    """A line of the list of what is wrong: where it is, and what."""

    link: str
    """The id of the element; empty where there is none."""

    name: str
    """The name of the field, as the API has it."""

    detail: str


def mistakes(sections: Sequence[Shown], whole: Node) -> list[Mistake]:
    """Return all that is wrong, in the order of the page."""
    found = [Mistake("", "", detail) for detail in whole.faults]
    groups = {group.pointer: group.field.name for group, _section in _groups_in_parts(sections, whole)}
    name = next(iter(groups.values()), "")
    for section in sections:
        found += [Mistake(section.id, name, detail) for detail in section.faults]
        for node in section.nodes:
            found += [Mistake(each.id, each.field.name, detail) for each in node.walk() for detail in each.faults]
    return found


def _rest(node: Node, named: set[str]) -> Iterator[Node]:
    """Yield what no section names: whole, or in parts where a section names a part."""
    for each in node.members:
        if each.pointer in named:
            continue
        if any(pointer.startswith(f"{each.pointer}/") for pointer in named):
            yield from _rest(each, named)
        else:
            yield each


def split(entry: Node, name: str) -> tuple[Sequence[Node], Sequence[Node]]:
    """Return the members of an entry of a list that are shown at once, and those that are folded."""
    first = FIRST.get(name)
    if first is None:
        return entry.members, ()
    order = {each: at for at, each in enumerate(first)}
    shown = sorted(
        (each for each in entry.members if each.field.name in order), key=lambda each: order[each.field.name]
    )
    return shown, [each for each in entry.members if each.field.name not in order]


def is_wide(node: Node) -> bool:
    """Return whether a field takes the whole width of a form."""
    return node.field.kind in {
        FieldKind.LONG_TEXT,
        FieldKind.GROUP,
        FieldKind.GROUPS,
        FieldKind.VARIANT,
        FieldKind.CHOICES,
    }
