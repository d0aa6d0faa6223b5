"""Patterns on acts that are held against a person where the text tells no ordinary crime (constitution, article 3).

Words of these patterns are common, so an ordinary crime in the same text makes of each a question.
"""

from typing import Final

from services.notices.screening.pattern import CONCRETE_OFFENCE, GAIN, article_3

_TOLD: Final = (*GAIN, CONCRETE_OFFENCE)
_OPINION: Final = "What was said or shown is an expression of opinion; the text tells no harm to a person or property."
_PART: Final = "The words describe a part in public life; the text tells no harm to a person or property."
_ASSEMBLY: Final = "To assemble or to call for it is an exercise of a political right, permitted or not."
_SUPPORT: Final = "To help those who are held for their opinions, or their families, is no crime under ordinary law."
_DUTY: Final = "Not to serve in armed forces is an offence of military law."
_BELIEF: Final = "To speak of a religion, or against it, is an expression of opinion."
_GROUND: Final = "The ground is that the person belongs to a race or people, or speaks for it."
_OFFICE: Final = "A decision in a political or judicial office is answered for in that state's constitution."

ACTS: Final = (
    article_3("insult-of-an-official", _OPINION, "insult", "official", within=8, unless=_TOLD),
    article_3(
        "expression-on-the-state",
        _OPINION,
        "expression|speech",
        "state|head-of-state|official",
        within=10,
        unless=(*_TOLD, "false-alarm"),
    ),
    article_3(
        "accusation-of-the-state",
        _OPINION,
        "expression|speech",
        "state|head-of-state|official",
        "misdeed",
        within=14,
        unless=("false-alarm", CONCRETE_OFFENCE),
    ),
    article_3("expression-to-others", _OPINION, "expression|speech", "abroad", within=10, unless=_TOLD),
    article_3("expression-of-claims", _OPINION, "expression|speech", "claims", within=8, unless=_TOLD),
    article_3(
        "disclosure-of-misconduct", _OPINION, "leaked", "press-or-public|official|state", within=14, unless=_TOLD
    ),
    article_3("protest", _ASSEMBLY, "protest-act", unless=_TOLD),
    article_3("protest", _ASSEMBLY, "crowd|protest", "public-place|claims", within=10, unless=_TOLD),
    article_3("part-in-public-life", _PART, "activist", "link", within=14, unless=_TOLD),
    article_3("part-in-public-life", _PART, "exile", "exile-life", within=12, unless=_TOLD),
    article_3("part-in-public-life", _PART, "blamed-movement", unless=_TOLD),
    article_3("support-of-prisoners", _SUPPORT, "supports", "those-in-prison", within=12, unless=_TOLD),
    article_3("part-in-an-election", _PART, "election", "election-work", within=10, unless=_TOLD),
    article_3("act-of-office", _OFFICE, "in-office", "decided", within=12, unless=(*_TOLD, "organised-or-forged")),
    article_3("self-determination", _PART, "separation", unless=_TOLD),
    article_3("military-service", _DUTY, "soldier|military-duty|unit", "leave|refuse", within=9, unless=_TOLD),
    article_3(
        "insult-of-religion",
        _BELIEF,
        "religion",
        "expression|speech|insult|religious-practice",
        within=9,
        unless=("religious-robbery", *_TOLD),
    ),
    article_3("forbidden-words", _OPINION, "expression|speech", "unlawful", within=4, unless=_TOLD),
    article_3("racial-ground", _GROUND, "race|people|indigenous", "all-of-them", within=12),
    article_3("racial-ground", _GROUND, "race|people|indigenous", "land-claim", within=10, unless=_TOLD),
)
