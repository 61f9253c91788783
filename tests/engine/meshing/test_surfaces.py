"""All structures in one pass get the surfaces that each would get alone."""

from __future__ import annotations

import numpy as np
import pytest

from engine.anatomy import LIVER, structure_named
from engine.geometry import VolumeGeometry
from engine.meshing import MeshBudgets, build_surfaces
from engine.meshing.isosurface import finest_surface
from engine.meshing.levels import levels_of
from engine.meshing.quality import report_of
from engine.volume import LabelVolume

SPLEEN, PORTAL, TUMOUR = structure_named("spleen"), structure_named("portal_vein"), structure_named("tumour_01")


def patient() -> LabelVolume:
    geometry = VolumeGeometry.from_parts(shape_kji=(44, 60, 72), spacing_ijk_mm=(1.1, 1.1, 1.4))
    k, j, i = np.indices(geometry.shape_kji)
    labels = np.zeros(geometry.shape_kji, dtype=np.uint8)
    labels[((i - 26) / 22) ** 2 + ((j - 30) / 24) ** 2 + ((k - 20) / 17) ** 2 < 1] = 1
    labels[(np.hypot(j - 30 - 0.2 * i, k - 20) < 2.2) & (labels == 1)] = PORTAL.label_values[0]
    labels[(i - 20) ** 2 + (j - 22) ** 2 + (k - 24) ** 2 < 30] = TUMOUR.label_values[0]
    # The spleen lies against the liver, cut by the plane i = 40.
    labels[(((i - 48) / 20) ** 2 + ((j - 30) / 15) ** 2 + ((k - 20) / 13) ** 2 < 1) & (i >= 40)] = SPLEEN.label_values[
        0
    ]
    labels[(labels == 1) & (i >= 40)] = 0
    return LabelVolume(labels=labels, geometry=geometry)


def test_together_they_are_the_same_as_alone() -> None:
    labels = patient()
    wanted = (TUMOUR, PORTAL, LIVER, SPLEEN)
    found = {surface.structure.name: surface for surface in build_surfaces(labels, wanted, threads=2)}
    assert set(found) == {structure.name for structure in wanted}
    for structure in wanted:
        mask = labels.mask_of(structure.label_values)
        surface = found[structure.name]
        vertices, faces = finest_surface(mask, labels.geometry, MeshBudgets())
        np.testing.assert_array_equal(surface.vertices_lps_mm, vertices)
        np.testing.assert_array_equal(surface.faces, faces)
        report = report_of(surface.vertices_lps_mm, surface.faces)
        assert report.sound
        assert surface.pieces == report.components == 1
        assert report.volume_ml == pytest.approx(np.count_nonzero(mask) * labels.geometry.voxel_volume_ml, rel=0.002)


def test_neighbours_that_share_a_boundary_do_not_visibly_interpenetrate() -> None:
    labels = patient()
    surfaces = {s.structure.name: s for s in build_surfaces(labels, (LIVER, SPLEEN))}
    # Voxel 39 is liver, 40 spleen; between them lies 39.5, away from the rim where the surfaces turn round.
    boundary_mm = 39.5 * 1.1
    reach = []
    for name, outward in (("liver", 1.0), ("spleen", -1.0)):
        vertices = surfaces[name].vertices_lps_mm
        middle = np.hypot((vertices[:, 1] - 30 * 1.1) / 11, (vertices[:, 2] - 20 * 1.4) / 13) < 0.7
        near = middle & (np.abs(vertices[:, 0] - boundary_mm) < 1.5)
        assert near.any()
        reach.append(outward * (vertices[near, 0] - boundary_mm))
    assert max(r.max() for r in reach) < 0.1
    assert min(r.min() for r in reach) > -0.3


def test_a_coarser_level_adds_less_than_a_pixel_to_the_overlap_of_neighbours() -> None:
    labels = patient()
    boundary_mm, seen = 39.5 * 1.1, 0
    for surface in build_surfaces(labels, (LIVER, SPLEEN)):
        outward = 1.0 if surface.structure is LIVER else -1.0
        for level in levels_of((surface.vertices_lps_mm, surface.faces), surface.structure)[1:]:
            vertices = level.vertices_lps_mm.astype(np.float64)
            points = np.concatenate([vertices, vertices[level.faces].mean(axis=1)])
            middle = np.hypot((points[:, 1] - 30 * 1.1) / 11, (points[:, 2] - 20 * 1.4) / 13) < 0.7
            beyond = outward * (points[middle & (np.abs(points[:, 0] - boundary_mm) < 3.0), 0] - boundary_mm)
            # Chosen where its error is a quarter of a pixel: four of them are one.
            assert np.all(beyond < 0.1 + 4 * level.error_mm)
            seen += len(beyond)
    assert seen > 10


def test_an_absent_structure_is_left_out() -> None:
    labels = LabelVolume(
        labels=np.ones((3, 3, 3), dtype=np.uint8),
        geometry=VolumeGeometry.from_parts(shape_kji=(3, 3, 3), spacing_ijk_mm=(1.0, 1.0, 1.0)),
    )
    assert [surface.structure.name for surface in build_surfaces(labels, (LIVER, SPLEEN))] == ["liver"]
