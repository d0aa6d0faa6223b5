"""The part of the story about a gallery: it asks the public register before it buys, and keeps a signed statement.

The gallery has no token, no key and no program of this project: it verifies the statement with a JOSE library.
"""

import asyncio
from typing import Any, Final

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry, deserialize_compact

from deploy.demo.actors import POLL_SECONDS, TIMEOUT_SECONDS, StoryFailed
from deploy.demo.story_printer import StoryPrinter
from shared.audit.verify.leaf_proof import Answer, verify_proof
from shared.crypto.ed25519 import VerifyingKey
from shared.protocol.envelope import MAX_SIGNATURE_HEADER, SIGNATURE_HEADER
from shared.protocol.witnesses import Trust

REGISTER: Final = "/works-of-art/v1"
QUESTION: Final = {"title": "harbor in a storm", "maker": "van nergens"}
_RULES: Final = JWSRegistry(algorithms=["Ed25519"], strict_check_header=False)
_RULES.max_header_length = MAX_SIGNATURE_HEADER


class GalleryStatement:
    """The steps of a gallery that is offered a painting."""

    def __init__(self, client: httpx.AsyncClient, root: VerifyingKey, trust: Trust, printer: StoryPrinter) -> None:
        self._client = client
        self._root = root
        self._trust = trust
        self._printer = printer

    async def play(self, painting: str) -> None:
        """Play the steps on the painting of an id. Raises StoryFailed."""
        stated = await self._ask("POST", "/statements", json=QUESTION)
        named = [each["record"]["id"] for each in stated.json().get("candidates", ())]
        self._printer.line(
            "A gallery asks the public register, without a token", f"{len(named)} candidates", ok=painting in named
        )
        keys = KeySet.import_key_set((await self._client.get("/directory", timeout=TIMEOUT_SECONDS)).json())
        signature = stated.headers[SIGNATURE_HEADER]
        head = _verified(signature, stated.content, keys) or {}
        says = f"signed by {head.get('from')} for {head.get('to')}, by the JOSE library joserfc"
        self._printer.line("It verifies the statement that it keeps", says, ok=head.get("from") == "cultural-property")
        forged = _verified(signature, stated.content.replace(painting.encode(), painting[::-1].encode()), keys)
        self._printer.line("a statement that was changed is refused", "the signature is wrong", ok=forged is None)
        proof = await self._proof_of(stated.json()["request"])
        found = verify_proof(
            proof["proof"].encode(), self._root, answer=Answer(signature, stated.content), trust=self._trust
        )
        seen = f"cosigned by {', '.join(proof['witnesses'])}"
        self._printer.line("a proof shows that it is in the audit log of the register", seen, ok=found.ok)

    async def _proof_of(self, request: str) -> Any:
        """Return the proof of a statement, once the witnesses of its log have cosigned it. Raises StoryFailed."""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                while True:
                    answer = await self._ask("GET", f"/statements/{request}/proof")
                    if answer.status_code == httpx.codes.OK and len(answer.json()["witnesses"]) > 1:
                        return answer.json()
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError as error:
            raise StoryFailed("no two witnesses cosigned the audit log of the register") from error

    async def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        return await self._client.request(method, REGISTER + path, timeout=TIMEOUT_SECONDS, **options)


def _verified(signature: str, statement: bytes, keys: KeySet) -> dict[str, Any] | None:
    """Return the head of a detached JWS over a statement, None if it does not verify."""
    try:
        return deserialize_compact(signature, keys, registry=_RULES, payload=statement).headers()
    except JoseError:
        return None
