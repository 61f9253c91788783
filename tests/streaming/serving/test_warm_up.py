"""No request waits for a compiler: everything that people can ask for is compiled when the server starts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ASK_EVERYTHING = """
import sys
from pathlib import Path

from streaming.session.registry import warm_up_kernels

warm_up_kernels()

import numba.core.dispatcher
from numba.core.registry import CPUDispatcher


def compiled():
    import gc
    return {
        f"{one.py_func.__module__}.{one.py_func.__name__}{signature}"
        for one in gc.get_objects() if isinstance(one, CPUDispatcher)
        for signature in one.signatures
    }


before = compiled()

from engine.case import Case
from streaming.planning.constructors import make_resection
from streaming.planning.planning_case import open_planning_case
from streaming.protocol import *

CENTRE = (-15.0, 8.0, -115.0)
opened = open_planning_case(Case.open(Path(sys.argv[1])), at="2026-01-02T03:04:05Z")
head = {"operation_id": "o", "base_revision": 1, "resection_id": "r"}
line = tuple((CENTRE[0] + 0.1 * y, CENTRE[1] + y, CENTRE[2] + 20.0) for y in range(-18, 19, 3))
made = [
    PlaneResectionState(resection_id="p", point_lps_mm=CENTRE, normal_lps=(-1.0, 0.2, 0.0)),
    make_resection(opened, ThroughLine(points_lps_mm=line, **head)),
    make_resection(opened, AroundTumour(tumour="tumour_01", margin_mm=5.0, shape="spheroid", **head)),
    make_resection(opened, AroundTumour(tumour="tumour_01", margin_mm=5.0, shape="cone", **head)),
    make_resection(opened, OfTerritory(name=None, segments=(2,), portal_branches=(2,), **head)),
]
for plan in (*((one,) for one in made), tuple(made), tuple(made[:1]) * 2, ()):
    for details in (False, True):
        opened.numbers(plan, None, details=details)
from streaming.planning.poster import make_poster

assert make_poster(opened, tuple(made))
from engine.proposals import Constraints, Problem, propose

problem = Problem(
    evaluator=opened.evaluator,
    labels=opened.labels,
    trees=opened.trees,
    liver_map=opened.liver_map,
    constraints=Constraints(margin_mm=3.0),
)
assert propose(problem)
late = sorted(compiled() - before)
print("\\n".join(late))
sys.exit(1 if late else 0)
"""


def test_nothing_is_compiled_once_the_server_is_warm(cases: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ASK_EVERYTHING, str(cases / "small")],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
