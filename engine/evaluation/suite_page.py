"""The suite as one self-contained page: table, pictures and what the numbers mean, without a single request."""

from __future__ import annotations

import base64
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Final

from engine.errors import StorageError
from engine.evaluation.headlines import HEADLINES, Headline, average
from engine.evaluation.scores import CaseScores
from engine.evaluation.suite_document import NOTICE, Suite, SuiteCase

_STYLE: Final = """
:root{--ink:#1d2733;--quiet:#5e6975;--line:#dde2e7;--ground:#fff;--band:#f5f7f9;--good:#1f7a4d;--bad:#b4541a}
@media(prefers-color-scheme:dark){:root{--ink:#e8ecf0;--quiet:#9aa5b1;--line:#2c343d;--ground:#12161b;--band:#1a2027;
--good:#6fd3a2;--bad:#f0a26b}}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}main{max-width:1320px;margin:0 auto;padding:28px 24px 64px}
h1{font-size:26px;margin:0 0 2px}h2{font-size:20px;margin:44px 0 8px}h3{font-size:15px;margin:20px 0 6px}
p{margin:4px 0 12px}.quiet{color:var(--quiet)}.scroll{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:14px;margin:8px 0}
th,td{padding:5px 10px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th{font-weight:600;color:var(--quiet)}th:first-child,td:first-child{text-align:left;color:var(--ink)}
thead tr:first-child th{border-bottom:0;text-align:center;color:var(--ink)}
thead tr:first-child th:first-child{text-align:left}
tbody tr:nth-child(odd){background:var(--band)}tr.mean td{font-weight:600;border-top:2px solid var(--line)}
td.good::after{content:" \\2713";color:var(--good)}td.good{color:var(--good)}
td.short::after{content:" \\2193";color:var(--bad)}
img{width:100%;height:auto;border-radius:6px;display:block;margin:10px 0;background:#000}img.plain{background:#fff}
img.tall{max-width:920px}
.side{display:flex;flex-wrap:wrap;gap:8px 48px}details{margin:8px 0}summary{cursor:pointer;color:var(--quiet)}
.failed{border-left:4px solid var(--bad);padding:6px 14px;background:var(--band)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 18px}dt{font-weight:600}dd{margin:0;color:var(--quiet)}
"""

_FRAME: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Segmentation scores</title><style>{style}</style></head>
<body><main>{body}</main></body></html>
"""


def write_page(suite: Suite, path: Path) -> None:
    """Writes the page; the pictures named in the suite lie beside it.

    Raises:
        StorageError: it cannot be written.
    """
    try:
        path.write_text(page_of(suite, path.parent), encoding="utf-8")
    except OSError as error:
        raise StorageError("The page of the scores cannot be written.", cure="Free some space.") from error


def page_of(suite: Suite, folder: Path) -> str:
    """The page as HTML, with the pictures of `folder` inside it."""
    networks = sorted({case.network for case in suite.cases if case.network})
    software = ", ".join(f"{name} {suite.software[name]}" for name in ("cantlie", "torch") if name in suite.software)
    parts = [
        "<h1>Segmentation scores</h1>",
        f'<p class="quiet">{len(suite.cases)} cases, {escape(suite.created_at[:16].replace("T", " "))}. '
        f"{escape('; '.join(networks))}{'. ' if networks else ''}{escape(software)}. <strong>{NOTICE}.</strong></p>",
        _overview(suite),
        '<p class="quiet">\u2713 target reached, \u2193 not yet; blank: the reference cannot say. Averages leave out '
        "cases that a network was trained on.</p>",
        _image(folder / "suite.png", "All scores of all cases as dots with their targets", "plain"),
        *(_case(case, folder) for case in suite.cases),
        "<h2>What the numbers mean</h2><dl>",
        *(f"<dt>{escape(key)}</dt><dd>{escape(text)}</dd>" for key, text in suite.definitions.items()),
        "</dl>",
    ]
    return _FRAME.format(style=_STYLE, body="".join(parts))


def _overview(suite: Suite) -> str:
    shown = [one for one in HEADLINES if any(one.of(case) is not None for case in suite.cases)]
    groups = [(group, len(list(members))) for group, members in groupby(shown, key=lambda one: one.group)]
    head = "<tr><th></th>" + "".join(f'<th colspan="{count}">{escape(name)}</th>' for name, count in groups) + "</tr>"
    head += "<tr><th>case</th>" + "".join(f"<th>{escape(one.title)}</th>" for one in shown) + "</tr>"
    rows = "".join(_overview_row(case, shown) for case in suite.cases)
    means = "".join(f"<td>{_cell(one, average(one, suite).mean)}</td>" for one in shown)
    targets = "".join(f"<td>{_cell(one, one.target)}</td>" for one in shown)
    rows += f'<tr class="mean"><td>mean</td>{means}</tr><tr><td class="quiet">target</td>{targets}</tr>'
    return f'<div class="scroll"><table><thead>{head}</thead><tbody>{rows}</tbody></table></div>'


def _overview_row(case: SuiteCase, shown: list[Headline]) -> str:
    name = f'<a href="#{escape(case.name)}">{escape(case.name)}</a>{" (trained on)" if case.trained_on else ""}'
    if case.failure is not None:
        what = escape(case.failure.what)
        return f'<tr><td>{name}</td><td colspan="{len(shown)}" style="text-align:left">{what}</td></tr>'
    cells = []
    for one in shown:
        value = one.of(case)
        mark = ""
        if value is not None and one.target is not None:
            reached = value <= one.target if one.lower_is_better else value >= one.target
            mark = ' class="good"' if reached else ' class="short"'
        cells.append(f"<td{mark}>{_cell(one, value)}</td>")
    return f"<tr><td>{name}</td>{''.join(cells)}</tr>"


def _cell(headline: Headline, value: float | None) -> str:
    return escape(headline.text(value))


def _case(case: SuiteCase, folder: Path) -> str:
    parts = [f'<h2 id="{escape(case.name)}">{escape(case.name)}</h2>']
    if case.shape_ijk is not None and case.spacing_ijk_mm is not None:
        shape = " × ".join(map(str, case.shape_ijk))
        spacing = " × ".join(f"{step:.2f}" for step in case.spacing_ijk_mm)
        took = f", {sum(case.seconds.values()):.0f} s" if case.seconds else ""
        parts.append(f'<p class="quiet">{shape} voxels of {spacing} mm{took}. {escape(case.network)}</p>')
    if case.failure is not None:
        what = f"{case.failure.type}: {case.failure.what} {case.failure.cure}"
        parts.append(f'<p class="failed">{escape(what)}</p>')
    if case.picture is not None:
        parts.append(_image(folder / case.picture, f"Prediction and reference of {case.name}", _shape(case)))
    if case.scores is not None:
        parts.append(_structures(case.scores))
        parts.append('<div class="side">' + _lesions(case.scores) + _vessels(case.scores) + _segments(case.scores))
        parts.append(_calibration(case.scores) + "</div>")
    if case.warnings:
        warnings = "".join(f"<li>{escape(text)}</li>" for text in case.warnings)
        parts.append(f"<details><summary>{len(case.warnings)} warnings</summary><ul>{warnings}</ul></details>")
    return "".join(parts)


def _shape(case: SuiteCase) -> str:
    """A picture without the vessels' column is narrow: at full width it would be two screens tall."""
    return "" if case.scores is not None and case.scores.vessels is not None else "tall"


