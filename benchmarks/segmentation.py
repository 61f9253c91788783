"""Times the segmentation stage by stage, and against a plain pipeline of the same network on the same patient.

The plain pipeline is what most published code does: MONAI's sliding windows in float32, logits of every class kept,
resampled to the scan's grid in floating point, argmax there. Both read the same weights, and their label maps are
compared by Dice before anything is timed. Runs alternate, each in a process of its own, so that the peak memory is
its own. Seconds are the wall's; processor seconds stand beside them, because on a shared machine the wall's stretch.

    python benchmarks/segmentation.py [--rounds 3] [--scan DICOM|NIFTI] [--slices 300] [--mirror]

Without a scan, or `../shared/data/ircadb01`, a synthetic patient is used. `--slices` resamples the scan along its
slices, in memory; the usual portal-venous CT has 300.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import statistics
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine import anatomy
from engine.geometry import VolumeGeometry
from engine.progress import SilentProgress
from engine.volume import LabelVolume, ScanVolume

USUAL_SCAN = Path(__file__).parents[2] / "shared" / "data" / "ircadb01" / "dicom.tar.xz"
OVERHEAD = ("read the scan", "crop and resample", "argmax", "put back")


@dataclass(kw_only=True)
class Result:
    """What one run in its own process reports.

    Attributes:
        wall_s: seconds from the scan in memory to the labels, networks loaded from disk included.
        cpu_s: processor seconds of the same.
        peak_gb: most memory the process ever held, libraries and scan included.
        stage_s: wall seconds of each step.
        labels: the answer.
    """

    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_gb: float = 0.0
    stage_s: dict[str, float] = field(default_factory=dict)
    labels: NDArray[np.uint8] | None = None

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Adds the time of what is done inside to a step."""
        started = time.perf_counter()
        yield
        self.stage_s[name] = self.stage_s.get(name, 0.0) + time.perf_counter() - started


def ours(scan: ScanVolume, result: Result, *, fast: bool = False, mirror: bool = False) -> LabelVolume:
    """The engine's own way, its steps timed where they are called."""
    from engine.segmentation import coarse, fine, postprocess, segmentation

    watched = (
        (coarse, "body_mask", "crop and resample"),
        (coarse, "on_grid", "crop and resample"),
        (coarse, "predict", "organ network"),
        (fine, "on_grid", "crop and resample"),
        (fine, "predict", "liver network"),
        (fine, "on_scan_grid", "put back"),
        (postprocess, "on_scan_grid", "put back"),
        (segmentation, "refine_vessels", "vessels at scan resolution"),
        (segmentation, "load_shipped", "load the networks"),
    )
    for module, name, step in watched:
        setattr(module, name, _timed(getattr(module, name), result, step))
    return segmentation.segment(scan, device="cpu", fast=fast, mirror=mirror, progress=SilentProgress()).labels


def _timed(function: Callable[..., object], result: Result, step: str) -> Callable[..., object]:
    def timed(*given: object, **named: object) -> object:
        with result.step(step):
            return function(*given, **named)

    return timed


def plain(scan: ScanVolume, result: Result) -> LabelVolume:
    """The organ network by MONAI's sliding windows, float32 logits of all classes resampled to the scan's grid."""
    import torch
    from monai.inferers import sliding_window_inference
    from torch.nn import functional

    from engine.segmentation.classes import label_table
    from engine.segmentation.loaded_network import load_shipped
    from engine.segmentation.preprocess import on_grid
    from models.networks import input_channels

    with result.step("load the networks"):
        network = load_shipped("coarse")
    card = network.card
    low, high = _corners(scan.geometry)
    count = np.ceil((high - low) / card.spacing_mm).astype(int)
    grid = VolumeGeometry.from_parts(
        shape_kji=(int(count[2]), int(count[1]), int(count[0])),
        spacing_ijk_mm=(card.spacing_mm,) * 3,
        origin_lps_mm=low + card.spacing_mm / 2,
    )
    with result.step("crop and resample"):
        hu = on_grid(scan, grid)
        # MONAI would pad with zeros, which is soft tissue here, and group norm would answer with next to no liver.
        beyond = [(0, max(0, patch - extent)) for patch, extent in zip(card.patch_kji, hu.shape, strict=True)]
        channels = input_channels(torch.from_numpy(np.pad(hu, beyond, constant_values=hu.min())), card)
    with result.step("organ network"), torch.inference_mode():
        logits = sliding_window_inference(channels, card.patch_kji, 1, network.module, overlap=0.5, mode="gaussian")
        logits[:, 0] += card.other_bias
        logits = logits[:, :, : hu.shape[0], : hu.shape[1], : hu.shape[2]]
    # Scans whose axes are not the patient's would have to be turned as well; this scan's only may run backwards.
    with result.step("put back"), torch.inference_mode():
        for axis in range(3):
            if scan.geometry.direction[2 - axis, 2 - axis] < 0:
                logits = logits.flip(axis + 2)
        full = functional.interpolate(logits, size=scan.geometry.shape_kji, mode="trilinear", align_corners=False)
    with result.step("argmax"):
        classes = full.argmax(dim=1)[0].numpy().astype(np.uint8)
    return LabelVolume(labels=label_table(card.classes)[classes], geometry=scan.geometry)


