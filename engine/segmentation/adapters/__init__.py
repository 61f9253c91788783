"""Networks of others, run with weights that are already on this machine. Nothing is downloaded, nothing unpickled here.

    totalsegmentator          the installed package, its weights present
    nnunet:FOLDER[#AXES]      a trained nnU-Net v2 model folder (plans.json, dataset.json, fold_*/checkpoint_final.pth)
    monai:FOLDER|ZIP          a MONAI bundle

`AXES` says how the network saw its training scans, "RAS" (NIfTI files as they are usual) unless given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.errors import SegmentationError

if TYPE_CHECKING:
    from engine.progress import Progress
    from engine.segmentation.segmentation import Segmentation
    from engine.volume import ScanVolume

KINDS: Final = ("totalsegmentator", "nnunet", "monai")


def segment_with(
    network: str, scan: ScanVolume, *, device: str = "auto", fast: bool = False, progress: Progress
) -> Segmentation:
    """Segments a scan with somebody else's network.

    Args:
        network: which, see above.
        scan: the CT.
        device: "auto", "cpu" or "cuda".
        fast: the quicker model, where there is one (TotalSegmentator 3 mm).
        progress: told how far it is; may raise to stop.

    Raises:
        WeightsError: package or weights are missing, damaged or of a kind that is not read here.
        SegmentationError: unknown network, device or memory trouble, or no liver was found.
    """
    kind, _, place = network.partition(":")
    if kind == "totalsegmentator" and not place:
        from engine.segmentation.adapters.totalsegmentator import segment_by_totalsegmentator

        return segment_by_totalsegmentator(scan, device=device, fast=fast, progress=progress)
    if kind == "nnunet" and place:
        from engine.segmentation.adapters.nnunet import segment_by_nnunet

        return segment_by_nnunet(place, scan, device=device, progress=progress)
    if kind == "monai" and place:
        from engine.segmentation.adapters.monai_bundle import segment_by_bundle

        return segment_by_bundle(place, scan, device=device, progress=progress)
    raise SegmentationError(
        "The network is unknown.", cure="Use totalsegmentator, nnunet:FOLDER or monai:FOLDER (see docs/adapters.md)."
    )
