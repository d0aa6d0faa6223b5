"""Screens the texts of a criminal file by the patterns that notices are screened by. Pure.

No officer of the Secretariat reviews a file before it is in force. So what the constitution bars is refused at once,
with the words that it rests on; what a reviewer would only be asked about is let pass. RPD article 83 is about notices:
a file may tell a small offence beside the crime that it is kept for (`requirements`).
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from services.notices.criteria.requirements import Fault
from services.notices.persons.entries import PersonEntry
from services.notices.review_models import Finding, NoticeRefusalReason, Weight
from services.notices.screening.acts import implied_by_categories
from services.notices.screening.engine import Passage, Text, findings_in, mentions_in
from services.notices.screening.passages import is_only_a_name, passages_of_members
from services.notices.screening.provisions import provision

_CASE: Final = re.compile(r"/history/(\d+)/")


def texts_of(entry: PersonEntry) -> list[Text]:
    """Return all texts of a file."""
    return [text for passage in _passages(entry) for text in passage]


def _passages(entry: PersonEntry) -> Iterable[Passage]:
    return passages_of_members(entry, set(PersonEntry.model_fields))


def barred_texts(entry: PersonEntry) -> Iterator[Fault]:
    """Yield the texts that point at a bar of the constitution, articles 2 and 3 (RPD article 34)."""
    for passage in _passages(entry):
        for finding in findings_in(passage, mentions_in(passage), _implied(entry, passage[0].pointer)):
            if _bars(finding) and not is_only_a_name(finding.pointer, finding.words, entry.subject):
                yield Fault(finding.pointer, f'no "{finding.words}" ({finding.code}): {finding.detail}')


def _implied(entry: PersonEntry, pointer: str) -> frozenset[str]:
    """Return what the category of a case says of a text of it."""
    found = _CASE.match(pointer)
    categories = [entry.history[int(found[1])].offence.category] if found else []
    return implied_by_categories(categories)


def barred_provisions(entry: PersonEntry) -> Iterator[Fault]:
    """Yield the laws that are known to be political, military or religious by their content (article 3)."""
    for place, case in enumerate(entry.history):
        if case.law and (found := provision(case.country, case.law)):
            number, about = found
            yield Fault(f"/history/{place}/law", f"another law: the provision {number} is about {about}")


def _bars(finding: Finding) -> bool:
    return finding.weight is Weight.STOPS and finding.reason is not NoticeRefusalReason.OTHER
