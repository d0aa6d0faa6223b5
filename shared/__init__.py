"""What every part of the mesh builds on. Knows no service and no gateway."""
