"""A program that sends one message again and again as fast as the broker takes it: `python -m tests.attacks.flood`."""

import asyncio
import json
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from tests.system.wire import credentials

BURST = 500
# In a subject it stands for the number of a message.
NUMBER = "{number}"


async def flood(url: str, name: str, seed: str, subject: str, count: int, body: bytes) -> None:
    """Publish so many messages that ask for an answer, take in whatever comes back, and end with the connection."""
    where = urlsplit(url)
    assert where.hostname is not None
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    information = json.loads((await reader.readline()).removeprefix(b"INFO "))
    about = {"verbose": False, "pedantic": False, "headers": True, "no_responders": True}
    writer.write(f"CONNECT {json.dumps(about | credentials(seed, information['nonce']))}\r\n".encode())
    inbox = f"_INBOX.{name}.flood".encode()
    writer.write(b"SUB %b 1\r\n" % inbox)
    draining = asyncio.create_task(_drain(reader))
    for burst in range(count // BURST):
        numbers = range(burst * BURST, (burst + 1) * BURST)
        subjects = (subject.replace(NUMBER, str(number)).encode() for number in numbers)
        writer.write(b"".join(b"PUB %b %b %d\r\n%b\r\n" % (each, inbox, len(body), body) for each in subjects))
        await writer.drain()
    writer.write(b"PING\r\n")
    await writer.drain()
    writer.close()
    draining.cancel()


async def _drain(reader: asyncio.StreamReader) -> None:
    with suppress(ConnectionError):
        while await reader.read(1 << 20):
            continue


if __name__ == "__main__":
    _, to, key, on, many, what = sys.argv
    with suppress(ConnectionError):
        asyncio.run(flood(to, Path(key).stem, Path(key).read_text().strip(), on, int(many), what.encode()))
