"""The broker lets in who has both the NKEY of a participant and a certificate of its name."""
import pytest
from tests.broker import NatsServer


async def test_first(tls_server: NatsServer) -> None:
    """x."""
    france = await tls_server.connect("FR")
    for n in ("DE", "operator", "IPSG", "notices"):
        t = await tls_server.connect(n); await t.close()
    await france.close()
