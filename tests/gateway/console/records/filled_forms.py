"""A form of a page as a browser without scripts would send it: its controls with what they have."""

from html.parser import HTMLParser

import httpx

_TYPES_WITHOUT_VALUE = {"submit", "button", "file", "image", "reset"}


class _Controls(HTMLParser):
    def __init__(self, form_id: str) -> None:
        super().__init__()
        self._form_id, self._is_inside = form_id, False
        self._select, self._has_option, self._area = "", False, ""
        self.values: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        stated = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._is_inside = stated.get("id") == self._form_id
        if not self._is_inside:
            return
        match tag:
            case "input":
                self._input(stated)
            case "select":
                self._select, self._has_option = stated["name"], False
            case "option" if self._select:
                self._option(stated)
            case "textarea":
                self._area = stated["name"]
                self.values.setdefault(self._area, []).append("")

    def _input(self, stated: dict[str, str]) -> None:
        kind = stated.get("type", "text")
        if "name" in stated and kind not in _TYPES_WITHOUT_VALUE and (kind not in _BOXES or "checked" in stated):
            self.values.setdefault(stated["name"], []).append(stated.get("value", ""))

    def _option(self, stated: dict[str, str]) -> None:
        if "selected" in stated or not self._has_option:
            self.values[self._select] = [stated.get("value", "")]
            self._has_option = True

    def handle_data(self, data: str) -> None:
        if self._area:
            # As the first line end in the element is none of its text.
            self.values[self._area][-1] += data

    def handle_endtag(self, tag: str) -> None:
        match tag:
            case "textarea" if self._area:
                self.values[self._area][-1] = self.values[self._area][-1].removeprefix("\n")
                self._area = ""
            case "select":
                self._select = ""
            case "form":
                self._is_inside = False


_BOXES = {"checkbox", "radio"}


def filled(answer: httpx.Response, form_id: str = "record-form") -> dict[str, list[str]]:
    """Return the values of the controls of a form."""
    reader = _Controls(form_id)
    reader.feed(answer.text)
    return reader.values
