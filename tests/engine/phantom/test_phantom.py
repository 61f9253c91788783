"""The procedural abdomen: the same patient on every grid, with volumes and trees that can be trusted."""

import functools
import json

import cc3d
import numpy as np
import pytest

from engine import anatomy
from engine.errors import OperationCancelledError, StorageError
from engine.phantom import PhantomRecipe, PhantomWriters, make_phantom, write_phantom
from engine.phantom.grid import centred_geometry, rotation_matrix
from engine.phantom.growth import kernels as growth_kernels
from engine.phantom.growth.liver_vessels import PORTAL_TO_HEPATIC_GAP_MM
from engine.phantom.patient import grow_patient
from engine.phantom.rendering import render_patient, scanned
from engine.progress import SilentProgress

SMALL = {"shape_kji": (84, 96, 110), "spacing_ijk_mm": (3.4, 3.4, 3.4)}
ORGANS = ("liver", "spleen", "left_kidney", "right_kidney", "stomach", "gallbladder", "inferior_vena_cava")
CENTROID_TOLERANCE_MM = 0.8
VOLUME_TOLERANCE = 0.05


@pytest.fixture(scope="module")
def patient():
    return grow_patient(5)


@pytest.fixture(scope="module")
def upright(patient):
    return labels_on(patient, grid())


@pytest.fixture(scope="module")
def phantom():
    return make_phantom(PhantomRecipe(seed=5, **SMALL))


def grid(*, spacing_ijk_mm=(4.0, 4.0, 4.0), direction=None, left_handed=False, extent_mm=(420.0, 420.0, 420.0)):
    shape_kji = tuple(int(np.ceil(e / s)) for e, s in zip(extent_mm, spacing_ijk_mm, strict=True))[::-1]
    return centred_geometry(
        shape_kji=shape_kji,
        spacing_ijk_mm=spacing_ijk_mm,
        centre_lps_mm=(0.0, 0.0, -8.0),
        direction=direction,
        left_handed=left_handed,
    )


def labels_on(patient, geometry):
    return render_patient(patient, geometry, with_intensity=False).labels()


@functools.cache
def coarse_labels(seed):
    """A patient without tumours on a coarse grid."""
    return labels_on(grow_patient(seed, tumours=0), grid(spacing_ijk_mm=(5.0, 5.0, 5.0)))


def volume_ml(labels, structure):
    return labels.mask_of(structure.label_values).sum() * labels.geometry.voxel_volume_ml


def centroid_lps(labels, structure):
    mask = labels.mask_of(structure.label_values)
    return labels.geometry.lps_from_index(np.argwhere(mask)[:, ::-1]).mean(axis=0)


@pytest.mark.parametrize("left_handed", [False, True])
@pytest.mark.parametrize("angles_deg", [(20, -15, 30), (-10, 25, 170)])
def test_a_patient_lies_at_the_same_place_on_oblique_and_left_handed_grids(patient, upright, angles_deg, left_handed):
    other_grid = grid(spacing_ijk_mm=(3.3, 3.8, 3.6), direction=rotation_matrix(angles_deg), left_handed=left_handed)
    other = labels_on(patient, other_grid)
    assert other_grid.is_right_handed is not left_handed
    for name in ORGANS:
        structure = anatomy.structure_named(name)
        lost_mm = np.abs(centroid_lps(other, structure) - centroid_lps(upright, structure)).max()
        # The long vessels end at the edge of the field of view, which turns with the grid.
        assert lost_mm < (8.0 if name == "inferior_vena_cava" else CENTROID_TOLERANCE_MM), name
        if name != "inferior_vena_cava":
            assert volume_ml(other, structure) == pytest.approx(volume_ml(upright, structure), rel=VOLUME_TOLERANCE), (
                name
            )


def test_left_handed_storage_reverses_the_slices_and_nothing_else(patient, phantom):
    left_handed = labels_on(patient, PhantomRecipe(seed=5, left_handed=True, **SMALL).geometry())
    assert np.array_equal(phantom.labels.labels, left_handed.labels[::-1])
    assert left_handed.geometry.is_right_handed is False


@pytest.mark.parametrize("seed", [10, 11])
def test_the_anatomy_cannot_be_mirrored(seed):
    labels = coarse_labels(seed)
    named = {name: centroid_lps(labels, anatomy.structure_named(name)) for name in (*ORGANS, "aorta", "bones", "lungs")}
    assert named["liver"][0] < named["bones"][0] - 20.0
    assert named["spleen"][0] > named["bones"][0] + 50.0
    assert named["gallbladder"][0] < named["bones"][0] < named["stomach"][0]
    assert named["right_kidney"][0] < named["inferior_vena_cava"][0] < named["aorta"][0] < named["left_kidney"][0]
    assert named["bones"][1] > named["liver"][1]
    assert named["lungs"][2] > named["liver"][2]


