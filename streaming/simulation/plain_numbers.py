"""Numbers and measured values that say one thing: for sessions without an engine behind them."""

from __future__ import annotations

from streaming.protocol import MeasuredValue, PlanNumbers


def plain_numbers(*, flr_percent: float) -> PlanNumbers:
    """The future liver remnant in per cent of the total liver volume, and nothing else."""
    return PlanNumbers(
        volumes=(),
        flr_percent=flr_percent,
        flr_denominator="total_liver_volume",
        flr_tumour_free_percent=None,
        margins=(),
        margin_uncertainty_mm=0.0,
        function=None,
        cut_branches=None,
        vessels_crossed=None,
        cut_area_mm2=None,
        pieces=None,
        surroundings=None,
        intervals=None,
        body=None,
    )


def plain_value(measurement_id: str, value_mm: float) -> MeasuredValue:
    """A measurement that comes to so many millimetres, and says nothing else."""
    return MeasuredValue(
        measurement_id=measurement_id,
        value=value_mm,
        unit="mm",
        line_lps_mm=(),
        mean_calibre_mm=None,
        least_calibre_mm=None,
        message="",
        cure="",
    )
