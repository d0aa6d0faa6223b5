"""Draws the chain of a trace as SVG: a box for each country, an arrow for each link. Pure.

It is made of text, without a library: boxes in a row and arrows between them need none. All that is stated by others is
escaped, and is codes of lists and dates besides; the picture has no script, no link and no reference.
"""

from typing import Final
from xml.sax.saxutils import escape, quoteattr

from gateway.traces.models import Chain, ChainLink
from shared.bureaus import BureauCode, name_of

BOX: Final = (110, 48)
GAP: Final = 150
MARGIN: Final = 24
HEIGHT: Final = 130
_TOP: Final = 46
_MIDDLE: Final = _TOP + BOX[1] // 2
_STYLE: Final = (
    "text{font-family:sans-serif;font-size:12px;text-anchor:middle;fill:#1b1b1b}"
    ".code{font-size:18px;font-weight:bold}.box{fill:#eef3fa;stroke:#27496d;stroke-width:1.5}"
    ".open{fill:#fff;stroke-dasharray:4 3}.way{stroke:#27496d;stroke-width:1.5;fill:none;marker-end:url(#tip)}"
)
_TIP: Final = (
    '<marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0 0L10 5L0 10z" fill="#27496d"/></marker>'
)


def draw_chain(chain: Chain) -> str:
    """Return the picture of a chain."""
    countries = countries_of(chain)
    width = 2 * MARGIN + max(1, len(countries)) * BOX[0] + max(0, len(countries) - 1) * GAP
    places = {place: MARGIN + place * (BOX[0] + GAP) for place in range(len(countries))}
    parts = [_box(places[place], code, is_open=is_open) for place, (code, is_open, _) in enumerate(countries)]
    for place, (_, _, link) in enumerate(countries):
        if link is not None:
            parts.append(_way(link, places[place], is_within=link.origin == link.to))
    if not countries:
        parts = [f'<text x="{width / 2:g}" y="{_MIDDLE}">no answer yet</text>']
    title = f"The chain of trace {chain.trace}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}" viewBox="0 0 {width} {HEIGHT}" '
        f'role="img" aria-label={quoteattr(title)}><title>{escape(title)}</title><style>{_STYLE}</style>'
        f"<defs>{_TIP}</defs>{''.join(parts)}</svg>"
    )


def countries_of(chain: Chain) -> list[tuple[str, bool, ChainLink | None]]:
    """Return the countries in the order of the links, each with whether it is to be asked, and how it was reached.

    A link within a country belongs to its box. One that does not begin where the one before it ended has a box for its
    beginning, which nothing reaches: there is a gap.
    """
    found: list[tuple[str, bool, ChainLink | None]] = []
    for link in chain.links:
        if not found or found[-1][0] != link.origin:
            found.append((link.origin, False, None))
        if link.origin == link.to:
            found[-1] = (link.to, False, found[-1][2] or link)
        else:
            found.append((link.to, False, link))
    if chain.next is not None and (not found or found[-1][0] != chain.next):
        found.append((chain.next, True, None))
    elif chain.next is not None:
        found[-1] = (chain.next, True, found[-1][2])
    return found


def _box(x: int, code: str, *, is_open: bool) -> str:
    middle, looks = x + BOX[0] / 2, "box open" if is_open else "box"
    name = escape(name_of(BureauCode(code))[:18])
    return (
        f'<rect class="{looks}" x="{x}" y="{_TOP}" width="{BOX[0]}" height="{BOX[1]}" rx="6"/>'
        f'<text class="code" x="{middle:g}" y="{_TOP + 22}">{escape(code)}</text>'
        f'<text x="{middle:g}" y="{_TOP + 39}">{name}</text>'
    )


def _way(link: ChainLink, x: int, *, is_within: bool) -> str:
    words = f"{link.kind.value} {link.on}"
    if is_within:
        middle = x + BOX[0] / 2
        return f'<text x="{middle:g}" y="{_TOP + BOX[1] + 18}">{escape(words)}</text>'
    start, end = x - GAP, x
    return (
        f'<path class="way" d="M{start} {_MIDDLE}H{end}"/>'
        f'<text x="{(start + end) / 2:g}" y="{_MIDDLE - 24}">{escape(link.kind.value)}</text>'
        f'<text x="{(start + end) / 2:g}" y="{_MIDDLE - 8}">{escape(link.on)}</text>'
    )
