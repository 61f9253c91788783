"""The few numbers that are kept with a version of a plan."""

from __future__ import annotations

from streaming.protocol import HeadlineNumbers, PlanNumbers


def headline_numbers(numbers: PlanNumbers) -> HeadlineNumbers:
    """What a person decides on, of all that is known of a plan."""
    liver = next((one for one in numbers.volumes if one.name == "liver"), None)
    function = numbers.function
    known = [(one.minimum_mm, one.tumour) for one in numbers.margins if one.minimum_mm is not None]
    least = min(known, default=None)
    return HeadlineNumbers(
        resected_ml=None if liver is None else liver.resected_ml,
        remnant_ml=None if liver is None else liver.remnant_ml,
        flr_percent=numbers.flr_percent,
        functional_flr_percent=None if function is None else function.functional_flr_percent,
        devascularised_ml=None if function is None else function.devascularised_ml,
        congested_ml=None if function is None else function.congested_ml,
        cut_area_mm2=numbers.cut_area_mm2,
        least_margin_mm=None if least is None else least[0],
        least_margin_of=None if least is None else least[1],
    )
