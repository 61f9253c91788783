"""Resections as people hold them: four kinds, told apart by `kind`. A plan resects the union of all of its own."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypeAliasType

from streaming.protocol.base import BranchNumber, Identifier, PointLps, SegmentValue, WireModel

Millimetres = TypeAliasType("Millimetres", Annotated[float, Field(gt=0.0, le=1000.0)])
MarginMm = TypeAliasType("MarginMm", Annotated[float, Field(ge=0.0, le=100.0)])


class PlaneResectionState(WireModel):
    """A planar resection; the side the normal points to is resected."""

    resection_id: Identifier
    kind: Literal["plane"] = "plane"
    point_lps_mm: PointLps
    normal_lps: PointLps


class SurfaceResectionState(WireModel):
    """A bicubic Bezier surface: 4 x 4 control points, row by row.

    With point 4 r + c, u runs along a row (c) and v from row to row (r). Resected is the side that the frame's normal,
    u x v from the corners, points to: (15 - 0) x (12 - 3).
    """

    resection_id: Identifier
    kind: Literal["surface"] = "surface"
    control_points_lps_mm: Annotated[tuple[PointLps, ...], Field(min_length=16, max_length=16)]


class SpheroidShape(WireModel):
    """Inside is resected; `axis_lps` is the axis of revolution."""

    shape: Literal["spheroid"] = "spheroid"
    centre_lps_mm: PointLps
    axis_lps: PointLps
    radius_along_mm: Millimetres
    radius_across_mm: Millimetres


class ConeShape(WireModel):
    """Inside is resected: from the apex, the deepest point, along `axis_lps` to a flat base at `depth_mm`."""

    shape: Literal["cone"] = "cone"
    apex_lps_mm: PointLps
    axis_lps: PointLps
    half_angle_degrees: Annotated[float, Field(ge=1.0, le=89.0)]
    depth_mm: Millimetres


WedgeShape = TypeAliasType("WedgeShape", Annotated[SpheroidShape | ConeShape, Field(discriminator="shape")])


class WedgeResectionState(WireModel):
    """A piece around a tumour. `tumour` and `margin_mm` say what it was made around, the geometry says what is cut."""

    resection_id: Identifier
    kind: Literal["wedge"] = "wedge"
    geometry: WedgeShape
    tumour: Identifier | None
    margin_mm: MarginMm | None


class TerritoryResectionState(WireModel):
    """Couinaud segments and portal branches' territories; a branch takes all that leaves it with it."""

    resection_id: Identifier
    kind: Literal["territory"] = "territory"
    segments: Annotated[tuple[SegmentValue, ...], Field(max_length=32)]
    portal_branches: Annotated[tuple[BranchNumber, ...], Field(max_length=256)]


ResectionState = TypeAliasType(
    "ResectionState",
    Annotated[
        PlaneResectionState | SurfaceResectionState | WedgeResectionState | TerritoryResectionState,
        Field(discriminator="kind"),
    ],
)
