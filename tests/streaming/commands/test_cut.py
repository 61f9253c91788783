"""`cantlie export --parts` and `cantlie resectogram` on a small case."""

import json

import numpy as np
import pytest

from engine import anatomy
from engine.case import Case
from engine.geometry import VolumeGeometry
from engine.imaging import write_nifti
from engine.resection import PlanEvaluator
from engine.resection.plan import PlaneResection, ResectionPlan, SurfaceResection, TerritoryResection
from streaming.cli import main

GEOMETRY = VolumeGeometry.from_parts(
    shape_kji=(32, 40, 40),
    spacing_ijk_mm=(3.0, 3.0, 4.0),
    origin_lps_mm=(-60.0, -60.0, 100.0),
    direction=[[1, 0, 0], [0, 0.8, -0.6], [0, 0.6, 0.8]],
)
CENTRE = GEOMETRY.lps_from_index([19.5, 19.5, 15.5])


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """A ball of liver with a portal vein and a tumour, prepared by the command itself."""
    folder = tmp_path_factory.mktemp("cut")
    k, j, i = np.indices(GEOMETRY.shape_kji)
    points = GEOMETRY.lps_from_index(np.stack([i, j, k], axis=-1)) - CENTRE
    labels = np.where(np.linalg.norm(points, axis=-1) < 48, anatomy.PARENCHYMA, 0).astype(np.uint8)
    labels[(np.hypot(points[..., 1], points[..., 2]) < 6) & (np.abs(points[..., 0]) < 42)] = anatomy.PORTAL_VEIN
    labels[np.linalg.norm(points - [22.0, 0.0, 18.0], axis=-1) < 10] = anatomy.FIRST_TUMOUR
    hu = np.full(GEOMETRY.shape_kji, -1000, dtype=np.int16)
    hu[1:-1, 1:-1, 1:-1] = -80
    hu[labels > 0] = 100
    write_nifti(folder / "scan.nii.gz", hu, GEOMETRY)
    write_nifti(folder / "labels.nii.gz", labels, GEOMETRY)
    given = ["prepare", str(folder / "scan.nii.gz"), "--labels", str(folder / "labels.nii.gz")]
    assert main([*given, "--out", str(folder / "case")]) == 0
    return folder / "case"


def plan_file(folder, *resections):
    path = folder / "plan.json"
    path.write_text(json.dumps(ResectionPlan(resections=resections).as_json()))
    return path


def plane(offset_mm=0.0, normal=(1.0, 0.1, 0.2)):
    return PlaneResection(point_lps_mm=tuple(CENTRE + np.array([offset_mm, 0.0, 0.0])), normal_lps=normal)


def sheet():
    across = np.linspace(-50, 50, 4)
    net = [[CENTRE + np.array([0.004 * u * u, u, v]) for u in across] for v in across]
    return SurfaceResection.from_net(np.array(net))


@pytest.mark.parametrize("kind", ["stl", "glb"])
def test_parts_are_exported_with_the_volumes_that_measure_answers(case, tmp_path, capsys, kind):
    plan = plan_file(tmp_path, plane(), sheet())
    command = ["export", str(case), "--format", kind, "--parts", "--plan", str(plan), "--out", str(tmp_path / kind)]
    assert main([*command, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert "Research use" in document["notice"]
    assert {path.name for path in (tmp_path / kind).iterdir()} == set(document["files"])
    parts = {part["file"]: part for part in document["parts"]}
    volumes = PlanEvaluator(Case.open(case).labels()).evaluate(
        ResectionPlan(resections=(plane(), sheet())), details=False
    )
    liver = volumes.structure("liver")
    for side, voxels_ml in (("resected", liver.resected_ml), ("remnant", liver.remnant_ml)):
        part = parts[f"liver.{side}.{kind}"]
        assert part["voxels_ml"] == pytest.approx(voxels_ml)
        assert part["volume_ml"] == pytest.approx(voxels_ml, rel=5e-3)
        assert part["cut_area_mm2"] > 1000
    assert f"tumour_01.resected.{kind}" in parts


def test_an_exported_part_is_a_closed_surface_in_patient_millimetres(case, tmp_path):
    plan = plan_file(tmp_path, plane())
    command = ["export", str(case), "--format", "stl", "--parts", "--plan", str(plan), "--out", str(tmp_path / "stl")]
    assert main(command) == 0
    record = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
    corners = np.frombuffer((tmp_path / "stl" / "liver.remnant.stl").read_bytes(), record, offset=84)["corners"]
    vertices, numbers = np.unique(corners.reshape(-1, 3), axis=0, return_inverse=True)
    faces = numbers.reshape(-1, 3)
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] % 2 == 0).all()
    normal = np.array([1.0, 0.1, 0.2]) / np.linalg.norm([1.0, 0.1, 0.2])
    assert ((vertices - CENTRE) @ normal).max() == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--format", "masks", "--parts", "--plan", "PLAN"], "no parts as masks"),
        (["--format", "stl", "--parts"], "belong together"),
        (["--format", "stl", "--plan", "PLAN"], "belong together"),
    ],
)
def test_parts_without_a_plan_or_a_surface_format_are_refused(case, tmp_path, capsys, options, words):
    plan = plan_file(tmp_path, plane())
    options = [str(plan) if option == "PLAN" else option for option in options]
    assert main(["export", str(case), *options, "--out", str(tmp_path / "out")]) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_resectogram_is_written_as_picture_data_and_json(case, tmp_path, capsys):
    from matplotlib.image import imread

    plan = plan_file(tmp_path, plane(8.0), sheet(), TerritoryResection(segments=(2,)))
    command = ["resectogram", str(case), "--plan", str(plan), "--out", str(tmp_path / "cut.png"), "--pixels", "160"]
    # Only the first: the territory beside it needs the map, whatever that holds on so small a liver.
    assert main([*command, "--resection", "2", "--data", str(tmp_path / "cut.npz"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert "Research use" in document["notice"]
    (found,) = document["resectograms"]
    assert found["kind"] == "surface"
    assert found["cut_area_mm2"] > 500
    picture = imread(tmp_path / "cut.png")
    assert min(picture.shape[:2]) > 300
    assert np.ptp(picture[..., :3]) > 0.8
    with np.load(tmp_path / "cut.npz") as arrays:
        shape = arrays["resection_2.structure"].shape
        assert max(shape) == 160
        assert arrays["resection_2.position_lps_mm"].shape == (*shape, 3)
        assert arrays["resection_2.margin_mm"].shape == shape
    assert {path.name for path in tmp_path.iterdir()} == {"plan.json", "cut.png", "cut.npz"}


def test_a_resectogram_of_nothing_is_refused_and_leaves_no_file(case, tmp_path, capsys):
    out = ["--out", str(tmp_path / "cut.png")]
    everything = plan_file(tmp_path, TerritoryResection(segments=tuple(range(1, 10))))
    assert main(["resectogram", str(case), "--plan", str(everything), *out]) == 2
    assert "no cut" in capsys.readouterr().err
    far = plan_file(tmp_path, plane(400.0))
    assert main(["resectogram", str(case), "--plan", str(far), *out]) == 2
    assert "does not cut the liver" in capsys.readouterr().err
    assert main(["resectogram", str(case), "--plan", str(far), *out, "--resection", "3"]) == 2
    assert not (tmp_path / "cut.png").exists()
