"""A small case, the real server over it, and pages of real Chromium windows that look at it."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from engine import anatomy
from engine.case import Case
from engine.case_manifest import ScanSource, SegmentationSource
from engine.geometry import VolumeGeometry
from engine.pipeline import PreparedVolumes, PrepareOptions, prepare_from_volumes
from engine.resection import PlanAnswer, PlanEvaluator, ResectionPlan
from engine.volume import LabelVolume, ScanVolume
from streaming.planning.engine_resection import engine_resection, resection_state
from streaming.protocol.resections import ResectionState

ROOT = Path(__file__).resolve().parents[2]
CLIENT = ROOT / "headset_client"
IWER = CLIENT / "node_modules" / "iwer" / "build" / "iwer.min.js"
WEARER = Path(__file__).parent / "wearer.js"
BUILT_CLIENT = ROOT / "streaming" / "static" / "index.html"
CHROMIUM = os.environ.get("CANTLIE_CHROMIUM") or shutil.which("chromium")
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--mute-audio",
]
"""Software rendering, so that a machine without a graphics card draws the same."""

VIEWPORT = {"width": 760, "height": 460}
"""Small, because software draws it; wide enough that the panels leave the plane free."""

HEADSET_VIEWPORT = {"width": 420, "height": 260}
"""Software draws every frame of the headset: a small picture and one eye are enough to act in."""

WAIT_SECONDS = 120.0
"""How long something may take on a busy machine without a graphics card before it counts as broken."""

SAME_PERCENT = 1e-6
SAME_LENGTH_MM = 1e-6
SAME_PLACE_MM = 1e-3

SHAPE_KJI = (44, 48, 60)

_STATE: TypeAdapter[Any] = TypeAdapter(ResectionState)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here is a browser test; without Chromium or a built client it is skipped and says why."""
    for item in items:
        if Path(item.fspath).parent != Path(__file__).parent:
            continue
        item.add_marker(pytest.mark.browser)
        if CHROMIUM is None:
            item.add_marker(pytest.mark.skip(reason="no Chromium: apt-get install chromium, or set CANTLIE_CHROMIUM"))
        elif not BUILT_CLIENT.is_file():
            item.add_marker(pytest.mark.skip(reason="the client is not built: npm run build in headset_client"))


