"""Which steps the record of a stolen vehicle allows, and which keys find it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.stolen_vehicles import rules
from services.stolen_vehicles.models import Vehicle, VehicleStatus
from services.stolen_vehicles.vin import CheckDigit
from shared.errors import IllegalStep, NotTheOwner
from shared.numbers import PLATE, VIN, number_of
from shared.records.search.number_keys import KEY_LENGTH
from tests.services.stolen_vehicles.samples import ITALY, NOON, described, entered, revision_at
from tests.support import caller

LATER = revision_at(NOON + timedelta(days=10))
VALID_AMERICAN = "1M8GDM9AXKP042788"
WRONG_AMERICAN = "1M8GDM9A1KP042788"


def in_state(status: VehicleStatus) -> Vehicle:
    return entered().model_copy(update={"status": status})


def test_an_entered_vehicle_is_stolen_and_kept_for_five_years() -> None:
    """The record belongs to the bureau that entered it, and starts at version 1."""
    vehicle = entered()
    assert (vehicle.owner, vehicle.version, vehicle.status) == ("IT", 1, VehicleStatus.STOLEN)
    assert vehicle.created == vehicle.updated == NOON
    assert vehicle.expires == NOON + timedelta(days=5 * 365)


def test_a_wrong_check_digit_of_a_north_american_maker_is_refused() -> None:
    """It must be a slip, and the refusal states the expected digit."""
    with pytest.raises(rules.CheckDigitWrong, match="position 9 is 1, as a check digit it would be X"):
        entered(vin=WRONG_AMERICAN)
    assert entered(vin=VALID_AMERICAN).vin_verdict.check_digit is CheckDigit.VALID


@pytest.mark.parametrize("hidden", ["{}\u200b", "\u200b{}", "{}·", "{}؛"])
def test_signs_of_other_scripts_hide_no_wrong_check_digit(hidden: str) -> None:
    """A VIN is examined in the form in which it is compared."""
    with pytest.raises(rules.CheckDigitWrong, match="position 9"):
        entered(vin=hidden.format(WRONG_AMERICAN))
    with pytest.raises(rules.CheckDigitWrong, match="position 9"):
        entered(vin=WRONG_AMERICAN.replace("M", "М").replace("8", "٨"))


def test_a_vin_with_letters_that_are_none_of_a_to_z_needs_to_stand_so_on_the_vehicle() -> None:
    with pytest.raises(ValidationError, match="letters other than A to Z"):
        described(vin="1M8GDM9AXKP04278Ж")
    assert entered(vin="1M8GDM9AXKP04278Ж", as_on_vehicle=True).vin_verdict.iso_3779 is False


def test_a_wrong_check_digit_of_another_maker_is_a_warning() -> None:
    """Most makers outside North America use none, so the number is accepted as written."""
    verdict = entered(vin="ZAR93700005123456").vin_verdict
    assert verdict.check_digit is CheckDigit.INVALID
    assert verdict.warning is not None


def test_a_vehicle_without_a_vin_has_no_vin_verdict() -> None:
    assert entered(vin=None).vin_verdict is None


@pytest.mark.parametrize("kind", ["machine", "tractor"])
def test_the_number_of_a_machine_is_not_read_as_a_vin(kind: str) -> None:
    """It may have a letter where a car of North America has the check digit."""
    vehicle = entered(vin="1T0310SLCKF123456", kind=kind, make="John Deere")
    assert (vehicle.vin_verdict, vehicle.vin_decoded) == (None, None)


def test_a_theft_may_be_dated_tomorrow_but_no_later() -> None:
    """Tomorrow has already come in some time zone; a later date is a slip."""
    assert entered(theft_date="2026-06-02").theft_date == "2026-06-02"
    with pytest.raises(rules.TheftInFuture, match="2026-06-03"):
        entered(theft_date="2026-06-03")


@pytest.mark.parametrize("theft_date", ["2026", "2026-06", "2026-03-13/2026-03-16", "2026-06-02/2026-07"])
def test_a_theft_may_be_dated_as_far_as_it_is_known(theft_date: str) -> None:
    """By month, year or range, if one day of it is not in the future."""
    assert entered(theft_date=theft_date).theft_date == theft_date


@pytest.mark.parametrize("theft_date", ["2027", "2026-07", "2026-06-03/2026-07"])
def test_a_theft_whose_days_are_all_in_the_future_is_refused(theft_date: str) -> None:
    """The refusal points at the date."""
    with pytest.raises(rules.TheftInFuture) as refused:
        entered(theft_date=theft_date)
    assert refused.value.members["errors"][0]["pointer"] == "/theft_date"


def test_a_correction_replaces_the_description_and_checks_the_new_vin() -> None:
    """What it leaves out is removed; id, owner and retention are kept."""
    vehicle = entered(colour="red")
    corrected = rules.correct(vehicle, described(vin=VALID_AMERICAN), by=ITALY, revision=LATER)
    assert (corrected.id, corrected.owner, corrected.expires) == (vehicle.id, "IT", vehicle.expires)
    assert (corrected.version, corrected.updated, corrected.colour) == (2, LATER.at, None)
    assert corrected.vin_verdict.check_digit is CheckDigit.VALID


def test_a_wrong_check_digit_is_kept_if_it_stands_so_on_the_vehicle() -> None:
    """With the verdict, also by a decision of the Commission; without that statement all are refused."""
    as_it_is = {"vin": WRONG_AMERICAN, "as_on_vehicle": True}
    assert entered(**as_it_is).vin_verdict.check_digit is CheckDigit.INVALID
    restated = rules.restate(entered(), described(**as_it_is), at=LATER.at)
    assert (restated.vin, restated.version) == (WRONG_AMERICAN, 2)
    assert restated.vin_verdict.check_digit is CheckDigit.INVALID
    with pytest.raises(rules.CheckDigitWrong, match="as_on_vehicle"):
        rules.restate(entered(), described(vin=WRONG_AMERICAN), at=LATER.at)
    assert rules.restate(entered(), described(vin=None), at=LATER.at).vin_verdict is None


def test_a_correction_must_pass_the_checks_of_an_entry() -> None:
    """A valid record cannot be corrected into one that could not have been entered."""
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
def test_each_step_is_allowed_in_its_states_only(act: str, status: VehicleStatus) -> None:
    """The whole life cycle: what the table does not list is refused."""
    after = POSSIBLE.get((act, status))
    if after is None:
        with pytest.raises(IllegalStep):
            ACTS[act](in_state(status), ITALY)
    else:
        assert ACTS[act](in_state(status), ITALY).status is after


@pytest.mark.parametrize("status", VehicleStatus)
@pytest.mark.parametrize("act", ACTS)
def test_a_step_of_another_bureau_is_refused_without_revealing_the_state(act: str, status: VehicleStatus) -> None:
    """Ownership is checked first; not even the Secretariat changes the record of a bureau."""
    for other in ("PL", "IPSG"):
        with pytest.raises(NotTheOwner):
            ACTS[act](in_state(status), caller(other))


@pytest.mark.parametrize(
    ("written", "country", "signs"),
    [
        ("FZ 512 KL", "IT", "FZ512KL"),
        ("fz-512-kl", "IT", "FZ512KL"),
        ("MÜ·AB 1", "DE", "MUAB1"),
        ("А123ВС 77", "RU", "A123BC77"),
        ("а123вс77", "RU", "A123BC77"),
        ("СА 1234 РХ", "BG", "CA1234PX"),
        ("ΙΚΖ 4521", "GR", "IKZ4521"),
        ("١٢٣ ٤", "EG", "1234"),
        ("品川 300 あ 12-34", "JP", "品川300あ1234"),
    ],
)
def test_plates_are_compared_without_spaces_marks_and_accents_in_latin_letters(
    written: str, country: str, signs: str
) -> None:
    """Letters that look alike become Latin letters, and digits become ASCII."""
    assert number_of(written, PLATE, country).signs == signs


def test_the_same_plate_of_another_country_has_another_key() -> None:
    """Plates repeat from country to country."""
    assert number_of("AB 123 CD", PLATE, "FR").key != number_of("AB 123 CD", PLATE, "IT").key


@given(st.text(min_size=1, max_size=30))
def test_search_keys_fit_their_columns(text: str) -> None:
    """Also with characters that become several in upper case."""
    numbers = (number_of(text, VIN), number_of(text, PLATE, "FR"))
    assert all(len(key) <= KEY_LENGTH for number in numbers for key in (number.key, number.end))


@pytest.mark.parametrize(
    "left_out",
    [{"vin": None, "plate": None}, {"vin": None, "country": None}, {"country": None}],
    ids=["no key", "a plate of nowhere", "a vin, and a plate of nowhere"],
)
def test_a_vehicle_without_a_search_key_is_refused(left_out: dict[str, None]) -> None:
    """A record needs a VIN, an engine number, or a plate with its country."""
    with pytest.raises(ValidationError, match="country"):
        described(**left_out)


@pytest.mark.parametrize("plate", ["_", "- -", "", "   "])
def test_a_plate_without_a_letter_or_digit_is_refused(plate: str) -> None:
    """Its key would be empty, and equal to that of any other such plate."""
    with pytest.raises(ValidationError):
        described(plate=plate)
