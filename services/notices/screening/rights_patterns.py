"""Patterns on human rights and refugees (constitution, article 2)."""

from typing import Final

from services.notices.review_models import Weight
from services.notices.screening.pattern import GAIN, article_2

RIGHTS: Final = (
    article_2(
        "coerced-confession",
        "A statement made under torture is no evidence (Convention against Torture, article 15).",
        "under-torture",
    ),
    article_2(
        "coerced-confession",
        "A statement made under torture is no evidence (Convention against Torture, article 15).",
        "confession",
        "following",
        "coercion",
        within=12,
    ),
    article_2(
        "death-penalty-of-a-minor",
        "The death penalty is forbidden for an offence before the age of 18 (Rights of the Child, article 37).",
        "death-penalty",
        "minor",
        within=30,
    ),
    article_2(
        "corporal-punishment",
        "The punishment is cruel, inhuman or degrading.",
        "corporal-punishment",
        "sentenced",
        within=10,
    ),
    article_2(
        "unfair-trial",
        "The person could not defend themselves, or was tried in secret.",
        "unfair-trial",
    ),
    article_2(
        "pressure-on-relatives",
        "Relatives are held or punished in place of the person.",
        "relatives",
        "detained",
        "until-surrender",
        within=12,
    ),
    article_2("to-be-killed", "The person is to be killed, not arrested.", "to-be-killed"),
    article_2(
        "refugee",
        "A state protects the person as a refugee; their own state may then not seek them through the network.",
        "refugee",
        "status-granted",
        within=7,
        unless_near=("refugee-as-victim",),
    ),
    article_2(
        "asylum-sought",
        "The person seeks asylum; the state that decides on it is to be asked.",
        "refugee",
        "asylum-sought",
        within=5,
        unless_near=("refugee-as-victim",),
        unless=("organised-or-forged",),
        weight=Weight.ASKS,
    ),
    article_2(
        "coerced-confession",
        "A statement made under torture is no evidence (Convention against Torture, article 15).",
        "confession",
        "strong-coercion",
        within=14,
    ),
    article_2(
        "death-penalty",
        "The death penalty may follow intentional killing alone (Civil and Political Rights, article 6).",
        "death-penalty",
        "sentenced",
        unless=("violence",),
    ),
    article_2(
        "corporal-punishment",
        "The punishment is cruel, inhuman or degrading.",
        "bodily-punishment",
        unless=("violence",),
    ),
    article_2(
        "unfair-trial",
        "The person could not defend themselves, or was tried in secret.",
        "lawyer",
        "kept-out",
        within=6,
        unless=GAIN,
    ),
    article_2(
        "unfair-trial",
        "The person could not defend themselves, or was tried in secret.",
        "hearing",
        "no-defence",
        within=8,
    ),
    article_2(
        "refugee",
        "A state protects the person as a refugee; their own state may then not seek them through the network.",
        "refugee-status",
        unless_near=("refugee-as-victim",),
    ),
    article_2(
        "risk-of-persecution",
        "Nobody is returned to where they would be tortured or persecuted (Convention against Torture, article 3).",
        "risk-of-persecution",
    ),
)
