"""How much of every structure a plan takes and leaves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import LIVER, LIVER_VALUES, is_tumour, structures_present
from engine.resection.answer import StructureVolumes
from engine.resection.liver_remnant import LiverRemnant
from engine.resection.rows import CutRows
from engine.resection.run_table import RunTable
from engine.resection.sides import Sides
from engine.volume import LabelVolume


class VolumeTables:
    """The run-length tables of a label volume and the structures its values make.

    Args:
        labels: the label volume.

    Raises:
        LabelError: a voxel row is too long for the tables.
    """

    def __init__(self, labels: LabelVolume) -> None:
        """Builds the tables."""
        self._geometry = labels.geometry
        self.table = RunTable.build(labels.labels)
        values = [int(value) for value in self.table.values]
        self.structures = structures_present(set(values))
        # One matrix product turns voxels per label value into voxels per structure.
        self._members = np.array(
            [[value in structure.label_values for value in values] for structure in self.structures], dtype=np.int64
        ).reshape(len(self.structures), len(values))
        self._totals = self._members @ self.table.totals
        self._tumour_codes = np.array([self.code_of(s.label_values[0]) for s in self.structures if is_tumour(s)], int)
        self.window, self.span = self.table.filled, self.table.span
        self._asked = self.table.rows_of(self.window)

    def code_of(self, value: int) -> int:
        """The dense code of a label value that is there."""
        return int(np.searchsorted(self.table.values, value))

    def count(self, sides: Sides) -> tuple[NDArray[np.int64], CutRows | None]:
        """Remnant voxels per code, and the labelled rows cut unless planes told it without."""
        if (planes := sides.planes) is not None:
            return self.table.count_remnant(planes), None
        rows = sides.rows(self.window, self.span, self._asked)
        return self.table.totals - self.table.count_resected(rows), rows

    def liver_points_lps_mm(self, step_mm: float) -> NDArray[np.float64]:
        """(n, 3) points spread over the liver and what lies in it, about `step_mm` apart; rows of voxels at least."""
        runs = np.concatenate([self.table.runs_of(value) for value in LIVER_VALUES])
        i_step, j_step, k_step = (max(round(step_mm / step), 1) for step in self._geometry.spacing_ijk_mm)
        runs = runs[(runs[:, 2] % j_step == 0) & (runs[:, 3] % k_step == 0)]
        first = runs[:, 0] + (-runs[:, 0]) % i_step
        counts = np.maximum((runs[:, 1] - first) // i_step + 1, 0)
        number = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        i = np.repeat(first, counts) + i_step * number
        return self._geometry.lps_from_index(
            np.stack([i, np.repeat(runs[:, 2], counts), np.repeat(runs[:, 3], counts)], 1)
        )

    def volumes(self, remnant: NDArray[np.int64]) -> tuple[StructureVolumes, ...]:
        """Volumes per structure present."""
        remaining = self._members @ remnant
        voxel_volume_ml = self._geometry.voxel_volume_ml
        return tuple(
            StructureVolumes(
                name=structure.name,
                total_voxels=total,
                resected_voxels=total - kept,
                voxel_volume_ml=voxel_volume_ml,
            )
            for structure, total, kept in zip(self.structures, self._totals.tolist(), remaining.tolist(), strict=True)
        )

    def _liver_voxels(self, counts: NDArray[np.int64]) -> int:
        if not self.structures or self.structures[0] != LIVER:
            return 0
        return int(self._members[0] @ counts)

    def flr(self, remnant: NDArray[np.int64]) -> LiverRemnant | None:
        """Future liver remnant of the whole liver; None without one."""
        total = self._liver_voxels(self.table.totals)
        if total == 0:
            return None
        return LiverRemnant(
            numerator="remnant_liver_volume",
            denominator="total_liver_volume",
            numerator_ml=self._liver_voxels(remnant) * self._geometry.voxel_volume_ml,
            denominator_ml=total * self._geometry.voxel_volume_ml,
        )

    def flr_tumour_free(self, remnant: NDArray[np.int64]) -> LiverRemnant | None:
        """The same, tumours taken out of both; None if nothing but tumour is liver."""
        totals = self.table.totals
        total = self._liver_voxels(totals) - int(totals[self._tumour_codes].sum())
        if total == 0:
            return None
        remaining = self._liver_voxels(remnant) - int(remnant[self._tumour_codes].sum())
        return LiverRemnant(
            numerator="remnant_liver_volume_minus_tumour",
            denominator="total_liver_volume_minus_tumour",
            numerator_ml=remaining * self._geometry.voxel_volume_ml,
            denominator_ml=total * self._geometry.voxel_volume_ml,
        )
