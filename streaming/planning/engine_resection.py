"""Resections of the wire as the engine evaluates them, and back."""

from __future__ import annotations

from typing import assert_never

from engine.resection.plan import (
    Cone,
    PlaneResection,
    Resection,
    Spheroid,
    SurfaceResection,
    TerritoryResection,
    WedgeResection,
)
from streaming.protocol import (
    ConeShape,
    PlaneResectionState,
    ResectionState,
    SpheroidShape,
    SurfaceResectionState,
    TerritoryResectionState,
    WedgeResectionState,
    WedgeShape,
)


def engine_resection(state: ResectionState) -> Resection:
    """The resection as the engine evaluates it.

    Raises:
        PlanError: it has no sides: a zero normal, a surface that folds over itself, a territory of nothing.
    """
    match state:
        case PlaneResectionState():
            return PlaneResection(point_lps_mm=state.point_lps_mm, normal_lps=state.normal_lps)
        case SurfaceResectionState():
            return SurfaceResection(control_points_lps_mm=state.control_points_lps_mm)
        case WedgeResectionState():
            return WedgeResection(shape=_engine_shape(state.geometry), tumour=state.tumour, margin_mm=state.margin_mm)
        case TerritoryResectionState():
            return TerritoryResection(segments=state.segments, portal_branches=state.portal_branches)
        case _:
            assert_never(state)


def resection_state(resection_id: str, resection: Resection) -> ResectionState:
    """An engine's resection under an id."""
    match resection:
        case PlaneResection():
            return PlaneResectionState(
                resection_id=resection_id, point_lps_mm=resection.point_lps_mm, normal_lps=resection.normal_lps
            )
        case SurfaceResection():
            return SurfaceResectionState(
                resection_id=resection_id, control_points_lps_mm=resection.control_points_lps_mm
            )
        case WedgeResection():
            return WedgeResectionState(
                resection_id=resection_id,
                geometry=_wire_shape(resection.shape),
                tumour=resection.tumour,
                margin_mm=resection.margin_mm,
            )
        case TerritoryResection():
            return TerritoryResectionState(
                resection_id=resection_id, segments=resection.segments, portal_branches=resection.portal_branches
            )
        case _:
            assert_never(resection)


def _engine_shape(shape: WedgeShape) -> Spheroid | Cone:
    match shape:
        case SpheroidShape():
            return Spheroid(
                centre_lps_mm=shape.centre_lps_mm,
                axis_lps=shape.axis_lps,
                radius_across_mm=shape.radius_across_mm,
                radius_along_mm=shape.radius_along_mm,
            )
        case ConeShape():
            return Cone(
                apex_lps_mm=shape.apex_lps_mm,
                axis_lps=shape.axis_lps,
                half_angle_degrees=shape.half_angle_degrees,
                depth_mm=shape.depth_mm,
            )
        case _:
            assert_never(shape)


def _wire_shape(shape: Spheroid | Cone) -> WedgeShape:
    match shape:
        case Spheroid():
            return SpheroidShape(
                centre_lps_mm=shape.centre_lps_mm,
                axis_lps=shape.axis_lps,
                radius_across_mm=shape.radius_across_mm,
                radius_along_mm=shape.radius_along_mm,
            )
        case Cone():
            return ConeShape(
                apex_lps_mm=shape.apex_lps_mm,
                axis_lps=shape.axis_lps,
                half_angle_degrees=shape.half_angle_degrees,
                depth_mm=shape.depth_mm,
            )
        case _:
            assert_never(shape)
