"""Traces of firearms: one bureau asks country after country where a firearm went; each answers with a link."""

from shared.service import Service

SERVICE = Service(
    package=__name__, name="traces", summary="Requests to other bureaus to trace a firearm, and the chain of answers."
)
