"""Structured logs: one JSON object a line, no personal data, no secrets.

An event has a fixed name and named values; values are codes, ids, counts and times, never what an officer typed.
"""

import logging
import sys
from typing import Any, BinaryIO

import msgspec
import structlog
from structlog.typing import FilteringBoundLogger as Log

__all__ = ["Log", "open_log"]


def open_log(part: str, *, stream: BinaryIO | None = None, level: str = "info") -> Log:
    """Return the log of one part of the mesh, written to a stream (by default the standard error output)."""
    log: Log = structlog.wrap_logger(
        structlog.BytesLogger(stream or sys.stderr.buffer),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.JSONRenderer(serializer=_encode),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        cache_logger_on_first_use=True,
    )
    return log.bind(part=part)


def _encode(event: dict[str, Any], **_options: Any) -> bytes:
    return msgspec.json.encode(event, enc_hook=str)
