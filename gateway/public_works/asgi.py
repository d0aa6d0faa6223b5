"""Below the public register of works of art: its methods, and its errors as problem documents."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.responses import Response

from gateway.public_http import MAX_BODY, MAX_QUERY, READING, PublicApi
from gateway.public_quota import TooOften
from gateway.public_works.models import ROOT, STATEMENTS
from shared.errors import Busy, MethodNotAllowed, Refusal, TargetTooLong, TooLarge
from shared.web.problems import problem_response

ASKING: Final = ("POST", "OPTIONS")


class TooManyQuestions(Refusal, status=429, code="too-many-questions", title="Too many questions are asked"):
    """So many questions of this client wait, or were answered within an hour: ask again after `Retry-After`."""


_PROBLEMS: Final[Mapping[int, Refusal]] = {
    405: MethodNotAllowed(f"the register is read by GET; a statement is asked for by POST {STATEMENTS}"),
    413: TooLarge(f"a question may have at most {MAX_BODY} bytes: shorten it"),
    414: TargetTooLong(f"a question may have at most {MAX_QUERY} characters: shorten it"),
    429: TooManyQuestions("too many questions wait: ask again later"),
}
_OTHERWISE: Final = Busy("the register cannot answer now: ask again later")


def serves(scope: Mapping[str, Any]) -> bool:
    """Return whether a request is of the public register."""
    return f"{scope['path']}/".startswith(f"{ROOT}/")


class PublicWorks(PublicApi):
    """Answers the requests of anyone for works of art."""

    def methods_of(self, path: str) -> Sequence[str]:
        """Return that statements are asked for by a question, and the rest is read."""
        return ASKING if path == STATEMENTS else READING

    def error_response(self, status: int) -> Response:
        """Return the problem of an error status."""
        headers = {"Retry-After": "1"} if status == TooManyQuestions.status else None
        return problem_response(_PROBLEMS.get(status, _OTHERWISE), headers)

    def refusal_of(self, too_often: TooOften) -> Response:
        """Return the problem of who asks too often, with the seconds to wait."""
        return problem_response(TooManyQuestions(too_often.words), {"Retry-After": str(too_often.wait_seconds)})
