"""What may be done to a record of a stolen vehicle, and what it is found by."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.stolen_vehicles import rules
from services.stolen_vehicles.models import Vehicle, VehicleQuery, VehicleStatus
from services.stolen_vehicles.rules import plate_key, query_keys
from services.stolen_vehicles.vin import CheckDigit
from shared.errors import IllegalStep, NotTheOwner
from tests.services.stolen_vehicles.samples import ITALY, NOON, described, entered, revision_at
from tests.support import caller

LATER = revision_at(NOON + timedelta(days=10))
VALID_AMERICAN = "1M8GDM9AXKP042788"
WRONG_AMERICAN = "1M8GDM9A1KP042788"


def in_state(status: VehicleStatus) -> Vehicle:
    return entered().model_copy(update={"status": status})


def test_an_entered_vehicle_is_stolen_and_kept_for_five_years() -> None:
    """The record is its bureau's, begins with version 1, and expires."""
    vehicle = entered()
    assert (vehicle.owner, vehicle.version, vehicle.status) == ("IT", 1, VehicleStatus.STOLEN)
    assert vehicle.created == vehicle.updated == NOON
    assert vehicle.expires == NOON + timedelta(days=5 * 365)


def test_a_wrong_check_digit_of_a_north_american_maker_is_refused() -> None:
    """It must be a slip of the pen, and the refusal tells what the digit should be."""
    with pytest.raises(rules.CheckDigitWrong, match="position 9 is 1, as a check digit it would be X"):
        entered(vin=WRONG_AMERICAN)
    assert entered(vin=VALID_AMERICAN).vin_verdict.check_digit is CheckDigit.VALID


def test_a_wrong_check_digit_of_another_maker_is_a_warning() -> None:
    """Most makers outside North America use none, so the number is taken as written."""
    verdict = entered(vin="ZAR93700005123456").vin_verdict
    assert verdict.check_digit is CheckDigit.INVALID
    assert verdict.warning is not None


def test_a_vehicle_without_a_vin_has_no_verdict() -> None:
    """Nothing is said of a number that was not given."""
    assert entered(vin=None).vin_verdict is None


def test_a_theft_may_be_dated_tomorrow_but_no_later() -> None:
    """Where it is already tomorrow a theft may be dated so; after that it is a slip of the pen."""
    assert entered(theft_date="2026-06-02").theft_date == NOON.date() + timedelta(days=1)
    with pytest.raises(rules.TheftInFuture, match="2026-06-03"):
        entered(theft_date="2026-06-03")


def test_a_correction_replaces_the_description_and_judges_the_new_vin() -> None:
    """What the correction leaves out is gone; identity, owner and retention stay."""
    vehicle = entered(colour="red")
    corrected = rules.correct(vehicle, described(vin=VALID_AMERICAN), by=ITALY, revision=LATER)
    assert (corrected.id, corrected.owner, corrected.expires) == (vehicle.id, "IT", vehicle.expires)
    assert (corrected.version, corrected.updated, corrected.colour) == (2, LATER.at, None)
    assert corrected.vin_verdict.check_digit is CheckDigit.VALID


def test_what_others_have_put_right_is_judged_and_not_refused() -> None:
    """A decision binds whatever the check digit says; the record warns of it."""
    restated = rules.restate(entered(), described(vin=WRONG_AMERICAN), at=LATER.at)
    assert (restated.vin, restated.version) == (WRONG_AMERICAN, 2)
    assert restated.vin_verdict.check_digit is CheckDigit.INVALID
    assert rules.restate(entered(), described(vin=None), at=LATER.at).vin_verdict is None


def test_a_correction_is_held_to_what_an_entry_is() -> None:
    """Nobody can correct a good record into one that could not have been entered."""
    with pytest.raises(rules.CheckDigitWrong):
        rules.correct(entered(), described(vin=WRONG_AMERICAN), by=ITALY, revision=LATER)
    with pytest.raises(rules.TheftInFuture):
        rules.correct(entered(), described(theft_date="2027-01-01"), by=ITALY, revision=LATER)


