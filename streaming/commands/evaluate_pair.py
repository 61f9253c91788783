"""`cantlie evaluate PREDICTED REFERENCE`: the agreement of two segmentations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from streaming.commands.output import NOTICE, write_error, write_json, write_line

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.evaluation import EvaluationReport
    from engine.geometry import VolumeGeometry
    from engine.volume import LabelVolume

    Masks = Mapping[str, NDArray[np.bool_]]

_TUMOUR_INSTANCE = re.compile(r"tumour_\d\d")


def compare_pair(predicted_path: Path, reference_path: Path, *, as_json: bool) -> int:
    """Compares the structures that both sides have and lists the others."""
    from engine.errors import LabelError
    from engine.evaluation import StructureMasks, evaluate_labels

    reference = _read_side(reference_path, None)
    predicted = _read_side(predicted_path, reference.geometry)
    ours, theirs = StructureMasks(predicted), StructureMasks(reference)
    names = [name for name in theirs if name in ours and not _TUMOUR_INSTANCE.fullmatch(name)]
    if not names:
        raise LabelError("The two segmentations have no structure in common.", cure="Check the names of the masks.")
    report = evaluate_labels(_Chosen(ours, names), _Chosen(theirs, names), reference.geometry)
    only_predicted = [name for name in ours if name not in theirs and not _TUMOUR_INSTANCE.fullmatch(name)]
    only_reference = [name for name in theirs if name not in ours and not _TUMOUR_INSTANCE.fullmatch(name)]
    if as_json:
        write_json(
            {
                **report.as_json(),
                "only_predicted": only_predicted,
                "only_reference": only_reference,
                "notice": NOTICE,
            }
        )
    else:
        _write_table(report, only_predicted, only_reference)
    return 0


class _Chosen(Mapping[str, "NDArray[np.bool_]"]):
    """Some of the masks, still made only when asked for."""

    def __init__(self, masks: Masks, names: list[str]) -> None:
        self._masks = masks
        self._names = names

    def __getitem__(self, name: str) -> NDArray[np.bool_]:
        return self._masks[name]

    def __iter__(self) -> object:  # type: ignore[override]
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _read_side(path: Path, geometry: VolumeGeometry | None) -> LabelVolume:
    from engine.case import Case, is_case
    from engine.errors import GridMismatchError
    from engine.imaging import read_given_labels, read_labels_on_own_grid

    if is_case(path):
        labels = Case.open(path).labels()
        if geometry is None or labels.geometry.matches(geometry, tolerance_mm=0.1):
            return labels
        raise GridMismatchError(
            "The case lies on another grid than the reference.", cure="Compare segmentations of the same scan."
        )
    return read_labels_on_own_grid(path) if geometry is None else read_given_labels(path, geometry)


def _write_table(report: EvaluationReport, only_predicted: list[str], only_reference: list[str]) -> None:
    write_line(f"{'structure':<22}{'Dice':>7}{'clDice':>8}{'mean mm':>9}{'HD95 mm':>9}{'mL':>9}{'reference':>10}")
    for row in report.structures:
        dice = "" if row.dice is None else f"{row.dice:.3f}"
        cldice = "" if row.centreline is None else f"{row.centreline.cldice:.3f}"
        mean = "" if row.surface is None else f"{row.surface.mean_mm:.2f}"
        hd95 = "" if row.surface is None else f"{row.surface.hausdorff_95_mm:.2f}"
        write_line(
            f"{row.name:<22}{dice:>7}{cldice:>8}{mean:>9}{hd95:>9}{row.predicted_ml:>9.1f}{row.reference_ml:>10.1f}"
        )
    for side, names in (("prediction", only_predicted), ("reference", only_reference)):
        if names:
            write_error(f"only in the {side}: {', '.join(names)}")
    write_line(NOTICE)
