"""The command line with segmentations and weights of others."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from engine.anatomy import PARENCHYMA, PORTAL_VEIN, SPLEEN, structure_named
from engine.geometry import VolumeGeometry
from engine.imaging import read_given_labels, write_nifti
from engine.volume import LabelVolume
from streaming.cli import main
from streaming.commands.export import write_export

GEOMETRY = VolumeGeometry.from_parts(shape_kji=(20, 24, 28), spacing_ijk_mm=(4, 4, 5), origin_lps_mm=(-50, -40, 100))


def test_a_checkpoint_is_converted_and_a_file_there_is_kept(tmp_path, capsys):
    torch.save({"state_dict": {"w": torch.arange(3.0)}}, tmp_path / "a.pth")
    command = ["convert-weights", str(tmp_path / "a.pth"), "--out", str(tmp_path / "a.safetensors"), "--json"]
    assert main(command) == 0
    assert len(json.loads(capsys.readouterr().out)["source_sha256"]) == 64
    assert torch.equal(load_file(tmp_path / "a.safetensors")["w"], torch.arange(3.0))
    assert main(command) == 2


def test_prepare_reads_a_label_map_by_a_named_table_and_refuses_an_unknown_network(tmp_path, capsys):
    hu = np.full(GEOMETRY.shape_kji, -100, np.int16)
    values = np.zeros(GEOMETRY.shape_kji, np.uint8)
    values[4:16, 4:18, 3:17] = 6  # the liver of AMOS
    values[4:12, 4:12, 19:25] = 1
    hu[values > 0] = 90
    hu[:, :2] = -1000
    write_nifti(tmp_path / "ct.nii.gz", hu, GEOMETRY)
    write_nifti(tmp_path / "seg.nii.gz", values, GEOMETRY)
    prepare = ["prepare", str(tmp_path / "ct.nii.gz"), "--out", str(tmp_path / "case"), "--json"]
    assert main([*prepare, "--labels", str(tmp_path / "seg.nii.gz"), "--label-map", "amos"]) == 0
    names = {row["name"] for row in json.loads(capsys.readouterr().out)["structures"]}
    assert {"liver", "spleen"} <= names
    assert main([*prepare, "--overwrite", "--network", "unet:x"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["type"] == "SegmentationError"
    with pytest.raises(SystemExit):
        main([*prepare, "--network", "totalsegmentator", "--labels", "x"])


def test_a_case_is_exported_as_one_segmentation_for_slicer(tmp_path):
    labels = np.zeros(GEOMETRY.shape_kji, np.uint8)
    labels[4:16, 4:18, 3:17] = PARENCHYMA
    labels[8:10, 8:10, 3:22] = PORTAL_VEIN
    labels[8:10, 8:10, 17:22] = 16
    labels[2:5, 20:22, 20:24] = SPLEEN

    class Manifest:
        structures = tuple(structure_named(name) for name in ("liver", "portal_vein", "spleen"))

    class Opened:
        manifest = Manifest

        def labels(self):
            return LabelVolume(labels=labels, geometry=GEOMETRY)

    assert write_export(Opened(), "seg-nrrd", tmp_path) == ["structures.seg.nrrd"]
    assert np.array_equal(read_given_labels(tmp_path / "structures.seg.nrrd", GEOMETRY).labels, labels)
