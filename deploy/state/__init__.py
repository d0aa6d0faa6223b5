"""The state directory of a mesh: keys, settings, clock, logs and databases."""
