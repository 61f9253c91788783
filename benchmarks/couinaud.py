"""Couinaud's segments against annotators' maps: `python benchmarks/couinaud.py [--every N] [--case DIR]`.

Reads `../shared/data` (see its README): `ircadb01` with its reference vessels, or a case made of that scan by the
network (`--case`), and every N-th Couinaud map of the label pack, there with the liver's shape alone and, where the
pack has the vessels (portal and hepatic in one class, without the cava), with them. Agreement is the fraction of the
voxels labelled in both with the same segment, IVa and IVb together. Defaults of the landmarks were set
by hand after a look at half of the pack's maps, so the figures of the pack are no held-out score.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import HEPATIC_VEINS, PARENCHYMA
from engine.case import Case
from engine.geometry import VolumeGeometry
from engine.imaging import read_given_labels
from engine.vessel_tree import VesselTrees
from engine.vessels.build_trees import build_trees
from engine.vessels.couinaud import divide_liver
from engine.volume import LabelVolume

DATA = Path(__file__).parents[2] / "shared" / "data"
COUINAUD_OF_VALUE = np.array([0, 1, 2, 3, 4, 4, 5, 6, 7, 8])
NO_TREES = VesselTrees(branches=())


def read_map(path: Path) -> tuple[NDArray[np.uint8], VolumeGeometry]:
    """A label map and its grid."""
    import SimpleITK

    image = SimpleITK.ReadImage(str(path))
    array = SimpleITK.GetArrayFromImage(image).astype(np.uint8)
    return array, VolumeGeometry.from_parts(
        shape_kji=array.shape,
        spacing_ijk_mm=image.GetSpacing(),
        origin_lps_mm=image.GetOrigin(),
        direction=image.GetDirection(),
    )


def agreement(labels: LabelVolume, trees: VesselTrees, reference: NDArray[np.uint8]) -> float:
    """Fraction of voxels labelled in both that have the same segment."""
    division = divide_liver(labels, trees)
    if division is None:
        return 0.0
    found = COUINAUD_OF_VALUE[division.liver_map.segment]
    expected = reference[division.liver_map.box]
    both = (found > 0) & (expected > 0)
    return float((found[both] == expected[both]).mean())


def measure_ircadb(case: Path | None) -> None:
    """Prints agreement on ircadb01 from vessels and from landmarks."""
    reference, geometry = read_map(DATA / "ircadb01" / "reference" / "couinaud.nii.gz")
    labels = Case.open(case).labels() if case else read_given_labels(DATA / "ircadb01" / "reference", geometry)
    trees = build_trees(labels).trees
    divide_liver(labels, trees)
    started, cpu = time.perf_counter(), time.process_time()
    division = divide_liver(labels, trees)
    took, cpu_took = time.perf_counter() - started, time.process_time() - cpu
    if division is None:
        return
    started, cpu = time.perf_counter(), time.process_time()
    division.with_overrides(())
    again, cpu_again = time.perf_counter() - started, time.process_time() - cpu
    print(f"ircadb01, vessels of {'the case' if case else 'the reference'}")
    print(f"  from vessels        {agreement(labels, trees, reference):.3f}")
    print(f"  from landmarks only {agreement(labels, NO_TREES, reference):.3f}")
    print(f"  divided in {took:.2f} s ({cpu_took:.2f} s of CPU), again in {again:.2f} s ({cpu_again:.2f} s)")


def measure_pack(every: int) -> None:
    """Prints agreement over many livers."""
    shape_only: list[float] = []
    with_vessels: list[tuple[float, float]] = []
    for path in sorted((DATA / "label_pack_1p5mm").glob("*_couinaud.nii.gz"))[::every]:
        reference, geometry = read_map(path)
        labels = np.where(reference > 0, PARENCHYMA, 0).astype(np.uint8)
        alone = agreement(LabelVolume(labels=labels, geometry=geometry), NO_TREES, reference)
        shape_only.append(alone)
        vessel_path = path.with_name(path.name.replace("couinaud", "vessel"))
        if vessel_path.exists():
            labels[(read_map(vessel_path)[0] > 0) & (reference > 0)] = HEPATIC_VEINS
            volume = LabelVolume(labels=labels, geometry=geometry)
            with_vessels.append((alone, agreement(volume, build_trees(volume).trees, reference)))
    print(f"label pack, {len(shape_only)} livers, shape alone: {_summary(shape_only)}")
    if with_vessels:
        print(
            f"label pack, {len(with_vessels)} livers with vessels: shape alone {_summary([a for a, _ in with_vessels])}"
        )
        print(f"  vessels in one class, no cava, no trunk: {_summary([found for _, found in with_vessels])}")


def _summary(values: list[float]) -> str:
    low, middle, high = np.percentile(values, [5, 50, 95])
    return f"mean {np.mean(values):.3f}, median {middle:.3f} (5 % {low:.3f}, 95 % {high:.3f})"


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--every", type=int, default=1, help="every N-th map of the pack, 0 for none")
    parser.add_argument("--case", type=Path, help="a case of ircadb01 made by the network")
    options = parser.parse_args()
    if not DATA.exists():
        sys.exit("needs ../shared/data")
    measure_ircadb(options.case)
    if options.every:
        measure_pack(options.every)


if __name__ == "__main__":
    main()
