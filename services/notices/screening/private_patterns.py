"""Patterns on private and administrative matters (RPD article 83(1)(a)(i))."""

from typing import Final

from services.notices.screening.pattern import CONCRETE_OFFENCE, ORDINARY, SERIOUS, private

_NORMS: Final = "The act offends against behavioural or cultural norms."
_WOMAN: Final = "An adult decides where and in which company they live."
_DISPUTE: Final = "It is a private dispute."
_ADMINISTRATIVE: Final = "It is an administrative matter."
_WORK: Final = "It is a matter of labour law."
# Where the offence is of a concrete category, a dispute is at most its motive.
_DISPUTED: Final = (*SERIOUS, CONCRETE_OFFENCE)
_OWN_USE: Final = "Drugs for one's own use are not a serious crime."
_DEBT: Final = "It is a private debt."
PRIVATE: Final = (
    private("behavioural-norms", _NORMS, "behaviour"),
    private(
        "behavioural-norms",
        _NORMS,
        "intimate-relation",
        "unmarried",
        within=9,
    ),
    private("own-use", _OWN_USE, "own-use"),
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
    private("private-dispute", "It is a private dispute.", "private-dispute", unless=_DISPUTED),
    private("administrative", "It is an administrative matter.", "administrative", unless=_DISPUTED),
    private("small-tax", "Taxes that are not paid are an administrative matter.", "tax", "not-declared", within=6),
    private("behavioural-norms", _NORMS, "couple", "forbidden-couple", within=6),
    private("behavioural-norms", _NORMS, "abortion"),
    private("woman-who-left", _WOMAN, "grown-woman", "against-family", "own-life", within=14),
    private("woman-who-left", _WOMAN, "own-life", "against-family", within=7),
    private("debt", _DEBT, "loan|money-owed", "left-unpaid", within=12, unless=ORDINARY),
    private("debt", _DEBT, "not-paid", "loan", within=10, unless=ORDINARY),
    private("unfinished-work", _DISPUTE, "advance", "not-finished|tradesman", within=12, unless=_DISPUTED),
    private("private-dispute", _DISPUTE, "near-person", "quarrel", within=9, unless=_DISPUTED),
    private("private-dispute", _DISPUTE, "shared-property", "split", within=12, unless=_DISPUTED),
    private("private-opinion", _DISPUTE, "opinion-of-business", "business", "bad-word", within=12, unless=_DISPUTED),
    private("labour-law", _WORK, "employs", "work-rules", within=9, unless=_DISPUTED),
    private("labour-law", _WORK, "left-work", "work-place", within=12, unless=_DISPUTED),
    private("own-use", _OWN_USE, "soft-drug", "little-for-self", within=9),
    private("administrative", _ADMINISTRATIVE, "small-building", "no-permit", within=12, unless=_DISPUTED),
    private("administrative", _ADMINISTRATIVE, "paper-duty", unless=_DISPUTED),
    private("administrative", _ADMINISTRATIVE, "small-offence", unless=_DISPUTED),
    private(
        "tracing", "To trace a person for a private claim is no police matter.", "traced", "civil-party", within=14
    ),
)
