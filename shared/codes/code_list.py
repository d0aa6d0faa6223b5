"""A list of codes that checks a code, and says what to use instead of a wrong one."""

import re
from collections.abc import Mapping
from typing import Final

# Nothing longer is repeated to the caller, as it may be personal data.
_SHORT: Final = re.compile("[A-Za-z]{1,3}")


class CodeList:
    """A list of codes. `what` they are for, such as countries, and their `form`, such as ISO 3166-1 alpha-2.

    `advice` says by what is often written instead of a code, in capitals, what to do.
    """

    def __init__(self, what: str, form: str, codes: Mapping[str, object], advice: Mapping[str, str]) -> None:
        self.what = what
        self.form = form
        self.codes = frozenset(codes)
        self._advice = advice

    def checked(self, code: str) -> str:
        """Return a code of the list. Raises ValueError, which says what to use instead."""
        if code in self.codes:
            return code
        raise ValueError(self._refusal(code))

    def _refusal(self, code: str) -> str:
        known = code.strip().upper()
        if known in self.codes:
            return f"{code.strip()}: use {known}"
        if known in self._advice:
            return f"{code.strip()}: {self._advice[known]}"
        if _SHORT.fullmatch(code):
            return f"{code} is on no list of {self.what}: {self.form}"
        return f"must be of the list of {self.what}: {self.form}"
