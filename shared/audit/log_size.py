"""How large the audit log of a service is when it makes an answer, for answers that state it."""

from typing import Annotated

from fastapi import Depends, Request
from pydantic import BaseModel, Field

from shared.audit.tree import heads
from shared.web.routing import context_of


class LogSize(BaseModel):
    """The audit log of the service before the leaf of this answer is in it.

    A checkpoint of a greater size, and a proof from the Secretariat, show that the answer was logged.
    """

    log: int = Field(ge=0, description="Which of the logs of the service, from 0.", examples=[0])
    size: int = Field(ge=0, description="In leaves.", examples=[1187])


async def log_size(request: Request) -> LogSize:
    """Return the size of the log that grows; of a service that has none yet, 0."""
    found = await heads(context_of(request).database.reading)
    return LogSize(log=found[-1].log, size=found[-1].tree.size) if found else LogSize(log=0, size=0)


OfLog = Annotated[LogSize, Depends(log_size)]
