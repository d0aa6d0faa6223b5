"""`python -m tests.world_map`: writes the map of the console."""

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.world_map.drawing import draw

with TemporaryDirectory() as folder:
    for file, text in draw(Path(folder)).items():
        file.write_text(text, encoding="utf-8")