def test_voxel_volumes_agree_with_the_continuous_anatomy(phantom):
    truth = phantom.truth
    assert truth.voxel_volumes_ml["liver"] == pytest.approx(truth.continuous_volumes_ml["liver"], rel=0.005)
    assert truth.voxel_volumes_ml["gallbladder"] == pytest.approx(truth.continuous_volumes_ml["gallbladder"], rel=0.05)
    assert truth.voxel_volumes_ml["tumour_01"] == pytest.approx(truth.continuous_volumes_ml["tumour_01"], rel=0.05)


def test_tumours_lie_in_the_liver_at_their_centres_and_clear_of_vessels(phantom):
    labels = phantom.labels
    assert len(phantom.truth.tumours) == 4
    for number, tumour in enumerate(phantom.truth.tumours, start=1):
        i, j, k = np.round(labels.geometry.index_from_lps(tumour.centre_lps_mm)).astype(int)
        assert labels.labels[k, j, i] == anatomy.FIRST_TUMOUR + number - 1
    sizes = [tumour.volume_ml for tumour in phantom.truth.tumours]
    assert sizes[0] == max(sizes)


def test_asking_for_more_tumours_keeps_the_liver_where_it_was(patient):
    few = grow_patient(5, tumours=1)
    assert len(few.tumours) == 1 < len(patient.tumours)
    assert few.trunk == patient.trunk
    assert few.tumours[0].centre_lps_mm in [tumour.centre_lps_mm for tumour in patient.tumours]


@pytest.mark.parametrize("seed", [1, 5])
def test_trees_are_connected_murray_and_never_touch(patient, seed):
    grown = patient if seed == 5 else grow_patient(seed)
    for tree in (grown.portal, grown.hepatic):
        assert tree.branch_count > 80
        assert (tree.parents < np.arange(len(tree.parents))).all()
        branches = np.arange(1, tree.branch_count + 1)
        for branch in branches:
            parent = tree.branch_parents[branch]
            if parent:
                assert tree.branch_radii_mm[branch] <= tree.branch_radii_mm[parent] + 1e-9
    assert (grown.portal.parents < 0).sum() == 1
    portal, _ = grown.portal.capsules()
    hepatic, _ = grown.hepatic.capsules()
    assert (growth_kernels.clashes(portal, hepatic, PORTAL_TO_HEPATIC_GAP_MM) < 0).all()


def test_bifurcations_obey_murrays_law(patient):
    tree = patient.portal
    checked = 0
    for parent in range(1, tree.branch_count + 1):
        children = np.flatnonzero(tree.branch_parents == parent)
        if len(children) == 2:
            cubes = (tree.branch_radii_mm[children] ** 3).sum()
            # A main branch keeps its name over several pieces and the first piece counts.
            assert cubes <= tree.branch_radii_mm[parent] ** 3 * 1.001
            checked += 1
    assert checked > 40


def test_terminals_lie_inside_the_liver(patient):
    labels = labels_on(patient, grid(spacing_ijk_mm=(1.8, 1.8, 1.8), extent_mm=(280.0, 210.0, 240.0)))
    liver = labels.mask_of(anatomy.LIVER_VALUES)
    for tree in (patient.portal, patient.hepatic):
        ends = np.setdiff1d(np.arange(len(tree.parents)), tree.parents)
        outside = 0
        for end in ends:
            if tree.branch_names[tree.node_branches[end]] in ("splenic_vein", "superior_mesenteric_vein"):
                continue
            i, j, k = np.round(labels.geometry.index_from_lps(tree.nodes_lps_mm[end])).astype(int)
            outside += not liver[k, j, i]
        assert outside == 0


def test_vessels_are_one_piece_on_a_usual_grid(patient):
    geometry = centred_geometry(
        shape_kji=(125, 165, 200), spacing_ijk_mm=(1.2, 1.2, 1.8), centre_lps_mm=(-25.0, -5.0, 5.0)
    )
    labels = labels_on(patient, geometry)
    veins = (anatomy.HEPATIC_VEINS, anatomy.HEPATIC_VEINS_EXTRAHEPATIC, anatomy.INFERIOR_VENA_CAVA)
    for values in ((anatomy.PORTAL_VEIN, anatomy.PORTAL_VEIN_EXTRAHEPATIC), veins, anatomy.LIVER_VALUES):
        sizes = np.bincount(cc3d.connected_components(labels.mask_of(values), connectivity=26).ravel())[1:]
        assert sizes.max() > 0.99 * sizes.sum()


