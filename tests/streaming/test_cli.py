import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest

from engine import anatomy
from engine.case import Case
from engine.geometry import LPS_FROM_RAS, VolumeGeometry
from engine.imaging import write_dicom_series, write_nifti
from engine.volume import LabelVolume, ScanVolume
from streaming.cli import main
from streaming.commands import measure as cli_measure

ROOT = Path(__file__).parents[2]
GEOMETRY = VolumeGeometry.from_parts(
    shape_kji=(20, 24, 28),
    spacing_ijk_mm=(4.0, 4.0, 5.0),
    origin_lps_mm=(-50, -40, 100),
    direction=[[1, 0, 0], [0, 0.8, -0.6], [0, 0.6, 0.8]],
)
NOTICE = "Research use, not a medical device"
PLANTED = ("DOE^JANE", "Jane", "19700131", "ID-4711-X", "2.25.424242", "Elsewhere", "Kowalski")


def ball(centre_kji, radius_mm):
    kji = np.stack(np.meshgrid(*[np.arange(n) for n in GEOMETRY.shape_kji], indexing="ij"), axis=-1)
    distance = np.linalg.norm((kji - np.array(centre_kji)) * GEOMETRY.spacing_kji_mm, axis=-1)
    return distance <= radius_mm


def body():
    labels = np.zeros(GEOMETRY.shape_kji, np.uint8)
    labels[ball((10, 12, 12), 34)] = anatomy.PARENCHYMA
    labels[ball((10, 8, 12), 10)] = anatomy.FIRST_TUMOUR
    labels[9:11, 12:14, 2:22] = anatomy.PORTAL_VEIN
    hu = np.where(labels > 0, 60, -1000).astype(np.int16)
    hu[2:-2, 2:-2, 2:-2] = np.maximum(hu[2:-2, 2:-2, 2:-2], -100)
    return ScanVolume(voxels_hu=hu, geometry=GEOMETRY), LabelVolume(labels=labels, geometry=GEOMETRY)


