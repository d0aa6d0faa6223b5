"""Which names an object may have, by the schema to which the steps lead."""

from typing import Any

import pytest

from shared.web.known_names import members_at

DOCUMENT = {
    "components": {
        "schemas": {
            "Person": {"properties": {"kind": {}, "name": {}, "births": {"items": {"properties": {"date": {}}}}}},
            "Vessel": {"properties": {"kind": {}, "flag": {}}},
            "Node": {"properties": {"next": {"anyOf": [{"$ref": "#/components/schemas/Node"}, {"type": "null"}]}}},
            "Draft": {
                "properties": {
                    "subject": {
                        "oneOf": [{"$ref": "#/components/schemas/Person"}, {"$ref": "#/components/schemas/Vessel"}],
                        "discriminator": {
                            "propertyName": "kind",
                            "mapping": {
                                "person": "#/components/schemas/Person",
                                "vessel": "#/components/schemas/Vessel",
                            },
                        },
                    },
                    "counts": {"additionalProperties": {"properties": {"total": {}}}},
                }
            },
        }
    }
}
DRAFT = {"$ref": "#/components/schemas/Draft"}


@pytest.mark.parametrize(
    ("steps", "sent", "known"),
    [
        ([], {}, {"subject", "counts"}),
        (["subject"], {"subject": {"kind": "person"}}, {"kind", "name", "births"}),
        (["subject"], {"subject": {"kind": "vessel"}}, {"kind", "flag"}),
        (["subject"], {"subject": {"kind": "ghost"}}, {"kind", "name", "births", "flag"}),
        (["subject"], {"subject": {"kind": ["person"]}}, {"kind", "name", "births", "flag"}),
        (["subject"], None, {"kind", "name", "births", "flag"}),
        (["subject", "births", 0], {"subject": {"kind": "person", "births": [{"dat": 1}]}}, {"date"}),
        (["subject", "births", 0], {"subject": {"kind": "person", "births": []}}, {"date"}),
        (["counts", "FR"], {"counts": {"FR": {}}}, {"total"}),
        (["counts", "FR", "total", "more"], {}, set()),
        (["nothing"], {}, set()),
    ],
)
def test_the_members_of_the_chosen_schema(steps: list[Any], sent: Any, known: set[str]) -> None:
    """Of a choice all, unless a member of what was sent selects one."""
    assert members_at(DOCUMENT, DRAFT, steps, sent) == known


def test_a_schema_that_holds_itself_ends_with_the_steps() -> None:
    """However deep a body is nested: the steps are those of one error."""
    node = {"$ref": "#/components/schemas/Node"}
    assert members_at(DOCUMENT, node, ["next"] * 50, None) == {"next"}
