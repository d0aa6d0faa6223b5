"""What contradicts itself in the entry of a firearm. Never a reason to refuse it: see ADR 99."""

from collections.abc import Iterator
from typing import Final

from services.firearms.models import FirearmDescription
from shared.firearms.markings import is_short, is_uniform
from shared.firearms.vocabulary.calibres import MADE_FOR
from shared.firearms.words import FirearmKind
from shared.records import service_kit as kit

SERIAL_SHORT: Final = kit.WarningKind("serial-number-short", "The serial number has fewer than 4 characters.")
SERIAL_UNIFORM: Final = kit.WarningKind("serial-number-uniform", "All characters of the serial number are the same.")
CALIBRE_OTHER_KIND: Final = kit.WarningKind(
    "calibre-other-kind", "Firearms of this kind are hardly ever made in this calibre."
)
KINDS: Final = (SERIAL_SHORT, SERIAL_UNIFORM, CALIBRE_OTHER_KIND)
# Carbines take the cartridges of pistols, and some pistols those of rifles; what no kind has is listed.
_NEVER: Final = {
    FirearmKind.PISTOL: ("shotgun",),
    FirearmKind.REVOLVER: ("rifle",),
    FirearmKind.SHOTGUN: ("handgun", "rifle"),
    FirearmKind.SUBMACHINE_GUN: ("shotgun", "rimfire"),
    FirearmKind.ASSAULT_RIFLE: ("shotgun",),
    FirearmKind.MACHINE_GUN: ("shotgun", "handgun"),
}


def entry_warnings(description: FirearmDescription) -> tuple[kit.EntryWarning, ...]:
    """Return what an entry warns of."""
    return tuple(_warnings(description))


def _warnings(description: FirearmDescription) -> Iterator[kit.EntryWarning]:
    if is_short(description.serial_number):
        yield SERIAL_SHORT.in_entry("/serial_number", "has fewer than 4 characters: is it complete, with its letters?")
    if is_uniform(description.serial_number):
        yield SERIAL_UNIFORM.in_entry("/serial_number", "all characters are the same: is it the number of a firearm?")
    made_for = MADE_FOR.get(description.calibre, "")
    if made_for in _NEVER.get(description.kind, ()):
        detail = f"is made for a {made_for}, and the kind is {description.kind}: read both again"
        yield CALIBRE_OTHER_KIND.in_entry("/calibre", detail)
