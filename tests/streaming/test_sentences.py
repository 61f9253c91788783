"""What the server says to people has codes, so that clients say it in other languages."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import PlanError
from engine.resection.measurements.kinds import Pin
from streaming.protocol import SENTENCES, Rejected, Undoable, sentence_of
from streaming.protocol.scene import CaseSummary

ROOT = Path(__file__).resolve().parents[2]
SAYING = {"Refusal": "what", "Fault": "message", "PlanError": 0}
"""What is called to say something to a person, and where its sentence stands."""
SPEAKERS = [
    *sorted((ROOT / "streaming" / "session").glob("*.py")),
    *sorted((ROOT / "streaming" / "planning").glob("*.py")),
    ROOT / "streaming" / "serving" / "control_socket.py",
    ROOT / "engine" / "resection" / "measurements" / "surveyor.py",
    ROOT / "engine" / "resection" / "measurements" / "vessel_way.py",
    ROOT / "engine" / "resection" / "surface" / "making.py",
]


def _said(path: Path) -> Iterator[str]:
    """Every sentence of the file that is written where it is said; 7 stands for a value."""
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id not in SAYING:
            continue
        place = SAYING[call.func.id]
        given = {word.arg: word.value for word in call.keywords}
        sentence = given.get(place) if isinstance(place, str) else next(iter(call.args), None)
        if isinstance(sentence, ast.Constant):
            yield str(sentence.value)
        elif isinstance(sentence, ast.JoinedStr):
            yield "".join(str(one.value) if isinstance(one, ast.Constant) else "7" for one in sentence.values)


@pytest.mark.parametrize("path", SPEAKERS, ids=lambda path: path.stem)
def test_every_sentence_said_in_a_session_has_a_code(path: Path) -> None:
    assert [sentence for sentence in _said(path) if sentence_of(sentence) is None] == []


def test_there_are_sentences_to_look_at() -> None:
    assert sum(1 for path in SPEAKERS for _ in _said(path)) > 40


def test_every_code_is_found_by_its_own_sentence() -> None:
    for code, (what, cure) in SENTENCES.items():
        found = sentence_of(what.replace("{}", "x1"), cure.replace("{}", "x2"))
        assert found is not None
        assert (found.code, len(found.values)) == (code, what.count("{}") + cure.count("{}"))


def test_a_refusal_carries_the_code_and_the_values_of_its_sentence() -> None:
    with pytest.raises(PlanError) as refused:
        Pin(point_lps_mm=(0.0, 0.0, 0.0), text="x" * 400)
    message = Rejected(operation_id=None, code="invalid", message=refused.value.what, cure=refused.value.cure)
    assert message.said is not None
    assert (message.said.code, message.said.values[0]) == ("pin_too_long", "400")
    unknown = Rejected(operation_id=None, code="invalid", message="Nobody ever said this.", cure="")
    assert unknown.said is None


def test_undo_names_what_was_done_and_to_what_by_codes() -> None:
    offer = Undoable(undo="change the margin of cut 2", redo=None)
    assert offer.undo_said is not None
    assert (offer.undo_said.code, *offer.undo_said.values) == ("deed.margin", "thing.cut", "2")
    assert offer.redo_said is None


def test_the_warnings_of_a_case_carry_codes_and_foreign_ones_none() -> None:
    told = "26 isolated bits of vessel are part of no tree."
    summary = CaseSummary(
        case_id="c",
        title="CT",
        created_at="",
        liver_ml=None,
        tumour_count=0,
        structure_count=0,
        warnings=(told, "Something else."),
    )
    first, second = summary.warnings_said
    assert first is not None
    assert (first.code, first.values) == ("case.specks", ("26",))
    assert second is None
