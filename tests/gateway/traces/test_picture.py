"""The picture of a chain is well-formed, whatever it shows, and shows each link, none over another."""

from itertools import combinations
from typing import Any, Final, NamedTuple
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.traces.chain import Chain, ChainLink, LinkKind
from gateway.traces.picture import ASKED_NEXT, NOT_KNOWN, WIDTH_OF_SIGN, draw_chain
from tests.gateway.messages.form_samples import AN_ID

SVG: Final = "{http://www.w3.org/2000/svg}"
COUNTRIES: Final = ("DE", "ES", "PT", "FR")


def a_link(origin: str, to: str, on: str = "2019", kind: str = "export") -> ChainLink:
    return ChainLink.model_validate({"from": origin, "to": to, "on": on, "kind": kind})


def texts_of(chain: Chain) -> list[Any]:
    return [each.text for each in ET.fromstring(draw_chain(chain)).iter(f"{SVG}text")]  # noqa: S314 - of this program


def codes_in(chain: Chain) -> list[Any]:
    root = ET.fromstring(draw_chain(chain))  # noqa: S314 - of this program
    return [each.text for each in root.iter(f"{SVG}text") if each.get("class") == "code"]


@pytest.mark.parametrize(
    ("links", "then", "codes"),
    [
        ([], None, []),
        ([], "DE", ["DE"]),
        ([("DE", "ES")], None, ["DE", "ES"]),
        ([("DE", "ES")], "ES", ["DE", "ES"]),
        ([("DE", "ES"), ("ES", "PT")], None, ["DE", "ES", "PT"]),
        ([("DE", "ES"), ("ES", "ES"), ("ES", "PT")], None, ["DE", "ES", "PT"]),
        ([("DE", "ES"), ("PT", "FR")], None, ["DE", "ES", "PT", "FR"]),
        ([("PT", "PT")], None, ["PT"]),
    ],
)
def test_each_country_has_a_box_in_the_order_of_the_links(
    links: list[tuple[str, str]], then: Any, codes: list[str]
) -> None:
    """One that begins elsewhere shows the gap; who is to be asked is open."""
    chain = Chain(trace=AN_ID, links=tuple(a_link(*each) for each in links), next=then)
    assert codes_in(chain) == codes
    assert ('class="box open"' in draw_chain(chain)) is (then is not None)


def test_a_trace_without_an_answer_says_so() -> None:
    assert texts_of(Chain(trace=AN_ID, links=(), next=None)) == ["no answer yet"]


def test_what_is_stated_is_escaped() -> None:
    """Even what no other check would let through."""
    hostile = '"/><script>alert(1)</script>'
    link = ChainLink.model_construct(origin="DE", to="ES", on=hostile, kind=LinkKind.EXPORT)
    chain = Chain.model_construct(trace=hostile, links=(link,), next=None)
    root = ET.fromstring(draw_chain(chain))  # noqa: S314 - of this program
    assert not [each for each in root.iter() if "script" in each.tag]
    assert hostile in [each.text for each in root.iter(f"{SVG}text")]


def test_each_link_within_a_country_is_in_its_box_in_order() -> None:
    """As those from the maker over a wholesaler and a dealer to the first owner."""
    links = [("DE", "DE", "1998", "manufacture"), ("DE", "DE", "1999", "sale"), ("DE", "DE", "2001", "sale")]
    chain = Chain(
        trace=AN_ID, links=tuple(a_link(*each) for each in [*links, ("DE", "ES", "2004", "export")]), next=None
    )
    within = ["1. manufacture", "1998", "2. sale", "1999", "3. sale", "2001"]
    assert texts_of(chain) == ["DE", "Germany", *within, "ES", "Spain", "4. export", "2004"]


def test_a_gap_and_a_bureau_that_is_named_instead_are_told_apart() -> None:
    """Nothing is drawn as an arrow that no answer states."""
    chain = Chain(trace=AN_ID, links=(a_link("DE", "ES"), a_link("PT", "PT", kind="theft")), next="FR")
    assert [text for text in texts_of(chain) if text in (NOT_KNOWN, ASKED_NEXT)] == [NOT_KNOWN, ASKED_NEXT]
    assert draw_chain(chain).count('class="way"') == 1


class Area(NamedTuple):
    """A rectangle of the picture."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "Area") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


def box_of(element: ET.Element) -> Area:
    x, y, width, height = (float(str(element.get(name))) for name in ("x", "y", "width", "height"))
    return Area(x, y, x + width, y + height)


def text_area(element: ET.Element) -> Area:
    """Return where a text is, by the widest sign of its font."""
    is_code = element.get("class") == "code"
    x, y, half = float(str(element.get("x"))), float(str(element.get("y"))), len(element.text or "") * WIDTH_OF_SIGN / 2
    return Area(x - half, y - (18 if is_code else 12), x + half, y + 2)


@given(
    links=st.lists(
        st.tuples(
            st.sampled_from(COUNTRIES),
            st.sampled_from(COUNTRIES),
            st.sampled_from(("2019", "2019-05-01/2019-06-30")),
            st.sampled_from([kind.value for kind in LinkKind]),
        ),
        max_size=20,
    ),
    then=st.none() | st.sampled_from(COUNTRIES),
)
def test_any_chain_is_drawn_with_each_link_and_nothing_over_another(
    links: list[tuple[str, str, str, str]], then: Any
) -> None:
    """Within the bounds of a trace: no box or text overlaps another, and all is within the frame."""
    chain = Chain(trace=AN_ID, links=tuple(a_link(*each) for each in links), next=then)
    root = ET.fromstring(draw_chain(chain))  # noqa: S314 - of this program
    frame = Area(0, 0, float(str(root.get("width"))), float(str(root.get("height"))))
    boxes = [box_of(each) for each in root.iter(f"{SVG}rect")]
    texts = [(each.text, text_area(each)) for each in root.iter(f"{SVG}text")]
    written = [text for text, _ in texts]
    for number, (_, _, on, kind) in enumerate(links, 1):
        assert written[written.index(f"{number}. {kind}") + 1] == on
    for areas in (boxes, [area for _, area in texts]):
        for one, other in combinations(areas, 2):
            assert not one.overlaps(other)
    for area in (*boxes, *(area for _, area in texts)):
        assert frame.left <= area.left
        assert frame.top <= area.top
        assert area.right <= frame.right
        assert area.bottom <= frame.bottom
        # A text is within a box, or beside all.
        if area not in boxes:
            assert all(not area.overlaps(box) or (box.left <= area.left and area.right <= box.right) for box in boxes)
