"""What every test stands on."""

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import settings

if "PYTEST_XDIST_WORKER" in os.environ:
    # Tests run side by side, one a core: more threads each would only wait for one another.
    for library in ("OMP", "NUMBA"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")

# Time is measured in benchmarks/, never asserted: a busy machine is no failure.
# Where CI runs, the same examples every time: a rare find belongs to whoever searches, not to who submits.
settings.register_profile("cantlie", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("cantlie")

# A run started in the background of a shell ignores Ctrl-C and would hand that down to the commands under test.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of a file stay in one process: what a module's fixtures make is made once.

    Files with a browser are spread like others, each process with a Chromium of its own: they are collected first, are
    the longest, and would keep one core busy long after the rest is done.
    """
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.as_posix()))


@pytest.fixture(scope="session")
def in_own_thread() -> Callable[..., Any]:
    """Calls what runs an event loop: after browser tests this thread may have Playwright's running already."""

    def call(function: Callable[..., Any], *arguments: Any) -> Any:
        with ThreadPoolExecutor(max_workers=1) as thread:
            return thread.submit(function, *arguments).result()

    return call
