"""Networks of others with tiny weights made here: what they see, and where their answers land."""

import json
import shutil
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from engine import anatomy
from engine.errors import SegmentationError, WeightsError
from engine.geometry import VolumeGeometry, orientation_code
from engine.progress import SilentProgress
from engine.segmentation.adapters import segment_with
from engine.segmentation.adapters.bundle_config import BundleConfig
from engine.segmentation.adapters.foreign_grid import oriented_grid
from engine.volume import ScanVolume
from models.plans_network import PlansUNet, architecture_of

SHAPE = (16, 24, 32)
GEOMETRY = VolumeGeometry.from_parts(
    shape_kji=SHAPE,
    spacing_ijk_mm=(1.5, 2.0, 2.5),
    origin_lps_mm=(-20, 30, 100),
    direction=[[0.96, -0.28, 0], [0.28, 0.96, 0], [0, 0, 1]],
)
SCAN = ScanVolume(voxels_hu=np.random.default_rng(3).integers(-100, 200, SHAPE).astype(np.int16), geometry=GEOMETRY)
INSIDE = anatomy.LIVER_VALUES
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


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CANTLIE_CACHE", str(tmp_path / "cache"))


def run(network, scan=SCAN, **options):
    return segment_with(network, scan, device="cpu", progress=SilentProgress(), **options)


def liver_of(segmentation):
    return segmentation.labels.mask_of(INSIDE)


def same(found, expected):
    """Equal but for voxels where two classes are level within the 8 bits of a probability."""
    assert expected.any() and not expected.all()
    assert (found == expected).mean() > 0.995


def write_nnunet(folder, *, transpose=(0, 1, 2), safetensors=True, scheme="CTNormalization", labels=None):
    torch.manual_seed(5)
    labels = labels or {"background": 0, "liver": 1}
    network = PlansUNet(architecture_of({"architecture": ARCHITECTURE}), 1, len(labels)).eval()
    # Every class has the same mean, so that each wins somewhere.
    last = network.decoder.seg_layers[-1]
    torch.nn.init.normal_(last.weight)
    last.weight.data -= last.weight.data.mean(dim=1, keepdim=True)
    last.bias.data.zero_()
    spacing = [GEOMETRY.spacing_kji_mm[axis] for axis in transpose]
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
                "patch_size": [SHAPE[axis] for axis in transpose],
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


def test_an_nnunet_model_sees_the_scan_as_a_ras_file_and_its_answer_comes_back(tmp_path):
    network = write_nnunet(tmp_path / "model", safetensors=False)
    segmentation = run(f"nnunet:{tmp_path / 'model'}")
    # The scan's axes run to L, P and S, so a RAS network sees i and j reversed.
    expected = nnunet_answer(network, SCAN.voxels_hu[:, ::-1, ::-1])[:, ::-1, ::-1] == 1
    same(liver_of(segmentation), expected)
    assert segmentation.network == "nnU-Net Dataset900_Tiny"
    assert segmentation.probability is None


def test_an_nnunet_model_sees_dicom_axes_when_told_and_transposed_axes_as_its_plans_say(tmp_path):
    network = write_nnunet(tmp_path / "model", transpose=(2, 0, 1))
    segmentation = run(f"nnunet:{tmp_path / 'model'}#LPS")
    expected = nnunet_answer(network, SCAN.voxels_hu.transpose(2, 0, 1)).transpose(1, 2, 0) == 1
    same(liver_of(segmentation), expected)


def test_the_same_patient_stored_otherwise_gives_the_same_labels(tmp_path):
    write_nnunet(tmp_path / "model")
    matrix = np.array(GEOMETRY.lps_from_ijk)
    matrix[:3, 3] = GEOMETRY.lps_from_index((SHAPE[2] - 1, 0, 0))
    matrix[:3, 0] *= -1
    flipped = ScanVolume(
        voxels_hu=np.ascontiguousarray(SCAN.voxels_hu[:, :, ::-1]),
        geometry=VolumeGeometry(shape_kji=SHAPE, lps_from_ijk=matrix),
    )
    first = liver_of(run(f"nnunet:{tmp_path / 'model'}"))
    assert np.array_equal(liver_of(run(f"nnunet:{tmp_path / 'model'}", flipped))[:, :, ::-1], first)


def test_tumours_and_classes_unknown_here_are_told_apart(tmp_path):
    write_nnunet(tmp_path / "model", labels={"background": 0, "liver": 1, "tumor": 2, "livr": 3})
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
def test_a_damaged_nnunet_folder_is_refused_in_plain_words(tmp_path, harm):
    write_nnunet(tmp_path / "model")
    harm(tmp_path / "model")
    with pytest.raises(WeightsError) as raised:
        run(f"nnunet:{tmp_path / 'model'}")
    assert raised.value.cure


