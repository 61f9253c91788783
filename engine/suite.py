"""From a folder of scans with references to scores, pictures and a page; every finished case is kept.

Composes reading, segmentation, vessel analysis and evaluation, as `engine.pipeline` composes the making of a case,
but without the surfaces that nobody looks at here.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from engine.case import MANIFEST_FILE
from engine.errors import CantlieError, LabelError, OperationCancelledError, StorageError
from engine.evaluation.case_picture import PictureInput, draw_case
from engine.evaluation.score_case import score_case
from engine.evaluation.suite_document import FORMAT, Failure, Suite, SuiteCase, read_suite, write_suite
from engine.evaluation.suite_folder import SuiteEntry
from engine.evaluation.suite_page import write_page
from engine.evaluation.suite_picture import draw_suite
from engine.pipeline import software_versions
from engine.progress import Progress, SilentProgress
from engine.suite_reading import answer_for_scan, prepared_answer, read_reference, timed
from models.card import WEIGHTS_FOLDER

SUITE_JSON: Final = "suite.json"
SUITE_PICTURE: Final = "suite.png"
PAGE: Final = "index.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteOptions:
    """What a person may choose.

    Attributes:
        out: where scores and pictures go; None to keep nothing.
        cases: a folder of prepared cases to score by name instead of running the networks.
        device: "auto", "cpu" or "cuda", for the networks.
        fast: the fast model.
        again: score finished cases again.
        jobs: how many cases at a time, each in a process of its own.
    """

    out: Path | None = None
    cases: Path | None = None
    device: str = "auto"
    fast: bool = False
    again: bool = False
    jobs: int = 1


def run_suite(
    entries: tuple[SuiteEntry, ...],
    options: SuiteOptions,
    progress: Progress | None = None,
    on_case: Callable[[SuiteCase], None] | None = None,
) -> Suite:
    """Scores all cases; one that fails is reported with its error and the others go on.

    Args:
        entries: the cases.
        options: what the person chose.
        progress: told stages, each with its case's name; may raise to stop, which keeps what is finished.
        on_case: told every case as it is done, also those finished in an earlier run.

    Raises:
        StorageError: the folder cannot be written.
        OperationCancelledError: the person stopped it.
    """
    suite = _begun(entries, options)
    waiting = []
    for entry in entries:
        finished = suite.case(entry.name)
        if finished is None:
            waiting.append(entry)
        elif on_case is not None:
            on_case(finished)
    try:
        for case in _scored(waiting, options, progress or SilentProgress()):
            suite = suite.with_case(case)
            if options.out is not None:
                write_suite(suite, options.out / SUITE_JSON)
            if on_case is not None:
                on_case(case)
    finally:
        suite = suite.model_copy(update={"cases": tuple(sorted(suite.cases, key=lambda case: case.name))})
        if options.out is not None and suite.cases:
            write_suite(suite, options.out / SUITE_JSON)
            draw_suite(suite, options.out / SUITE_PICTURE)
            write_page(suite, options.out / PAGE)
    return suite


def score_entry(entry: SuiteEntry, options: SuiteOptions, progress: Progress) -> SuiteCase:
    """Runs one case and draws its picture; what goes wrong with it becomes its failure.

    Raises:
        OperationCancelledError: the person stopped it.
        StorageError: the picture cannot be written.
    """
    case = SuiteCase(name=entry.name, trained_on=entry.trained_on, fingerprint=fingerprint(entry, options))
    try:
        return _scored_case(entry, case, options, progress)
    except (OperationCancelledError, StorageError):
        raise
    except CantlieError as error:
        return case.model_copy(update={"failure": Failure(type=type(error).__name__, what=error.what, cure=error.cure)})
    except Exception as error:
        # One bad case must not cost the others; the text of a fault may quote the scan, its kind does not.
        failure = Failure(
            type=type(error).__name__,
            what=f"Unexpected fault while scoring the case ({type(error).__name__} in {_place_of(error)}).",
            cure="Report it with the software's version.",
        )
        return case.model_copy(update={"failure": failure})


def fingerprint(entry: SuiteEntry, options: SuiteOptions) -> str:
    """Digest of what a case's numbers depend on: files by size and time, choices, weights, the format."""
    places = [entry.scan, entry.reference, *([entry.couinaud] if entry.couinaud else [])]
    places.append(WEIGHTS_FOLDER if options.cases is None else options.cases / entry.name / MANIFEST_FILE)
    files = sorted(file for place in places for file in (place.rglob("*") if place.is_dir() else (place,)))
    states = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files if file.is_file()]
    told = entry.model_dump(mode="json", exclude={"scan", "reference", "couinaud"})
    facts = [FORMAT, told, options.fast if options.cases is None else None, states]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _begun(entries: tuple[SuiteEntry, ...], options: SuiteOptions) -> Suite:
    """A new suite with the cases that an earlier run finished and that nothing has changed since."""
    suite = Suite(created_at=datetime.now(UTC).isoformat(timespec="seconds"), software=software_versions())
    if options.out is None:
        return suite
    try:
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError("The folder for the scores cannot be made.", cure="Choose another --out.") from error
    if options.again or not (options.out / SUITE_JSON).is_file():
        return suite
    try:
        earlier = read_suite(options.out / SUITE_JSON)
    except LabelError:
        return suite  # of another version: everything is scored again
    for entry in entries:
        finished = earlier.case(entry.name)
        if finished is not None and finished.scores is not None and finished.fingerprint == fingerprint(entry, options):
            suite = suite.with_case(finished)
    return suite