ACTS = {
    "correct": lambda vehicle, by: rules.correct(vehicle, described(), by=by, revision=LATER),
    "recover": lambda vehicle, by: rules.recover(vehicle, by=by, revision=LATER),
    "withdraw": lambda vehicle, by: rules.withdraw(vehicle, by=by, revision=LATER),
}
POSSIBLE = {
    ("correct", VehicleStatus.STOLEN): VehicleStatus.STOLEN,
    ("recover", VehicleStatus.STOLEN): VehicleStatus.RECOVERED,
    ("withdraw", VehicleStatus.STOLEN): VehicleStatus.WITHDRAWN,
    ("withdraw", VehicleStatus.RECOVERED): VehicleStatus.WITHDRAWN,
}


@pytest.mark.parametrize("status", VehicleStatus)
@pytest.mark.parametrize("act", ACTS)
def test_each_act_is_possible_in_certain_states_alone(act: str, status: VehicleStatus) -> None:
    """The whole life cycle: what the table does not list is refused."""
    after = POSSIBLE.get((act, status))
    if after is None:
        with pytest.raises(IllegalStep):
            ACTS[act](in_state(status), ITALY)
    else:
        assert ACTS[act](in_state(status), ITALY).status is after


@pytest.mark.parametrize("status", VehicleStatus)
@pytest.mark.parametrize("act", ACTS)
def test_only_the_owner_acts_and_others_do_not_learn_the_state(act: str, status: VehicleStatus) -> None:
    """Ownership is looked at first; not even the Secretariat changes a bureau's record."""
    for other in ("PL", "IPSG"):
        with pytest.raises(NotTheOwner):
            ACTS[act](in_state(status), caller(other))


@pytest.mark.parametrize(
    ("written", "country", "key"),
    [
        ("FZ 512 KL", "IT", "IT:FZ512KL"),
        ("fz-512-kl", "IT", "IT:FZ512KL"),
        ("MÜ·AB 1", "DE", "DE:MUAB1"),
        ("А123ВС 77", "RU", "RU:A123BC77"),
        ("а123вс77", "RU", "RU:A123BC77"),
        ("СА 1234 РХ", "BG", "BG:CA1234PX"),
        ("ΙΚΖ 4521", "GR", "GR:IKZ4521"),
        ("١٢٣ ٤", "EG", "EG:1234"),
        ("品川 300 あ 12-34", "JP", "JP:品川300あ1234"),
    ],
)
def test_plates_are_compared_as_they_are_read_abroad(written: str, country: str, key: str) -> None:
    """Without spaces, marks and accents, in Latin letters where they look alike, in our figures."""
    assert plate_key(written, country) == key


def test_the_same_plate_of_another_country_is_another_plate() -> None:
    """Plates repeat from country to country."""
    assert plate_key("AB 123 CD", "FR") != plate_key("AB 123 CD", "IT")


@given(st.text(min_size=1, max_size=30))
def test_keys_fit_their_columns(text: str) -> None:
    """Characters that become several in capitals cannot make a key that a database refuses."""
    query = VehicleQuery.model_construct(vin=text, plate=text, country="FR", engine_number=text)
    assert all(len(key) <= rules.KEY_LENGTH for key in query_keys(query).values())


@pytest.mark.parametrize(
    "left_out",
    [{"vin": None, "plate": None}, {"vin": None, "country": None}, {"country": None}],
    ids=["no key", "a plate of nowhere", "a vin, and a plate of nowhere"],
)
def test_a_vehicle_that_could_not_be_found_is_not_entered(left_out: dict[str, None]) -> None:
    """A record needs a VIN, an engine number, or a plate with its country."""
    with pytest.raises(ValidationError, match="country"):
        described(**left_out)


@pytest.mark.parametrize("plate", ["_", "- -", "", "   "])
def test_a_plate_without_letter_or_figure_is_none(plate: str) -> None:
    """It would be compared as empty, and so equal any other such."""
    with pytest.raises(ValidationError):
        described(plate=plate)
