"""What a page says of a refusal of the API, in the language of the officer, and what they can do about it."""

from typing import Final

from gateway.console.in_process import OFFICER_DIFFERS, PURPOSE_DIFFERS, STEP_DIFFERS, Problem
from gateway.console.texts import Texts


def _(text: str) -> str:
    return text


_TITLES: Final = {
    403: _("You may not do this"),
    404: _("Not found"),
    409: _("This does not fit what is there already"),
    413: _("This is too large"),
    415: _("This kind of file is not taken"),
    422: _("Something in this is not right"),
    429: _("Too much at once"),
    502: _("An answer could not be trusted"),
    503: _("The service does not answer"),
    504: _("The service did not answer in time"),
}
_ADVICE: Final = {
    403: _("Your rights or your purpose do not cover it. Choose another purpose, or ask who administers your gateway."),
    404: _("It does not exist, or your bureau may not know of it. Check the address, or search for it."),
    409: _("Go back, and look at what is there."),
    422: _("Correct what is named here, and try again."),
    429: _("Wait a moment, and try again."),
    503: _("Nothing is known of what it has: silence never means that nothing was found. Try again in a moment."),
    504: _("Nothing is known of what it has: silence never means that nothing was found. Try again in a moment."),
}
# Those that say more than their status.
_TITLES_OF_CODE: Final = dict.fromkeys(
    (PURPOSE_DIFFERS.code, OFFICER_DIFFERS.code, STEP_DIFFERS.code), _("Nothing was done.")
)
_ADVICE_OF_CODE: Final = {
    PURPOSE_DIFFERS.code: _(
        "The page showed another purpose than the one that you use now, which was chosen in another window. Look at "
        "the purpose in the head of this page, and send it once more."
    ),
    OFFICER_DIFFERS.code: _(
        "The page was opened by another officer. Since then the officer has signed in who is named in the head of this "
        "page: what they do here is recorded as theirs."
    ),
    STEP_DIFFERS.code: _(
        "Somebody went on since you opened the page. Look at what is there now, and send it once more if it still fits."
    ),
}
_OTHER_TITLE: Final = _("This did not work")
_OTHER_ADVICE: Final = _("Try again. If it happens again, tell who administers your gateway the time and the request.")


def title_of(texts: Texts, problem: Problem) -> str:
    """Return what happened, in some words."""
    return texts.gettext(_TITLES_OF_CODE.get(problem.code) or _TITLES.get(problem.status, _OTHER_TITLE))


def advice_of(texts: Texts, problem: Problem) -> str:
    """Return what the officer can do."""
    return texts.gettext(_ADVICE_OF_CODE.get(problem.code) or _ADVICE.get(problem.status, _OTHER_ADVICE))
