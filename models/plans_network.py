"""nnU-Net v2 networks rebuilt from their plans, with the parameter names of `dynamic_network_architectures`.

PlainConvUNet and ResidualEncoderUNet (basic blocks) as in Isensee et al. 2021 and 2024; 3D, inference only. Rebuilt
here because it is little, and because an import path in somebody's plans.json must not choose what code runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import nn

from models.card import ModelError

_MOST_FEATURES: Final = 2048
_MOST_STAGES: Final = 10
_NETWORKS: Final = ("PlainConvUNet", "ResidualEncoderUNet")
_NONLINEARITIES: Final = ("LeakyReLU", "ReLU")

Extent = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlansArchitecture:
    """The shape of a network.

    Attributes:
        residual: whether the encoder has residual blocks.
        features: of each stage.
        kernels: kernel size of each stage.
        strides: of each stage.
        encoder_blocks: convolutions (or residual blocks) of each stage.
        decoder_blocks: convolutions of each stage of the decoder, from the coarsest.
        bias: whether convolutions have one.
        eps: of the instance norms.
        affine: whether the norms have weights.
        slope: of the leaky ReLU below zero; 0 for ReLU.
    """

    residual: bool
    features: tuple[int, ...]
    kernels: tuple[Extent, ...]
    strides: tuple[Extent, ...]
    encoder_blocks: tuple[int, ...]
    decoder_blocks: tuple[int, ...]
    bias: bool
    eps: float
    affine: bool
    slope: float


def architecture_of(configuration: Mapping[str, Any]) -> PlansArchitecture:
    """Reads the architecture of a 3D configuration of plans.json, in the form of nnU-Net 2.4 and of earlier ones.

    Raises:
        ModelError: another network, or numbers no network has.
    """
    try:
        if "architecture" in configuration:
            given = configuration["architecture"]
            return _checked(str(given["network_class_name"]), given["arch_kwargs"])
        return _checked(str(configuration["UNet_class_name"]), _older(configuration))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise ModelError("The plans do not describe a network in a way that is known here.") from error


def _older(configuration: Mapping[str, Any]) -> dict[str, Any]:
    strides = configuration["pool_op_kernel_sizes"]
    base, most = int(configuration["UNet_base_num_features"]), int(configuration["unet_max_num_features"])
    blocks = configuration["n_conv_per_stage_encoder"]
    return {
        "n_stages": len(strides),
        "features_per_stage": [min(base * 2**stage, most) for stage in range(len(strides))],
        "conv_op": "torch.nn.modules.conv.Conv3d",
        "kernel_sizes": configuration["conv_kernel_sizes"],
        "strides": strides,
        "n_conv_per_stage": blocks,
        "n_blocks_per_stage": blocks,
        "n_conv_per_stage_decoder": configuration["n_conv_per_stage_decoder"],
        "conv_bias": True,
        "norm_op": "torch.nn.modules.instancenorm.InstanceNorm3d",
        "norm_op_kwargs": {"eps": 1e-5, "affine": True},
        "nonlin": "torch.nn.LeakyReLU",
    }


def _checked(class_name: str, given: Mapping[str, Any]) -> PlansArchitecture:
    name = class_name.rpartition(".")[2]
    nonlinearity = str(given["nonlin"]).rpartition(".")[2]
    if name not in _NETWORKS or nonlinearity not in _NONLINEARITIES:
        raise ModelError(f"The plans ask for a network that is not rebuilt here (known: {', '.join(_NETWORKS)}).")
    if not str(given["conv_op"]).endswith("Conv3d") or not str(given["norm_op"]).endswith("InstanceNorm3d"):
        raise ModelError("The plans are not of a 3D network with instance norms.")
    if given.get("bottleneck_channels") or given.get("stem_channels") or given.get("nonlin_first"):
        raise ModelError("The plans ask for bottleneck blocks or an own stem, which are not rebuilt here.")
    stages = int(given["n_stages"])
    residual = name == "ResidualEncoderUNet"
    norm = given.get("norm_op_kwargs") or {}
    features = _per_stage(given["features_per_stage"], stages)
    if not 2 <= stages <= _MOST_STAGES or not all(0 < one <= _MOST_FEATURES for one in features):
        raise ModelError("The plans ask for a network of absurd size.")
    slope = float((given.get("nonlin_kwargs") or {}).get("negative_slope", 0.01))
    return PlansArchitecture(
        residual=residual,
        features=features,
        kernels=_extents(given["kernel_sizes"], stages),
        strides=_extents(given["strides"], stages),
        encoder_blocks=_per_stage(given["n_blocks_per_stage" if residual else "n_conv_per_stage"], stages),
        decoder_blocks=_per_stage(given["n_conv_per_stage_decoder"], stages - 1),
        bias=bool(given.get("conv_bias", False)),
        eps=float(norm.get("eps", 1e-5)),
        affine=bool(norm.get("affine", False)),
        slope=slope if nonlinearity == "LeakyReLU" else 0.0,
    )


def _per_stage(given: int | Sequence[int], stages: int) -> tuple[int, ...]:
    values = (given,) * stages if isinstance(given, int) else tuple(int(one) for one in given)
    if len(values) != stages or not all(0 < one <= _MOST_FEATURES for one in values):
        raise ValueError("stages")
    return values


def _extents(given: Any, stages: int) -> tuple[Extent, ...]:
    each = [given] * stages if isinstance(given, int) else list(given)
    found = [(one,) * 3 if isinstance(one, int) else tuple(int(n) for n in one) for one in each]
    if len(found) != stages or any(len(one) != 3 or not all(0 < n <= 16 for n in one) for one in found):
        raise ValueError("extents")
    return tuple((one[0], one[1], one[2]) for one in found)


class _ConvNormReLU(nn.Module):
    def __init__(self, plan: PlansArchitecture, features: tuple[int, int], kernel: Extent, stride: Extent) -> None:
        super().__init__()
        padding = ((kernel[0] - 1) // 2, (kernel[1] - 1) // 2, (kernel[2] - 1) // 2)
        self.conv = nn.Conv3d(*features, kernel, stride, padding, bias=plan.bias)
        self.norm = nn.InstanceNorm3d(features[1], eps=plan.eps, affine=plan.affine)
        self.slope = plan.slope
        self.is_last = False

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        answer: torch.Tensor = self.norm(self.conv(x))
        return answer if self.is_last else nn.functional.leaky_relu(answer, self.slope)


def _linear(block: _ConvNormReLU) -> _ConvNormReLU:
    """The block without its nonlinearity."""
    block.is_last = True
    return block


class _Stack(nn.Module):
    def __init__(self, plan: PlansArchitecture, features: tuple[int, int], kernel: Extent, stride: Extent, count: int):
        super().__init__()
        blocks = [_ConvNormReLU(plan, features, kernel, stride)]
        blocks += [_ConvNormReLU(plan, (features[1], features[1]), kernel, (1, 1, 1)) for _ in range(count - 1)]
        self.convs = nn.Sequential(*blocks)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        answer: torch.Tensor = self.convs(x)
        return answer


class _Residual(nn.Module):
    """A residual block of ResNet-D: the shortcut pools, then projects."""

    def __init__(self, plan: PlansArchitecture, features: tuple[int, int], kernel: Extent, stride: Extent) -> None:
        super().__init__()
        self.slope = plan.slope
        self.conv1 = _ConvNormReLU(plan, features, kernel, stride)
        self.conv2 = _linear(_ConvNormReLU(plan, (features[1], features[1]), kernel, (1, 1, 1)))
        shortcut: list[nn.Module] = []
        if stride != (1, 1, 1):
            shortcut.append(nn.AvgPool3d(stride, stride))
        if features[0] != features[1]:
            projection = _linear(_ConvNormReLU(plan, features, (1, 1, 1), (1, 1, 1)))
            projection.conv = nn.Conv3d(*features, 1, bias=False)
            shortcut.append(projection)
        self.skip = nn.Sequential(*shortcut)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.leaky_relu(self.conv2(self.conv1(x)) + self.skip(x), self.slope)


class _ResidualStage(nn.Module):
    def __init__(self, plan: PlansArchitecture, features: tuple[int, int], stage: int) -> None:
        super().__init__()
        first = _Residual(plan, features, plan.kernels[stage], plan.strides[stage])
        more = [
            _Residual(plan, (features[1], features[1]), plan.kernels[stage], (1, 1, 1))
            for _ in range(plan.encoder_blocks[stage] - 1)
        ]
        self.blocks = nn.Sequential(first, *more)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        answer: torch.Tensor = self.blocks(x)
        return answer


class _Encoder(nn.Module):
    def __init__(self, plan: PlansArchitecture, channels: int) -> None:
        super().__init__()
        self.stem: nn.Module | None = None
        below = channels
        if plan.residual:
            self.stem = _Stack(plan, (channels, plan.features[0]), plan.kernels[0], (1, 1, 1), 1)
            below = plan.features[0]
        stages: list[nn.Module] = []
        for stage, features in enumerate(plan.features):
            if plan.residual:
                stages.append(_ResidualStage(plan, (below, features), stage))
            else:
                kernel, stride, count = plan.kernels[stage], plan.strides[stage], plan.encoder_blocks[stage]
                stages.append(nn.Sequential(_Stack(plan, (below, features), kernel, stride, count)))
            below = features
        self.stages = nn.Sequential(*stages)

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        if self.stem is not None:
            x = self.stem(x)
        skips = []
        for stage in self.stages:
            x = stage(x)
            skips.append(x)
        return skips


class _Decoder(nn.Module):
    def __init__(self, plan: PlansArchitecture, classes: int) -> None:
        super().__init__()
        stages, upward, answers = [], [], []
        for step in range(1, len(plan.features)):
            below, beside = plan.features[-step], plan.features[-step - 1]
            stride = plan.strides[-step]
            upward.append(nn.ConvTranspose3d(below, beside, stride, stride, bias=plan.bias))
            kernel, count = plan.kernels[-step - 1], plan.decoder_blocks[step - 1]
            stages.append(_Stack(plan, (2 * beside, beside), kernel, (1, 1, 1), count))
            answers.append(nn.Conv3d(beside, classes, 1))
        self.stages = nn.ModuleList(stages)
        self.transpconvs = nn.ModuleList(upward)
        self.seg_layers = nn.ModuleList(answers)  # those below the last served deep supervision

    def forward(self, skips: list[torch.Tensor]) -> torch.Tensor:
        x = skips[-1]
        for step, (stage, upward) in enumerate(zip(self.stages, self.transpconvs, strict=True)):
            x = stage(torch.cat((upward(x), skips[-(step + 2)]), 1))
        answer: torch.Tensor = self.seg_layers[-1](x)
        return answer


class PlansUNet(nn.Module):
    """The network of a plan: (b, channel, k, j, i) to (b, class, k, j, i) logits.

    Args:
        plan: its shape.
        channels: input channels.
        classes: output channels.
    """

    def __init__(self, plan: PlansArchitecture, channels: int, classes: int) -> None:
        """Builds the layers with random weights."""
        super().__init__()
        self.encoder = _Encoder(plan, channels)
        self.decoder = _Decoder(plan, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits at the input's resolution."""
        answer: torch.Tensor = self.decoder(self.encoder(x))
        return answer


def load_plans_network(network: PlansUNet, tensors: Mapping[str, torch.Tensor]) -> PlansUNet:
    """Puts weights into a network; nnU-Net's second names of the same tensors are left out.

    Raises:
        ModelError: the weights are of another network.
    """
    own = {
        name: tensor.float()
        for name, tensor in tensors.items()
        if ".all_modules." not in name and not name.startswith("decoder.encoder.")
    }
    try:
        network.load_state_dict(own)
    except RuntimeError as error:
        raise ModelError("The checkpoint is not of the network that its plans describe.") from error
    return network.eval()
