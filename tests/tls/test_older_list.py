"""A relay admits clients by the user list that the broker has, and by no older one."""

import json
import shutil
from pathlib import Path

from deploy.broker.admission import admission
from deploy.broker.nkeys import ISSUER
from deploy.state.state_dir import StateDir
from shared.logs import Log
from shared.transport.nats.relay import Relay
from shared.transport.subjects import BROKER_RELAY
from shared.transport.users_list import list_number, list_tag, number_after
from tests.broker import NatsServer
from tests.system.wire import NOT_ADMITTED
from tests.tls.wire import admission_errors


def copied(server: NatsServer, folder: Path) -> StateDir:
    """Return another state directory with copies of the files that a relay needs."""
    home = StateDir(folder)
    home.open()
    for file, there in (
        (server.home.nats_seed(ISSUER), home.nats_seed(ISSUER)),
        (server.configuration, home.nats_configuration),
    ):
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, there)
    return home


def without_kenya(text: str) -> str:
    """Return the next configuration, without the NKEY of KE."""
    configuration = json.loads(text)
    configuration["accounts"]["KE"]["users"] = []
    configuration["server_tags"] = [list_tag(number_after(list_number(configuration.get("server_tags", ()))))]
    return json.dumps(configuration)


async def test_a_relay_with_an_older_user_list_admits_no_client(own_tls_server: NatsServer, tmp_path: Path) -> None:
    """As on another machine: otherwise a revoked participant would be admitted by the old list."""
    kenya, france = own_tls_server.tls.of("KE"), own_tls_server.tls.of("FR")
    elsewhere = copied(own_tls_server, tmp_path / "elsewhere")
    own_tls_server.kill_relay()
    log = Log(BROKER_RELAY, level="error")
    relay = await Relay.connect(own_tls_server.broker(), lambda: own_tls_server.seed(BROKER_RELAY), log)
    await relay.admit_by(admission(elsewhere))
    assert (
        await admission_errors(own_tls_server, "KE", kenya)
        == await admission_errors(own_tls_server, "FR", france)
        == []
    )
    own_tls_server.reconfigure(without_kenya)
    assert await admission_errors(own_tls_server, "KE", kenya) == [NOT_ADMITTED]
    assert await admission_errors(own_tls_server, "FR", france) == [NOT_ADMITTED]
    shutil.copy(own_tls_server.configuration, elsewhere.nats_configuration)
    assert await admission_errors(own_tls_server, "KE", kenya) == [NOT_ADMITTED]
    assert await admission_errors(own_tls_server, "FR", france) == []
    await relay.close()
