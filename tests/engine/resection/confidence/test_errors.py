"""Errors of parts and of shares against drawn volumes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.resection.confidence.errors import PartErrors

sizes = st.floats(0.0, 30.0)


@settings(max_examples=20, deadline=None)
@given(a=sizes, b=sizes, c=sizes, d=sizes, e=sizes, share=st.floats(0.1, 0.9))
def test_variances_are_those_of_drawn_volumes(a: float, b: float, c: float, d: float, e: float, share: float) -> None:
    errors = PartErrors(resected_ml2=a**2, remnant_ml2=b**2, cut_ml2=c**2, shared_resected_ml=d, shared_remnant_ml=e)
    first, second, third, fourth = np.random.default_rng(1).normal(size=(4, 40_000))
    resected = 1500.0 * (1.0 - share) + a * first + c * third + d * fourth
    remnant = 1500.0 * share + b * second - c * third + e * fourth
    for drawn, variance in (
        (resected, errors.resected_variance_ml2),
        (remnant, errors.remnant_variance_ml2),
        (resected + remnant, errors.total_variance_ml2),
    ):
        assert drawn.std() == pytest.approx(np.sqrt(variance), rel=0.03, abs=1e-6)
    assert (remnant / (resected + remnant)).std() == pytest.approx(
        np.sqrt(errors.share_variance(share, 1500.0)), rel=0.05, abs=1e-6
    )


def test_the_whole_remnant_as_a_part_of_itself_errs_as_before() -> None:
    errors = PartErrors(resected_ml2=4.0, remnant_ml2=9.0, cut_ml2=1.0, shared_resected_ml=5.0, shared_remnant_ml=6.0)
    assert errors.narrowed(1.0, 0.0) == errors
    half = errors.narrowed(0.5, 2.0)
    assert half.resected_ml2 + half.remnant_ml2 == errors.resected_ml2 + errors.remnant_ml2
    assert half.shared_resected_ml + half.shared_remnant_ml == 11.0
    assert half.cut_ml2 == 2.25