def _scored(entries: list[SuiteEntry], options: SuiteOptions, progress: Progress) -> Iterator[SuiteCase]:
    if options.jobs <= 1 or len(entries) <= 1:
        for number, entry in enumerate(entries, start=1):
            yield score_entry(entry, options, _CaseProgress(progress, f"{entry.name} ({number} of {len(entries)})"))
        return
    # Spawned, never forked: torch and numba do not survive a fork.
    context = multiprocessing.get_context("spawn")
    progress.stage(f"Scoring {len(entries)} cases, {options.jobs} at a time")
    with ProcessPoolExecutor(max_workers=min(options.jobs, len(entries)), mp_context=context) as pool:
        try:
            running = [pool.submit(score_entry, entry, options, SilentProgress()) for entry in entries]
            for done, future in enumerate(as_completed(running), start=1):
                yield future.result()
                progress.advance(done / len(entries))
        except BaseException:
            # Waiting for cases that nobody wants any more would look like a command that ignores Ctrl-C.
            for worker in multiprocessing.active_children():
                worker.terminate()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


class _CaseProgress:
    """Puts the case's name before every stage."""

    def __init__(self, progress: Progress, name: str) -> None:
        self._progress, self._name = progress, name

    def stage(self, name: str) -> None:
        """A new stage of this case."""
        self._progress.stage(f"{self._name}: {name[0].lower()}{name[1:]}")

    def advance(self, fraction: float, detail: str = "") -> None:
        """The stage is done to `fraction`."""
        self._progress.advance(fraction, detail)


def _scored_case(entry: SuiteEntry, case: SuiteCase, options: SuiteOptions, progress: Progress) -> SuiteCase:
    answer = (
        prepared_answer(options.cases / entry.name)
        if options.cases is not None
        else answer_for_scan(entry, progress, device=options.device, fast=options.fast)
    )
    with timed(answer.seconds, "Reading the reference", progress):
        reference = read_reference(entry, answer.scan.geometry)
    with timed(answer.seconds, "Scoring", progress):
        scores = score_case(answer.prediction, reference)
    geometry = answer.scan.geometry
    k, j, i = geometry.shape_kji
    x, y, z = geometry.spacing_ijk_mm.tolist()
    case = case.model_copy(
        update={
            "network": answer.network,
            "device": answer.device,
            "shape_ijk": (i, j, k),
            "spacing_ijk_mm": (x, y, z),
            "warnings": answer.warnings,
            "scores": scores,
        }
    )
    if options.out is not None:
        with timed(answer.seconds, "Drawing", progress):
            given = PictureInput(case=case, scan=answer.scan, prediction=answer.prediction, reference=reference)
            try:
                draw_case(given, options.out / f"{entry.name}.png")
            except OSError as error:
                raise StorageError("A picture cannot be written.", cure="Free some space.") from error
        case = case.model_copy(update={"picture": f"{entry.name}.png"})
    return case.model_copy(update={"seconds": answer.seconds})


def _place_of(error: BaseException) -> str:
    """Module and line where the exception was raised."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "an unknown place" if trace is None else f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"
