"""Whether the translations of a notice translate what it says: nothing that it lacks, and all charges or none."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from services.notices.criteria.subject_checks import Fault
from services.notices.entries import CommonEntry, RedEntry, Translation
from services.notices.warrants import charges_by_pointer

_TEXTS: Final = Translation.model_fields.keys() - {"language"}
_OF_NOTICE: Final = ("facts", "circumstances")
_OF_SUBJECT: Final = ("distinguishing_marks", "description")


def translations_agree(content: CommonEntry, _today: date) -> Iterator[Fault]:
    """Yield translations of texts that the notice lacks, or of some of its charges alone, and those of nothing."""
    charges = len([*charges_by_pointer(content.warrants)]) if isinstance(content, RedEntry) else 0
    for place, each in enumerate(content.translations):
        pointer = f"/translations/{place}"
        if not any(getattr(each, name) for name in _TEXTS):
            yield Fault(pointer, "a text in that language")
        yield from _without_original(content, each, pointer)
        if each.charges and len(each.charges) != charges:
            yield Fault(f"{pointer}/charges", f"one text for each of its {charges} charges, in their order, or none")


def _without_original(content: CommonEntry, translation: Translation, pointer: str) -> Iterator[Fault]:
    originals = {name: getattr(content, name, None) for name in _OF_NOTICE}
    originals |= {name: getattr(content.subject, name, None) for name in _OF_SUBJECT}
    for name, original in originals.items():
        if original is None and getattr(translation, name):
            yield Fault(f"{pointer}/{name}", f"no text, as the notice itself has no {name.replace('_', ' ')}")
