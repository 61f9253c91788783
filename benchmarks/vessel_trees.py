"""How well portal and hepatic veins come apart when a label map holds both in one class.

    python benchmarks/vessel_trees.py [--seeds 5 6 7] [--data ../shared/data]

Phantoms (truth known) are split as they are, without trunk and cava, and degraded: 5 % of the vessel voxels dropped,
12 breaks of 3 to 8 mm in vessels under 5 mm, 10 false joints between the trees. ircadb01 is split likewise; the vessel
maps of the label pack (no truth) show that nothing breaks. Prints a line per map; seconds are of the process.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from engine import anatomy
from engine.geometry import VolumeGeometry
from engine.imaging import read_given_labels, read_scan
from engine.phantom import PhantomRecipe, sample_labels
from engine.vessels.build_trees import TreesResult, build_trees
from engine.volume import LabelVolume

PORTAL, HEPATIC = anatomy.PORTAL_VEIN, anatomy.HEPATIC_VEINS
SEEDS = (anatomy.PORTAL_VEIN_EXTRAHEPATIC, anatomy.HEPATIC_VEINS_EXTRAHEPATIC, anatomy.INFERIOR_VENA_CAVA)


def merged(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """All vessels of the liver in one class."""
    return np.where(labels == PORTAL, np.uint8(HEPATIC), labels)


def without_seeds(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """No trunk, no hepatic vein outside the liver, no vena cava."""
    return np.where(np.isin(labels, SEEDS), np.uint8(anatomy.BODY), labels)


def ball(shape: tuple[int, ...], spacing: NDArray[np.float64], centre: NDArray[np.float64], radius: float):
    """(box, mask) of the voxels within a radius in mm."""
    low = np.maximum(0, np.floor(centre - radius / spacing)).astype(int)
    high = np.minimum(shape, np.ceil(centre + radius / spacing) + 1).astype(int)
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    k, j, i = np.ogrid[box]
    away = [((axis - c) * s) ** 2 for axis, c, s in zip((k, j, i), centre, spacing, strict=True)]
    return box, away[0] + away[1] + away[2] <= radius**2


def degraded(truth: LabelVolume, seed: int, *, breaks: int = 12, touches: int = 10) -> NDArray[np.uint8]:
    """Drops 5 % of the vessel voxels, breaks thin vessels, joins the trees where they pass within 8 mm."""
    import edt

    random = np.random.default_rng(seed)
    labels = truth.labels.copy()
    spacing = truth.geometry.spacing_kji_mm
    vessel = np.isin(labels, (PORTAL, HEPATIC))
    radius = edt.edt(vessel, anisotropy=tuple(spacing.tolist()), parallel=1)
    labels[vessel & (random.random(labels.shape) < 0.05)] = anatomy.PARENCHYMA
    thin = np.argwhere(vessel & (radius > 0.9) & (radius < 2.5))
    for centre in thin[random.integers(len(thin), size=breaks)]:
        box, inside = ball(labels.shape, spacing, centre, max(random.uniform(1.5, 4), 1.3 * radius[tuple(centre)] + 1))
        labels[box][inside & vessel[box]] = anatomy.PARENCHYMA
    portal, hepatic = np.argwhere(truth.labels == PORTAL), np.argwhere(truth.labels == HEPATIC)
    away, nearest = cKDTree(portal * spacing).query(hepatic * spacing)
    near = np.flatnonzero((away > 1.5) & (away < 8))
    for place in near[random.integers(len(near), size=touches)]:
        for share in np.linspace(0, 1, 20):
            centre = hepatic[place] * (1 - share) + portal[nearest[place]] * share
            box, inside = ball(labels.shape, spacing, centre, 1.3)
            labels[box][inside & (labels[box] == anatomy.PARENCHYMA)] = HEPATIC
    return merged(labels)


def report(name: str, labels: NDArray[np.uint8], geometry: VolumeGeometry, truth: LabelVolume | None) -> None:
    """Builds the trees of a label map and prints a line."""
    started = time.process_time()
    result = build_trees(LabelVolume(labels=labels, geometry=geometry))
    seconds = time.process_time() - started
    wrong = "" if truth is None else f"wrong {100 * wrong_share(result, labels, truth):5.1f} %"
    kinds = [result.trees.of_kind("portal"), result.trees.of_kind("hepatic")]
    branches = "/".join(str(len(kind)) for kind in kinds)
    roots = "/".join(str(sum(branch.parent == 0 for branch in kind)) for kind in kinds)
    bridged = sum(branch.bridged for branch in result.trees.branches)
    print(f"{name:24s} {wrong}  branches {branches} roots {roots} bridged {bridged}  {seconds:.1f} s", flush=True)


def wrong_share(result: TreesResult, given: NDArray[np.uint8], truth: LabelVolume) -> float:
    """Share of true vessel voxels, given as vessel, that ended up in the other tree."""
    asked = np.isin(truth.labels, (PORTAL, HEPATIC)) & np.isin(given, (PORTAL, HEPATIC))
    return float((result.labels.labels[asked] != truth.labels[asked]).mean())


def report_all(name: str, truth: LabelVolume, seed: int) -> None:
    """All three trials of one liver."""
    one_class = merged(truth.labels)
    report(f"{name} as it is", one_class, truth.geometry, truth)
    report(f"{name} no trunk or cava", without_seeds(one_class), truth.geometry, truth)
    report(f"{name} degraded", degraded(truth, seed), truth.geometry, truth)


def main() -> None:
    """Runs what the command line asks for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, nargs="*", default=[5, 6, 7])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--maps", type=int, default=12, help="how many maps of the label pack")
    options = parser.parse_args()
    for seed in options.seeds:
        report_all(f"phantom {seed}", sample_labels(seed, PhantomRecipe(seed=seed).geometry()), seed)
    folder = options.data / "ircadb01"
    if folder.is_dir():
        scan = read_scan(folder / "dicom.tar.xz").scan
        report_all("ircadb01", read_given_labels(folder / "reference", scan.geometry), 1)
    for vessel_file in sorted((options.data / "label_pack_1p5mm").glob("MSD-*_vessel.nii.gz"))[: options.maps]:
        report_pack_map(vessel_file)


def report_pack_map(vessel_file: Path) -> None:
    """A vessel map of the pack with its liver; both are stored i, j, k in RAS."""
    import nibabel

    vessel = nibabel.load(vessel_file)
    name = vessel_file.name.removesuffix("_vessel.nii.gz")
    liver = np.asarray(nibabel.load(vessel_file.with_name(f"{name}_liver.nii.gz")).dataobj) > 0
    labels = np.where(liver, np.uint8(anatomy.PARENCHYMA), np.uint8(0))
    labels[np.asarray(vessel.dataobj) > 0] = HEPATIC
    geometry = VolumeGeometry(
        shape_kji=labels.shape[::-1], lps_from_ijk=np.diag([-1.0, -1.0, 1.0, 1.0]) @ vessel.affine
    )
    report(name, np.ascontiguousarray(labels.transpose(2, 1, 0)), geometry, None)


if __name__ == "__main__":
    main()
