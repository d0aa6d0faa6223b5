"""The processes of a mesh: their start, supervision and end."""
