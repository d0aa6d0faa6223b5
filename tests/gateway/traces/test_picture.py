"""The picture of a chain is well-formed, whatever it shows, and shows each country once it is reached."""

from typing import Any, Final
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.traces.models import Chain, ChainLink, LinkKind
from gateway.traces.picture import draw_chain
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
    """A link within a country is in its box; one that begins elsewhere shows the gap; who is to be asked is open."""
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


@given(
    links=st.lists(st.tuples(st.sampled_from(COUNTRIES), st.sampled_from(COUNTRIES)), max_size=20),
    then=st.none() | st.sampled_from(COUNTRIES),
)
def test_any_chain_can_be_drawn(links: list[tuple[str, str]], then: Any) -> None:
    """Within the bounds of a trace, all within its frame."""
    chain = Chain(trace=AN_ID, links=tuple(a_link(*each) for each in links), next=then)
    root = ET.fromstring(draw_chain(chain))  # noqa: S314 - of this program
    width = float(str(root.get("width")))
    for box in root.iter(f"{SVG}rect"):
        assert 0 < float(str(box.get("x"))) + float(str(box.get("width"))) < width