def test_branch_maps_cover_exactly_the_veins(phantom):
    labels = phantom.labels
    portal = labels.mask_of((anatomy.PORTAL_VEIN, anatomy.PORTAL_VEIN_EXTRAHEPATIC))
    hepatic = labels.mask_of((anatomy.HEPATIC_VEINS, anatomy.HEPATIC_VEINS_EXTRAHEPATIC))
    assert np.array_equal(phantom.portal_branches > 0, portal)
    assert np.array_equal(phantom.hepatic_branches > 0, hepatic)
    assert phantom.portal_branches.max() <= phantom.trees[0].branch_count


def test_intensities_are_those_of_a_portal_venous_scan(phantom):
    hounsfield, labels = phantom.scan.voxels_hu, phantom.labels
    expected = {"liver": (95, 125), "spleen": (105, 135), "aorta": (130, 165), "lungs": (-900, -700)}
    for name, (low, high) in expected.items():
        values = hounsfield[labels.mask_of(anatomy.structure_named(name).label_values)]
        assert low < np.median(values) < high, name
    vein = np.median(hounsfield[labels.labels == anatomy.PORTAL_VEIN_EXTRAHEPATIC])
    liver = np.median(hounsfield[labels.labels == anatomy.PARENCHYMA])
    tumour = np.median(hounsfield[labels.labels == anatomy.FIRST_TUMOUR])
    assert vein > liver + 20 > tumour + 40
    assert hounsfield[labels.labels == 0].mean() < -950


def test_noise_has_the_asked_strength():
    flat = np.full((12, 200, 200), 50.0, dtype=np.float32)
    noisy = scanned(flat, np.array([2.0, 0.8, 0.8]), noise_hu=20.0, seed=1)
    assert noisy.std() == pytest.approx(20.0, rel=0.05)
    assert noisy.mean() == pytest.approx(50.0, abs=0.5)


def test_the_same_recipe_gives_the_same_voxels(phantom):
    again = make_phantom(PhantomRecipe(seed=5, **SMALL))
    assert np.array_equal(phantom.scan.voxels_hu, again.scan.voxels_hu)
    assert np.array_equal(phantom.labels.labels, again.labels.labels)
    assert phantom.truth == again.truth


def test_livers_differ_between_seeds_and_stay_plausible():
    volumes = [volume_ml(coarse_labels(seed), anatomy.LIVER) for seed in range(10, 14)]
    assert min(volumes) > 700 and max(volumes) < 2600
    assert max(volumes) - min(volumes) > 200


@pytest.mark.parametrize(
    "wrong", [{"tumours": 21}, {"seed": -1}, {"direction": (1.0,) * 9}, {"spacing_ijk_mm": (0, 1, 1)}]
)
def test_an_impossible_recipe_is_refused(wrong):
    with pytest.raises(ValueError, match="must"):
        PhantomRecipe(**wrong)


def npy_writer(path, array, geometry):
    path.write_bytes(array.tobytes())


def slice_writer(folder, scan, *, seed):
    folder.mkdir()
    (folder / "slice.dcm").write_bytes(b"x")


def test_writing_makes_a_whole_folder_with_truth(tmp_path, phantom):
    out = tmp_path / "phantom"
    write_phantom(out, phantom, writers=PhantomWriters(nifti=npy_writer, dicom_series=slice_writer))
    names = {path.name for path in out.iterdir()}
    assert names == {
        "dicom", "scan.nii.gz", "labels.nii.gz", "portal_branches.nii.gz", "hepatic_branches.nii.gz", "masks",
        "truth.json",
    }  # fmt: skip
    truth = json.loads((out / "truth.json").read_text())
    assert truth["voxel_volumes_ml"]["liver"] == pytest.approx(phantom.truth.voxel_volumes_ml["liver"])
    assert (out / "masks" / "tumour_01.nii.gz").exists()
    with pytest.raises(StorageError, match="not empty"):
        write_phantom(out, phantom, writers=PhantomWriters(nifti=npy_writer, dicom_series=slice_writer))


class Stopper(SilentProgress):
    def advance(self, fraction, detail=""):
        if detail == "masks":
            raise OperationCancelledError("stopped")


def test_stopping_leaves_nothing_behind(tmp_path, phantom):
    writers = PhantomWriters(nifti=npy_writer, dicom_series=slice_writer)
    with pytest.raises(OperationCancelledError):
        write_phantom(tmp_path / "phantom", phantom, writers=writers, progress=Stopper())
    assert list(tmp_path.iterdir()) == []
