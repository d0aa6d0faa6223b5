"""How the map of the console is made: `python -m tests.world_map` writes it anew, and a test compares it."""