def _corners(geometry: VolumeGeometry) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    k, j, i = geometry.shape_kji
    ends = [[x, y, z] for x in (-0.5, i - 0.5) for y in (-0.5, j - 0.5) for z in (-0.5, k - 0.5)]
    points = geometry.lps_from_index(ends)
    return points.min(axis=0), points.max(axis=0)


def read(path: Path | None, slices: int) -> tuple[ScanVolume, float]:
    """The scan with as many slices as wanted, and the seconds reading it took."""
    from engine.imaging import read_scan

    started = time.perf_counter()
    if path is None:
        from engine.phantom import PhantomRecipe, make_phantom

        scan = make_phantom(PhantomRecipe(seed=1)).scan
        return _resliced(scan, slices), 0.0
    with tempfile.TemporaryDirectory() as folder:
        if path.name.endswith(".tar.xz"):
            with tarfile.open(path) as archive:
                archive.extractall(folder, filter="data")
            started = time.perf_counter()
            path = Path(folder)
        scan = read_scan(path, progress=SilentProgress()).scan
    seconds = (time.perf_counter() - started) * slices / scan.geometry.shape_kji[0]
    return _resliced(scan, slices), seconds


def _resliced(scan: ScanVolume, slices: int) -> ScanVolume:
    """Linear along the slices, so that they are as many as wanted over the same length."""
    given = scan.voxels_hu.shape[0]
    step = given / slices
    place = np.clip((np.arange(slices) + 0.5) * step - 0.5, 0, given - 1)
    low = np.floor(place).astype(int)
    out = np.empty((slices, *scan.voxels_hu.shape[1:]), dtype=np.int16)
    for number, (first, share) in enumerate(zip(low, place - low, strict=True)):
        second = min(first + 1, given - 1)
        out[number] = np.rint(scan.voxels_hu[first] * (1 - share) + scan.voxels_hu[second] * share)
    matrix = np.array(scan.geometry.lps_from_ijk)
    matrix[:3, 3] = scan.geometry.lps_from_index((0, 0, 0.5 * step - 0.5))
    matrix[:3, 2] *= step
    return ScanVolume(voxels_hu=out, geometry=VolumeGeometry(shape_kji=out.shape, lps_from_ijk=matrix))


Way = Callable[[ScanVolume, Result], LabelVolume]


def measured(way: Way, scan: ScanVolume) -> Result:
    """Runs a way in a new process."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_measure, (way, scan))


def _measure(way: Way, scan: ScanVolume) -> Result:
    result = Result()
    started, used = time.perf_counter(), time.process_time()
    labels = way(scan, result)
    result.wall_s, result.cpu_s = time.perf_counter() - started, time.process_time() - used
    result.peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    result.labels = labels.labels
    return result


def agreement(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> str:
    """Dice of organs in both label maps."""
    parts = []
    for structure in anatomy.FIXED_STRUCTURES:
        if structure.name not in ("liver", "spleen", "left_kidney", "stomach", "aorta", "bones"):
            continue
        table = np.isin(np.arange(256), structure.label_values)
        a, b = table[one], table[other]
        total = int(a.sum()) + int(b.sum())
        if total:
            parts.append(f"{structure.name} {2 * int((a & b).sum()) / total:.3f}")
    return ", ".join(parts)


def report(name: str, results: list[Result], base: float) -> None:
    """Medians of a way."""
    wall = statistics.median(one.wall_s for one in results)
    cpu = statistics.median(one.cpu_s for one in results)
    peak = max(one.peak_gb for one in results)
    print(f"  {name:28s} median {wall:6.2f} s  ({wall / base:.2f} x ours)  cpu {cpu:6.2f} s  peak {peak:.2f} GB")
    for step in results[0].stage_s:
        print(f"      {step:28s} {statistics.median(one.stage_s.get(step, 0.0) for one in results):6.2f} s")
    overhead = sum(statistics.median(one.stage_s.get(step, 0.0) for one in results) for step in OVERHEAD)
    print(f"      {'crop, resample, argmax, put back':28s} {overhead:6.2f} s, {100 * overhead / wall:.0f} % of it")


def main() -> None:
    """Compares, then runs every way in turn and prints medians with their ratio to ours."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scan", type=Path, default=USUAL_SCAN if USUAL_SCAN.exists() else None)
    parser.add_argument("--slices", type=int, default=300)
    parser.add_argument("--mirror", action="store_true")
    arguments = parser.parse_args()
    scan, read_s = read(arguments.scan, arguments.slices)
    ways: dict[str, Way] = {
        "ours": partial(ours, mirror=arguments.mirror),
        "ours, fast": partial(ours, fast=True),
        "plain, organ network alone": plain,
    }
    print(f"{scan.geometry.shape_kji} voxels of {np.round(scan.geometry.spacing_kji_mm, 2)} mm, read in {read_s:.1f} s")
    results = {name: [measured(way, scan)] for name, way in ways.items()}  # also compiles and warms the disk
    fast, peer = results["ours, fast"][0].labels, results["plain, organ network alone"][0].labels
    assert fast is not None
    assert peer is not None
    print(f"  the organ network's labels, ours fast against plain, Dice: {agreement(fast, peer)}")
    for name in ways:
        results[name].clear()
    for _ in range(arguments.rounds):
        for name, way in ways.items():
            results[name].append(measured(way, scan))
    base = statistics.median(one.wall_s for one in results["ours"])
    for name, taken in results.items():
        report(name, taken, base)


if __name__ == "__main__":
    main()
