"""`cantlie evaluate --suite` and `--compare`: tables for the terminal."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from streaming.commands.output import NOTICE, TerminalProgress, write_error, write_json, write_line

if TYPE_CHECKING:
    from engine.evaluation.headlines import Headline
    from engine.evaluation.suite_document import Suite, SuiteCase
    from engine.suite import SuiteOptions

_COLUMN = 9
EXIT_SOME_FAILED = 2


def evaluate_suite(folder: Path, options: SuiteOptions, *, as_json: bool) -> int:
    """Scores a suite and prints the table; exit code 2 where a case failed."""
    from engine.evaluation.suite_folder import find_suite_entries
    from engine.suite import PAGE, SUITE_JSON, run_suite

    entries = find_suite_entries(folder)
    with TerminalProgress() as progress:
        suite = run_suite(entries, options, progress, on_case=_tell)
    if as_json:
        write_json(suite.model_dump(mode="json"))
    else:
        for line in table_of(suite):
            write_line(line)
        write_line(NOTICE)
    if options.out is not None:
        write_error(f"scores in {options.out / SUITE_JSON}, to look at in {options.out / PAGE}")
    return EXIT_SOME_FAILED if any(case.failure is not None for case in suite.cases) else 0


def compare_runs(before_path: Path, after_path: Path, *, as_json: bool) -> int:
    """Prints what changed from one run to another."""
    from engine.evaluation.headlines import differences
    from engine.evaluation.suite_document import read_suite

    before, after = read_suite(before_path), read_suite(after_path)
    found = differences(before, after)
    if as_json:
        rows = [
            {
                "case": one.case,
                "number": one.headline.key,
                "before": one.before,
                "after": one.after,
                "change": one.change,
                "better": one.better,
            }
            for one in found
        ]
        write_json({"differences": rows, "notice": NOTICE})
        return 0
    write_line(f"{'case':<20}{'number':<30}{'before':>10}{'after':>10}{'change':>10}")
    for one in found:
        change = "" if one.change is None else f"{one.change:+.3f}"
        word = {True: "  better", False: "  worse", None: ""}[one.better]
        name = f"{one.headline.group}: {one.headline.title}"
        write_line(
            f"{one.case:<20.20}{name:<30.30}{one.headline.text(one.before):>10}{one.headline.text(one.after):>10}"
            f"{change:>10}{word}"
        )
    missing = {case.name for case in before.cases} ^ {case.name for case in after.cases}
    if missing:
        write_error(f"only in one of the runs: {', '.join(sorted(missing))}")
    write_line(NOTICE)
    return 0


def table_of(suite: Suite) -> list[str]:
    """The suite as lines of text: a row a case, then the mean and the target; blank where nothing can be said."""
    from engine.evaluation.headlines import HEADLINES, average

    shown = [one for one in HEADLINES if any(one.of(case) is not None for case in suite.cases)]
    width = max([len("case"), *(len(_named(case)) for case in suite.cases)]) + 2
    groups = "".join(
        f"  {group:<{_COLUMN * len(list(members)) - 2}}" for group, members in groupby(shown, key=lambda one: one.group)
    )
    lines = [" " * width + groups.rstrip(), f"{'case':<{width}}" + "".join(f"{one.title:>{_COLUMN}}" for one in shown)]
    for case in suite.cases:
        if case.failure is None:
            lines.append(f"{_named(case):<{width}}" + _row(shown, [one.of(case) for one in shown]))
        else:
            lines.append(f"{_named(case):<{width}}  {case.failure.type}: {case.failure.what}")
    if shown:
        lines.append(f"{'mean':<{width}}" + _row(shown, [average(one, suite).mean for one in shown]))
        lines.append(f"{'target':<{width}}" + _row(shown, [one.target for one in shown]))
    return [line.rstrip() for line in lines]


def _named(case: SuiteCase) -> str:
    return f"{case.name} (trained on)" if case.trained_on else case.name


def _row(shown: list[Headline], values: list[float | None]) -> str:
    return "".join(f"{one.text(value):>{_COLUMN}}" for one, value in zip(shown, values, strict=True))


def _tell(case: SuiteCase) -> None:
    """A line on stderr as soon as a case is done."""
    if case.failure is not None:
        write_error(f"{case.name}: {case.failure.what} {case.failure.cure}".strip())
