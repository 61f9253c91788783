"""Measurements and pins in a session: kept, judged, told to everybody, undone by whoever made them."""

from __future__ import annotations

import numpy as np
import pytest

from engine.geometry import VolumeGeometry
from engine.resection.measurements import MAX_NOTES, CaseAnatomy
from engine.vessel_tree import VesselBranch, VesselTrees
from streaming.planning.case_limits import CaseLimits
from streaming.protocol import (
    AngleState,
    CutAreaState,
    DistanceState,
    Measured,
    MeasurementState,
    PinState,
    PointLps,
    RedoEdit,
    RemoveMeasurement,
    RemovePin,
    RemoveResection,
    SetMeasurement,
    SetPin,
    TumourDiameterState,
    UndoEdit,
    VesselLengthState,
)
from streaming.session.changes import OPERATION
from streaming.session.operations import fold
from streaming.session.session import Session
from streaming.simulation.plain_numbers import plain_value

ORIGIN: PointLps = (0.0, 0.0, 0.0)


def _distance(measurement_id: str, x: float = 10.0) -> DistanceState:
    return DistanceState(measurement_id=measurement_id, points_lps_mm=(ORIGIN, (x, 0.0, 0.0)))


def _straight(number: int, kind: str, x: float) -> VesselBranch:
    points = np.array([[x, 0.0, 0.0], [x, 0.0, 40.0]])
    return VesselBranch(number=number, kind=kind, parent=0, points_lps_mm=points, radii_mm=np.full(2, 3.0))


LIMITS = CaseLimits(
    anatomy=CaseAnatomy(
        geometry=VolumeGeometry.from_parts(shape_kji=(50, 50, 50), spacing_ijk_mm=(2.0, 2.0, 2.0)),
        trees=VesselTrees(branches=(_straight(1, "portal", 20.0), _straight(2, "hepatic", 60.0))),
        tumours=frozenset({"tumour_01"}),
    )
)


class Table:
    """Two people around one plan."""

    def __init__(self, world_of, limits: CaseLimits | None = None) -> None:
        self.world = world_of("ann", "bob")
        if limits is not None:
            self.world.do(self.world.session.case_changed(limits))
        self.count = 0

    def say(self, name: str, message_type: type, *, seen: int | None = None, **fields: object) -> str:
        self.count += 1
        operation_id = f"op-{self.count}"
        revision = self.world.session.plan.revision if seen is None else seen
        self.world.say(name, message_type(operation_id=operation_id, base_revision=revision, **fields))
        self.world.settle()
        return operation_id

    def measure(self, name: str, measurement: MeasurementState) -> str:
        return self.say(name, SetMeasurement, measurement=measurement)

    def refusal(self, name: str, operation_id: str) -> str | None:
        rejected = self.world.clients[name].rejected
        return next((one.message for one in rejected if one.operation_id == operation_id), None)

    def ids(self, name: str = "bob") -> list[str]:
        return [one.measurement.measurement_id for one in self.world.clients[name].plan.measurements]


def test_a_measurement_is_everybodys_and_says_who_made_it(world_of) -> None:
    table = Table(world_of)
    table.measure("ann", _distance("m-1"))
    (kept,) = table.world.clients["bob"].plan.measurements
    assert kept.measurement == _distance("m-1")
    assert (kept.by.client_id, kept.by.display_name) == ("ann", "ann")
    assert kept.by.colour == table.world.session.colour_of("ann")


def test_who_moves_anothers_measurement_does_not_become_its_author(world_of) -> None:
    table = Table(world_of)
    table.measure("ann", _distance("m-1"))
    table.measure("bob", _distance("m-1", 20.0))
    (kept,) = table.world.clients["ann"].plan.measurements
    assert kept.measurement == _distance("m-1", 20.0)
    assert kept.by.client_id == "ann"


def test_a_change_of_somebody_who_had_not_seen_the_others_is_stale(world_of) -> None:
    table = Table(world_of)
    table.measure("ann", _distance("m-1"))
    seen = table.world.session.plan.revision
    table.measure("ann", _distance("m-1", 20.0))
    refused = table.say("bob", RemoveMeasurement, seen=seen, measurement_id="m-1")
    assert table.refusal("bob", refused) == "Somebody else changed this in the meantime."
    assert table.ids() == ["m-1"]


def test_the_log_folds_to_the_same_notes(world_of) -> None:
    table = Table(world_of)
    table.measure("ann", _distance("m-1"))
    table.say("bob", SetPin, pin=PinState(pin_id="p-1", point_lps_mm=ORIGIN, text=" keep this vein "))
    table.say("ann", RemoveMeasurement, measurement_id="m-1")
    table.say("ann", UndoEdit)
    read = [OPERATION.validate_json(one.model_dump_json()) for one in table.world.disk]
    assert fold(read).notes == table.world.session.plan.notes
    assert [pin.pin.text for pin in fold(read).pins] == ["keep this vein"]


def test_undo_takes_back_ones_own_and_leaves_the_others(world_of) -> None:
    table = Table(world_of)
    table.measure("ann", _distance("m-1"))
    table.measure("bob", _distance("m-2"))
    table.say("ann", UndoEdit)
    assert table.ids() == ["m-2"]
    table.say("ann", RedoEdit)
    assert sorted(table.ids()) == ["m-1", "m-2"]