def _structures(scores: CaseScores) -> str:
    rows = []
    for name, score in scores.structures.items():
        numbers = (
            _number(score.dice), _number(score.nsd_2mm), _number(score.hausdorff_95_mm, 1),
            _number(score.mean_surface_distance_mm, 2), _number(score.volume_predicted_ml, 1),
            _number(score.volume_reference_ml, 1), _number(score.volume_error_ml, 1, sign="+"),
            _number(score.volume_error_percent, 1, sign="+"), _number(score.cldice),
        )  # fmt: skip
        rows.append([name.replace("_", " "), *numbers, "" if score.absence is None else score.absence])
    heads = ["structure", "Dice", "NSD 2 mm", "HD95 mm", "mean mm", "mL", "reference mL", "error mL", "%", "clDice", ""]
    return f"<h3>Structures, whole</h3>{_table(heads, rows)}"


def _lesions(scores: CaseScores) -> str:
    if scores.lesions is None:
        return ""
    rows = [
        [row.size, f"{row.found} of {row.reference}", f"{row.true} of {row.predicted}"]
        for row in scores.lesions.by_size
    ]
    return f"<div><h3>Lesions by longest diameter</h3>{_table(['size', 'found', 'predicted and true'], rows)}</div>"


def _vessels(scores: CaseScores) -> str:
    if scores.vessels is None:
        return ""
    vessels = scores.vessels
    rows = [
        [name, _number(region.dice), _number(region.cldice), _number(region.centreline_precision),
         _number(region.centreline_sensitivity)]
        for name, region in (("both trees", vessels.both), ("portal", vessels.portal), ("hepatic", vessels.hepatic))
        if region is not None
    ]  # fmt: skip
    text = _table(["in the liver", "Dice", "clDice", "line precision", "line sensitivity"], rows)
    if vessels.confusion is not None:
        portal, hepatic = vessels.confusion.portal_called_hepatic, vessels.confusion.hepatic_called_portal
        text += (
            f"<p>True portal called hepatic {_percent(portal)}, true hepatic called portal {_percent(hepatic)}; "
            f"{vessels.false_joins} false joins.</p>"
        )
    branches = [
        [row.calibre, f"{row.found} of {row.branches}", f"{row.length_found_mm:.0f} of {row.length_mm:.0f} mm"]
        for row in vessels.branches
    ]
    return (
        f"<div><h3>Vessels</h3>{text}</div><div><h3>Branches by calibre</h3>"
        f"{_table(['calibre', 'found', 'length found'], branches)}</div>"
    )


def _segments(scores: CaseScores) -> str:
    if scores.segments is None:
        return ""
    rows = [[title, _number(dice)] for title, dice in scores.segments.dice.items()]
    words = f"<p>{_percent(scores.segments.agreement)} equal, {_percent(scores.segments.covered)} covered.</p>"
    return f"<div><h3>Couinaud segments</h3>{words}{_table(['segment', 'Dice'], rows)}</div>"


def _calibration(scores: CaseScores) -> str:
    if not scores.calibration:
        return ""
    rows = [[one.name.replace("_", " "), _number(one.expected_error)] for one in scores.calibration]
    return f"<div><h3>Calibration</h3>{_table(['class', 'expected error'], rows)}</div>"


def _table(heads: list[str], rows: list[list[str]]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><tbody><tr>{head}</tr>{body}</tbody></table></div>'


def _number(value: float | None, digits: int = 3, *, sign: str = "") -> str:
    return "" if value is None else f"{value:{sign}.{digits}f}"


def _percent(part: float | None) -> str:
    return "unknown" if part is None else f"{100.0 * part:.0f} %"


def _image(path: Path, description: str, kind: str) -> str:
    if not path.is_file():
        return ""
    data = base64.b64encode(path.read_bytes()).decode()
    return f'<img class="{kind}" alt="{escape(description)}" src="data:image/png;base64,{data}">'
