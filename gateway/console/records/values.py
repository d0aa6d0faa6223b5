"""How a value of a record is written, by its form: a date, a country, a table. What it looks like is up to templates.

A field has one form wherever it stands, unless its kind or the object that it is in says otherwise. What is empty is
not written. Does NOT translate, and does NOT make markup.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Literal


class Form(StrEnum):
    """How a single value is written."""

    TEXT = "text"
    """Of the owner, in their words."""

    LONG = "long"
    """Several sentences."""

    NAME = "name"
    """In its own script."""

    SIGN = "sign"
    """A number or mark as it stands on a thing: each sign counts."""

    CODE = "code"
    WORD = "word"
    """Of a list that a service has, or in the words of the owner."""

    ENGLISH = "english"
    """A word of a list that is English in all languages, or what a program says."""

    DAY = "day"
    MOMENT = "moment"
    YEARS = "years"
    COUNTRY = "country"
    BUREAU = "bureau"
    LANGUAGE = "language"
    NUMBER = "number"
    SHARE = "share"
    QUANTITY = "quantity"
    YES_NO = "yes-no"
    RECORD = "record"
    WHERE = "where"
    """A place in a record, as a JSON pointer."""

    FINGER = "finger"
    SURFACE = "surface"


# An object with more members needs the whole width of a page.
NARROW: Final = 3


@dataclass(frozen=True, slots=True)
class Leaf:
    """A single value."""

    form: Form
    value: Any
    unit: str = ""
    name: str = ""
    """Of its field, where a word means something else in another."""

    is_a: Literal["leaf"] = "leaf"

    @property
    def is_wide(self) -> bool:
        """Whether it needs the whole width of a page."""
        return self.form is Form.LONG


@dataclass(frozen=True, slots=True)
class Many:
    """Several single values of a field."""

    leaves: Sequence[Leaf]
    is_a: Literal["many"] = "many"

    @property
    def is_wide(self) -> bool:
        """Whether it needs the whole width of a page."""
        return any(each.is_wide for each in self.leaves)


@dataclass(frozen=True, slots=True)
class Facts:
    """An object: its members with their names."""

    members: Sequence[tuple[str, "Node"]]
    is_a: Literal["facts"] = "facts"

    @property
    def is_wide(self) -> bool:
        """Whether it needs the whole width of a page."""
        return len(self.members) > NARROW


@dataclass(frozen=True, slots=True)
class Table:
    """Objects with the same members, a line each; a cell is None where an object has nothing."""

    columns: Sequence[str]
    rows: Sequence[Sequence["Node | None"]]
    is_a: Literal["table"] = "table"

    @property
    def is_wide(self) -> bool:
        """Whether it needs the whole width of a page."""
        return True


@dataclass(frozen=True, slots=True)
class Blocks:
    """Objects with too much in them for a line each."""

    blocks: Sequence[Facts]
    is_a: Literal["blocks"] = "blocks"

    @property
    def is_wide(self) -> bool:
        """Whether it needs the whole width of a page."""
        return True


Node = Leaf | Many | Facts | Table | Blocks
Forms = Mapping[str, Form]

# A table with more columns is hard to read on a screen of a telephone.
MAX_COLUMNS: Final = 7

UNITS: Final = {
    "prints.height": "px",
    "prints.width": "px",
    "photographs.height": "px",
    "photographs.width": "px",
    "height": "cm",
    "height_max": "cm",
    "height_min": "cm",
    "weight": "kg",
    "length_m": "m",
    "power_kw": "kW",
    "age": "years",
    "age_max": "years",
    "age_min": "years",
    "height_mm": "mm",
    "width_mm": "mm",
    "depth_mm": "mm",
    "length_mm": "mm",
    "diameter_mm": "mm",
    "weight_g": "g",
    "imprisonment_months": "months",
    "maximum_penalty_months": "months",
    "sentence_imposed_months": "months",
    "sentence_remaining_months": "months",
}
"""The units of fields that state none, by their names, or by those of the objects that they are in as well."""


# Objects that mostly have one member, which needs no name besides.
_SAYS_ALL: Final = {"offence": "category"}


def _forms(form: Form, names: str) -> dict[str, Form]:
    return dict.fromkeys(names.split(), form)


FORMS: Final[Forms] = {
    **_forms(
        Form.NAME,
        "name forename single_name birth_name family_name names_in_other_scripts aliases other_names father_name"
        " father_forename mother_name mother_forename maker other_makers",
    ),
    **_forms(
        Form.LONG,
        "facts circumstances distinguishing_marks description remarks remark question answer charge charge_translation"
        " charges serves_serious_crime medical other",
    ),
    **_forms(
        Form.SIGN,
        "number first_number last_number vin plate engine_number document_number hull_number imo_number mmsi call_sign"
        " registration serial_number other_numbers imei second_imei inventory_number reference report_reference"
        " blood_group sha256 tooth serial issuer un_reference un_resolution",
    ),
    **_forms(
        Form.CODE,
        "colour kind status state sex purpose purposes handling conditions person_status hair eyes evidence"
        " identified_by condition build hair_length type ended body action illicit attribution category stage outcome"
        " reason code dimension unit check_digit form",
    ),
    **_forms(Form.WORD, "region"),
    **_forms(Form.ENGLISH, "detail warning"),
    **_forms(Form.WHERE, "pointer"),
    **_forms(
        Form.DAY,
        "date date_of_birth decided issued valid_until registered_until found_date died last_seen_date report_date"
        " theft_date event_date documented age_on built",
    ),
    **_forms(
        Form.MOMENT,
        "created updated expires at asked answered withdrawn submitted published diffused enrolled first last until"
        " stated confirmed",
    ),
    **_forms(Form.YEARS, "made"),
    **_forms(
        Form.COUNTRY,
        "country country_of_birth nationalities nationality issuing_country warrant_country last_seen_country"
        " found_country event_country theft_country import_country country_of_manufacture flag",
    ),
    **_forms(Form.BUREAU, "owner addressed restricted partners bureau stated_by"),
    **_forms(Form.LANGUAGE, "language languages"),
    **_forms(Form.RECORD, "links record"),
    **_forms(Form.FINGER, "position"),
    **_forms(Form.SURFACE, "surfaces"),
    **_forms(Form.SHARE, "quality"),
    # Years are no quantities: they have no signs between their thousands.
    **_forms(Form.SIGN, "year model_year model_years"),
    # What these objects call a kind or a colour is written by their owner.
    **_forms(
        Form.TEXT,
        "clothing.kind clothing.colour clothing.description jewellery.kind jewellery.description belongings.kind"
        " belongings.description documents.kind marks.description",
    ),
    **_forms(Form.CODE, "findings.weight"),
}
"""The form of each field that its value does not say: by its name, or by that of the object that it is in as well."""


def node_of(value: Any, name: str, parent: str = "", forms: Forms = FORMS) -> Node | None:
    """Return how a field is written; None if it has nothing."""
    if is_empty(value):
        return None
    if isinstance(value, Mapping):
        return _object(value, name, forms)
    if not isinstance(value, list):
        return _leaf(value, name, parent, forms)
    if all(isinstance(each, Mapping) for each in value):
        return _objects(value, name, forms)
    return Many([_leaf(each, name, parent, forms) for each in value if not is_empty(each)])


def is_empty(value: Any) -> bool:
    """Return whether a field says nothing; False and 0 say something."""
    return value is None or value in ("", [], {})


def form_of(name: str, parent: str = "", forms: Forms = FORMS) -> Form | None:
    """Return the form of a field that is not a number and neither true nor false; None if nothing is known of it."""
    return forms.get(f"{parent}.{name}") or forms.get(name)


def _leaf(value: Any, name: str, parent: str, forms: Forms) -> Leaf:
    form = form_of(name, parent, forms)
    if isinstance(value, bool):
        return Leaf(Form.YES_NO, value)
    if isinstance(value, int | float):
        return _number(value, UNITS.get(f"{parent}.{name}") or UNITS.get(name), form)
    return Leaf(form or Form.TEXT, value, name=name if form is Form.WORD else "")


def _number(value: float, unit: str | None, form: Form | None) -> Leaf:
    if unit is not None:
        return Leaf(Form.QUANTITY, value, unit)
    return Leaf(form if form in {Form.FINGER, Form.SHARE, Form.SIGN} else Form.NUMBER, value)


def _object(members: Mapping[str, Any], name: str, forms: Forms) -> Node | None:
    facts = _facts(members, name, forms)
    only = facts.members[0] if facts is not None and len(facts.members) == 1 else None
    return only[1] if only is not None and only[0] == _SAYS_ALL.get(name) else facts


def _facts(members: Mapping[str, Any], name: str, forms: Forms) -> Facts | None:
    if members.keys() == {"dimension", "value", "unit"}:
        members = {str(members["dimension"]): Measured(members["value"], str(members["unit"]))}
    found = [(member, _member(value, member, name, forms)) for member, value in members.items()]
    kept = [(member, node) for member, node in found if node is not None]
    return Facts(kept) if kept else None


@dataclass(frozen=True, slots=True)
class Measured:
    """A number with the unit that its object states."""

    value: float
    unit: str


def _member(value: Any, name: str, parent: str, forms: Forms) -> Node | None:
    if isinstance(value, Measured):
        return Leaf(Form.QUANTITY, value.value, value.unit)
    return node_of(value, name, parent, forms)


def _objects(objects: Iterable[Mapping[str, Any]], name: str, forms: Forms) -> Node | None:
    blocks = [block for each in objects if (block := _facts(each, name, forms)) is not None]
    columns = list(dict.fromkeys(member for block in blocks for member, _node in block.members))
    if not columns:
        return None
    if all(_is_measured(block) for block in blocks):
        return Facts([member for block in blocks for member in block.members])
    if len(columns) > MAX_COLUMNS or any(_is_deep(node) for block in blocks for _member, node in block.members):
        return Blocks(blocks)
    return Table(columns, [[dict(block.members).get(column) for column in columns] for block in blocks])


def _is_measured(block: Facts) -> bool:
    """Return whether an object is a measurement alone."""
    return len(block.members) == 1 and isinstance(leaf := block.members[0][1], Leaf) and leaf.form is Form.QUANTITY


def _is_deep(node: Node) -> bool:
    """Return whether a value is too much for a cell of a table: an object, or a text of several sentences."""
    return not isinstance(node, Leaf | Many) or (isinstance(node, Leaf) and node.form is Form.LONG)
