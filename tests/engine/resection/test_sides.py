"""Every kind of resection: the rows taken are the voxels whose centre's sign is above zero."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.errors import PlanError
from engine.geometry import VolumeGeometry
from engine.liver_map import LiverMap
from engine.resection import (
    Cone,
    PlaneResection,
    Resection,
    ResectionPlan,
    Spheroid,
    SurfaceResection,
    TerritoryResection,
    WedgeResection,
    plan_from_json,
)
from engine.resection.rows import RowWindow
from engine.resection.run_table import RunTable
from engine.resection.sides import Sides
from engine.vessel_tree import VesselBranch, VesselTrees

SHAPE = (12, 14, 17)


def oblique_geometry(*, left_handed: bool = True) -> VolumeGeometry:
    axes, _ = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))
    axes *= np.sign(np.linalg.det(axes))
    if left_handed:
        axes[:, 1] *= -1.0
    return VolumeGeometry.from_parts(
        shape_kji=SHAPE, spacing_ijk_mm=(1.0, 1.3, 2.1), direction=axes, origin_lps_mm=(20.0, -31.0, 7.0)
    )


def centres(geometry: VolumeGeometry) -> NDArray[np.float64]:
    k, j, i = np.indices(geometry.shape_kji)
    return geometry.lps_from_index(np.stack([i, j, k], axis=-1).reshape(-1, 3))


def bent_surface(geometry: VolumeGeometry, *, seed: int = 0) -> SurfaceResection:
    random = np.random.default_rng(seed)
    middle = geometry.lps_from_index((np.array(SHAPE[::-1]) - 1) / 2.0)
    axes, _ = np.linalg.qr(random.normal(size=(3, 3)))
    steps = np.linspace(-7.0, 7.0, 4)
    net = np.empty((4, 4, 3))
    for row, column in itertools.product(range(4), range(4)):
        place = np.array([steps[column], steps[row], 0.0]) + random.uniform(-1.2, 1.2, 3)
        place[2] += random.uniform(-4.0, 4.0)
        net[row, column] = middle + axes @ place
    return SurfaceResection.from_net(net)


def kinds(geometry: VolumeGeometry) -> dict[str, Resection]:
    middle = tuple(geometry.lps_from_index((np.array(SHAPE[::-1]) - 1) / 2.0))
    return {
        "plane": PlaneResection(point_lps_mm=middle, normal_lps=(0.3, 1.0, -0.4)),
        "surface": bent_surface(geometry),
        "spheroid": WedgeResection(
            shape=Spheroid(centre_lps_mm=middle, axis_lps=(1.0, 2.0, 0.5), radius_across_mm=5.0, radius_along_mm=8.0),
            tumour="tumour_01",
            margin_mm=5.0,
        ),
        "cone": WedgeResection(
            shape=Cone(apex_lps_mm=middle, axis_lps=(0.0, 0.4, -1.0), half_angle_degrees=35.0, depth_mm=30.0)
        ),
        "segments": TerritoryResection(segments=(2, 3)),
        "branch": TerritoryResection(portal_branches=(2,)),
    }


def liver_map() -> LiverMap:
    box = (slice(2, 11), slice(1, 13), slice(3, 15))
    shape = tuple(part.stop - part.start for part in box)
    random = np.random.default_rng(1)
    return LiverMap(
        box=box,
        portal_branch=random.integers(1, 5, shape).astype(np.uint16),
        hepatic_branch=np.full(shape, 5, dtype=np.uint16),
        segment=random.integers(0, 5, shape).astype(np.uint8),
        uncertain=np.zeros(shape, dtype=np.uint8),
    )


def trees() -> VesselTrees:
    def branch(number: int, parent: int, kind: str = "portal") -> VesselBranch:
        return VesselBranch(
            number=number,
            kind=kind,  # type: ignore[arg-type]
            parent=parent,
            points_lps_mm=np.array([[0.0, 0, 0], [1.0, 0, 0]]),
            radii_mm=np.array([2.0, 2.0]),
        )

    return VesselTrees(branches=(branch(1, 0), branch(2, 1), branch(3, 2), branch(4, 1), branch(5, 0, "hepatic")))


def sides_of(geometry: VolumeGeometry, *resections: Resection) -> Sides:
    return Sides(ResectionPlan(resections=resections), geometry, liver_map=liver_map(), trees=trees())


NAMES = ("plane", "surface", "spheroid", "cone", "segments", "branch")


def told_by(signed: NDArray[np.float64], *names: str) -> NDArray[np.bool_]:
    """Voxels whose side the rows must tell: surfaces count as triangles within 0.1 mm, so none that near to one."""
    return np.abs(signed) > 0.2 if "surface" in names else np.ones(signed.shape, dtype=bool)


@pytest.mark.parametrize("left_handed", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_the_rows_of_a_kind_are_the_voxels_on_its_side(name: str, left_handed: bool) -> None:
    geometry = oblique_geometry(left_handed=left_handed)
    sides = sides_of(geometry, kinds(geometry)[name])
    signed = sides.signed(centres(geometry)).reshape(SHAPE)
    expected = signed > 0.0
    told = told_by(signed, name)
    assert 0 < expected.sum() < expected.size
    np.testing.assert_array_equal(sides.rows().mask()[told], expected[told])
    window = RowWindow(3, 9, 2, 11)
    np.testing.assert_array_equal(sides.rows(window).mask()[told[3:9, 2:11]], expected[3:9, 2:11][told[3:9, 2:11]])


@pytest.mark.parametrize("pair", itertools.combinations(NAMES, 2))
def test_two_kinds_take_their_union_in_either_order(pair: tuple[str, str]) -> None:
    geometry = oblique_geometry()
    first, second = (kinds(geometry)[name] for name in pair)
    both = sides_of(geometry, first, second)
    either = sides_of(geometry, first).rows().mask() | sides_of(geometry, second).rows().mask()
    np.testing.assert_array_equal(both.rows().mask(), either)
    np.testing.assert_array_equal(sides_of(geometry, second, first).rows().mask(), either)
    signed = both.signed(centres(geometry)).reshape(SHAPE)
    told = told_by(signed, *pair)
    np.testing.assert_array_equal((signed > 0.0)[told], either[told])


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int32])
def test_a_table_of_any_codes_counts_what_rows_take(kind: type) -> None:
    geometry = oblique_geometry()
    sides = sides_of(geometry, *kinds(geometry).values())
    box = (slice(1, 10), slice(3, 14), slice(2, 16))
    codes = np.random.default_rng(5).integers(0, 40, [part.stop - part.start for part in box]).astype(kind)
    table = RunTable.build(codes, box)
    counts = table.count_resected(sides.rows())
    taken = codes[sides.rows().mask()[box]]
    assert dict(zip(table.values.tolist(), counts.tolist(), strict=True)) == {
        value: int((taken == value).sum()) for value in range(1, 40)
    }
    assert (table.totals == [(codes == value).sum() for value in range(1, 40)]).all()


def test_every_kind_survives_the_round_trip_through_json() -> None:
    plan = ResectionPlan(resections=tuple(kinds(oblique_geometry()).values()))
    assert plan_from_json(json.loads(json.dumps(plan.as_json()))) == plan


def test_a_territory_needs_the_map_and_its_branch_the_trees() -> None:
    geometry = oblique_geometry()
    plan = ResectionPlan(resections=(TerritoryResection(portal_branches=(2,)),))
    with pytest.raises(PlanError, match="no map"):
        Sides(plan, geometry)
    with pytest.raises(PlanError, match="no vessel trees"):
        Sides(plan, geometry, liver_map=liver_map())
    hepatic = ResectionPlan(resections=(TerritoryResection(portal_branches=(5,)),))
    with pytest.raises(PlanError, match="no portal branch 5"):
        Sides(hepatic, geometry, liver_map=liver_map(), trees=trees())
