"""Why a record was shown, in words that a judge understands: how it was found, and the rule that allowed it. Pure."""

from typing import Any, Final

from shared.disclosure import FOUND_LATER, NEAR


def _(text: str) -> str:
    return text


_WAYS: Final = {
    "search": _("Version %(version)s of the record was found by what the officer asked for."),
    "near": _("Version %(version)s of the record was shown as one that nearly fits what the officer asked for."),
    "list": _("Version %(version)s of the record was in a list that the officer asked for."),
    "read": _("The officer asked for version %(version)s of the record by its id."),
    "change": _("Version %(version)s of the record was made by this request."),
    "subscription": _("Version %(version)s of the record fits a subscription of %(bureau)s."),
    "delayed-inquiry": _("Version %(version)s of the record fits an earlier search of %(bureau)s."),
    "duplicate": _("Version %(version)s of the record is about the same thing as a record of %(bureau)s."),
    "screening": _(
        "What version %(version)s of the record is about was seen by a partner in the country of %(bureau)s."
    ),
    "published": _("Version %(version)s of the record was sent to %(bureau)s when it was published or changed."),
    "copied": _("%(bureau)s took the records of their owner to use them offline."),
}
_RULES: Final = {
    "owner": _("%(bureau)s may see it, as it entered the record itself."),
    "members": _("%(bureau)s may see it: its owner opened it to all members, and has not barred %(bureau)s."),
    "partners": _("%(bureau)s may see it: its owner opened it to this partner, whose agreement allows it."),
    "public": _("Everybody may see it: its owner made it public."),
    "secretariat": _("%(bureau)s may see it: the General Secretariat reviews and keeps the records (RPD article 22)."),
    "data-subject-request": _(
        "%(bureau)s may see it: the Commission examined the request of the person concerned (RPD article 18)."
    ),
}
_UNKNOWN_WAY: Final = _("Version %(version)s of the record was shown.")
_UNKNOWN_RULE: Final = _("The rule that allowed it is not known here.")
# Only these say how well a record fits.
_COMPARED: Final = frozenset({"search", NEAR, *FOUND_LATER})


def way_of(record: Any) -> str:
    """Return how a record was found, in English: the key of its translations."""
    return _WAYS.get(record["how"], _UNKNOWN_WAY)


def rule_of(record: Any) -> str:
    """Return the rule that allowed it, in English: the key of its translations."""
    return _RULES.get(record["rule"], _UNKNOWN_RULE)


def is_compared(record: Any) -> bool:
    """Return whether a record was compared with what was asked: then a score and a match say how well it fits."""
    return record["how"] in _COMPARED
