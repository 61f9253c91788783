"""A small case, a running server, and people who connect to it."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial import cKDTree
from websockets.sync.client import ClientConnection, connect

from engine import anatomy
from engine.case import Case
from engine.case_manifest import Provenance, ScanSource, SegmentationSource
from engine.case_writer import CaseWriter
from engine.field import DistanceField
from engine.geometry import VolumeGeometry
from engine.liver_map import LiverMap
from engine.surface import MeshLevel
from engine.vessel_tree import VesselBranch, VesselKind, VesselTrees
from engine.volume import LabelVolume, ScanVolume
from streaming.protocol import (
    PROTOCOL_VERSION,
    SERVER_MESSAGE,
    CommitResection,
    Hello,
    PlanState,
    PreviewResection,
    ResectionState,
    Scene,
    ServerMessage,
    Welcome,
    WireModel,
)
from streaming.serving.place import Place, ServerAddress
from streaming.serving.server import make_server

WAIT_SECONDS = 20.0
SHAPE_KJI = (36, 40, 48)


def small_labels() -> LabelVolume:
    """A liver of 60 x 48 x 44 mm with a tumour and a vein in it, gallbladder below and vena cava behind; oblique."""
    turn = np.deg2rad(6)
    direction = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    geometry = VolumeGeometry.from_parts(
        shape_kji=SHAPE_KJI, spacing_ijk_mm=(2.0, 2.0, 2.0), origin_lps_mm=(-60, -30, -150), direction=direction
    )
    k, j, i = np.meshgrid(*(np.arange(n) for n in SHAPE_KJI), indexing="ij")

    def ellipsoid(centre: tuple[float, float, float], radii: tuple[float, float, float]) -> Any:
        return sum(((axis - c) / r) ** 2 for axis, c, r in zip((i, j, k), centre, radii, strict=True)) <= 1

    labels = np.zeros(SHAPE_KJI, np.uint8)
    labels[ellipsoid((24, 18, 18), (15, 12, 11))] = anatomy.PARENCHYMA
    labels[ellipsoid((18, 18, 18), (12, 1.6, 1.6))] = anatomy.PORTAL_VEIN
    labels[ellipsoid((15, 16, 22), (3, 3, 3))] = anatomy.FIRST_TUMOUR
    labels[ellipsoid((21, 6, 12), (3, 3, 3))] = anatomy.GALLBLADDER
    labels[ellipsoid((27, 33, 18), (3, 3, 20))] = anatomy.INFERIOR_VENA_CAVA
    return LabelVolume(labels=labels, geometry=geometry)


def small_vessels(labels: LabelVolume) -> tuple[VesselTrees, LiverMap]:
    """Two portal branches off a trunk that comes from below, two hepatic veins; every voxel belongs to the nearest."""
    lines: tuple[tuple[VesselKind, int, str, float, tuple[tuple[float, float, float], ...]], ...] = (
        ("portal", 0, "main", 4.0, ((24, 18, 3), (24, 18, 16))),
        ("portal", 1, "right", 3.0, ((24, 18, 16), (13, 18, 18))),
        ("portal", 1, "left", 3.0, ((24, 18, 16), (35, 18, 18))),
        ("hepatic", 0, "middle", 2.5, ((26, 30, 20), (24, 12, 22))),
        ("hepatic", 0, "right", 2.0, ((25, 30, 20), (13, 16, 22))),
    )
    branches = []
    for number, (kind, parent, name, radius_mm, (start, end)) in enumerate(lines, start=1):
        steps = np.linspace(0, 1, 12)[:, None]
        ijk = np.array(start) * (1 - steps) + np.array(end) * steps
        branches.append(
            VesselBranch(
                number=number,
                kind=kind,
                parent=parent,
                points_lps_mm=labels.geometry.lps_from_index(ijk),
                radii_mm=np.full(12, radius_mm),
                name=name,
            )
        )
    trees = VesselTrees(branches=tuple(branches))
    return trees, _small_map(labels, trees)


def _small_map(labels: LabelVolume, trees: VesselTrees) -> LiverMap:
    liver = labels.mask_of(anatomy.LIVER_VALUES)
    kji = np.argwhere(liver)
    places = labels.geometry.lps_from_index(kji[:, ::-1])
    volumes = {"portal": np.zeros(SHAPE_KJI, np.uint16), "hepatic": np.zeros(SHAPE_KJI, np.uint16)}
    for kind, volume in volumes.items():
        branches = [branch for branch in trees.branches if branch.kind == kind]
        distance = [cKDTree(branch.points_lps_mm).query(places)[0] for branch in branches]
        volume[liver] = np.array([branch.number for branch in branches])[np.argmin(distance, axis=0)]
    k, j, i = np.meshgrid(*(np.arange(n) for n in SHAPE_KJI), indexing="ij")
    upper, front = k >= 18, j < 18
    segment = np.where(i < 24, np.where(front, np.where(upper, 9, 6), np.where(upper, 8, 7)), 0)
    segment = np.where(i >= 24, np.where(i < 30, np.where(upper, 4, 5), np.where(upper, 2, 3)), segment)
    box = (slice(0, SHAPE_KJI[0]), slice(0, SHAPE_KJI[1]), slice(0, SHAPE_KJI[2]))
    return LiverMap(
        box=box,
        portal_branch=volumes["portal"],
        hepatic_branch=volumes["hepatic"],
        segment=np.where(liver, segment, 0).astype(np.uint8),
        uncertain=np.zeros(SHAPE_KJI, np.uint8),
    )


def _box(bounds: Any) -> MeshLevel:
    """A closed box; outward faces. Stands in for a surface: the server only carries it."""
    corners = np.array([[bounds[a][0], bounds[b][1], bounds[c][2]] for a in (0, 1) for b in (0, 1) for c in (0, 1)])
    faces = [
        [0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1],
        [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3],
    ]  # fmt: skip
    volume_ml = float(np.prod(np.subtract(bounds[1], bounds[0]))) / 1000
    return MeshLevel(
        vertices_lps_mm=corners.astype(np.float32),
        faces=np.array(faces, np.uint32),
        error_mm=0.0,
        volume_ml=volume_ml,
    )


def _write_case(path: Path, *, title: str = "Small case", noise_seed: int = 0, with_vessels: bool = True) -> Case:
    labels = small_labels()
    noise = np.random.default_rng(noise_seed).integers(-20, 20, SHAPE_KJI)
    scan = ScanVolume(
        voxels_hu=(np.where(labels.labels > 0, 110, -80) + noise).astype(np.int16), geometry=labels.geometry
    )
    field = DistanceField(
        values=np.full((8, 9, 10), 60, np.uint8),
        geometry=labels.geometry.cropped((2, 2, 2), (8, 9, 10)),
        mm_per_step=0.5,
        zero_value=120,
    )
    provenance = Provenance(
        scan=ScanSource(source_kind="phantom", voxels_sha256=f"{noise_seed:064x}"),
        segmentation=SegmentationSource(method="phantom"),
        warnings=("Only a test.",),
    )
    with CaseWriter(path) as writer:
        writer.add_volumes(scan, labels)
        for structure in anatomy.structures_present(set(np.unique(labels.labels).tolist())):
            kji = np.argwhere(labels.mask_of(structure.label_values))
            points = labels.geometry.lps_from_index(kji[:, ::-1])
            level = _box((points.min(axis=0) - 1, points.max(axis=0) + 1))
            writer.add_structure(structure, [level, level])
        writer.add_distance_field("liver", field)
        if with_vessels:
            writer.add_anatomy(*small_vessels(labels))
        return writer.finish(provenance=provenance, created_at="2026-01-02T03:04:05Z", title=title)


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    _write_case(folder / "small")
    return folder


@pytest.fixture
def cases(_template: Path, tmp_path: Path) -> Path:
    """A folder with one case in it."""
    folder = tmp_path / "cases"
    shutil.copytree(_template, folder)
    return folder


class Person:
    """A client that keeps what it was told; every wait has an end.

    Topics may overtake each other on the wire, so `hear_a` also looks among what came while waiting for other things.
    """

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.heard: list[ServerMessage] = []
        self._unclaimed: list[ServerMessage] = []
        self.sequence = 0

    def say(self, message: WireModel) -> None:
        self.socket.send(message.model_dump_json())

    def hear(self) -> ServerMessage:
        text = self.socket.recv(timeout=WAIT_SECONDS)
        message = SERVER_MESSAGE.validate_json(text)
        self.heard.append(message)
        return message

    def hear_a(self, kind: type[Any], holds: Callable[[Any], bool] = lambda _: True) -> Any:
        for message in self._unclaimed:
            if isinstance(message, kind) and holds(message):
                self._unclaimed.remove(message)
                return message
        while True:
            message = self.hear()
            if isinstance(message, kind) and holds(message):
                return message
            self._unclaimed.append(message)

    def preview(self, resection: ResectionState) -> int:
        self.sequence += 1
        self.say(PreviewResection(sequence=self.sequence, resection=resection))
        return self.sequence

    def commit(self, resection: ResectionState, *, base_revision: int, operation_id: str) -> None:
        self.say(CommitResection(operation_id=operation_id, base_revision=base_revision, resection=resection))


@dataclass
class Running:
    """A server on a port of its own."""

    address: ServerAddress
    cases: Path
    stack: list[ClientConnection]

    def socket(self, path: str, *, origin: str | None = None, host: str | None = None) -> ClientConnection:
        uri = f"ws://127.0.0.1:{self.address.port}{path}"
        headers = {"Host": host} if host else None
        opened = connect(
            uri,
            origin=origin,
            additional_headers=headers,
            proxy=None,
            compression=None,
            max_size=None,
            max_queue=None,
            close_timeout=1,
        )  # type: ignore[arg-type]
        self.stack.append(opened)
        return opened

    def case_id(self) -> str:
        return str(json.loads((next(self.cases.glob("*/manifest.json"))).read_text())["case_id"])

    def join(self, name: str, **extra: Any) -> tuple[Person, Welcome, Scene, PlanState]:
        person = Person(self.socket("/ws/control"))
        person.say(Hello(protocol_version=PROTOCOL_VERSION, case_id=self.case_id(), display_name=name, **extra))
        return person, person.hear_a(Welcome), person.hear_a(Scene), person.hear_a(PlanState)


def _start(cases: Path, **options: Any) -> tuple[Running, Callable[[], None]]:
    """A server in a thread, and how to stop it."""
    ready, addresses = threading.Event(), []

    def on_ready(address: ServerAddress) -> None:
        addresses.append(address)
        ready.set()

    place = Place(**{"host": "127.0.0.1", "port": 0, **options})
    server, listener = make_server(cases, place, on_ready=on_ready)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    assert ready.wait(WAIT_SECONDS), "the server did not start"
    running = Running(address=addresses[0], cases=cases, stack=[])

    def stop() -> None:
        for opened in running.stack:
            opened.close()
        server.should_exit = True
        thread.join(WAIT_SECONDS)
        listener.close()
        assert not thread.is_alive(), "the server did not stop"

    return running, stop


@pytest.fixture
def running(cases: Path) -> Iterator[Running]:
    server, stop = _start(cases)
    yield server
    stop()


@pytest.fixture(scope="session")
def shared(_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for all tests that change no plan and hold nothing at their end."""
    folder = tmp_path_factory.mktemp("shared") / "cases"
    shutil.copytree(_template, folder)
    server, stop = _start(folder)
    yield server
    stop()


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server of a case with assets of many times the credit: noise does not compress."""
    folder = tmp_path_factory.mktemp("large")
    shape = (40, 300, 320)
    geometry = VolumeGeometry.from_parts(shape_kji=shape, spacing_ijk_mm=(1.0, 1.0, 2.0))
    labels = np.zeros(shape, np.uint8)
    labels[4:36, 50:250, 50:270] = anatomy.PARENCHYMA
    noise = np.random.default_rng(3).integers(-160, 240, shape).astype(np.int16)
    provenance = Provenance(
        scan=ScanSource(source_kind="phantom", voxels_sha256="1" * 64),
        segmentation=SegmentationSource(method="phantom"),
    )
    with CaseWriter(folder / "case") as writer:
        volume = LabelVolume(labels=labels, geometry=geometry)
        writer.add_volumes(ScanVolume(voxels_hu=noise, geometry=geometry), volume)
        writer.add_structure(anatomy.LIVER, [])
        writer.finish(provenance=provenance, created_at="2026-01-02T03:04:05Z")
    server, stop = _start(folder)
    yield server
    stop()


@pytest.fixture
def write_case() -> Callable[..., Case]:
    """Writes a small case to a path."""
    return _write_case


@pytest.fixture
def start() -> Callable[..., tuple[Running, Callable[[], None]]]:
    """Starts a server on a folder; returns it and how to stop it."""
    return _start


@pytest.fixture(scope="session")
def new_person() -> type[Person]:
    """Makes a person of a socket."""
    return Person
