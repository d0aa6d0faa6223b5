"""The configuration of a broker, from which participants are excluded."""

import json

from shared.transport import BrokerRefused
from tests.broker import NatsServer


class Configuration:
    """The configuration of a server, from which participants are excluded as `deploy.broker.users` does it."""

    def __init__(self, server: NatsServer) -> None:
        self.file = server.configuration
        self._accounts = json.loads(self.file.read_text())["accounts"]
        self.problem = ""

    async def leave_out(self, names: frozenset[str]) -> bool:
        """Admit all but these; return whether that is a change. Raises BrokerRefused if there is a problem."""
        if self.problem:
            raise BrokerRefused(self.problem)
        before = json.loads(self.file.read_text())
        without = {name: account | {"users": []} for name, account in self._accounts.items() if name in names}
        self.file.write_text(json.dumps(before | {"accounts": self._accounts | without}))
        return before["accounts"] != self._accounts | without
