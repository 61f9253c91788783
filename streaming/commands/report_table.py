"""The report of one plan as lines for people."""

from __future__ import annotations

from typing import Final

from engine.interval import Interval
from engine.plan_quantities import FUNCTION, MARGINS, STATUS, VOLUMES, interval_of
from engine.plan_report import PlanReport, ReportedMeasurement
from engine.resection.confidence.value import Quantity as IntervalQuantity
from engine.resection.function import CutBranch
from engine.resection.function.value import BranchVolume
from engine.resection.measurements import CutArea, Measurement, TumourDiameter, VesselLength
from engine.self_check_record import SelfCheckRecord
from streaming.commands.quantity_table import quantity_lines

_MOST_BRANCHES: Final = 20


def report_lines(report: PlanReport) -> list[str]:
    """Every number of a plan in the order a person asks for them."""
    return [
        *_volume_lines(report),
        *quantity_lines(one for one in report.quantities if one.group in (VOLUMES, FUNCTION)),
        *_margin_lines(report),
        *quantity_lines(one for one in report.quantities if one.group not in (VOLUMES, FUNCTION, MARGINS)),
        *_piece_lines(report),
        *_vessel_lines(report),
        *_tumour_lines(report),
        *_note_lines(report),
        *self_check_lines(report.self_check),
        *_interval_lines(report),
    ]


def _interval_lines(report: PlanReport) -> list[str]:
    intervals = report.answer.intervals
    if intervals is None:
        return []
    sources = {source for entry in intervals.entries for source in entry.sources}
    known = "voxel size and confidence of the segmentation" if "segmentation" in sources else "voxel size alone"
    return ["", f"Intervals: {intervals.level_percent:.0f} %, by {known}"]


def _note_lines(report: PlanReport) -> list[str]:
    """Measurements and pins of the plan."""
    lines = [f"{_measured(one.measurement):<40}{_with_unit(one)}" for one in report.measurements]
    lines = ["", "Measurements", *lines] if lines else []
    pins = [f"{_place(pin.point_lps_mm):<40}{pin.text}" for pin in report.notes.pins]
    return [*lines, "", "Pins, at LPS mm", *pins] if pins else lines


def _measured(measurement: Measurement) -> str:
    match measurement:
        case TumourDiameter(tumour=tumour):
            return f"longest axial diameter of {tumour}"
        case CutArea(resection=None):
            return "area of the whole cut"
        case CutArea(resection=number):
            return f"area of the cut of resection {number}"
        case VesselLength():
            return "along a vessel"
        case _:
            return str(measurement.kind)


def _with_unit(one: ReportedMeasurement) -> str:
    if one.value is None:
        return f"none: {one.problem}"
    if one.value.mean_calibre_mm is None or one.value.least_calibre_mm is None:
        return f"{one.value.value:>8.1f} {one.value.unit}"
    calibre = f"calibre {one.value.mean_calibre_mm:.1f} mm on average, {one.value.least_calibre_mm:.1f} mm at least"
    return f"{one.value.value:>8.1f} {one.value.unit}, {calibre}"


def _place(point_lps_mm: tuple[float, float, float]) -> str:
    return ", ".join(f"{value:.1f}" for value in point_lps_mm)


def _volume_lines(report: PlanReport) -> list[str]:
    lines = [f"{'mL':<26}{'total':>10}{'resected':>10}{'remnant':>10}"]
    lines += [
        f"{one.name:<26}{one.total_ml:>10.1f}{one.resected_ml:>10.1f}{one.remnant_ml:>10.1f}"
        for one in report.answer.structures
    ]
    return lines


def _margin_lines(report: PlanReport) -> list[str]:
    """One line a tumour; the threshold once below, with the tumours that lie nearer."""
    margins = report.answer.margins
    if not margins:
        return []
    least = {one.key: one for one in report.quantities if one.group == MARGINS}
    lines = [
        "",
        f"{'Margins, mm':<34}{'least':>8}{'interval':>17}{'5 % within':>12}   cut nearer than 1, 5, 10 mm, cm2",
    ]
    for margin in margins:
        interval = least[f"{margin.tumour}_margin_mm"].interval
        width = "" if interval is None else f"{interval.low:.1f} to {interval.high:.1f}"
        areas = [margin.under_1_mm2, margin.under_5_mm2, margin.under_10_mm2]
        shown = "".join(f"{'-' if area is None else f'{area / 100.0:.1f}':>8}" for area in areas)
        lines.append(
            f"  {f'{margin.tumour}, {STATUS[margin.status]}':<32}{_number(margin.minimum_mm):>8}{width:>17}"
            f"{_number(margin.fifth_percentile_mm):>12}   {shown}"
        )
    compared = [(margin.tumour, least[f"{margin.tumour}_margin_mm"].comparison) for margin in margins]
    near = [tumour for tumour, comparison in compared if comparison is not None and comparison.side == "below"]
    limits = [comparison.threshold for _, comparison in compared if comparison is not None]
    if limits:
        which = ", ".join(near) or "no tumour that is resected or crossed"
        lines.append(f"    below the threshold of {limits[0].value:g} mm ({limits[0].source}): {which}")
    return lines


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _piece_lines(report: PlanReport) -> list[str]:
    lines = []
    touched = [near.title for near in report.answer.surroundings or () if near.is_touched]
    if touched:
        lines += ["", f"Touched by the cut: {', '.join(touched)}"]
    for piece in report.answer.pieces or ():
        if piece.is_islet:
            place = ", ".join(f"{value:.0f}" for value in piece.centre_lps_mm)
            lines.append(f"Left apart by the cut: {piece.volume_ml:.1f} mL of the {piece.side} side, at {place} LPS mm")
    return lines