NETWORK = {
    "_target_": "UNet", "spatial_dims": 3, "in_channels": 1, "out_channels": "$@classes * 1", "channels": [4, 8],
    "strides": [2], "num_res_units": 0, "norm": "instance",
}  # fmt: skip
INFERENCE = {
    "classes": 2,
    "image": "$monai.utils.first(@dataset)",
    "device": "$torch.device('cuda')",
    "network_def": NETWORK,
    "network": "$@network_def.to(@device)",
    "preprocessing": {
        "_target_": "Compose",
        "transforms": [
            {"_target_": "LoadImaged", "keys": "image"},
            {"_target_": "EnsureChannelFirstd", "keys": "image"},
            {"_target_": "Orientationd", "keys": "image", "axcodes": "RAS"},
            {"_target_": "Spacingd", "keys": "image", "pixdim": [1.5, 2.0, 2.5], "mode": "bilinear"},
            {"_target_": "ScaleIntensityRanged", "keys": "image", "a_min": -57, "a_max": 164, "b_min": 0, "b_max": 1,
             "clip": True},
        ],
    },
    "inferer": {"_target_": "SlidingWindowInferer", "roi_size": [32, 24, 16], "sw_batch_size": 4, "overlap": 0.5},
    "postprocessing": {"_target_": "Compose", "transforms": [{"_target_": "Activationsd", "softmax": True}]},
}  # fmt: skip


def write_bundle(folder, *, inference=INFERENCE, classes=("background", "liver"), checkpoint=False):
    from monai.networks.nets import UNet

    torch.manual_seed(2)
    arguments = {k: v for k, v in NETWORK.items() if k != "_target_"} | {"out_channels": len(classes)}
    network = UNet(**arguments).eval()
    (folder / "configs").mkdir(parents=True)
    (folder / "models").mkdir()
    metadata = {
        "name": "Tiny liver",
        "network_data_format": {"outputs": {"pred": {"channel_def": {str(n): name for n, name in enumerate(classes)}}}},
    }
    (folder / "configs" / "metadata.json").write_text(json.dumps(metadata))
    (folder / "configs" / "inference.json").write_text(json.dumps(inference))
    if checkpoint:
        torch.save(network.state_dict(), folder / "models" / "model.pt")
    else:
        save_file(network.state_dict(), str(folder / "models" / "model.safetensors"))
    return network


def bundle_logits(network):
    ras = SCAN.voxels_hu[:, ::-1, ::-1].transpose(2, 1, 0).astype(np.float32)
    values = np.ascontiguousarray(np.clip((ras + 57) / (164 + 57), 0, 1))
    with torch.inference_mode():
        return network(torch.from_numpy(values)[None, None])[0].numpy().transpose(0, 3, 2, 1)[:, :, ::-1, ::-1]


def test_a_zipped_monai_bundle_sees_what_its_configuration_says(tmp_path):
    network = write_bundle(tmp_path / "tiny", checkpoint=True)
    with zipfile.ZipFile(tmp_path / "tiny.zip", "w") as archive:
        for path in (tmp_path / "tiny").rglob("*"):
            archive.write(path, path.relative_to(tmp_path))
    segmentation = run(f"monai:{tmp_path / 'tiny.zip'}")
    same(liver_of(segmentation), bundle_logits(network).argmax(axis=0) == 1)
    assert segmentation.network == "MONAI bundle Tiny liver"


