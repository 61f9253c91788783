"""Which islands of a mask its surface does not show."""

from __future__ import annotations

import cc3d
import numpy as np

from engine.meshing.field import BoxedMask, SampledField


def undrawn_islands(mask: BoxedMask, field: SampledField) -> int:
    """How many connected pieces (26 neighbours) of a mask have nothing inside the field that its surface is drawn from.

    Blurring loses what is a voxel or two wide; what lies apart is put back, but a speck within three samples of the
    structure is smoothed away with its outline.
    """
    if not field.smooth:
        return 0
    islands, count = cc3d.connected_components(
        mask.values[:, :, : mask.shape_kji[2]] > 0, connectivity=26, return_N=True
    )
    if count <= 1:
        return 0
    voxels = np.bincount(islands.ravel())
    voxels[0] = 0
    apart = islands > 0
    apart &= islands != np.argmax(voxels)
    at = np.argwhere(apart)[:, list(field.order)]
    samples = (at - field.start) / field.step
    drawn = np.zeros(count + 1, dtype=bool)
    last = np.array(field.values.shape) - 1
    # A voxel may be several samples long, or a sample several voxels: every sample that touches it counts.
    for part in np.ndindex(3, 3, 3):
        offset = (np.array(part) - 1) * 0.5 * np.maximum(1.0 / field.step, 1.0) * 0.98
        near = np.clip(np.rint(samples + offset), 0, last).astype(np.int64)
        drawn[islands[apart][field.values[tuple(near.T)] >= 128]] = True
    return int(count) - 1 - int(drawn[1:].sum())
