"""The file of assertions that `i247 audit assert` reads."""

import re
from pathlib import Path

import pytest

from deploy.commands.audit_assertions import read_assertions
from deploy.commands.audit_names import names_in_logs
from deploy.state.errors import WrongUsage
from services import SERVICES
from shared.audit.format.assertions import NamesInLog

NAMES = {
    "stolen-vehicles": NamesInLog(frozenset({"delete_vehicle", "list_vehicles"}), frozenset({"vehicle"})),
    "notices": NamesInLog(frozenset({"delete_notice"}), frozenset({"notice"})),
}
SOUND = "assertions:\n  - never: {bureau: FR}\n"


@pytest.mark.parametrize(
    "text",
    [
        f"{SOUND}assertions:\n  - never: {{bureau: IT}}\n",
        "assertions:\n  - never: {bureau: FR, bureau: IT}\n",
        '{"assertions": [{"never": {"bureau": "FR"}, "never": {"bureau": "IT"}}]}',
    ],
)
def test_a_key_that_is_stated_twice_is_refused(tmp_path: Path, text: str) -> None:
    """The second would replace the first, which nobody would notice."""
    file = tmp_path / "assertions.yaml"
    file.write_text(text)
    with pytest.raises(WrongUsage, match="is stated twice"):
        read_assertions(file, {})


def test_a_file_of_distinct_keys_is_read(tmp_path: Path) -> None:
    """In YAML, of which JSON is a part."""
    file = tmp_path / "assertions.yaml"
    file.write_text(SOUND)
    assert [each.acts.bureau for each in read_assertions(file, {}).assertions] == ["FR"]


@pytest.mark.parametrize(
    ("acts", "says"),
    [
        (
            "operation: delete_vehicles",
            "operation 'delete_vehicles' is in no log of any service: did you mean delete_v",
        ),
        ("operation: list_vehicles, service: notices", "is in no log of notices: use an `operationId`"),
        ("bureau: it", "bureau 'it': did you mean IT?"),
        ("bureau: Italy", "bureau: unknown bureau 'Italy': did you mean IT? use"),
        ("owner: ZZ", "owner: unknown bureau 'ZZ': use"),
        ("purpose: border-managment", "purpose 'border-managment': did you mean border-management? use one of wanted-"),
        ("service: stolen-vehicle", "service 'stolen-vehicle': did you mean stolen-vehicles? use one of stolen-"),
        ("kind: vehicles", "kind 'vehicles': did you mean vehicle? use one of notice, vehicle"),
        ("kind: vehicle, service: notices", "kind 'vehicle': use one of notice"),
    ],
)
@pytest.mark.parametrize("what", ["never", "expect"])
def test_a_name_that_no_log_can_hold_is_refused(tmp_path: Path, what: str, acts: str, says: str) -> None:
    """It never happened, whatever was meant: the refusal says which assertion, and what may be meant."""
    file = tmp_path / "assertions.yaml"
    file.write_text(f"{SOUND}  - {what}: {{{acts}}}\n")
    with pytest.raises(WrongUsage, match=re.escape(says)):
        read_assertions(file, NAMES)


@pytest.mark.thorough
def test_every_participant_and_what_services_do_by_themselves_can_be_asserted(tmp_path: Path) -> None:
    """Also a partner that joined later."""
    file = tmp_path / "assertions.yaml"
    names = names_in_logs(SERVICES)
    known = ("bureau: IPSG-CCC", "bureau: PARTNER-NEW", "owner: IPSG", "officer: fr.officer", "kind: person-file")
    operations = ("publish_record", "match_inquiry", "expire_record", "search_vehicles", "restrict_notice")
    named = [*known, *(f"operation: {each}" for each in operations)]
    file.write_text("assertions:\n" + "".join(f"  - never: {{{each}}}\n" for each in named))
    assert len(read_assertions(file, names).assertions) == len(named)
    assert "get_checkpoint_of_notices" not in names["notices"].operations
    assert names["missing-persons"].kinds == {"missing-person", "body"}