def small_volumes() -> PreparedVolumes:
    """A lopsided liver of 84 x 63 x 60 mm with two veins and two tumours, gallbladder, vena cava and spleen beside it.

    No symmetry on any axis: a mirrored or turned picture would show other numbers.
    """
    geometry = VolumeGeometry.from_parts(
        shape_kji=SHAPE_KJI, spacing_ijk_mm=(2.2, 2.1, 2.0), origin_lps_mm=(-80, -60, -170), direction=np.eye(3)
    )
    k, j, i = np.meshgrid(*(np.arange(n) for n in SHAPE_KJI), indexing="ij")

    def ellipsoid(centre: tuple[float, float, float], radii: tuple[float, float, float]) -> Any:
        return sum(((axis - c) / r) ** 2 for axis, c, r in zip((i, j, k), centre, radii, strict=True)) <= 1

    labels = np.zeros(SHAPE_KJI, np.uint8)
    labels[ellipsoid((24, 22, 22), (19, 15, 15)) | ellipsoid((36, 18, 27), (13, 9, 8))] = anatomy.PARENCHYMA
    labels[ellipsoid((26, 22, 20), (16, 1.9, 1.9))] = anatomy.PORTAL_VEIN
    labels[ellipsoid((26, 25, 27), (1.8, 12, 1.8))] = anatomy.HEPATIC_VEINS
    labels[ellipsoid((15, 20, 26), (4, 4, 4))] = anatomy.FIRST_TUMOUR
    labels[ellipsoid((38, 17, 28), (3, 3, 3))] = anatomy.FIRST_TUMOUR + 1
    labels[ellipsoid((22, 6, 13), (3, 3, 4))] = anatomy.GALLBLADDER
    labels[ellipsoid((29, 40, 22), (4, 4, 21))] = anatomy.INFERIOR_VENA_CAVA
    labels[ellipsoid((53, 32, 30), (5, 7, 8))] = anatomy.SPLEEN
    hounsfield = np.full(256, -80, np.int16)
    hounsfield[list(anatomy.LIVER_VALUES)] = 110
    hounsfield[[anatomy.PORTAL_VEIN, anatomy.HEPATIC_VEINS, anatomy.INFERIOR_VENA_CAVA]] = 170
    hounsfield[list(anatomy.TUMOUR_VALUES)] = 60
    noise = np.random.default_rng(1).normal(0, 12, SHAPE_KJI)
    scan = (hounsfield[labels] + noise).astype(np.int16)
    return PreparedVolumes(
        scan=ScanVolume(voxels_hu=scan, geometry=geometry),
        labels=LabelVolume(labels=labels, geometry=geometry),
        scan_source=ScanSource(source_kind="phantom", voxels_sha256="0" * 64, modality="CT"),
        segmentation_source=SegmentationSource(method="phantom"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A running server and the case it serves."""

    origin: str
    case: Case
    case_id: str

    @property
    def case_url(self) -> str:
        return f"{self.origin}/cases/{self.case_id}"

    def evaluate(self, resections: list[dict[str, Any]]) -> PlanAnswer:
        """What `cantlie measure` answers for the plan that is on screen."""
        return self._evaluator().evaluate(_plan_of(resections))

    def _evaluator(self) -> PlanEvaluator:
        case = self.case
        return PlanEvaluator(case.labels(), trees=case.vessel_trees(), liver_map=case.liver_map())

    def assert_agreed_plan(self, window: PlanningPage) -> None:
        """What every kind of input came to: Cantlie's plane, and a wedge of 10 mm around the second tumour.

        Its numbers are those that `cantlie measure` prints for it.
        """
        plane, wedge = window.value("cantlie.plan")
        made = self._evaluator().wedge_around("tumour_02", margin_mm=10, shape="spheroid")
        expected = json.loads(_STATE.dump_json(resection_state(wedge["resection_id"], made)))
        assert wedge == expected
        point, normal = self._cantlies_plane()
        assert plane["point_lps_mm"] == pytest.approx(point, abs=SAME_PLACE_MM)
        assert plane["normal_lps"] == pytest.approx(normal, abs=SAME_PLACE_MM)
        self.assert_same_numbers(window)
        self._assert_as_printed(window)

    def _cantlies_plane(self) -> tuple[list[float], list[float]]:
        """Through gallbladder and vena cava along the patient's axis, at the liver's middle; right is resected."""
        bounds = {one.name: np.array(one.bounds_lps_mm) for one in self.case.manifest.structures}
        middle = {name: corners.mean(axis=0) for name, corners in bounds.items()}
        liver, cava = middle["liver"], middle["inferior_vena_cava"]
        across = np.cross(middle["gallbladder"] - cava, (0, 0, 1))
        normal = across / np.linalg.norm(across) * -np.sign(across[0])
        return (liver - (liver - cava) @ normal * normal).tolist(), normal.tolist()

    def _assert_as_printed(self, window: PlanningPage) -> None:
        file = self.case.path.with_name(f".{self.case_id}-plan.json")
        file.write_text(json.dumps(_plan_of(window.value("cantlie.plan")).as_json()), encoding="utf-8")
        command = [sys.executable, "-m", "streaming.cli", "measure", str(self.case.path), str(file), "--json"]
        printed = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        file.unlink()
        shown = window.value("cantlie.numbers.values")
        assert shown["flr_percent"] == pytest.approx(printed["flr_percent"], abs=SAME_PERCENT)
        for volume in shown["volumes"]:
            ml = printed["volumes_ml"][volume["name"]]
            assert (volume["resected_ml"], volume["remnant_ml"]) == pytest.approx((ml["resected"], ml["remnant"]))

    def assert_same_numbers(self, window: PlanningPage) -> None:
        """FLR, functional FLR, margins and cut branches on the page are the engine's for the plan on screen."""
        answer = self.evaluate(window.value("cantlie.plan"))
        shown = window.value("cantlie.numbers.values")
        assert answer.flr is not None
        assert answer.function is not None
        assert shown["flr_percent"] == pytest.approx(answer.flr.percent, abs=SAME_PERCENT)
        functional = answer.function.flr
        expected = None if functional is None else pytest.approx(functional.percent, abs=SAME_PERCENT)
        assert shown["function"]["functional_flr_percent"] == expected
        assert len(shown["margins"]) == len(answer.margins) > 0
        for margin, expected_margin in zip(shown["margins"], answer.margins, strict=True):
            assert (margin["tumour"], margin["status"]) == (expected_margin.tumour, expected_margin.status)
            assert margin["minimum_mm"] == pytest.approx(expected_margin.minimum_mm, abs=SAME_LENGTH_MM)
        cut = answer.function.cut_branches or ()
        assert sorted(one["branch"] for one in shown["cut_branches"]) == sorted(one.branch for one in cut)


@pytest.fixture(scope="session")
def cases_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cases")
    prepare_from_volumes(small_volumes(), folder / "small", PrepareOptions(title="Small liver"))
    return folder


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The server as a person starts it, in a process of its own: where it is, and the folder it serves."""
    folder = tmp_path_factory.mktemp("served")
    command = [sys.executable, "-m", "streaming.cli", "serve", str(folder), "--port", "0"]
    environment = {**os.environ, "NUMBA_THREADING_LAYER": "omp"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield _announced_origin(process), folder
        finally:
            process.terminate()


@contextmanager
def _case_served(server: tuple[str, Path], cases_folder: Path) -> Iterator[Served]:
    origin, folder = server
    case_id = secrets.token_hex(8)
    path = folder / case_id
    manifest = json.loads((cases_folder / "small" / "manifest.json").read_text(encoding="utf-8"))
    arriving = folder / f".{case_id}"
    shutil.copytree(cases_folder / "small", arriving)
    (arriving / "manifest.json").write_text(json.dumps({**manifest, "case_id": case_id}), encoding="utf-8")
    arriving.rename(path)
    yield Served(origin=origin, case=Case.open(path), case_id=case_id)
    if (path / "assets").exists() and not (cases_folder / "small" / "assets").exists():
        shutil.copytree(path / "assets", cases_folder / "small" / "assets")  # made once, at the first opening
    shutil.rmtree(path, ignore_errors=True)  # the server may be writing the last line of its audit log


@pytest.fixture
def served(server: tuple[str, Path], cases_folder: Path) -> Iterator[Served]:
    """A case of the test's own, with an id of its own, in the folder that the server serves."""
    with _case_served(server, cases_folder) as case:
        yield case


@pytest.fixture(scope="module")
def shared_case(server: tuple[str, Path], cases_folder: Path) -> Iterator[Served]:
    """A case whose plan the tests of a file change one after the other: a page costs more to open than most tests."""
    with _case_served(server, cases_folder) as case:
        yield case


def _plan_of(resections: list[dict[str, Any]]) -> ResectionPlan:
    states = [_STATE.validate_json(json.dumps(one)) for one in resections]
    return ResectionPlan(resections=tuple(engine_resection(state) for state in states))


def _announced_origin(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.match(r"Open (http://\S+?)/?$", line.strip()):
            return found.group(1)
    raise AssertionError("the server ended before it said where it is")


@dataclass(slots=True)
class PlanningPage:
    """One person's window: what the probe of the page says, and the person's hands."""

    page: Any
    problems: list[str] = field(default_factory=list)

    def value(self, expression: str) -> Any:
        """A JavaScript expression; `cantlie` is the page's probe."""
        return self.page.evaluate(f"() => ({expression})")

    def wait_for(self, expression: str) -> None:
        """Until the expression holds, asked once a browser frame; or until it is plain that no frames come."""
        deadline = time.monotonic() + WAIT_SECONDS
        # What is not there yet has no properties: that is "no", and no fault of the page.
        answer = f"() => {{ try {{ done(Boolean({expression})); }} catch {{ done(false); }} }}"
        asked = (
            f"() => new Promise(done => {{ requestAnimationFrame({answer}); setTimeout(() => done(false), 5000); }})"
        )
        while not self.page.evaluate(asked):
            if time.monotonic() > deadline:
                state = "({frame: cantlie.frame, connection: cantlie.connection, settled: cantlie.settled})"
                raise AssertionError(f"never came true: {expression}; {self.value(state)}; {self.problems}")

    def wait_frames(self, count: int) -> None:
        """Until the app has rendered so many more frames; only where it renders all the time, in a headset."""
        self.wait_for(f"cantlie.frame >= {self.value('cantlie.frame') + count}")

    def wait_until_shown(self) -> None:
        """Until everything is streamed in and drawn."""
        self.wait_for("window.cantlie && cantlie.settled && cantlie.numbers && !cantlie.numbers.stale")

    def wait_until_saved(self, after_revision: int) -> None:
        """Until a change is confirmed and its numbers are the ones shown."""
        self.wait_for(
            f"cantlie.revision > {after_revision} && cantlie.pending === 0 && !cantlie.numbers.stale "
            "&& cantlie.numbers.revision === cantlie.revision && cantlie.settled"
        )

    def enter_vr(self) -> None:
        self.page.get_by_role("button", name="Enter VR").dispatch_event("click")
        self.wait_for("cantlie.mode === 'vr'")
        self.wait_frames(4)

    def text(self, test_id: str) -> str:
        return str(self.page.get_by_test_id(test_id).inner_text())


@pytest.fixture(scope="session")
def launch_chromium() -> Iterator[Callable[..., Any]]:
    """Starts a browser, with flags beyond the usual."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield lambda *flags: playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])


@pytest.fixture(scope="session")
def chromium(launch_chromium: Callable[..., Any]) -> Iterator[Any]:
    browser = launch_chromium()
    yield browser
    browser.close()


@contextmanager
def _windows(chromium: Any) -> Iterator[Callable[..., PlanningPage]]:
    opened: list[PlanningPage] = []

    def open_one(url: str, *scripts: str, viewport: dict[str, int] = VIEWPORT) -> PlanningPage:
        context = chromium.new_context(viewport=viewport)
        context.set_default_timeout(1000 * WAIT_SECONDS)
        context.add_init_script("localStorage.setItem('cantlie-hint-seen', '1')")
        for script in scripts:
            context.add_init_script(script)
        window = PlanningPage(page=context.new_page())
        opened.append(window)
        window.page.on("console", lambda message: _note(window, message))
        window.page.on("pageerror", lambda error: window.problems.append(str(error)))
        window.page.goto(url)
        return window

    yield open_one
    for window in opened:
        window.page.context.close()
    assert [window.problems for window in opened if window.problems] == []


@pytest.fixture
def open_window(chromium: Any) -> Iterator[Callable[..., PlanningPage]]:
    """Opens windows of different people; fails on any error that a page reports."""
    with _windows(chromium) as open_one:
        yield open_one


@pytest.fixture(scope="module")
def open_shared_window(chromium: Any) -> Iterator[Callable[..., PlanningPage]]:
    """Opens windows that the tests of a file use one after the other; each leaves them ready for the next."""
    with _windows(chromium) as open_one:
        yield open_one


@pytest.fixture
def pair(served: Served, open_window: Callable[..., PlanningPage]) -> tuple[PlanningPage, PlanningPage]:
    """Two people in windows of one session, both there."""
    ann, bob = (open_window(served.case_url, viewport={"width": 1100, "height": 480}) for _ in range(2))
    for window in (ann, bob):
        window.wait_until_shown()
        window.wait_for("cantlie.people.length === 2")
    return ann, bob


@pytest.fixture(scope="session")
def iwer() -> str:
    """The script that emulates a headset's devices; without it a test is skipped and says how to get it."""
    if not IWER.is_file():
        pytest.skip("IWER is not installed: npm ci in headset_client")
    return IWER.read_text(encoding="utf-8")


@pytest.fixture
def open_headset(open_window: Callable[..., PlanningPage], iwer: str) -> Callable[..., PlanningPage]:
    """Opens an address in an emulated headset, with scripts if so wished, and enters VR: the model before the chest."""
    headset = (iwer, WEARER.read_text(encoding="utf-8"))

    def open_one(url: str, *scripts: str) -> PlanningPage:
        window = open_window(url, *headset, *scripts, viewport=HEADSET_VIEWPORT)
        window.wait_until_shown()
        window.enter_vr()
        return window

    return open_one


def _note(window: PlanningPage, message: Any) -> None:
    # IWER swallows exceptions of XR frames into console.error, so errors there are failures too.
    if message.type == "error":
        window.problems.append(message.text)


@pytest.fixture
def desktop(served: Served, open_window: Callable[..., PlanningPage]) -> PlanningPage:
    """A desktop window with everything on screen."""
    window = open_window(served.case_url)
    window.wait_until_shown()
    return window
