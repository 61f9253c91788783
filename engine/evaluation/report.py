"""The agreement of two segmentations as frozen values, and their JSON form."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final, Literal

SURFACE_TOLERANCE_MM: Final = 2.0

Absence = Literal["absent in both", "absent in the prediction", "absent in the reference"]

DEFINITIONS: Final = {
    "surface": "centres of the voxels with a face to the outside, distances in patient mm",
    "hausdorff_95_mm": "the larger of the 95th percentiles from prediction to reference and back",
    "mean_surface_distance_mm": "mean over the surface voxels of both",
    "surface_dice_2mm": f"part of both surfaces within {SURFACE_TOLERANCE_MM:g} mm of the other",
    "cldice": "harmonic mean of centreline precision and sensitivity, topological thinning in voxels (Shit 2021)",
    "volume_difference": "prediction minus reference",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfaceAgreement:
    """Distances between two surfaces.

    Attributes:
        mean_mm: mean over the surface voxels of both, mm.
        hausdorff_95_mm: the larger of both directed 95th percentiles, mm.
        hausdorff_mm: the largest distance, mm.
        within_tolerance: part of both surfaces within `SURFACE_TOLERANCE_MM` of the other, 0 to 1.
    """

    mean_mm: float
    hausdorff_95_mm: float
    hausdorff_mm: float
    within_tolerance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CentrelineAgreement:
    """clDice (Shit et al. 2021, arXiv 2003.07311).

    Attributes:
        precision: part of the predicted centreline inside the reference, 0 to 1.
        sensitivity: part of the reference's centreline inside the prediction, 0 to 1.
    """

    precision: float
    sensitivity: float

    @property
    def cldice(self) -> float:
        """Harmonic mean of both."""
        total = self.precision + self.sensitivity
        return 2.0 * self.precision * self.sensitivity / total if total > 0.0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StructureAgreement:
    """Agreement on one structure. What an empty mask leaves undefined is None, and `absence` says why.

    Attributes:
        name: the structure's name.
        dice: 0 to 1; 0 if absent on one side, None if absent in both.
        jaccard: likewise.
        predicted_ml: volume, ml.
        reference_ml: volume, ml.
        surface: distances; None if absent on a side.
        centreline: for vessels; None for other structures or if absent on a side.
        absence: which side lacks the structure; None if neither.
    """

    name: str
    dice: float | None
    jaccard: float | None
    predicted_ml: float
    reference_ml: float
    surface: SurfaceAgreement | None
    centreline: CentrelineAgreement | None
    absence: Absence | None

    @property
    def difference_ml(self) -> float:
        """Prediction minus reference, ml."""
        return self.predicted_ml - self.reference_ml

    @property
    def difference_percent(self) -> float | None:
        """Prediction minus reference as a part of the reference, %; None without a reference."""
        return 100.0 * self.difference_ml / self.reference_ml if self.reference_ml > 0.0 else None

    def as_json(self) -> dict[str, object]:
        """Flat; lengths in mm, volumes in ml."""
        surface, centreline = self.surface, self.centreline
        document: dict[str, object] = {
            "dice": self.dice,
            "jaccard": self.jaccard,
            "mean_surface_distance_mm": surface and surface.mean_mm,
            "hausdorff_95_mm": surface and surface.hausdorff_95_mm,
            "hausdorff_mm": surface and surface.hausdorff_mm,
            "surface_dice_2mm": surface and surface.within_tolerance,
            "volume_predicted_ml": self.predicted_ml,
            "volume_reference_ml": self.reference_ml,
            "volume_difference_ml": self.difference_ml,
            "volume_difference_percent": self.difference_percent,
            "reason": self.absence,
        }
        if centreline is not None:
            document["cldice"] = centreline.cldice
            document["centreline"] = asdict(centreline)
        return document


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationReport:
    """Agreement on every structure of either side.

    Attributes:
        structures: one entry per structure.
    """

    structures: tuple[StructureAgreement, ...]

    def structure(self, name: str) -> StructureAgreement:
        """The agreement on the structure with this name.

        Raises:
            KeyError: neither side has it.
        """
        for structure in self.structures:
            if structure.name == name:
                return structure
        raise KeyError(name)

    def as_json(self) -> dict[str, object]:
        """What `cantlie evaluate --json` prints."""
        return {
            "structures": {structure.name: structure.as_json() for structure in self.structures},
            "definitions": dict(DEFINITIONS),
        }
