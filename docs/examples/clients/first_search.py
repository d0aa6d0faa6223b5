"""Enter a stolen car, find it, see a refusal, and send a photograph, with the client of openapi-python-client."""

import os
from io import BytesIO
from pathlib import Path

from i247_client import AuthenticatedClient
from i247_client.api.notices import add_notice_photograph, create_notice
from i247_client.api.stolen_vehicles import create_vehicle, get_vehicle, search_vehicles
from i247_client.models import BlueEntry, BlueNotice, Person, ProblemBody, Vehicle, VehicleDescription, VehicleHits
from i247_client.types import File

client = AuthenticatedClient(base_url=os.environ["API"], token=os.environ["TOKEN"])

car = VehicleDescription(make="Renault", plate="QX 417 LM", country="FR", theft_date="2026-05-01")
entered = create_vehicle.sync(client=client, body=car)
assert isinstance(entered, Vehicle), entered

found = search_vehicles.sync(client=client, plate="qx-417-lm", country="FR")
assert isinstance(found, VehicleHits), found
print("found", found.hits[0].record.make, "because of the", found.hits[0].match)

missing = get_vehicle.sync(client=client, record_id="0197a3c2-5b1e-7c3a-9f20-4d5e6f708192")
if isinstance(missing, ProblemBody):
    print("refused", missing.status, missing.detail)

witness = Person.from_dict({"kind": "person", "person_status": "witness", "name": "Vasseliac"})
notice = create_notice.sync(client=client, body=BlueEntry(colour="blue", subject=witness, facts="Seen at the fire."))
assert isinstance(notice, BlueNotice), notice
portrait = File(payload=BytesIO(Path("portrait.jpg").read_bytes()))
shown = add_notice_photograph.sync(record_id=notice.id, client=client, body=portrait)
assert isinstance(shown, BlueNotice), shown
print("photographs", len(shown.photographs))