def test_classes_that_stand_alone_are_cut_at_one_half(tmp_path):
    inference = {
        **INFERENCE,
        "postprocessing": {"_target_": "Compose", "transforms": [{"_target_": "Activationsd", "sigmoid": True}]},
    }
    network = write_bundle(tmp_path / "tiny", inference=inference, classes=("spleen", "liver"))
    same(liver_of(run(f"monai:{tmp_path / 'tiny'}")), bundle_logits(network)[1] > 0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"network_def": {**NETWORK, "_target_": "os.system"}}, "none of MONAI's own"),
        ({"network_def": {**NETWORK, "_target_": "evil.networks.UNet"}}, "none of MONAI's own"),
        ({"network_def": {**NETWORK, "norm": {"_target_": "os.system"}}}, "other objects"),
        ({"network_def": {**NETWORK, "channels": "$__import__('os').system('touch /tmp/x')"}}, "is code"),
        ({"network_def": "@network_def"}, "circle"),
        ({"inferer": {"_target_": "evil.Inferer"}}, "sliding windows"),
        ({"inferer": {"_target_": "SlidingWindowInferer", "roi_size": [1, 1, 10**9]}}, "sense"),
        (
            {"preprocessing": {"transforms": [{"_target_": "RunScriptd", "keys": "image"}]}},
            "not done here .RunScript",
        ),
        (
            {"preprocessing": {"transforms": [{"_target_": "Spacingd", "pixdim": "$open('x').read()"}]}},
            "is code",
        ),
    ],
)
def test_code_and_foreign_objects_in_a_bundle_are_refused(tmp_path, change, said):
    write_bundle(tmp_path / "tiny", inference={**INFERENCE, **change})
    with pytest.raises(WeightsError, match=said):
        run(f"monai:{tmp_path / 'tiny'}")
    assert not Path("/tmp/x").exists()


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("$1 + 2 * @three", 7),
        ("$[@three, -1]", [3, -1]),
        ("@table::deep", 5),
        ("%table#deep", 5),
        ("plain", "plain"),
    ],
)
def test_plain_expressions_of_a_bundle_are_reckoned(expression, value):
    config = BundleConfig({"three": 3, "table": {"deep": 5}, "asked": expression})
    assert config.value("asked") == value


@pytest.mark.parametrize(
    "expression", ["$9 ** 9 ** 9", "$().__class__", "$(lambda: 1)()", "$[1 for _ in (1,)]", "$x", "$"]
)
def test_other_expressions_of_a_bundle_are_never_run(expression):
    with pytest.raises(WeightsError, match="code"):
        BundleConfig({"asked": expression}).value("asked")


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


def test_totalsegmentators_classes_become_ours_and_it_cannot_reach_the_network(totalsegmentator):
    totalsegmentator(291, 292, 293, 294, 295, 8)
    segmentation = run("totalsegmentator")
    labels, hu = segmentation.labels.labels, SCAN.voxels_hu
    assert (labels[hu < -90] == anatomy.SPLEEN).all()
    assert (labels[(hu > 0) & (hu <= 100)] == anatomy.PARENCHYMA).all()
    assert set(np.unique(labels[hu > 150])) <= {anatomy.PORTAL_VEIN, anatomy.PORTAL_VEIN_EXTRAHEPATIC}
    assert (labels[(hu > 100) & (hu < 120)] == anatomy.HEPATIC_VEINS).all()
    right = GEOMETRY.lps_from_index(np.argwhere(labels == anatomy.RIGHT_KIDNEY)[:, ::-1])[:, 0]
    assert len(right) and (right < 0).all()
    assert segmentation.network == "TotalSegmentator (total, liver_vessels)"
    assert "one class" in segmentation.warnings[0]


def test_totalsegmentator_never_downloads_its_weights(totalsegmentator):
    totalsegmentator(291, 292)
    with pytest.raises(WeightsError, match="nothing is downloaded"):
        run("totalsegmentator")
    totalsegmentator(297)
    assert run("totalsegmentator", fast=True).network == "TotalSegmentator (total, 3 mm)"


def test_totalsegmentator_that_is_not_installed_is_said():
    with pytest.raises(WeightsError, match="not installed"):
        run("totalsegmentator")


@pytest.mark.parametrize("network", ["", "nnunet:", "monai", "unet:x", "totalsegmentator:x"])
def test_an_unknown_network_is_refused(network):
    with pytest.raises(SegmentationError, match="unknown"):
        run(network)


@settings(max_examples=30)
@given(
    order=st.permutations("LPS"),
    flips=st.tuples(*[st.booleans()] * 3),
    angle=st.floats(-0.6, 0.6),
    axes=st.permutations("LPS"),
)
def test_a_foreign_grid_covers_the_scan_and_grows_where_it_should(order, flips, angle, axes):
    opposite = {"L": "R", "P": "A", "S": "I"}
    code = "".join(opposite[one] if flip else one for one, flip in zip(axes, flips, strict=True))
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    columns = [turn[:, "LPS".index(one)] for one in order]
    own = VolumeGeometry.from_parts(
        shape_kji=(4, 5, 6), spacing_ijk_mm=(1, 2, 3), origin_lps_mm=(7, 8, 9), direction=np.stack(columns, axis=1)
    )
    grid = oriented_grid(own, code, None)
    assert orientation_code(grid) == code
    corners = [g.lps_from_index([[i, j, k] for k in (-0.5, g.shape_kji[0] - 0.5) for j in (-0.5, g.shape_kji[1] - 0.5)
                                 for i in (-0.5, g.shape_kji[2] - 0.5)]) for g in (own, grid)]  # fmt: skip
    assert np.allclose(sorted(map(tuple, corners[0].round(6))), sorted(map(tuple, corners[1].round(6))))
