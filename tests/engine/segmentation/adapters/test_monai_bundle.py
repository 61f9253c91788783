"""MONAI bundles with tiny weights made here: what the network sees, and what is never run."""

import json
import zipfile

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from engine.errors import WeightsError
from engine.segmentation.adapters.bundle_config import BundleConfig

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


def bundle_logits(network, scan):
    ras = scan.voxels_hu[:, ::-1, ::-1].transpose(2, 1, 0).astype(np.float32)
    values = np.ascontiguousarray(np.clip((ras + 57) / (164 + 57), 0, 1))
    with torch.inference_mode():
        return network(torch.from_numpy(values)[None, None])[0].numpy().transpose(0, 3, 2, 1)[:, :, ::-1, ::-1]


def test_a_zipped_monai_bundle_sees_what_its_configuration_says(tmp_path, scan, run, liver_of, same):
    network = write_bundle(tmp_path / "tiny", checkpoint=True)
    with zipfile.ZipFile(tmp_path / "tiny.zip", "w") as archive:
        for path in (tmp_path / "tiny").rglob("*"):
            archive.write(path, path.relative_to(tmp_path))
    segmentation = run(f"monai:{tmp_path / 'tiny.zip'}")
    same(liver_of(segmentation), bundle_logits(network, scan).argmax(axis=0) == 1)
    assert segmentation.network == "MONAI bundle Tiny liver"


def test_classes_that_stand_alone_are_cut_at_one_half(tmp_path, scan, run, liver_of, same):
    inference = {
        **INFERENCE,
        "postprocessing": {"_target_": "Compose", "transforms": [{"_target_": "Activationsd", "sigmoid": True}]},
    }
    network = write_bundle(tmp_path / "tiny", inference=inference, classes=("spleen", "liver"))
    same(liver_of(run(f"monai:{tmp_path / 'tiny'}")), bundle_logits(network, scan)[1] > 0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"network_def": {**NETWORK, "_target_": "os.system"}}, "none of MONAI's own"),
        ({"network_def": {**NETWORK, "_target_": "evil.networks.UNet"}}, "none of MONAI's own"),
        ({"network_def": {**NETWORK, "norm": {"_target_": "os.system"}}}, "other objects"),
        ({"network_def": {**NETWORK, "channels": "$__import__('os').system('touch ran')"}}, "is code"),
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
def test_code_and_foreign_objects_in_a_bundle_are_refused(tmp_path, monkeypatch, change, said, run):
    monkeypatch.chdir(tmp_path)
    write_bundle(tmp_path / "tiny", inference={**INFERENCE, **change})
    with pytest.raises(WeightsError, match=said):
        run(f"monai:{tmp_path / 'tiny'}")
    assert not (tmp_path / "ran").exists()


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
