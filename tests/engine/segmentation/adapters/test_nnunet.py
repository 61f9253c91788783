"""nnU-Net folders with tiny weights made here: what the network sees, and where its answers land."""

import json
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from engine import anatomy
from engine.errors import WeightsError
from engine.geometry import VolumeGeometry
from engine.volume import ScanVolume
from models.plans_network import PlansUNet, architecture_of

ARCHITECTURE = {
    "network_class_name": "dynamic_network_architectures.architectures.unet.PlainConvUNet",
    "arch_kwargs": {
        "n_stages": 2, "features_per_stage": [4, 8], "conv_op": "torch.nn.modules.conv.Conv3d",
        "kernel_sizes": [[3, 3, 3], [3, 3, 3]], "strides": [[1, 1, 1], [2, 2, 2]], "n_conv_per_stage": [1, 1],
        "n_conv_per_stage_decoder": [1], "conv_bias": True,
        "norm_op": "torch.nn.modules.instancenorm.InstanceNorm3d", "norm_op_kwargs": {"eps": 1e-5, "affine": True},
        "nonlin": "torch.nn.LeakyReLU", "nonlin_kwargs": {"inplace": True},
    },
}  # fmt: skip


def write_nnunet(folder, geometry, *, transpose=(0, 1, 2), safetensors=True, scheme="CTNormalization", labels=None):
    torch.manual_seed(5)
    labels = labels or {"background": 0, "liver": 1}
    network = PlansUNet(architecture_of({"architecture": ARCHITECTURE}), 1, len(labels)).eval()
    # Every class has the same mean, so that each wins somewhere.
    last = network.decoder.seg_layers[-1]
    torch.nn.init.normal_(last.weight)
    last.weight.data -= last.weight.data.mean(dim=1, keepdim=True)
    last.bias.data.zero_()
    spacing = [geometry.spacing_kji_mm[axis] for axis in transpose]
    plans = {
        "dataset_name": "Dataset900_Tiny",
        "transpose_forward": list(transpose),
        "foreground_intensity_properties_per_channel": {
            "0": {"mean": 60.0, "std": 50.0, "percentile_00_5": -50.0, "percentile_99_5": 150.0}
        },
        "configurations": {
            "base": {"normalization_schemes": [scheme], "use_mask_for_norm": [False]},
            "3d_fullres": {
                "inherits_from": "base",
                "spacing": [float(one) for one in spacing],
                "patch_size": [geometry.shape_kji[axis] for axis in transpose],
                "architecture": ARCHITECTURE,
            },
        },
    }
    (folder / "fold_0").mkdir(parents=True)
    (folder / "plans.json").write_text(json.dumps(plans))
    (folder / "dataset.json").write_text(json.dumps({"channel_names": {"0": "CT"}, "labels": labels}))
    if safetensors:
        save_file(network.state_dict(), str(folder / "fold_0" / "checkpoint_final.safetensors"))
    else:
        checkpoint = {
            "network_weights": network.state_dict(),
            "logging": {"val": [np.float64(0.1)]},
            "init_args": {"configuration": "3d_fullres"},
            "trainer_name": "nnUNetTrainer",
        }
        torch.save(checkpoint, folder / "fold_0" / "checkpoint_final.pth")
    return network


def nnunet_answer(network, hu):
    values = (np.clip(hu.astype(np.float32), -50, 150) - 60) / 50
    with torch.inference_mode():
        return network(torch.from_numpy(np.ascontiguousarray(values))[None, None])[0].argmax(0).numpy()


def test_an_nnunet_model_sees_the_scan_as_a_ras_file_and_its_answer_comes_back(tmp_path, scan, run, liver_of, same):
    network = write_nnunet(tmp_path / "model", scan.geometry, safetensors=False)
    segmentation = run(f"nnunet:{tmp_path / 'model'}")
    # The scan's axes run to L, P and S, so a RAS network sees i and j reversed.
    expected = nnunet_answer(network, scan.voxels_hu[:, ::-1, ::-1])[:, ::-1, ::-1] == 1
    same(liver_of(segmentation), expected)
    assert segmentation.network == "nnU-Net Dataset900_Tiny"
    assert segmentation.probability is None


def test_an_nnunet_model_sees_dicom_axes_when_told_and_others_as_its_plans_say(tmp_path, scan, run, liver_of, same):
    network = write_nnunet(tmp_path / "model", scan.geometry, transpose=(2, 0, 1))
    segmentation = run(f"nnunet:{tmp_path / 'model'}#LPS")
    expected = nnunet_answer(network, scan.voxels_hu.transpose(2, 0, 1)).transpose(1, 2, 0) == 1
    same(liver_of(segmentation), expected)


def test_the_same_patient_stored_otherwise_gives_the_same_labels(tmp_path, scan, run, liver_of):
    write_nnunet(tmp_path / "model", scan.geometry)
    matrix = np.array(scan.geometry.lps_from_ijk)
    matrix[:3, 3] = scan.geometry.lps_from_index((scan.geometry.shape_kji[2] - 1, 0, 0))
    matrix[:3, 0] *= -1
    flipped = ScanVolume(
        voxels_hu=np.ascontiguousarray(scan.voxels_hu[:, :, ::-1]),
        geometry=VolumeGeometry(shape_kji=scan.geometry.shape_kji, lps_from_ijk=matrix),
    )
    first = liver_of(run(f"nnunet:{tmp_path / 'model'}"))
    assert np.array_equal(liver_of(run(f"nnunet:{tmp_path / 'model'}", flipped))[:, :, ::-1], first)


def test_tumours_and_classes_unknown_here_are_told_apart(tmp_path, scan, run):
    write_nnunet(tmp_path / "model", scan.geometry, labels={"background": 0, "liver": 1, "tumor": 2, "livr": 3})
    segmentation = run(f"nnunet:{tmp_path / 'model'}")
    assert (segmentation.labels.labels >= anatomy.FIRST_TUMOUR).any()
    assert "livr (like liver?)" in segmentation.warnings[0]


@pytest.mark.parametrize(
    "harm",
    [
        lambda f: (f / "plans.json").unlink(),
        lambda f: (f / "plans.json").write_text("[1"),
        lambda f: (f / "dataset.json").write_text('{"channel_names": {"0": "CT", "1": "PET"}, "labels": {}}'),
        lambda f: (f / "dataset.json").write_text('{"channel_names": {"0": "CT"}, "labels": {"a": 0, "b": [1, 2]}}'),
        lambda f: (f / "plans.json").write_text((f / "plans.json").read_text().replace("PlainConvUNet", "Evil")),
        lambda f: (f / "plans.json").write_text((f / "plans.json").read_text().replace("CTNorm", "EvilNorm")),
        lambda f: shutil.rmtree(f / "fold_0"),
    ],
)
def test_a_damaged_nnunet_folder_is_refused_in_plain_words(tmp_path, scan, harm, run):
    write_nnunet(tmp_path / "model", scan.geometry)
    harm(tmp_path / "model")
    with pytest.raises(WeightsError) as raised:
        run(f"nnunet:{tmp_path / 'model'}")
    assert raised.value.cure
