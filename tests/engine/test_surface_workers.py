import numpy as np
import pytest

from engine import anatomy, surface_workers
from engine.anatomy import LIVER, structure_named
from engine.errors import OperationCancelledError
from engine.geometry import VolumeGeometry
from engine.surface_workers import build_surfaces
from engine.volume import LabelVolume

GEOMETRY = VolumeGeometry.from_parts(shape_kji=(14, 16, 18), spacing_ijk_mm=(2, 2, 3), origin_lps_mm=(5, 6, 7))


@pytest.fixture
def labels(tmp_path):
    values = np.zeros(GEOMETRY.shape_kji, np.uint8)
    values[3:11, 3:12, 3:9] = anatomy.PARENCHYMA
    values[3:8, 3:12, 11:15] = anatomy.SPLEEN
    np.save(tmp_path / "labels.npy", values)
    return LabelVolume(labels=values, geometry=GEOMETRY)


WANTED = (LIVER, structure_named("spleen"), structure_named("stomach"))


def test_workers_build_the_same_surfaces_as_one_process(labels, tmp_path, monkeypatch):
    here = {s.structure.name: s for s in build_surfaces(labels, tmp_path / "labels.npy", WANTED)}
    monkeypatch.setattr(surface_workers, "WORTH_IT_VOXELS", 0)
    monkeypatch.setattr(surface_workers, "worker_count", lambda: 2)
    there = {s.structure.name: s for s in build_surfaces(labels, tmp_path / "labels.npy", WANTED)}
    assert set(here) == set(there) == {"liver", "spleen", "stomach"}
    for name in ("liver", "spleen"):
        for one, other in zip(here[name].levels, there[name].levels, strict=True):
            assert np.array_equal(one.vertices_lps_mm, other.vertices_lps_mm)
            assert np.array_equal(one.faces, other.faces)
    assert there["stomach"].levels == () and there["stomach"].problem is not None


def test_a_worker_that_dies_is_made_good_in_this_process(labels, tmp_path, monkeypatch):
    monkeypatch.setattr(surface_workers, "WORTH_IT_VOXELS", 0)
    monkeypatch.setattr(surface_workers, "worker_count", lambda: 2)
    # The workers cannot start without their file, which breaks the pool.
    built = {s.structure.name for s in build_surfaces(labels, tmp_path / "absent.npy", WANTED)}
    assert built == {"liver", "spleen", "stomach"}


def test_stopping_kills_the_workers(labels, tmp_path, monkeypatch):
    monkeypatch.setattr(surface_workers, "WORTH_IT_VOXELS", 0)
    monkeypatch.setattr(surface_workers, "worker_count", lambda: 2)
    import multiprocessing

    earlier = set(multiprocessing.active_children())
    surfaces = build_surfaces(labels, tmp_path / "labels.npy", WANTED)
    next(surfaces)
    with pytest.raises(OperationCancelledError):
        surfaces.throw(OperationCancelledError("stopped"))
    for process in set(multiprocessing.active_children()) - earlier:
        process.join(timeout=20)
        assert not process.is_alive()
