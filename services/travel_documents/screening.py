"""Whether a partner is told that a document is in the register: only where its agreement says so."""

from services.travel_documents.queries import DocumentQuery
from services.travel_documents.store import TravelDocumentStore
from shared.agreements import REFER
from shared.identity import Caller
from shared.records import service_kit as kit


async def referral(partner: Caller, documents: TravelDocumentStore, query: DocumentQuery) -> kit.Referral | None:
    """Return whether to refer somebody, or None where the partner is told nothing."""
    if partner.agreement is None or REFER not in partner.agreement.verbs:
        return None
    owner = TravelDocumentStore.owner_of(query)
    if owner is None:
        return kit.Referral(refer=False)
    as_owner = Caller(owner, partner.officer, frozenset(), partner.purpose, partner.request_id)
    found = await TravelDocumentStore(documents.session, as_owner, documents.at).find(query)
    return kit.Referral(refer=bool(found.hits))
