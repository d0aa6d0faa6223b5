"""Patterns on human rights and refugees (article 2), and on private and administrative matters (RPD article 83)."""

from typing import Final

from services.notices.review import Weight
from services.notices.screening.pattern import article_2, private

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
        unless=("organised-or-forged",),
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
)
PRIVATE: Final = (
    private("behavioural-norms", "The act offends against behavioural or cultural norms.", "behaviour"),
    private(
        "behavioural-norms",
        "The act offends against behavioural or cultural norms.",
        "intimate-relation",
        "unmarried",
        within=9,
    ),
    private("own-use", "Drugs for one's own use are not a serious crime.", "own-use"),
    private("family-duty", "It is a matter of family law.", "family-duty"),
    private(
        "custody-of-child",
        "It is a dispute of parents about a child; a yellow notice finds the child.",
        "custody-of-child",
        "child|parent",
        within=12,
        unless=("harm",),
    ),
    private(
        "custody-of-child",
        "It is a dispute of parents about a child; a yellow notice finds the child.",
        "parent",
        "child",
        "took-away",
        within=10,
        unless=("harm",),
    ),
    private(
        "woman-who-left",
        "An adult decides where and in which company they live.",
        "guardian",
        "woman-left",
        within=12,
    ),
    private("debt", "It is a private debt.", "not-paid", "money-owed", within=8),
    private("cheque", "A cheque that is not covered is a private debt.", "cheque", "no-funds", within=8),
    private("private-dispute", "It is a private dispute.", "private-dispute"),
    private("administrative", "It is an administrative matter.", "administrative"),
    private("small-tax", "Taxes that are not paid are an administrative matter.", "tax", "not-declared", within=6),
)