def test_undo_of_what_somebody_moved_since_is_refused_by_name(world_of) -> None:
    table = Table(world_of)
    table.measure("ann", _distance("m-1"))
    table.measure("bob", _distance("m-1", 30.0))
    refused = table.say("ann", UndoEdit)
    assert table.refusal("ann", refused) == (
        'bob changed the distance after you. To undo "add the distance" would undo their work.'
    )


def test_a_deleted_note_comes_back_by_undo_and_a_second_deletion_is_refused(world_of) -> None:
    table = Table(world_of)
    table.measure("ann", _distance("m-1"))
    table.say("bob", RemoveMeasurement, measurement_id="m-1")
    assert table.ids() == []
    again = table.say("ann", RemovePin, pin_id="m-1")
    assert table.refusal("ann", again) == "This measurement or pin does not exist."
    table.say("bob", UndoEdit)
    assert table.ids() == ["m-1"]


def test_the_same_operation_said_twice_is_one(world_of) -> None:
    table = Table(world_of)
    operation_id = table.measure("ann", _distance("m-1"))
    revision = table.world.session.plan.revision
    table.world.say(
        "ann", SetMeasurement(operation_id=operation_id, base_revision=revision, measurement=_distance("m-1"))
    )
    table.world.settle()
    assert table.world.session.plan.revision == revision
    assert table.refusal("ann", operation_id) is None


@pytest.mark.parametrize(
    ("measurement", "said"),
    [
        (_distance("m-1", 0.0), "Both ends of the measurement are the same place."),
        (
            AngleState(measurement_id="m-1", points_lps_mm=((9.0, 0.0, 0.0), ORIGIN, ORIGIN)),
            "An arm of the angle has no length.",
        ),
        (_distance("m-1", 400.0), "A point lies outside of the scan."),
        (TumourDiameterState(measurement_id="m-1", tumour="tumour_02"), "This case has no such tumour."),
        (
            VesselLengthState(measurement_id="m-1", points_lps_mm=((20.0, 0.0, 5.0), (60.0, 0.0, 5.0))),
            "The ends are on different trees: one on the portal vein, one on a hepatic vein.",
        ),
        (
            VesselLengthState(measurement_id="m-1", points_lps_mm=((20.0, 0.0, 5.0), (20.0, 30.0, 5.0))),
            "An end of the measurement is on no vessel.",
        ),
    ],
)
def test_what_has_no_measure_is_refused_in_words(world_of, measurement, said) -> None:
    table = Table(world_of, LIMITS)
    refused = table.measure("ann", measurement)
    assert table.refusal("ann", refused) == said
    assert table.ids("ann") == []


@pytest.mark.parametrize("text", ["   ", "two\nlines", "turned \u202e round", "bell \x07"])
def test_a_pin_whose_text_cannot_be_shown_is_refused(world_of, text) -> None:
    table = Table(world_of)
    refused = table.say("ann", SetPin, pin=PinState(pin_id="p-1", point_lps_mm=ORIGIN, text=text))
    assert table.refusal("ann", refused) is not None
    assert table.world.clients["bob"].plan.pins == ()


def test_a_plan_holds_a_hundred_notes_and_no_more(world_of) -> None:
    table = Table(world_of)
    for number in range(MAX_NOTES):
        table.measure("ann", _distance(f"m-{number}"))
    refused = table.measure("ann", _distance("one-more"))
    assert table.refusal("ann", refused) is not None
    assert len(table.ids()) == MAX_NOTES
    assert table.refusal("ann", table.measure("ann", _distance("m-0", 77.0))) is None, "changing one is not adding one"


def test_values_are_asked_for_after_each_change_and_only_the_newest_are_told(world_of) -> None:
    table = Table(world_of)
    table.measure("ann", _distance("m-1"))
    table.measure("ann", _distance("m-1", 20.0))
    old, new = table.world.to_measure
    assert new.measurements == (_distance("m-1", 20.0),)
    for asked, value in ((new, 20.0), (old, 10.0)):
        table.world.do(
            table.world.session.measured(Measured(revision=asked.revision, values=(plain_value("m-1", value),)))
        )
    table.world.settle()
    heard = table.world.clients["bob"].measured
    assert heard is not None
    assert [one.value for one in heard.values] == [20.0]
    late = table.world.join("cyd")
    late.read()
    assert late.measured == heard
    table.say("bob", RemoveMeasurement, measurement_id="m-1")
    heard = table.world.clients["ann"].measured
    assert heard is not None
    assert heard.values == ()


def test_the_area_of_a_cut_is_asked_for_again_when_the_cut_goes(world_of) -> None:
    table = Table(world_of)
    table.measure("ann", CutAreaState(measurement_id="m-1", resection_id="resection-1"))
    table.say("bob", RemoveResection, resection_id="resection-1")
    assert [one.resections for one in table.world.to_measure][-1] == ()


def test_measurements_of_the_log_are_counted_before_anybody_comes(world_of) -> None:
    table = Table(world_of)
    table.measure("ann", _distance("m-1"))
    started = Session(tuple(table.world.disk)).start()
    assert [one.measurements for one in started if hasattr(one, "measurements")] == [(_distance("m-1"),)]
