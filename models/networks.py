"""The networks: MONAI's DynUNet with a stride-2 stem, answering at full resolution by sub-voxel shuffling."""

from __future__ import annotations

import torch
from torch import nn

from models.card import NetworkCard

SUBVOXELS = 8


class SubvoxelUNet(nn.Module):
    """A DynUNet at half resolution whose last layer answers for all 2 x 2 x 2 voxels of a cell.

    Half-resolution features cost an eighth of the work; the answer stays at the input's resolution because each
    cell's eight voxels have their own logits (sub-pixel convolution, Shi et al. 2016).

    Args:
        in_channels: input channels.
        class_count: classes.
        filters: features of each level, from the finest (half resolution) to the coarsest.
    """

    def __init__(self, in_channels: int, class_count: int, filters: tuple[int, ...]) -> None:
        """Builds the layers with random weights."""
        super().__init__()
        from monai.networks.nets import DynUNet

        self.class_count = class_count
        levels = len(filters)
        self.unet = DynUNet(
            spatial_dims=3,
            in_channels=in_channels,
            out_channels=class_count * SUBVOXELS,
            kernel_size=[3] * levels,
            strides=[2] * levels,
            upsample_kernel_size=[2] * (levels - 1),
            filters=list(filters),
            norm_name=("GROUP", {"num_groups": 8}),
        )

    def forward_cells(self, channels: torch.Tensor) -> torch.Tensor:
        """(b, c, k, j, i) input to (b, 8, class, k/2, j/2, i/2) logits; the 8 are (k, j, i) offsets in a cell."""
        cells: torch.Tensor = self.unet(channels)
        batch, _, k, j, i = cells.shape
        return cells.reshape(batch, SUBVOXELS, self.class_count, k, j, i)

    def forward(self, channels: torch.Tensor) -> torch.Tensor:
        """(b, c, k, j, i) input, each extent a multiple of 2**levels, to (b, class, k, j, i) logits."""
        cells = self.forward_cells(channels)
        batch, _, classes, k, j, i = cells.shape
        shuffled = cells.reshape(batch, 2, 2, 2, classes, k, j, i).permute(0, 4, 5, 1, 6, 2, 7, 3)
        return shuffled.reshape(batch, classes, 2 * k, 2 * j, 2 * i)


def build_network(card: NetworkCard) -> SubvoxelUNet:
    """The untrained network a card describes."""
    return SubvoxelUNet(len(card.channels), len(card.classes), card.filters)


def network_multiple(card: NetworkCard) -> int:
    """Every input extent has to be a multiple of this."""
    return int(2 ** len(card.filters))


def input_channels(hu: torch.Tensor, card: NetworkCard) -> torch.Tensor:
    """(k, j, i) HU to (1, c, k, j, i) network input."""
    return torch.stack([((hu - one.centre_hu) / one.width_hu).clamp(-one.limit, one.limit) for one in card.channels])[
        None
    ]
