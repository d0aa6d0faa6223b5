"""The file of assertions that `i247 audit assert` reads."""

from pathlib import Path

import pytest

from deploy.commands.audit_assertions import read_assertions
from deploy.state.errors import WrongUsage

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
        read_assertions(file)


def test_a_file_of_distinct_keys_is_read(tmp_path: Path) -> None:
    """In YAML, of which JSON is a part."""
    file = tmp_path / "assertions.yaml"
    file.write_text(SOUND)
    assert [each.acts.bureau for each in read_assertions(file).assertions] == ["FR"]