SCAN, LABELS = body()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A folder with series/, labels.nii.gz and case/, made by the command itself."""
    folder = tmp_path_factory.mktemp("prepared")
    for path in write_dicom_series(folder / "series", SCAN, description="Jane portal venous Kowalski"):
        dataset = pydicom.dcmread(path)
        dataset.PatientName, dataset.PatientID, dataset.PatientBirthDate = "DOE^JANE", "ID-4711-X", "19700131"
        dataset.InstitutionName, dataset.StudyInstanceUID = "St Elsewhere", "2.25.424242"
        dataset.save_as(path)
    write_nifti(folder / "labels.nii.gz", LABELS.labels, GEOMETRY)
    arguments = ["prepare", str(folder / "series"), "--labels", str(folder / "labels.nii.gz")]
    assert main([*arguments, "--out", str(folder / "case")]) == 0
    return folder


@pytest.fixture
def plan(tmp_path):
    path = tmp_path / "plan.json"
    centre = [float(v) for v in GEOMETRY.lps_from_index((12, 12, 10))]
    path.write_text(
        json.dumps({"resections": [{"kind": "plane", "point_lps_mm": centre, "normal_lps": [1.0, 0.0, 0.0]}]})
    )
    return path


def printed(capsys):
    return json.loads(capsys.readouterr().out)


def test_prepare_prints_one_json_document_and_progress_elsewhere(prepared, tmp_path, capsys):
    code = main(
        ["prepare", str(prepared / "series"), "--labels", str(prepared / "labels.nii.gz"), "--out",
         str(tmp_path / "case"), "--title", "Board 7", "--json"]
    )  # fmt: skip
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    assert code == 0
    assert document["title"] == "Board 7"
    assert document["notice"] == NOTICE
    assert {row["name"] for row in document["structures"]} == {"liver", "portal_vein", "tumour_01"}
    assert "Building surfaces" in captured.err


def test_measure_answers_with_volumes_that_add_up(prepared, plan, capsys):
    assert main(["measure", str(prepared / "case"), "--plan", str(plan), "--json"]) == 0
    document = printed(capsys)
    liver = document["volumes_ml"]["liver"]
    kji = np.argwhere(LABELS.mask_of(anatomy.LIVER_VALUES))
    x = GEOMETRY.lps_from_index(kji[:, ::-1])[:, 0] - GEOMETRY.lps_from_index((12, 12, 10))[0]
    assert liver["total"] == pytest.approx(len(kji) * 0.08)
    assert liver["resected"] == pytest.approx((x > 1e-9).sum() * 0.08)
    assert liver["resected"] + liver["remnant"] == pytest.approx(liver["total"])
    assert document["flr_percent"] == pytest.approx(100 * liver["remnant"] / liver["total"])
    assert document["notice"] == NOTICE


def test_measure_without_json_is_a_table_that_says_research_use(prepared, plan, capsys):
    assert main(["measure", str(prepared / "case"), "--plan", str(plan)]) == 0
    out = capsys.readouterr().out
    assert "Future liver remnant" in out and "total liver volume" in out
    assert "tumour_01" in out
    assert out.rstrip().endswith(NOTICE)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"resections": [{"kind": "saw"}]}', "[" * 100_000])
def test_a_plan_that_is_no_plan_is_refused_with_exit_code_2(prepared, tmp_path, text, capsys):
    (tmp_path / "plan.json").write_text(text)
    assert main(["measure", str(prepared / "case"), "--plan", str(tmp_path / "plan.json"), "--json"]) == 2
    captured = capsys.readouterr()
    assert json.loads(captured.out)["error"]["type"] == "PlanError"
    assert "plane" in captured.err


def test_masks_are_exported_on_the_scans_grid_and_prepare_takes_them_back(prepared, tmp_path):
    assert main(["export", str(prepared / "case"), "--format", "masks", "--out", str(tmp_path / "masks")]) == 0
    names = {path.name for path in (tmp_path / "masks").iterdir()}
    assert names == {"liver.nii.gz", "portal_vein.nii.gz", "tumour_01.nii.gz"}
    image = nibabel.load(tmp_path / "masks" / "liver.nii.gz")
    assert np.array_equal(np.asarray(image.dataobj).T > 0, LABELS.mask_of(anatomy.LIVER_VALUES))
    np.testing.assert_allclose(image.affine, LPS_FROM_RAS @ GEOMETRY.lps_from_ijk, atol=1e-3)
    arguments = ["prepare", str(prepared / "series"), "--labels", str(tmp_path / "masks")]
    assert main([*arguments, "--out", str(tmp_path / "again")]) == 0
    assert np.array_equal(Case.open(tmp_path / "again").labels().labels, Case.open(prepared / "case").labels().labels)


def test_surfaces_are_exported_in_patient_millimetres_and_as_gltf(prepared, tmp_path):
    for kind in ("stl", "glb"):
        assert main(["export", str(prepared / "case"), "--format", kind, "--out", str(tmp_path / kind)]) == 0
    stl = (tmp_path / "stl" / "liver.stl").read_bytes()
    record = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
    corners = np.frombuffer(stl, record, offset=84)["corners"]
    bounds = Case.open(prepared / "case").manifest.structure("liver").bounds_lps_mm
    np.testing.assert_allclose(corners.min(axis=(0, 1)), bounds[0], atol=0.01)
    assert (tmp_path / "glb" / "liver.glb").read_bytes()[:4] == b"glTF"


def test_an_export_replaces_an_older_export_when_asked_and_nothing_else_ever(prepared, tmp_path):
    export = ["export", str(prepared / "case"), "--format", "stl", "--out"]
    assert main([*export, str(tmp_path / "out")]) == 0
    assert main([*export, str(tmp_path / "out")]) == 2
    assert main([*export, str(tmp_path / "out"), "--overwrite"]) == 0
    (tmp_path / "out" / "thesis.txt").write_text("years of work")
    assert main([*export, str(tmp_path / "out"), "--overwrite"]) == 2
    assert (tmp_path / "out" / "thesis.txt").exists()
    assert main([*export, str(prepared / "case"), "--overwrite"]) == 2
    Case.open(prepared / "case").verify()


def test_a_case_agrees_perfectly_with_its_own_labels(prepared, capsys):
    assert main(["evaluate", str(prepared / "case"), str(prepared / "labels.nii.gz"), "--json"]) == 0
    document = printed(capsys)
    assert {name: row["dice"] for name, row in document["structures"].items()} == {
        "liver": 1.0,
        "portal_vein": 1.0,
        "tumours": 1.0,
    }
    assert document["structures"]["portal_vein"]["cldice"] == 1.0
    assert document["only_predicted"] == document["only_reference"] == []


def test_structures_of_one_side_only_are_listed_and_not_scored(prepared, tmp_path, capsys):
    write_nifti(tmp_path / "liver.nii.gz", LABELS.mask_of(anatomy.LIVER_VALUES), GEOMETRY)
    assert main(["evaluate", str(prepared / "case"), str(tmp_path / "liver.nii.gz"), "--json"]) == 0
    document = printed(capsys)
    assert list(document["structures"]) == ["liver"]
    assert document["only_predicted"] == ["portal_vein", "tumours"]


def test_a_segmentation_on_another_grid_is_refused(prepared, tmp_path, capsys):
    other = VolumeGeometry.from_parts(shape_kji=(20, 24, 28), spacing_ijk_mm=(4, 4, 4))
    write_nifti(tmp_path / "liver.nii.gz", np.ones(other.shape_kji, np.uint8), other)
    assert main(["evaluate", str(prepared / "case"), str(tmp_path / "liver.nii.gz")]) == 2
    labels = ["--labels", str(tmp_path / "liver.nii.gz"), "--out", str(tmp_path / "case")]
    assert main(["prepare", str(prepared / "series"), *labels, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["type"] == "GridMismatchError"
    assert not (tmp_path / "case").exists()


def test_cases_are_listed_and_a_damaged_one_is_named(prepared, tmp_path, capsys):
    assert main(["cases", str(prepared), "--json"]) == 0
    assert [row["folder"] for row in printed(capsys)["cases"]] == ["case"]
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "manifest.json").write_text("{")
    assert main(["cases", str(tmp_path)]) == 2
    assert "cannot be read" in capsys.readouterr().out


def test_nothing_of_the_patient_reaches_the_case_or_the_terminal(prepared, tmp_path, capfd):
    arguments = ["prepare", str(prepared / "series"), "--labels", str(prepared / "labels.nii.gz"), "--json"]
    assert main([*arguments, "--out", str(tmp_path / "case")]) == 0
    captured = capfd.readouterr()
    shown = (captured.out + captured.err).encode()
    for path in (tmp_path / "case").rglob("*"):
        shown += path.name.encode() + (path.read_bytes() if path.is_file() else b"")
    assert not [word for word in PLANTED if word.lower().encode() in shown.lower()]


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda folder: None, "EmptyScanError"),
        (lambda folder: folder.mkdir(), "EmptyScanError"),
        (lambda folder: (folder.mkdir(), (folder / "a.dcm").touch()), "UnreadableFileError"),
        (lambda folder: write_dicom_series(folder, SCAN)[7].unlink(), "SliceGeometryError"),
    ],
)
def test_bad_input_is_two_plain_lines_and_exit_code_2(tmp_path, make, kind, capsys):
    make(tmp_path / "jane_doe")
    assert main(["prepare", str(tmp_path / "jane_doe"), "--out", str(tmp_path / "case"), "--json"]) == 2
    captured = capsys.readouterr()
    error = json.loads(captured.out)["error"]
    assert error["type"] == kind
    assert error["what"] and error["cure"]
    assert "Traceback" not in captured.err and "jane" not in (captured.err + captured.out).lower()
    assert not (tmp_path / "case").exists()


def test_a_full_disk_is_exit_code_2_and_leaves_nothing(prepared, tmp_path, monkeypatch, capsys):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("engine.case_files.np.savez", full)
    arguments = ["prepare", str(prepared / "series"), "--labels", str(prepared / "labels.nii.gz")]
    assert main([*arguments, "--out", str(tmp_path / "out" / "case")]) == 2
    assert "disk is full" in capsys.readouterr().err
    assert list((tmp_path / "out").iterdir()) == []


def test_an_unexpected_fault_is_one_line_without_its_text(prepared, plan, monkeypatch, capsys):
    def broken(case, said):
        raise ZeroDivisionError("patient Jane Doe")

    monkeypatch.setattr(cli_measure, "given_plan", broken)
    assert main(["measure", str(prepared / "case"), "--plan", str(plan)]) == 1
    err = capsys.readouterr().err
    assert "ZeroDivisionError" in err and "--debug" in err
    assert "Jane" not in err and err.count("\n") == 1
    with pytest.raises(ZeroDivisionError):
        main(["measure", str(prepared / "case"), "--plan", str(plan), "--debug"])


@pytest.mark.parametrize("arguments", [[], ["prepare"], ["export", "x", "--format", "step", "--out", "y"]])
def test_wrong_arguments_are_exit_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as raised:
        main(arguments)
    assert raised.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_help_needs_no_heavy_library():
    code = (
        "import sys\n"
        "from streaming.cli import build_parser\n"
        "build_parser().format_help()\n"
        "heavy = {'torch', 'monai', 'open3d', 'numba', 'SimpleITK', 'pydicom', 'numpy', 'scipy', 'pydantic'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("stage", ["Reading the scan", "Saving volumes"])
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_nothing_behind(prepared, tmp_path, stage, sent):
    (tmp_path / "tmp").mkdir()
    (tmp_path / "out").mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "streaming.cli", "prepare", str(prepared / "series"),
         "--labels", str(prepared / "labels.nii.gz"), "--out", str(tmp_path / "out" / "case")],
        cwd=ROOT, env={**os.environ, "TMPDIR": str(tmp_path / "tmp")}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if line.startswith(f"{stage} ..."):
            process.send_signal(sent)
            break
    said.append(process.stderr.read())
    assert process.wait(timeout=60) == 130
    assert "Traceback" not in "".join(said)
    assert list((tmp_path / "out").iterdir()) == []
    assert list((tmp_path / "tmp").iterdir()) == []
