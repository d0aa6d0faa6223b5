"""What the screening finds in the particulars of a notice, and not in its words."""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from services.notices.colours import Colour
from services.notices.entries import CommonEntry, RedEntry, YellowEntry
from services.notices.review_models import Finding, NoticeRefusalReason, Weight
from services.notices.screening.engine import Text
from services.notices.screening.folding import fold, is_mixed
from services.notices.screening.provisions import provision
from services.notices.subjects.models import Person, names_of
from services.notices.warrants import (
    LEAST_MAXIMUM_PENALTY_MONTHS,
    LEAST_SENTENCE_MONTHS,
    Stage,
    Warrant,
    charges_by_pointer,
)
from shared.bureaus import BureauCode
from shared.dates import ages_at
from shared.standing import BureauStanding

AGE_OF_RESPONSIBILITY: Final = 12
# A penalty so little above the least is looked at.
NEARLY: Final = 6
FEW_WORDS: Final = 4
_WORD: Final = re.compile(r"\w+")
# Texts that stand for one that is missing, from their beginning.
_PLACEHOLDER: Final = re.compile(
    r"""^\W*(
    (n\W?a | tb[cda] | xxx+ | none | unknown | pending | confidential | pendiente)\W*$
    | not\ (yet\ )?(known|issued|available) | see\ (the\ )?(attach|enclos|file|warrant|above)
    | (to|will)\ (follow|be\ (sent|confirmed|determined|provided|completed|announced|supplied|communicated))\b
    | as\ (per|in)\ (the\ )?(file|warrant|attach)
    | (the\ )?(facts|details|information)\ (will|to|are|is)\b.*(sent|follow|later|provided|contained|enclosed|attached)
    | (according\ to|as\ stated\ in|refer\ to|cf\.?|see)\ (the\ )?(warrant|judge?ment|file|annex|letter|document)
    | (voir|selon|conformement\ au?|suivant)\ (le\ |la\ |les\ |l.)?(dossier|piece|annexe|mandat|jugement|lettre|fiche)
    | a\ (completer|preciser) | ci.joint | neant\W*$ | idem\W*$
    | (les\ )?(faits|details)\ .*(transmis|communiques|ulterieurement)
    | (ver|segun|vease|conforme\ a|de\ acuerdo\ (a|con))\ (el\ |la\ |lo\ )?
      (expediente|adjunto|anexo|orden|mandato|sentencia|auto|oficio)
    | por\ (confirmar|determinar)
    | (los\ )?(hechos|detalles)\ se\ (enviar|remitir|comunicar)
    | (حسب|وفقا|كما\ في|طبقا)\ \S*(مذكر|ملف|حكم|مرفق|امر) | انظر | يرسل | ترسل | سترسل | لم\ يصدر | غير\ (متوفر|معروف)
    )""",
    re.VERBOSE,
)


EARLIER_REFUSAL: Final = "earlier-refusal"


class EarlierRefusal(NamedTuple):
    """A notice about the same person that the Secretariat refused or cancelled to the same bureau."""

    id: str
    reason: NoticeRefusalReason


def of_provisions(content: CommonEntry, owner: BureauCode) -> Iterator[Finding]:
    """Yield the laws that are known to be political, military or religious by their content."""
    for pointer, warrant, charge in charges_by_pointer(_warrants(content)):
        if charge.law and (found := provision(warrant.issuing_country or owner, charge.law)):
            number, about = found
            detail = (
                f"The provision {number} is about {about}. Show the harm to persons or property that makes it "
                "predominantly a crime under ordinary law, or remove the charge (constitution, article 3)."
            )
            yield Finding(
                code="known-provision",
                reason=NoticeRefusalReason.ARTICLE_3,
                weight=Weight.STOPS,
                pointer=f"{pointer}/law",
                words=charge.law,
                detail=detail,
            )


def _warrants(content: CommonEntry) -> Sequence[Warrant]:
    return content.warrants if isinstance(content, RedEntry) else ()


def of_age(content: CommonEntry) -> Iterator[Finding]:
    """Yield that the person was a child at the facts."""
    born = content.subject.date_of_birth if isinstance(content.subject, Person) else None
    if not born or not content.event or not content.event.date or not isinstance(content, RedEntry):
        return
    oldest = ages_at(born, content.event.date)[1]
    if 0 <= oldest < AGE_OF_RESPONSIBILITY:
        detail = (
            f"At the facts the person was {oldest} at the most. State by which law a child of this age is prosecuted, "
            "or correct the dates (Convention on the Rights of the Child, article 40)."
        )
        yield _asks(
            "child-at-the-facts",
            "/event/date",
            str(content.event.date),
            detail,
            NoticeRefusalReason.ARTICLE_2,
            Weight.STOPS,
        )


