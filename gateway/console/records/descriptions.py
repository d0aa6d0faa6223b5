"""What a page of each kind of record shows, and in which order: the sections of a notice, a file, a description.

A field with a dot is a member of the object before it. What the API sends and no section names is shown at the end, so
that nothing is left out silently; a test compares the sections with the document of the API.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from gateway.console.kinds import Kind, Record
from gateway.console.records.values import FORMS, Form, Forms, Node, node_of


class Section(NamedTuple):
    """A part of the page of a record."""

    title: str
    """In English: the key of its translations."""

    fields: tuple[str, ...]
    layout: str = "facts"
    """Which template shows it: that of any facts, or one for what has its own look, such as a dental chart."""


class Description(NamedTuple):
    """How a kind of record is shown."""

    about: str
    """What such a record is for, in a sentence."""

    card: tuple[str, ...]
    """What is shown large at the top, as what a reader compares first."""

    sections: tuple[Section, ...]
    forms: Forms = FORMS

    @property
    def named(self) -> frozenset[str]:
        """The fields that the page has a place for."""
        return frozenset(name for section in self.sections for name in section.fields) | self.head | PICTURES

    @property
    def head(self) -> frozenset[str]:
        """The fields that the head of the page shows."""
        return HEAD | HEAD_OF_NOTICES if _REVIEW in self.sections else HEAD


class Written(NamedTuple):
    """A field as it is written."""

    name: str
    node: Node


class WrittenSection(NamedTuple):
    """A section of a record, with the fields that say something."""

    title: str
    layout: str
    fields: Sequence[Written]

    def __contains__(self, name: object) -> bool:
        """Return whether a field says something."""
        return any(each.name == name for each in self.fields)


def _(text: str) -> str:
    return text


SUBJECT: Final = "subject"
"""The person, entity or object of a notice or a file, whose members are shown one by one."""

HEAD: Final = frozenset({"handling", "conditions", "other_condition", "owner", "version", "status"})
"""What the head of each page shows."""

HEAD_OF_NOTICES: Final = frozenset({"number", "colour"})

PICTURES: Final = frozenset({"photographs"})

_OTHER: Final = _("Other")

_KEEPING: Final = Section(
    _("About this record"),
    (
        "id",
        "reference",
        "purpose",
        "addressed",
        "partners",
        "restricted",
        "links",
        "public",
        "language",
        "submitted",
        "published",
        "diffused",
        "last_shown",
        "drafted_by",
        "subject.kind",
        "created",
        "updated",
        "expires",
    ),
    "keeping",
)
_WARNINGS: Final = Section(_("Warnings"), ("warnings",), "warnings")
_REVIEW: Final = Section(
    _("Review"),
    ("findings", "exchanges", "approvals", "decision", "compliant", "pending", "refused_updates"),
    "review",
)


def _of(part: str, names: str) -> tuple[str, ...]:
    return tuple(f"{part}.{name}" for name in names.split())


_NAMES: Final = (
    "name forename single_name birth_name names_in_other_scripts aliases sex date_of_birth place_of_birth"
    " country_of_birth nationalities person_status languages father_forename mother_name mother_forename"
)
_BODY: Final = "height weight eyes hair distinguishing_marks evidence"

_IDENTITY: Final = Section(_("Identity"), _of(SUBJECT, _NAMES))
_PAPERS: Final = Section(_("Documents and other identities"), _of(SUBJECT, "documents identities"))
_LOOKS: Final = Section(_("Physical description"), _of(SUBJECT, _BODY))
_ENTITY: Final = Section(_("Details"), _of(SUBJECT, "number country address description"))
_EVENT: Final = Section(_("Event"), ("event",))
_FACTS: Final = Section(_("Facts"), ("facts", "offence"))
_TRANSLATIONS: Final = Section(_("In other languages"), ("translations",), "translations")

_OF_COLOURS: Final[Mapping[str, tuple[str, tuple[Section, ...]]]] = {
    "red": (
        _("Locate and arrest this person, with a view to extradition."),
        (Section(_("Warrants and sentences"), ("extradition_sought", "warrants")), _EVENT, _FACTS),
    ),
    "blue": (_("Locate or identify this person, or say what is known of them."), (_EVENT, _FACTS)),
    "green": (_("Warning: this person may commit crimes in other countries."), (_EVENT, _FACTS)),
    "yellow": (
        _("Find this missing person, or identify a person who cannot identify themselves."),
        (
            Section(_("Disappearance"), ("event", "last_known_place", "circumstances", "police_report")),
            Section(_("Facts"), ("facts",)),
        ),
    ),
    "black": (_("Identify this body."), (Section(_("Where it was found"), ("event", "facts")),)),
    "orange": (
        _("Warning of an imminent threat by a person, an object or an event."),
        (Section(_("Threat"), ("event", "facts", "offence")),),
    ),
    "purple": (
        _("Know this way to commit a crime: objects, devices, hiding places."),
        (Section(_("Modus operandi"), ("facts",)), _EVENT),
    ),
    "silver": (_("Locate and identify assets of crime."), (_EVENT, _FACTS)),
    "un-special": (
        _("The Security Council of the United Nations has put sanctions on this person or entity."),
        (Section(_("Listing of the Security Council"), ("un_listing",)), _EVENT, _FACTS),
    ),
}
_SPEAKS_FIRST: Final = frozenset({"orange", "purple"})
"""The colours whose event or method is read before who or what is behind it."""


def _notice(colour: str) -> Description:
    about, own = _OF_COLOURS[colour]
    person = (_IDENTITY, _LOOKS, _PAPERS, _ENTITY)
    content = (*own, *person) if colour in _SPEAKS_FIRST else (*person, *own)
    return Description(about, (), (*content, _TRANSLATIONS, _KEEPING, _REVIEW))


NOTICES: Final = {colour: _notice(colour) for colour in _OF_COLOURS}

_THEFT: Final = Section(_("Theft"), ("theft_date", "theft_place", "theft_country"))
_EVENT_OF_THING: Final = Section(
    _("What happened"), ("status", "illicit", "event_date", "event_place", "event_country")
)
_ON_BODY: Final = (
    Section(_("Clothing"), ("clothing",)),
    Section(_("Jewellery"), ("jewellery",)),
    Section(_("Belongings"), ("belongings",)),
    Section(_("Dental chart"), ("dental",), "dental"),
)
# A make is a word of its owner, and so is a colour, a type or a material that no list has; notices have coded colours.
_OF_THINGS: Final[Forms] = {
    **FORMS,
    **dict.fromkeys(("colour", "second_colour", "type", "subtype", "materials", "techniques"), Form.WORD),
    "name": Form.TEXT,
    "engines.kind": Form.CODE,
    "subject": Form.TEXT,
    "vin_decoded.makes": Form.TEXT,
}

DESCRIPTIONS: Final[Mapping[str, Description]] = {
    "persons": Description(
        _("Who a person is, what they are suspected, charged or convicted of, and how each case ended."),
        ("subject.person_status",),
        (
            _IDENTITY,
            Section(_("Cases"), ("history",)),
            _LOOKS,
            _PAPERS,
            Section(_("Remarks"), ("remarks",)),
            _KEEPING,
        ),
    ),
    "missing-persons": Description(
        _("A person who is missing, with what tells them apart: compared with bodies and with persons who are found."),
        ("last_seen_date", "last_seen_place", "last_seen_country"),
        (
            Section(
                _("Disappearance"),
                (
                    "last_seen_date",
                    "last_seen_place",
                    "last_seen_country",
                    "circumstances",
                    "report_reference",
                    "report_date",
                ),
            ),
            Section(
                _("Identity"),
                (
                    "family_name",
                    "forename",
                    "birth_name",
                    "other_names",
                    "sex",
                    "date_of_birth",
                    "place_of_birth",
                    "country_of_birth",
                    "nationalities",
                    "person_status",
                    "father_name",
                    "father_forename",
                    "mother_name",
                    "mother_forename",
                ),
            ),
            Section(_("Physical description"), ("height", "weight", "hair", "eyes", "physique", "marks", "evidence")),
            *_ON_BODY,
            _KEEPING,
        ),
    ),
    "bodies": Description(
        _("A body that nobody has identified, with what an examination found: compared with missing persons."),
        ("found_date", "found_place", "found_country"),
        (
            Section(
                _("Where it was found"),
                (
                    "found_date",
                    "found_place",
                    "found_country",
                    "died",
                    "condition",
                    "circumstances",
                    "report_reference",
                    "person_status",
                    "identified_by",
                ),
            ),
            Section(
                _("Physical description"),
                (
                    "sex",
                    "age_min",
                    "age_max",
                    "height_min",
                    "height_max",
                    "hair",
                    "eyes",
                    "physique",
                    "marks",
                    "evidence",
                ),
            ),
            *_ON_BODY,
            _KEEPING,
        ),
    ),
    "travel-documents": Description(
        _("A passport, visa or other document that is stolen, lost, revoked or invalid, or a range of stolen blanks."),
        ("type", "issuer", "number", "first_number", "last_number", "status"),
        (
            Section(
                _("What happened"),
                ("status", "ended", "event_date", "event_place", "event_country", "circumstances"),
            ),
            Section(
                _("Document"), ("type", "issuer", "number", "first_number", "last_number", "issued", "valid_until")
            ),
            _KEEPING,
        ),
        _OF_THINGS,
    ),
    "stolen-vehicles": Description(
        _("A vehicle that is stolen, found by its number plate, its VIN or its engine."),
        ("plate", "country", "vin"),
        (
            Section(
                _("Vehicle"), ("kind", "body", "make", "model", "variant", "year", "colour", "second_colour", "marks")
            ),
            Section(
                _("Numbers"),
                (
                    "plate",
                    "country",
                    "vin",
                    "as_on_vehicle",
                    "engine_number",
                    "document_number",
                    "registered_until",
                ),
            ),
            _THEFT,
            Section(_("What the VIN says"), ("vin_verdict", "vin_decoded")),
            _WARNINGS,
            _KEEPING,
        ),
        _OF_THINGS,
    ),
    "vessels": Description(
        _("A vessel that is stolen, or an outboard engine alone, found by its numbers."),
        ("name", "registration", "hull_number"),
        (
            Section(
                _("Vessel"),
                (
                    "kind",
                    "name",
                    "make",
                    "model",
                    "year",
                    "length_m",
                    "colour",
                    "second_colour",
                    "home_port",
                    "marks",
                ),
            ),
            Section(
                _("Numbers"),
                (
                    "registration",
                    "flag",
                    "hull_number",
                    "imo_number",
                    "as_on_vessel",
                    "mmsi",
                    "call_sign",
                    "document_number",
                ),
            ),
            Section(_("Engines"), ("engines",)),
            _THEFT,
            Section(_("What the hull number says"), ("hull_verdict",)),
            _WARNINGS,
            _KEEPING,
        ),
        _OF_THINGS,
    ),
    "firearms": Description(
        _("A firearm that is lost, stolen, trafficked or smuggled. Its make, calibre and number tell it apart."),
        ("serial_number", "make", "calibre"),
        (
            Section(
                _("Firearm"),
                ("kind", "make", "model", "calibre", "action", "country_of_manufacture", "year"),
            ),
            Section(
                _("Markings"),
                (
                    "serial_number",
                    "make_marked",
                    "calibre_marked",
                    "import_mark",
                    "import_country",
                    "other_markings",
                ),
            ),
            _EVENT_OF_THING._replace(fields=("state", *_EVENT_OF_THING.fields)),
            _WARNINGS,
            _KEEPING,
        ),
        _OF_THINGS,
    ),
    "works": Description(
        _("A work of art that is stolen, or whose origin is sought, described by Object ID."),
        ("title", "maker", "made"),
        (
            Section(
                _("Object"),
                (
                    "type",
                    "subtype",
                    "title",
                    "other_titles",
                    "maker",
                    "other_makers",
                    "attribution",
                    "subject",
                    "made",
                    "period",
                    "place_of_origin",
                ),
            ),
            Section(_("Materials and measurements"), ("materials", "techniques", "measurements", "compared")),
            Section(_("Inscriptions and markings"), ("markings", "inventory_number")),
            Section(
                _("What tells it apart"),
                ("features", "description", "written_material", "related_objects", "documented"),
            ),
            Section(
                _("What happened"),
                ("status", "origin_sought", "event_date", "event_place", "event_country", "photograph_follows"),
            ),
            _WARNINGS,
            _KEEPING,
        ),
        _OF_THINGS,
    ),
    "valuables": Description(
        _("A watch, a telephone, an instrument or another thing of value that is stolen, found by its numbers."),
        ("make", "model", "serial_number", "imei"),
        (
            Section(_("Object"), ("kind", "make", "model", "made")),
            Section(_("Numbers"), ("serial_number", "other_numbers", "imei", "second_imei", "as_on_device")),
            Section(_("Inscriptions and markings"), ("engraving", "markings")),
            Section(_("Materials and measurements"), ("materials", "measurements", "compared")),
            Section(_("What tells it apart"), ("features", "description")),
            _EVENT_OF_THING,
            _WARNINGS,
            _KEEPING,
        ),
        _OF_THINGS,
    ),
    "fingerprints": Description(
        _("The fingerprints of a person or a body, each with its finger, its quality and its image."),
        ("category", "person_status"),
        (
            Section(_("Person"), ("category", "person_status", "sex", "remark")),
            Section(_("Prints"), ("prints",), "prints"),
            _KEEPING,
        ),
    ),
}


def description_of(kind: Kind, record: Record) -> Description:
    """Return how a record is shown: a notice by its colour."""
    if kind.name == "notices":
        return NOTICES.get(str(record.get("colour")), NOTICES["blue"])
    return DESCRIPTIONS[kind.name]


def about(kind: Kind) -> str:
    """Return what records of a kind are for, in English: the key of its translations."""
    if kind.name == "notices":
        return _("A request or warning to all bureaus, which the Secretariat has reviewed, or a diffusion to some.")
    return DESCRIPTIONS[kind.name].about


def flat(record: Record) -> dict[str, Any]:
    """Return the fields of a record, with those of its subject one by one."""
    fields: dict[str, Any] = {}
    for name, value in record.items():
        if name == SUBJECT and isinstance(value, Mapping):
            fields |= {f"{SUBJECT}.{member}": its for member, its in value.items()}
        else:
            fields[name] = value
    return fields


def card_of(description: Description, record: Record) -> list[Written]:
    """Return what is shown large at the top."""
    return _written(description.card, flat(record), description.forms)


def sections_of(description: Description, record: Record) -> list[WrittenSection]:
    """Return the sections of a record that say something, and a last one with what none of them names."""
    fields = flat(record)
    rest = Section(_OTHER, tuple(name for name in fields if name not in description.named))
    sections = (
        WrittenSection(each.title, each.layout, _written(each.fields, fields, description.forms))
        for each in (*description.sections, rest)
    )
    return [section for section in sections if section.fields]


def _written(names: Iterable[str], fields: Mapping[str, Any], forms: Forms) -> list[Written]:
    found = []
    for name in names:
        member = name.rpartition(".")[2]
        node = node_of(fields.get(name), member, SUBJECT if "." in name else "", forms)
        if node is not None:
            found.append(Written(member, node))
    return found
