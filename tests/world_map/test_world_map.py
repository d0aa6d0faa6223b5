"""The map of the console is what its program draws."""

from pathlib import Path

import pytest

from tests.world_map.drawing import draw


@pytest.mark.thorough
def test_the_map_is_the_one_that_is_drawn(tmp_path: Path) -> None:
    """Otherwise run `python -m tests.world_map`."""
    drawn = draw(tmp_path)
    assert {file.name: file.read_text(encoding="utf-8") for file in drawn} == {
        file.name: text for file, text in drawn.items()
    }
