"""Makes text safe for a terminal, as text from a file or an answer could move the cursor, or hide and forge lines."""

import json


def printable(text: str) -> str:
    """Return a text on one line, with an escape for each character that is not printable."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def printable_json(text: str) -> str:
    """Return the same JSON, with an escape of JSON for each such character. The text must have no line breaks."""
    return "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in text)
