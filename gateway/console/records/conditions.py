"""What the conditions of a record ask of those who hold it."""

from gateway.console.kinds import Record


def is_bound(record: Record) -> bool:
    """Return whether a record may be passed on with the permission of its owner alone."""
    return "H2" in (record.get("conditions") or ())
