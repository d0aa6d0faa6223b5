"""Finds a notice whose texts tell no ordinary crime, whatever they call what the person did.

A red notice is for a serious crime under ordinary law (RPD article 83(1)(a)), a blue one for a criminal investigation.
`other` is the category of what is no known crime, and `terrorism` a word that some laws have for opinions.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Final

from services.notices.colours import Colour
from services.notices.entries import BlueEntry, CommonEntry, GreenEntry, RedEntry
from services.notices.offences import OffenceCategory
from services.notices.review_models import Finding, NoticeRefusalReason, Weight
from services.notices.screening.pattern import CONCRETE_OFFENCE, ORDINARY

Told = Mapping[str, Set[str]]
"""The concepts that a notice mentions, by the pointer of the text, or the first of a passage."""

# Of these categories a bureau that means an opinion seldom is: what they name leaves traces.
CONCRETE: Final = frozenset(
    {
        *(OffenceCategory.ARSON, OffenceCategory.ASSAULT, OffenceCategory.BURGLARY, OffenceCategory.CHILD_SEXUAL_ABUSE),
        *(OffenceCategory.COUNTERFEITING, OffenceCategory.CULTURAL_PROPERTY, OffenceCategory.DRUGS),
        *(OffenceCategory.ENVIRONMENT, OffenceCategory.EXTORTION, OffenceCategory.FIREARMS, OffenceCategory.HOMICIDE),
        *(OffenceCategory.INTERNATIONAL_CRIME, OffenceCategory.MIGRANT_SMUGGLING, OffenceCategory.ROBBERY),
        *(OffenceCategory.SEXUAL_OFFENCE, OffenceCategory.VEHICLE_CRIME),
    }
)
# RPD article 83 is about persons who are sought for an offence: not about those who are missing or dead.
NOT_SOUGHT: Final = frozenset({Colour.YELLOW, Colour.BLACK})
MAX_FACTS_SHOWN: Final = 300
_PRIVATE: Final = frozenset(
    {
        *("advance", "business", "child", "company-or-club", "couple", "cheque", "employs"),
        *("family-duty", "grown-woman", "loan", "money-owed", "near-person", "not-paid", "parent"),
        *("quarrel", "small-offence", "soft-drug", "split", "tax", "work-place"),
    }
)
_PUBLIC: Final = frozenset(
    {
        *("abroad", "activist", "claims", "criticise", "criticism", "crowd"),
        *("culture", "election", "exile", "expression", "foreign", "head-of-state", "in-office"),
        *("indigenous", "insult", "journalist", "land-claim", "military-duty", "ngo"),
        *("official", "opposition", "party", "people", "political", "propaganda"),
        *("protest", "protest-act", "public-place", "race", "religion"),
        *("soldier", "speech", "state", "those-in-prison", "undermine", "unit", "unlawful"),
    }
)


def categories_of(content: CommonEntry) -> frozenset[OffenceCategory]:
    """Return the categories of the offences that a notice is about."""
    if isinstance(content, RedEntry):
        offences = [charge.offence for warrant in content.warrants for charge in warrant.charges]
    else:
        offences = [getattr(content, "offence", None)]
    return frozenset(offence.category for offence in offences if offence is not None)


def implied_by(content: CommonEntry) -> frozenset[str]:
    """Return the concepts that a notice stands for in each of its texts, also one that accuses nobody."""
    if content.colour in NOT_SOUGHT or content.colour is Colour.PURPLE:
        return frozenset({CONCRETE_OFFENCE})
    return implied_by_categories(categories_of(content))


def implied_by_categories(categories: Iterable[OffenceCategory]) -> frozenset[str]:
    """Return the concepts that categories stand for in a text about such offences."""
    return frozenset() if CONCRETE.isdisjoint(categories) else frozenset({CONCRETE_OFFENCE})


def of_acts(content: CommonEntry, told: Told) -> Iterator[Finding]:
    """Yield that the texts tell no ordinary crime where the category does not say which it would be."""
    if not isinstance(content, RedEntry | BlueEntry | GreenEntry) or not content.facts:
        return
    categories = categories_of(content)
    if categories == {OffenceCategory.TERRORISM} and _tells_none(_in_facts(told)):
        yield _finding(
            content.facts,
            "terrorism-without-violence",
            NoticeRefusalReason.ARTICLE_3,
            "The facts tell no violence, and no weapon, money or help for any. Say what the person did, and to whose "
            "harm, or remove the charge (constitution, article 3; RPD article 34).",
        )
    elif categories <= {OffenceCategory.OTHER} and _tells_none(mentioned := frozenset().union(*told.values())):
        yield _finding(
            content.facts,
            "no-ordinary-crime",
            _reason(mentioned),
            "Neither facts nor charges tell a harm to a person or property. Say which ordinary crime it is and what "
            "the person did, or withdraw the request (RPD articles 34 and 83(1)(a)).",
            Weight.STOPS if categories else Weight.ASKS,
        )


def _in_facts(told: Told) -> Set[str]:
    return frozenset().union(*(concepts for pointer, concepts in told.items() if pointer.endswith("/facts")))


def _tells_none(mentioned: Set[str]) -> bool:
    return mentioned.isdisjoint(ORDINARY)


def _reason(mentioned: Set[str]) -> NoticeRefusalReason:
    """Return what the matter seems to be: of public life if more of its concepts are than of private life."""
    return (
        NoticeRefusalReason.ARTICLE_3
        if len(mentioned & _PUBLIC) > len(mentioned & _PRIVATE)
        else NoticeRefusalReason.OTHER
    )


def _finding(facts: str, code: str, reason: NoticeRefusalReason, detail: str, weight: Weight = Weight.STOPS) -> Finding:
    return Finding(
        code=code, reason=reason, weight=weight, pointer="/facts", words=facts[:MAX_FACTS_SHOWN], detail=detail
    )
