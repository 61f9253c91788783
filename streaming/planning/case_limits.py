"""What a plan may name and measure in a case: segments, portal branches, tumours, places on vessels."""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import PlanError
from engine.resection.measurements import CaseAnatomy
from engine.sentences import say
from streaming.planning.engine_measurement import engine_note
from streaming.protocol import ResectionState, SceneManifest, TerritoryResectionState
from streaming.session.changes import Change, SetNote
from streaming.session.notes import said_by
from streaming.session.operations import resections_of
from streaming.session.refusals import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLimits:
    """The anatomy that territories can be made of.

    Attributes:
        segments: values of Couinaud segments that have a volume.
        portal_branches: numbers of portal branches.
        anatomy: what measurements may refer to; None does not judge them.
        segmentation: sha256 of the label map that numbers are counted on.
    """

    segments: frozenset[int] = frozenset()
    portal_branches: frozenset[int] = frozenset()
    anatomy: CaseAnatomy | None = None
    segmentation: str = ""

    @classmethod
    def of(cls, manifest: SceneManifest, anatomy: CaseAnatomy | None = None, segmentation: str = "") -> CaseLimits:
        """Of what the scene offers."""
        return cls(
            segments=frozenset(segment.value for segment in manifest.segments),
            portal_branches=frozenset(branch.number for branch in manifest.branches if branch.tree == "portal"),
            anatomy=anatomy,
            segmentation=segmentation,
        )

    def refusal_of(self, change: Change) -> Refusal | None:
        """Why the case has no such resections, or nothing to measure there; None if it has."""
        if isinstance(change, SetNote) and self.anatomy is not None:
            try:
                self.anatomy.check(engine_note(said_by(change.note), ()))
            except PlanError as error:
                return Refusal(code="invalid", what=error.what, cure=error.cure)
        refusals = (self._refusal_of(resection) for resection in resections_of(change))
        return next((refusal for refusal in refusals if refusal is not None), None)

    def _refusal_of(self, resection: ResectionState) -> Refusal | None:
        if not isinstance(resection, TerritoryResectionState):
            return None
        if not self.segments and not self.portal_branches:
            return Refusal(
                code="invalid",
                what=say("no_segments"),
            )
        if absent := set(resection.segments) - self.segments:
            return Refusal(code="invalid", what=say("no_such_segment", min(absent)))
        if absent := set(resection.portal_branches) - self.portal_branches:
            return Refusal(code="invalid", what=say("no_such_branch", min(absent)))
        return None
