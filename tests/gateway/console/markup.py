"""What stands in a page: its tags, its text, its links, and its forms with the values of their hidden fields."""

import re
from html import unescape
from html.parser import HTMLParser

import httpx


class Markup(HTMLParser):
    """A page, or a part of one, as a browser reads it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.forms: list[tuple[str, dict[str, str]]] = []
        """Each form with where it is sent."""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        stated = dict(attrs)
        self.tags.append((tag, stated))
        if tag == "form":
            self.forms.append((stated.get("action") or "", {}))
        if tag == "input" and stated.get("type") == "hidden" and self.forms:
            self.forms[-1][1][stated.get("name") or ""] = stated.get("value") or ""

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def names(self) -> set[str]:
        """The names of its tags."""
        return {tag for tag, _ in self.tags}

    @property
    def attributes(self) -> set[str]:
        """The names of the attributes of its tags."""
        return {name for _, stated in self.tags for name in stated}

    def form_to(self, action: str) -> dict[str, str]:
        """Return the hidden fields of the first form that is sent to an address."""
        return next(fields for where, fields in self.forms if where == action)


def links(answer: httpx.Response, pattern: str) -> list[str]:
    """Return the addresses of the links of a page that match a pattern."""
    return [unescape(each) for each in re.findall(rf'href="({pattern})"', answer.text)]
