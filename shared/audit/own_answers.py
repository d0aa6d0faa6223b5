"""The proof that an answer is in the audit log, for who has it and knows the id of its request. Adds no leaf itself."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request

from shared.audit.models import AnswerProof
from shared.errors import NotFound
from shared.identity import Caller
from shared.web.routing import context_of

ProveAnswer = Callable[[Caller, str, str], Awaitable[AnswerProof]]


async def _prover(request: Request) -> ProveAnswer:
    reader = context_of(request).audit
    if reader is None:
        raise NotFound("no audit log is kept here")
    return reader.prove_answer


AnswerProver = Annotated[ProveAnswer, Depends(_prover)]
"""Proves the answer of an operation to a request of the caller's bureau. Raises NotFound, LogDamaged."""
