"""Below the public notices API: its methods, its paths, and ids with a slash."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.responses import Response

from gateway.public_http import AT_WORK, READING, PublicApi
from gateway.public_notices.links import ROOT
from gateway.public_notices.routes import STATISTICS_PATH, error_response
from gateway.public_quota import TooOften

__all__ = ["AT_WORK", "PublicNotices", "serves"]

_PREFIXES: Final = (f"{ROOT}/", "/notices/data/", "/en/notices/data/")
_SLASHED_ID: Final = re.compile(r"(/notices/v1/(?:red|yellow|un(?:/persons|/entities)?)/[0-9]{4})/([0-9]{1,7})(?=/|$)")


def serves(scope: Mapping[str, Any]) -> bool:
    """Return whether a request is of the public notices API, or for the statistics of notices without a token."""
    path: str = scope["path"]
    if path == STATISTICS_PATH:
        return all(name != b"authorization" for name, _ in scope["headers"])
    return f"{_merged(path)}/".startswith(_PREFIXES)


class PublicNotices(PublicApi):
    """Answers the requests of anyone for public notices."""

    def methods_of(self, path: str) -> Sequence[str]:  # noqa: ARG002 - all alike
        """Return that all of it is read."""
        return READING

    def error_response(self, status: int) -> Response:
        """Return the answer with an error status, as INTERPOL's own API writes it."""
        return error_response(status)

    def refusal_of(self, too_often: TooOften) -> Response:
        """Return the answer with the status 429: only a header says when to ask again, as that API has no words."""
        return error_response(429, too_often.wait_seconds)

    def path_of(self, path: str) -> str:
        """Return the path with a dash in an id, no slash twice, and none at the end."""
        return _SLASHED_ID.sub(r"\1-\2", _merged(path)).rstrip("/")


def _merged(path: str) -> str:
    """Return the path with each run of slashes as one, as the original server reads it."""
    return re.sub("/{2,}", "/", path)
