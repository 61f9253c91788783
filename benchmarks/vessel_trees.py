"""How well portal and hepatic veins come apart when a label map holds both in one class.

    python benchmarks/vessel_trees.py [--seeds 5 6] [--data ../shared/data] [--maps 12] [--network 6]

Livers whose answer is known (phantoms, ircadb01, another patient's surfaces) are split as they are and perturbed: trunk
or vena cava missing or elsewhere, gaps where a tree starts, false joins of the trees, voxels dropped and vessels broken
(`benchmarks/vessel_tree_parts/perturbations.py`). The share of voxels in the wrong tree is told for each, and mean and
worst per perturbation at the end. The vessel maps of the label pack (no truth) show that nothing breaks. `--network`
does it with what the network finds on ircadb01 instead, as it is and with its vessels' border disturbed so many times.
Seconds are of the process.
"""

from __future__ import annotations

import argparse
import time
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.vessel_tree_parts.livers import patients, phantoms
from benchmarks.vessel_tree_parts.network_borders import network_shares
from benchmarks.vessel_tree_parts.perturbations import HEPATIC, PERTURBATIONS, PORTAL, Liver, perturbed
from engine import anatomy
from engine.geometry import VolumeGeometry
from engine.vessels.build_trees import TreesResult, build_trees
from engine.volume import LabelVolume


def report(name: str, labels: NDArray[np.uint8], geometry: VolumeGeometry, truth: LabelVolume | None) -> float:
    """Builds the trees of a label map and prints a line; the share of voxels in the wrong tree where it is known."""
    started = time.process_time()
    result = build_trees(LabelVolume(labels=labels, geometry=geometry))
    seconds = time.process_time() - started
    share = 0.0 if truth is None else wrong_share(result, labels, truth)
    wrong = "" if truth is None else f"wrong {100 * share:5.1f} %"
    kinds = [result.trees.of_kind("portal"), result.trees.of_kind("hepatic")]
    branches = "/".join(str(len(kind)) for kind in kinds)
    roots = "/".join(str(sum(branch.parent == 0 for branch in kind)) for kind in kinds)
    bridged = sum(branch.bridged for branch in result.trees.branches)
    print(f"{name:34s} {wrong}  branches {branches} roots {roots} bridged {bridged}  {seconds:.1f} s", flush=True)
    return share


def wrong_share(result: TreesResult, given: NDArray[np.uint8], truth: LabelVolume) -> float:
    """Share of true vessel voxels, given as vessel, that ended up in the other tree."""
    asked = np.isin(truth.labels, (PORTAL, HEPATIC)) & np.isin(given, (PORTAL, HEPATIC))
    return float((result.labels.labels[asked] != truth.labels[asked]).mean())


def report_all(liver: Liver, wrong: dict[str, list[float]]) -> None:
    """A line per perturbation of one liver; the shares are kept."""
    for name in PERTURBATIONS:
        share = report(f"{liver.name} {name}", perturbed(liver, name), liver.truth.geometry, liver.truth)
        wrong.setdefault(name, []).append(share)


def main() -> None:
    """Runs what the command line asks for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, nargs="*", default=[5, 6])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--maps", type=int, default=12, help="how many maps of the label pack")
    parser.add_argument("--network", type=int, metavar="N", help="the network's labels and N disturbed ones instead")
    options = parser.parse_args()
    if options.network is not None:
        report_network(options.data, options.network)
        return
    wrong: dict[str, list[float]] = {}
    for liver in chain(phantoms(options.seeds), patients(options.data)):
        report_all(liver, wrong)
    for name, shares in wrong.items():
        print(f"{name:20s} mean {100 * np.mean(shares):5.1f} %  worst {100 * max(shares):5.1f} %")
    for vessel_file in sorted((options.data / "label_pack_1p5mm").glob("MSD-*_vessel.nii.gz"))[: options.maps]:
        report_pack_map(vessel_file)


def report_network(data: Path, count: int) -> None:
    """A line for each border the network's vessels might have had."""
    shares = []
    for name, share in network_shares(data, count):
        shares.append(share)
        print(f"network {name:26s} wrong {100 * share:5.1f} %", flush=True)
    print(f"network              mean {100 * np.mean(shares):5.1f} %  worst {100 * max(shares):5.1f} %")


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
