"""Agreement measures against formulas, brute force and MONAI."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from engine.errors import GridMismatchError, LabelError
from engine.evaluation import StructureMasks, evaluate_labels
from engine.geometry import VolumeGeometry
from engine.volume import LabelVolume


def oblique_axes(seed: int, *, left_handed: bool = False) -> NDArray[np.float64]:
    axes, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    axes *= np.sign(np.linalg.det(axes))
    if left_handed:
        axes[:, 0] *= -1.0
    return axes


def blob(shape: tuple[int, int, int], seed: int, quantile: float = 0.8) -> NDArray[np.bool_]:
    smooth = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=shape), 2.0)
    return smooth > np.quantile(smooth, quantile)


GRIDS = [
    VolumeGeometry.from_parts(shape_kji=(18, 22, 26), spacing_ijk_mm=(0.8, 0.9, 2.5)),
    VolumeGeometry.from_parts(shape_kji=(18, 22, 26), spacing_ijk_mm=(1.0, 0.7, 1.5), direction=oblique_axes(1)),
    VolumeGeometry.from_parts(
        shape_kji=(18, 22, 26), spacing_ijk_mm=(1.1, 0.7, 3.0), direction=oblique_axes(2, left_handed=True)
    ),
]


@pytest.mark.parametrize("geometry", GRIDS)
def test_distances_equal_those_of_a_distance_transform(geometry: VolumeGeometry) -> None:
    ours, theirs = blob(geometry.shape_kji, 3), blob(geometry.shape_kji, 4)
    agreement = evaluate_labels({"liver": ours}, {"liver": theirs}, geometry).structure("liver")
    edges = [m & ~ndimage.binary_erosion(m) for m in (ours, theirs)]
    fields = [ndimage.distance_transform_edt(~edge, sampling=geometry.spacing_kji_mm) for edge in edges]
    forward, backward = fields[1][edges[0]], fields[0][edges[1]]
    surface = agreement.surface
    assert surface is not None
    both = np.concatenate([forward, backward])
    assert surface.mean_mm == pytest.approx(both.mean())
    assert surface.hausdorff_mm == pytest.approx(both.max())
    assert surface.hausdorff_95_mm == pytest.approx(max(np.percentile(forward, 95), np.percentile(backward, 95)))
    assert surface.within_tolerance == pytest.approx((both <= 2.0 + 1e-6).mean())


@pytest.mark.parametrize("geometry", GRIDS[:2])
def test_measures_equal_those_of_monai(geometry: VolumeGeometry) -> None:
    torch = pytest.importorskip("torch")
    metrics = pytest.importorskip("monai.metrics")
    ours, theirs = blob(geometry.shape_kji, 5), blob(geometry.shape_kji, 6)
    agreement = evaluate_labels({"liver": ours}, {"liver": theirs}, geometry).structure("liver")
    surface = agreement.surface
    assert surface is not None
    pair = [torch.from_numpy(m)[None, None].float() for m in (ours, theirs)]
    spacing = [float(s) for s in geometry.spacing_kji_mm]
    assert agreement.dice == pytest.approx(float(metrics.compute_dice(*pair)), abs=1e-6)
    assert agreement.jaccard == pytest.approx(float(metrics.compute_iou(*pair)), abs=1e-6)
    hausdorff = metrics.compute_hausdorff_distance(*pair, include_background=True, spacing=spacing)
    assert surface.hausdorff_mm == pytest.approx(float(hausdorff), abs=1e-4)
    at_95 = metrics.compute_hausdorff_distance(*pair, include_background=True, percentile=95, spacing=spacing)
    assert surface.hausdorff_95_mm == pytest.approx(float(at_95), abs=1e-4)
    mean = metrics.compute_average_surface_distance(*pair, include_background=True, symmetric=True, spacing=spacing)
    assert surface.mean_mm == pytest.approx(float(mean), abs=1e-4)
    within = metrics.compute_surface_dice(*pair, class_thresholds=[2.0], include_background=True, spacing=spacing)
    assert surface.within_tolerance == pytest.approx(float(within), abs=1e-6)


def test_a_shifted_box_has_the_dice_and_distance_of_its_shift() -> None:
    geometry = VolumeGeometry.from_parts(shape_kji=(20, 20, 40), spacing_ijk_mm=(0.5, 1.0, 2.0))
    box = np.zeros(geometry.shape_kji, dtype=bool)
    box[5:15, 5:15, 10:30] = True
    agreement = evaluate_labels({"liver": np.roll(box, 5, axis=2)}, {"liver": box}, geometry).structure("liver")
    assert agreement.dice == pytest.approx(0.75)
    assert agreement.jaccard == pytest.approx(0.6)
    assert agreement.surface is not None
    assert agreement.surface.hausdorff_mm == pytest.approx(2.5)
    assert agreement.predicted_ml == pytest.approx(2.0)
    assert agreement.difference_ml == pytest.approx(0.0)


def test_a_larger_ball_has_the_radius_difference_as_distance_and_volume_percent() -> None:
    geometry = VolumeGeometry.from_parts(shape_kji=(60, 60, 60), spacing_ijk_mm=(0.8, 0.8, 0.8))
    k, j, i = np.indices(geometry.shape_kji)
    radii = 0.8 * np.sqrt((i - 29.5) ** 2 + (j - 29.5) ** 2 + (k - 29.5) ** 2)
    agreement = evaluate_labels({"liver": radii <= 21.0}, {"liver": radii <= 18.0}, geometry).structure("liver")
    assert agreement.surface is not None
    assert agreement.surface.mean_mm == pytest.approx(3.0, abs=0.4)  # half a voxel
    assert agreement.surface.within_tolerance == 0.0
    assert agreement.difference_percent == pytest.approx(100.0 * ((21 / 18) ** 3 - 1), abs=1.5)
    assert agreement.reference_ml == pytest.approx(4 / 3 * math.pi * 1.8**3, rel=0.01)


def test_what_is_absent_is_named_and_never_nan() -> None:
    geometry = GRIDS[0]
    mask, empty = blob(geometry.shape_kji, 7), np.zeros(geometry.shape_kji, dtype=bool)
    report = evaluate_labels(
        {"liver": mask, "spleen": empty, "portal_vein": empty},
        {"aorta": mask, "spleen": empty, "portal_vein": mask},
        geometry,
    )
    reasons = {s.name: (s.dice, s.jaccard, s.surface, s.centreline, s.absence) for s in report.structures}
    assert reasons == {
        "liver": (0.0, 0.0, None, None, "absent in the reference"),
        "aorta": (0.0, 0.0, None, None, "absent in the prediction"),
        "spleen": (None, None, None, None, "absent in both"),
        "portal_vein": (0.0, 0.0, None, None, "absent in the prediction"),
    }
    assert report.structure("liver").difference_percent is None
    text = json.dumps(report.as_json(), allow_nan=False)
    assert json.loads(text)["structures"]["liver"]["reason"] == "absent in the reference"


def test_vessels_get_a_cldice_and_organs_do_not() -> None:
    geometry = GRIDS[0]
    vessel = np.zeros(geometry.shape_kji, dtype=bool)
    vessel[3:15, 10:13, 10:13] = True
    document = evaluate_labels(
        {"portal_vein": vessel, "liver": vessel}, {"portal_vein": vessel, "liver": vessel}, geometry
    ).as_json()["structures"]
    assert document["portal_vein"]["cldice"] == pytest.approx(1.0)
    assert "cldice" not in document["liver"]
    assert document["portal_vein"]["hausdorff_mm"] == 0.0


def test_structures_of_a_label_volume_include_all_tumours_together() -> None:
    labels = np.zeros((4, 5, 6), dtype=np.uint8)
    labels[1, 1, 1], labels[1, 1, 2], labels[2, 2, 2], labels[3, 3, 3] = 1, 101, 102, 16
    geometry = VolumeGeometry.from_parts(shape_kji=(4, 5, 6), spacing_ijk_mm=(1, 1, 1))
    masks = StructureMasks(LabelVolume(labels=labels, geometry=geometry))
    assert set(masks) == {"liver", "portal_vein", "tumour_01", "tumour_02", "tumours"}
    assert masks["tumours"].sum() == 2
    assert masks["liver"].sum() == 3
    swapped = np.where(labels == 101, 102, np.where(labels == 102, 101, labels)).astype(np.uint8)
    other = StructureMasks(LabelVolume(labels=swapped, geometry=geometry))
    report = evaluate_labels(masks, other, geometry)
    assert report.structure("tumours").dice == 1.0
    assert report.structure("tumour_01").dice == 0.0


def test_masks_on_another_grid_and_nothing_at_all_are_refused() -> None:
    geometry = GRIDS[0]
    with pytest.raises(GridMismatchError, match="liver"):
        evaluate_labels({"liver": np.ones((2, 2, 2), dtype=bool)}, {}, geometry)
    with pytest.raises(LabelError, match="nothing to compare"):
        evaluate_labels({}, {}, geometry)
