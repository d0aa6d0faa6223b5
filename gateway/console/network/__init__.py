"""The page of the network: who takes part, what is in force for them, and whether the parts of the mesh work."""

from pathlib import Path
from typing import Final

PLACES_FILE: Final = Path(__file__).parent / "places.json"
"""Where members and offices lie on the map, in the units of its picture."""
