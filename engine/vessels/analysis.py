"""The vessels of a liver, whole: trees, names, territories, segments; and again after a person's word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.class_probability import ClassProbability
from engine.errors import LabelError
from engine.liver_map import LiverMap
from engine.progress import Progress, SilentProgress
from engine.vessel_tree import VesselTrees
from engine.vessels.build_trees import TreesResult, build_trees, recompute_trees
from engine.vessels.corrections import EdgeCorrection
from engine.vessels.couinaud import Division, SegmentOverride, divide_liver
from engine.vessels.variants import Variant
from engine.volume import LabelVolume, ScanVolume


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VesselAnatomy:
    """What a resection is planned on, beside the organs.

    Attributes:
        labels: portal and hepatic voxels put right, breaks bridged.
        trees: named branches of both trees.
        liver_map: branch and Couinaud segment of every voxel of the liver.
        variants: how this liver's vessels differ from the usual.
        warnings: what a person should know about how sure all this is.
    """

    labels: LabelVolume
    trees: VesselTrees
    liver_map: LiverMap
    variants: tuple[Variant, ...]
    warnings: tuple[str, ...]
    _given: LabelVolume
    _found: TreesResult
    _division: Division

    def corrected(self, corrections: Sequence[EdgeCorrection]) -> VesselAnatomy:
        """The anatomy with a person's word on which tree branches belong to; centre lines are kept.

        Args:
            corrections: all that hold, not only the newest.

        Raises:
            LabelError: the labels have no vessels to correct.
        """
        if self._found.skeleton is None:
            raise LabelError("There are no vessels to correct.", cure="Add vessels to the labels.")
        return _divided(self._given, recompute_trees(self._given, self._found.skeleton, corrections))

    def renamed(self, overrides: tuple[SegmentOverride, ...]) -> VesselAnatomy:
        """The anatomy with a person's word on branch names; it moves segments, trees are kept.

        Raises:
            ValueError: an override names a branch or a name that does not exist.
        """
        return _composed(self._given, self._found, self._division.with_overrides(overrides))


def analyse(
    labels: LabelVolume,
    probability: ClassProbability | None = None,
    *,
    scan: ScanVolume | None = None,
    corrections: Sequence[EdgeCorrection] = (),
    progress: Progress | None = None,
    looked_at: bool = False,
) -> VesselAnatomy:
    """Follows the vessels, tells both trees apart, names branches and divides the liver among them.

    Args:
        labels: the liver with its vessels.
        probability: of the network, where there was one.
        scan: on the grid of the labels; where its portal and hepatic veins differ in HU, that helps.
        corrections: a person's word on branches.
        progress: told fractions; may raise to stop.
        looked_at: whether a person has seen which vessel is which in the labels; then they count, not the network.

    Raises:
        LabelError: the labels have no liver.
    """
    report = progress or SilentProgress()
    found = build_trees(labels, probability, corrections, scan=scan, looked_at=looked_at)
    report.advance(0.6, "territories and segments")
    anatomy = _divided(labels, found)
    report.advance(1.0)
    return anatomy


def _divided(given: LabelVolume, found: TreesResult) -> VesselAnatomy:
    division = divide_liver(found.labels, found.trees)
    if division is None:
        raise LabelError("The labels have no liver.", cure="Add a mask of the liver.")
    return _composed(given, found, division)


def _composed(given: LabelVolume, found: TreesResult, division: Division) -> VesselAnatomy:
    return VesselAnatomy(
        labels=found.labels,
        trees=division.trees,
        liver_map=division.liver_map,
        variants=division.variants,
        warnings=(*found.warnings, *division.warnings),
        _given=given,
        _found=found,
        _division=division,
    )
