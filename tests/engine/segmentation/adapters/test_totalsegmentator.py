"""TotalSegmentator, played by a package that looks like it: its classes, and that it downloads nothing."""

import sys

import numpy as np
import pytest

from engine import anatomy
from engine.errors import WeightsError

FAKE = """
import socket
import numpy as np
from nibabel.nifti1 import Nifti1Image

def totalsegmentator(input, output=None, ml=False, nr_thr_resamp=1, nr_thr_saving=6, fast=False, nora_tag="None",
                     preview=False, task="total", roi_subset=None, statistics=False, radiomics=False, crop_path=None,
                     body_seg=False, force_split=False, output_type="nifti", quiet=False, verbose=False, test=0,
                     skip_saving=False, device="gpu", license_number=None):
    assert isinstance(input, Nifti1Image) and output is None and ml and device == "cpu"
    for attempt in (lambda: socket.create_connection(("example.org", 80)),
                    lambda: socket.socket().connect(("192.0.2.1", 80))):
        try:
            attempt()
        except PermissionError:
            continue
        raise SystemExit("the network can be reached")
    hu = input.get_fdata()
    labels = np.zeros(hu.shape, np.uint8)
    if task == "total":
        labels[hu > 0] = 5
        labels[hu > 150] = 64
        labels[hu < -90] = 1
        # The patient's right is where RAS x is positive.
        x = np.tensordot(input.affine[0, :3], np.indices(hu.shape), 1) + input.affine[0, 3]
        labels[(hu < -50) & (hu >= -90) & (x > 0)] = 2
    else:
        labels[(hu > 100) & (hu < 120)] = 1
    return Nifti1Image(labels, input.affine)
"""


@pytest.fixture
def totalsegmentator(tmp_path, monkeypatch):
    """A package that looks like TotalSegmentator 2, and a folder for its weights."""
    package = tmp_path / "site" / "totalsegmentator"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "python_api.py").write_text(FAKE)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    monkeypatch.setenv("TOTALSEG_WEIGHTS_PATH", str(tmp_path / "weights"))

    def place(*numbers):
        for number in numbers:
            folder = tmp_path / "weights" / f"Dataset{number:03d}_Any" / "nnUNetTrainer" / "fold_0"
            folder.mkdir(parents=True)
            (folder / "checkpoint_final.pth").touch()

    yield place
    for name in [name for name in sys.modules if name.startswith("totalsegmentator")]:
        del sys.modules[name]


def test_totalsegmentators_classes_become_ours_and_it_cannot_reach_the_network(totalsegmentator, scan, run):
    totalsegmentator(291, 292, 293, 294, 295, 8)
    segmentation = run("totalsegmentator")
    labels, hu = segmentation.labels.labels, scan.voxels_hu
    assert (labels[hu < -90] == anatomy.SPLEEN).all()
    assert (labels[(hu > 0) & (hu <= 100)] == anatomy.PARENCHYMA).all()
    assert set(np.unique(labels[hu > 150])) <= {anatomy.PORTAL_VEIN, anatomy.PORTAL_VEIN_EXTRAHEPATIC}
    assert (labels[(hu > 100) & (hu < 120)] == anatomy.HEPATIC_VEINS).all()
    right = scan.geometry.lps_from_index(np.argwhere(labels == anatomy.RIGHT_KIDNEY)[:, ::-1])[:, 0]
    assert len(right) and (right < 0).all()
    assert segmentation.network == "TotalSegmentator (total, liver_vessels)"
    assert "one class" in segmentation.warnings[0]


def test_totalsegmentator_never_downloads_its_weights(totalsegmentator, run):
    totalsegmentator(291, 292)
    with pytest.raises(WeightsError, match="nothing is downloaded"):
        run("totalsegmentator")
    totalsegmentator(297)
    assert run("totalsegmentator", fast=True).network == "TotalSegmentator (total, 3 mm)"


def test_totalsegmentator_that_is_not_installed_is_said(run):
    with pytest.raises(WeightsError, match="not installed"):
        run("totalsegmentator")
