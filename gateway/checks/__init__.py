"""Checks: one question of an officer, put to every register that may have an answer, and one answer to it."""

from shared.service import Service

SERVICE = Service(
    package=__name__,
    name="checks",
    summary="A person, a document, a vehicle or an object is checked in all registers at once, as at a border.",
    verbs=("read",),
)