def of_judicial_data(content: CommonEntry) -> Iterator[Finding]:
    """Yield judicial data that a red notice lacks, and thresholds that it only just meets (RPD articles 83 and 84)."""
    if not isinstance(content, RedEntry):
        return
    for position, warrant in enumerate(content.warrants):
        pointer = f"/warrants/{position}"
        if not warrant.court and not warrant.issued:
            detail = (
                "State the court and the day of the warrant, so that its validity can be examined (RPD article 84)."
            )
            yield _asks("judicial-data-missing", pointer, warrant.reference or "", detail)
        yield from _nearly_missed(pointer, warrant)


def _nearly_missed(pointer: str, warrant: Warrant) -> Iterator[Finding]:
    if warrant.stage is Stage.SENTENCE:
        months, least, name = warrant.sentence_imposed_months, LEAST_SENTENCE_MONTHS, "sentence_imposed_months"
        nearly = 1
    else:
        months = max((charge.maximum_penalty_months or 0 for charge in warrant.charges), default=0)
        least, name, nearly = LEAST_MAXIMUM_PENALTY_MONTHS, "maximum_penalty_months", NEARLY
    if months is not None and least <= months < least + nearly:
        detail = f"{months} months is little above the least, {least}: quote the provision (RPD article 83(1)(b))."
        yield _asks("threshold-nearly-missed", f"{pointer}/{name}", str(months), detail)


def of_facts(content: CommonEntry) -> Iterator[Finding]:
    """Yield texts that say nothing: a placeholder, or facts of a few words."""
    facts = content.circumstances if isinstance(content, YellowEntry) else content.facts
    where = "/circumstances" if isinstance(content, YellowEntry) else "/facts"
    stated = [Text(where, facts or "")]
    for pointer, _, charge in charges_by_pointer(_warrants(content)):
        stated += [Text(f"{pointer}/{name}", getattr(charge, name) or "") for name in ("charge", "law")]
    if isinstance(content, RedEntry):
        references = enumerate(warrant.reference or "" for warrant in content.warrants)
        stated += [Text(f"/warrants/{place}/reference", reference) for place, reference in references]
    for pointer, text in stated:
        if _PLACEHOLDER.match(" ".join(map(fold, text.split()))):
            detail = "The text stands for one that is missing: state it here (RPD article 83(2)(b))."
            yield _asks("placeholder", pointer, text[:300], detail, weight=Weight.STOPS)
    is_accused = content.colour in {Colour.RED, Colour.GREEN, Colour.SILVER}
    if facts and is_accused and len(_WORD.findall(facts)) < FEW_WORDS:
        detail = "Say what the person did, when and where, and to whose harm (RPD article 83(2)(b))."
        yield _asks("facts-too-short", where, facts, detail)


def of_disguise(texts: Sequence[Text]) -> Iterator[Finding]:
    """Yield words whose letters are of two scripts: no language writes so, and a search does not find them."""
    for pointer, text in texts:
        if text.isascii():
            continue
        if disguised := next((word for word in _WORD.findall(text) if is_mixed(fold(word))), None):
            detail = "The word mixes letters of two scripts: write it in one."
            yield _asks("mixed-scripts", pointer, disguised, detail)


def of_bureau(content: CommonEntry, standing: BureauStanding, earlier: Sequence[EarlierRefusal]) -> Iterator[Finding]:
    """Yield that the bureau is under a measure, and that it was refused a notice about this person before."""
    if standing.standing != "member":
        detail = f"The issuing bureau is {standing.standing}: what it sends is reviewed with care (ADR 62)."
        yield _asks("bureau-under-measure", "", standing.standing, detail)
    for refusal in earlier:
        detail = (
            f"The request {refusal.id} about this person was refused or cancelled ({refusal.reason}). Say what has "
            "changed since."
        )
        is_by_constitution = refusal.reason is not NoticeRefusalReason.OTHER
        weight = Weight.STOPS if is_by_constitution else Weight.ASKS
        words = next(iter(names_of(content.subject)), "")
        yield _asks(EARLIER_REFUSAL, "/subject", words, detail, refusal.reason, weight)


def _asks(
    code: str,
    pointer: str,
    words: str,
    detail: str,
    reason: NoticeRefusalReason = NoticeRefusalReason.OTHER,
    weight: Weight = Weight.ASKS,
) -> Finding:
    return Finding(code=code, reason=reason, weight=weight, pointer=pointer, words=words, detail=detail)
