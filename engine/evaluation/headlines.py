"""The dozen numbers of a case that a table shows, a summary averages and two runs are compared by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.evaluation.scores import CaseScores
from engine.evaluation.suite_document import Suite, SuiteCase

Reader = Callable[[CaseScores], float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """One number of a case.

    Attributes:
        key: stable identifier.
        group: heading that it stands under.
        title: short column title.
        unit: "" for parts of one, else "mm", "%" or "".
        lower_is_better: whether a small number is good.
        target: what this project aims at, None without one.
        read: takes it from a case; None where the case cannot answer.
    """

    key: str
    group: str
    title: str
    read: Reader
    unit: str = ""
    lower_is_better: bool = False
    target: float | None = None

    def of(self, case: SuiteCase) -> float | None:
        """The number of a case, None where it has none."""
        return None if case.scores is None else self.read(case.scores)

    def text(self, value: float | None) -> str:
        """How a table shows it; blank where there is none."""
        if value is None:
            return ""
        if self.unit == "%":
            return f"{value:+.1f}" if self.key.endswith("volume_error_percent") else f"{value:.0f}"
        return f"{value:.1f}" if self.unit == "mm" else f"{value:.0f}" if self.unit == "count" else f"{value:.3f}"


def _structure(name: str, field: str) -> Reader:
    def read(scores: CaseScores) -> float | None:
        score = scores.structures.get(name)
        value: float | None = None if score is None else getattr(score, field)
        return value

    return read


def _lesions(field: str) -> Reader:
    def read(scores: CaseScores) -> float | None:
        value: float | None = None if scores.lesions is None else getattr(scores.lesions, field)
        return value

    return read


def _region(tree: str, field: str) -> Reader:
    def read(scores: CaseScores) -> float | None:
        region = None if scores.vessels is None else getattr(scores.vessels, tree)
        value: float | None = None if region is None else getattr(region, field)
        return value

    return read


def _mixed_up_percent(scores: CaseScores) -> float | None:
    part = _region("confusion", "mixed_up")(scores)
    return None if part is None else 100.0 * part


def _joins(scores: CaseScores) -> float | None:
    count = None if scores.vessels is None else scores.vessels.false_joins
    return None if count is None else float(count)


def _branch_recall(scores: CaseScores) -> float | None:
    return None if scores.vessels is None else scores.vessels.branch_recall


def _couinaud(scores: CaseScores) -> float | None:
    return None if scores.segments is None else scores.segments.agreement


HEADLINES: Final[tuple[Headline, ...]] = (
    Headline(key="liver_dice", group="Liver", title="Dice", read=_structure("liver", "dice"), target=0.95),
    Headline(key="liver_nsd_2mm", group="Liver", title="NSD 2mm", read=_structure("liver", "nsd_2mm")),
    Headline(
        key="liver_hd95_mm", group="Liver", title="HD95 mm", unit="mm", lower_is_better=True,
        read=_structure("liver", "hausdorff_95_mm"),
    ),
    Headline(
        key="liver_volume_error_percent", group="Liver", title="vol. %", unit="%", lower_is_better=True,
        read=_structure("liver", "volume_error_percent"),
    ),
    Headline(key="tumour_dice", group="Tumours", title="Dice", read=_structure("tumours", "dice"), target=0.65),
    Headline(key="lesion_recall", group="Tumours", title="found", read=_lesions("recall")),
    Headline(
        key="lesion_recall_over_10mm", group="Tumours", title=">10 mm", read=_lesions("recall_over_10mm"), target=0.8
    ),
    Headline(key="lesion_precision", group="Tumours", title="true", read=_lesions("precision")),
    Headline(key="vessel_dice", group="Vessels in the liver", title="Dice", read=_region("both", "dice"), target=0.65),
    Headline(
        key="vessel_cldice", group="Vessels in the liver", title="clDice", read=_region("both", "cldice"), target=0.7
    ),
    Headline(key="branch_recall", group="Vessels in the liver", title="branches", read=_branch_recall),
    Headline(key="portal_dice", group="Vessels in the liver", title="portal", read=_region("portal", "dice")),
    Headline(key="hepatic_dice", group="Vessels in the liver", title="hepatic", read=_region("hepatic", "dice")),
    Headline(
        key="mixed_up_percent", group="Vessels in the liver", title="mixed %", unit="%", lower_is_better=True,
        target=10.0, read=_mixed_up_percent,
    ),
    Headline(
        key="false_joins", group="Vessels in the liver", title="joins", unit="count", lower_is_better=True, read=_joins
    ),
    Headline(key="couinaud_agreement", group="Segments", title="Couinaud", read=_couinaud, target=0.75),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Average:
    """Mean of a headline over the cases that have it; volume errors by size, whatever their sign."""

    mean: float | None
    cases: int


def average(headline: Headline, suite: Suite) -> Average:
    """The mean over cases that the networks were not trained on."""
    values = [headline.of(case) for case in suite.cases if not case.trained_on]
    known = [value for value in values if value is not None]
    if headline.key == "liver_volume_error_percent":
        known = [abs(value) for value in known]
    return Average(mean=float(np.mean(known)) if known else None, cases=len(known))


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A headline of one case in two runs."""

    case: str
    headline: Headline
    before: float | None
    after: float | None

    @property
    def change(self) -> float | None:
        """After minus before; None where one is blank."""
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def better(self) -> bool | None:
        """Whether the change is for the better; None without a change."""
        if self.before is None or self.after is None or self.before == self.after:
            return None
        if self.headline.lower_is_better:
            return abs(self.after) < abs(self.before)
        return self.after > self.before


def differences(before: Suite, after: Suite) -> tuple[Difference, ...]:
    """Every headline that either run has, for the cases that both hold."""
    found = []
    for case in after.cases:
        earlier = before.case(case.name)
        if earlier is None:
            continue
        for headline in HEADLINES:
            pair = headline.of(earlier), headline.of(case)
            if pair != (None, None):
                found.append(Difference(case=case.name, headline=headline, before=pair[0], after=pair[1]))
    return tuple(found)
