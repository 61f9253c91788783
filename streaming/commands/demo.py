"""`cantlie demo`: makes or reuses the demo cases, or the case of an own scan, and serves them."""

from __future__ import annotations

import argparse
import hashlib
import shutil
from pathlib import Path

from engine.errors import EmptyScanError
from streaming.commands.output import TerminalProgress, write_line
from streaming.commands.prepare import report_case

_DEMO_SEED = 5
_FOUND = "demo"
_TRUE = "demo-truth"
_TITLES = {
    _FOUND: "Demo patient (synthetic), as the network finds it",
    _TRUE: "Demo patient (synthetic), true anatomy",
}


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Adds the command."""
    parser = commands.add_parser("demo", help="make or reuse the demo cases and serve them")
    parser.add_argument("--cases", type=Path, default=Path("cases"), metavar="DIR", help="where cases are kept")
    parser.add_argument("--scan", type=Path, metavar="SCAN", help="your own scan instead of the synthetic patient")
    parser.add_argument("--labels", type=Path, metavar="FILE|DIR", help="given segmentations of your own scan")
    parser.add_argument("--series", metavar="N", help="which series of your own scan")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--seed", type=int, default=_DEMO_SEED, help="another synthetic patient")
    parser.add_argument("--host", default="127.0.0.1", help="where to listen; 0.0.0.0 lets headsets in (HTTPS)")
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--no-serve", action="store_true", help="make the case only")
    parser.set_defaults(run=run)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Makes the cases that are not there yet, then serves all cases."""
    if arguments.scan is not None:
        _prepare_own(arguments)
    else:
        _prepare_demo(arguments)
    if arguments.no_serve:
        return 0
    from streaming.serving.place import Place
    from streaming.serving.server import serve

    serve(arguments.cases, Place(host=arguments.host, port=arguments.port))
    return 0


def _prepare_own(arguments: argparse.Namespace) -> None:
    from engine.case import is_case

    case_path: Path = arguments.cases / _own_case_name(arguments)
    if is_case(case_path):
        write_line(f"Using the case in {case_path}.")
        return
    _prepare(arguments, case_path, arguments.scan, labels=arguments.labels, title=None)


def _own_case_name(arguments: argparse.Namespace) -> str:
    """The same folder for the same request, and nothing of a patient in its name."""
    if not arguments.scan.exists():
        raise EmptyScanError("There is nothing at the path of the scan.", cure="Check the path.")
    changed = arguments.scan.stat().st_mtime_ns
    request = f"{arguments.scan.resolve()}|{changed}|{arguments.labels}|{arguments.series}"
    return f"scan-{hashlib.sha256(request.encode()).hexdigest()[:8]}"


def _prepare_demo(arguments: argparse.Namespace) -> None:
    """The synthetic patient twice: as the network finds it in the scan, and as it truly is."""
    from engine.case import is_case
    from engine.phantom import PhantomRecipe
    from engine.pipeline import make_phantom_files
    from engine.storage import storage_errors, temporary_sibling

    suffix = "" if arguments.seed == _DEMO_SEED else f"-{arguments.seed}"
    paths = {name: arguments.cases / f"{name}{suffix}" for name in (_FOUND, _TRUE)}
    missing = [name for name, path in paths.items() if not is_case(path)]
    if not missing:
        write_line(f"Using the demo cases in {arguments.cases}.")
        return
    phantom = temporary_sibling(paths[_FOUND])
    try:
        with storage_errors():
            arguments.cases.mkdir(parents=True, exist_ok=True)
        with TerminalProgress() as progress:
            make_phantom_files(phantom, PhantomRecipe(seed=arguments.seed), progress)
        for name in missing:
            labels = phantom / "labels.nii.gz" if name == _TRUE else None
            _prepare(arguments, paths[name], phantom / "dicom", labels=labels, title=_TITLES[name])
    finally:
        shutil.rmtree(phantom, ignore_errors=True)


def _prepare(
    arguments: argparse.Namespace, case_path: Path, scan: Path, *, labels: Path | None, title: str | None
) -> None:
    from engine.pipeline import PrepareOptions, prepare_case

    options = PrepareOptions(labels=labels, series=arguments.series, device=arguments.device, title=title)
    with TerminalProgress() as progress:
        case = prepare_case(scan, case_path, options, progress)
    report_case(case, as_json=False)
