"""The lists of codes are consistent: no word stands for two names, and each subtype has one type."""

from collections import Counter

import pytest

from services.cultural_property.vocabulary import types
from services.cultural_property.vocabulary.makes import MAKES
from services.cultural_property.vocabulary.materials import MATERIALS, TECHNIQUES, standard_material
from services.cultural_property.vocabulary.types import SUBTYPES, TYPE_OF, TYPES, standard_subtype, standard_type


def test_each_subtype_is_of_one_type() -> None:
    """Their names are different, as a search by one names no type."""
    rows = types._ROWS
    assert {TYPE_OF[name] for name in SUBTYPES} <= set(TYPES)
    assert max(Counter(row["name"] for row in rows if row["of"]).values()) == 1
    assert types.OTHER in TYPES


def test_the_lists_cover_what_registers_have() -> None:
    """Object ID names a type on two levels, materials and techniques."""
    assert (len(TYPES) > 25, len(SUBTYPES) > 120, len(MATERIALS) > 60, len(TECHNIQUES) > 20) == (True,) * 4
    assert len(MAKES) > 50


@pytest.mark.parametrize(
    ("written", "name"),
    [("PEINTURE", "painting"), ("картина", "painting"), ("arms & armour", "arms and armour"), ("Möbel", "furniture")],
)
def test_a_synonym_means_the_standard_name(written: str, name: str) -> None:
    """In any case, with or without accents and separators."""
    if written == "arms & armour":
        with pytest.raises(ValueError, match="did you mean arms and armour"):
            standard_type(written)
        return
    assert standard_type(written) == name


def test_what_is_not_listed_stays_as_written() -> None:
    """But a type of the first level is refused, with the type that a subtype belongs to."""
    assert (standard_subtype("moon globe"), standard_material("moon rock")) == ("moon globe", "moon rock")
    with pytest.raises(ValueError, match="state it as subtype, and painting as type"):
        standard_type("seascape")
    with pytest.raises(ValueError, match="use other if none fits"):
        standard_type("xyzzy")
