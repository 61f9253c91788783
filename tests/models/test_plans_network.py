"""nnU-Net networks rebuilt from plans."""

import pytest
import torch

from models.card import ModelError
from models.plans_network import PlansUNet, architecture_of, load_plans_network

COMMON = {
    "n_stages": 3, "features_per_stage": [4, 8, 8], "conv_op": "torch.nn.modules.conv.Conv3d",
    "kernel_sizes": [[1, 3, 3], [3, 3, 3], [3, 3, 3]], "strides": [[1, 1, 1], [1, 2, 2], [2, 2, 2]],
    "n_conv_per_stage_decoder": [1, 2], "conv_bias": True,
    "norm_op": "torch.nn.modules.instancenorm.InstanceNorm3d", "norm_op_kwargs": {"eps": 1e-5, "affine": True},
    "dropout_op": None, "dropout_op_kwargs": None, "nonlin": "torch.nn.LeakyReLU", "nonlin_kwargs": {"inplace": True},
}  # fmt: skip
PLAIN = {**COMMON, "n_conv_per_stage": [2, 1, 2]}
RESIDUAL = {**COMMON, "n_blocks_per_stage": [1, 2, 2]}


def configuration(name, arguments):
    return {"architecture": {"network_class_name": f"somewhere.{name}", "arch_kwargs": arguments}}


@pytest.mark.parametrize(("name", "arguments"), [("PlainConvUNet", PLAIN), ("ResidualEncoderUNet", RESIDUAL)])
def test_a_rebuilt_network_answers_at_the_inputs_resolution(name, arguments):
    network = PlansUNet(architecture_of(configuration(name, arguments)), 1, 3).eval()
    assert network(torch.zeros(1, 1, 8, 16, 16)).shape == (1, 3, 8, 16, 16)


@pytest.mark.parametrize(("name", "arguments"), [("PlainConvUNet", PLAIN), ("ResidualEncoderUNet", RESIDUAL)])
def test_a_rebuilt_network_answers_exactly_as_the_makers_own(name, arguments):
    unet = pytest.importorskip("dynamic_network_architectures.architectures.unet", reason="the makers' package")
    own = {**arguments, "conv_op": torch.nn.Conv3d, "norm_op": torch.nn.InstanceNorm3d, "nonlin": torch.nn.LeakyReLU}
    theirs = getattr(unet, name)(1, num_classes=3, **own).eval()
    ours = PlansUNet(architecture_of(configuration(name, arguments)), 1, 3)
    load_plans_network(ours, theirs.state_dict())
    x = torch.randn(1, 1, 8, 16, 16)
    assert torch.equal(ours(x), theirs(x))


def test_plans_of_older_versions_describe_the_same_network():
    older = {
        "UNet_class_name": "PlainConvUNet", "UNet_base_num_features": 4, "unet_max_num_features": 8,
        "n_conv_per_stage_encoder": [2, 1, 2], "n_conv_per_stage_decoder": [1, 2],
        "pool_op_kernel_sizes": COMMON["strides"], "conv_kernel_sizes": COMMON["kernel_sizes"],
    }  # fmt: skip
    assert architecture_of(older) == architecture_of(configuration("PlainConvUNet", PLAIN))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("os.system", {}),
        ("PlainConvUNet", {"conv_op": "torch.nn.modules.conv.Conv2d"}),
        ("PlainConvUNet", {"features_per_stage": [10**6, 8, 8]}),
        ("PlainConvUNet", {"n_stages": 4}),
        ("PlainConvUNet", {"nonlin": "builtins.eval"}),
        ("PlainConvUNet", {"strides": "eval"}),
        ("ResidualEncoderUNet", {"bottleneck_channels": [1, 1, 1], "n_blocks_per_stage": 1}),
    ],
)
def test_plans_of_other_networks_are_refused(name, change):
    with pytest.raises(ModelError):
        architecture_of(configuration(name, {**PLAIN, **change}))


def test_weights_of_another_network_are_refused():
    small = PlansUNet(architecture_of(configuration("PlainConvUNet", PLAIN)), 1, 2)
    large = PlansUNet(architecture_of(configuration("PlainConvUNet", PLAIN)), 1, 3)
    with pytest.raises(ModelError, match="not of the network"):
        load_plans_network(large, small.state_dict())