def _vessel_lines(report: PlanReport) -> list[str]:
    function = report.answer.function
    if function is None or function.cut_branches is None:
        crossings = report.answer.vessels_crossed or ()
        return [f"Crossed: {one.structure}, about {one.diameter_mm:.1f} mm wide" for one in crossings]
    cut = function.cut_branches
    if not cut:
        return ["", "No vessel branch is cut."]
    lines = ["", f"{'Vessel branches cut':<40}{'calibre (95 %)':>22}{'territory':>13}{'remnant lost':>15}   at LPS mm"]
    lines += [
        _branch_line(branch, interval_of(report.answer, "calibre_mm", f"cut_branch_{number}"))
        for number, branch in enumerate(cut[:_MOST_BRANCHES], start=1)
    ]
    if len(cut) > _MOST_BRANCHES:
        lines.append(f"  and {len(cut) - _MOST_BRANCHES} narrower ones (--json lists all)")
    by_branch: tuple[tuple[str, IntervalQuantity, tuple[BranchVolume, ...] | None], ...] = (
        ("Remnant without portal supply, by branch", "devascularised_ml", function.devascularised_by_branch),
        ("Remnant without venous drainage, by branch", "congested_ml", function.congested_by_branch),
    )
    for title, quantity, volumes in by_branch:
        if volumes:
            named = [_lost(one, interval_of(report.answer, quantity, f"branch_{one.branch}")) for one in volumes[:8]]
            more = f", and {len(volumes) - 8} more" if len(volumes) > 8 else ""
            lines.append(f"{title}: {', '.join(named)}{more}")
    return lines


def _lost(volume: BranchVolume, interval: Interval | None) -> str:
    title = f"{volume.branch} {volume.name.replace('_', ' ')}".strip()
    return f"{title} {volume.ml:.1f}{_range(interval)} mL"


def _range(interval: Interval | None) -> str:
    return "" if interval is None else f" ({interval.low:.1f}-{interval.high:.1f})"


def _branch_line(branch: CutBranch, interval: Interval | None) -> str:
    title = f"  {branch.branch:>4} {branch.tree} {branch.name.replace('_', ' ')}"
    place = ", ".join(f"{value:.0f}" for value in branch.position_lps_mm)
    lost = f"{branch.remnant_lost_ml:>12.1f} mL" if branch.severs else f"{'cut before':>15}"
    calibre = f"{branch.calibre_mm:.1f}{_range(interval)} mm"
    return f"{title:<40}{calibre:>22}{branch.territory_ml:>10.1f} mL{lost}   {place}"


def _tumour_lines(report: PlanReport) -> list[str]:
    if not report.tumours:
        return ["", "No tumour is labelled."]
    burden = report.burden
    lines = ["", f"{'Tumours':<26}{'volume':>13}   {'axial diameters':<20}{'centre, LPS mm':>22}"]
    for one in report.tumours:
        size = f"{one.longest_axial.length_mm:.0f} x {one.perpendicular_axial.length_mm:.0f} mm"
        place = ", ".join(f"{value:.0f}" for value in one.centre_lps_mm)
        edge = "   at least: it reaches the scan's edge" if one.cut_off else ""
        lines.append(f"  {one.name:<24}{one.volume_ml:>10.1f} mL   {size:<20}{place:>22}{edge}")
    lines.append(
        f"Tumour burden: {burden.count}, longest axial diameter {burden.longest_axial_diameter_mm:.1f} mm "
        f"(± {burden.length_uncertainty_mm:.1f} mm), sum {burden.sum_of_diameters_mm:.1f} mm, "
        f"volume {burden.total_volume_ml:.1f} mL"
    )
    for criterion in burden.criteria:
        met = "inputs met" if criterion.within else "inputs not met"
        is_open = ", open within the uncertainty of the diameters" if criterion.is_open else ""
        lines.append(f"  {criterion.name}: {met}{is_open} - {criterion.limit} ({criterion.source}; PMC6558441)")
    lines.append(f"  Made for: {burden.criteria[0].applies_to}. Nothing else is looked at here.")
    return lines


def self_check_lines(record: SelfCheckRecord | None) -> list[str]:
    """What the self-check of the case found."""
    if record is None:
        return ["", "No self-check of this case: run `cantlie selfcheck CASE` to measure the errors of its voxels."]
    lines = ["", f"Self-check on this case's voxels, {record.trials} livers of known volume (measured - exact)"]
    for error in record.errors:
        mean, worst = f"mean {error.mean:+.3f}", f"worst {error.worst:+.3f}"
        lines.append(f"  {error.title:<30}{mean:>14}{worst:>16} {error.unit}")
    return lines
