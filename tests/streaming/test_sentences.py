"""What the server says to people has codes where it is said, so that clients say it in other languages."""

from __future__ import annotations

import ast
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import PlanError
from engine.resection.measurements.kinds import Pin
from engine.sentence_catalogue import SENTENCES
from engine.sentences import Said, kept, say
from streaming.protocol import Rejected, fault_of
from streaming.protocol.scene import CaseSummary
from streaming.protocol.sentences import Spoken
from streaming.session.refusals import Refusal

ROOT = Path(__file__).resolve().parents[2]
SAYING = {"Refusal": "what", "Fault": "message", "PlanError": 0}
"""What is called to say something to a person, and where its sentence stands."""
SPEAKERS = [
    *sorted((ROOT / "streaming" / "session").glob("*.py")),
    *sorted((ROOT / "streaming" / "planning").glob("*.py")),
    ROOT / "streaming" / "serving" / "control_socket.py",
    ROOT / "streaming" / "serving" / "front_desk.py",
    ROOT / "engine" / "resection" / "measurements" / "surveyor.py",
    ROOT / "engine" / "resection" / "measurements" / "vessel_way.py",
    ROOT / "engine" / "resection" / "surface" / "making.py",
]
SOURCES = [*sorted((ROOT / "engine").rglob("*.py")), *sorted((ROOT / "streaming").rglob("*.py"))]


def _calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node


def _written_out(path: Path) -> Iterator[str]:
    """Every sentence of the file that is written out where it is said, in place of its code."""
    for call in _calls(path):
        assert isinstance(call.func, ast.Name)
        if call.func.id not in SAYING:
            continue
        place = SAYING[call.func.id]
        given = {word.arg: word.value for word in call.keywords}
        sentence = given.get(place) if isinstance(place, str) else next(iter(call.args), None)
        if isinstance(sentence, ast.Constant | ast.JoinedStr):
            yield f"{sentence.lineno}: {ast.unparse(sentence)}"


@pytest.mark.parametrize("path", SPEAKERS, ids=lambda path: path.stem)
def test_every_sentence_in_a_session_is_said_by_its_code(path: Path) -> None:
    assert list(_written_out(path)) == []


def test_whatever_is_told_to_a_person_tells_the_code_of_its_sentence() -> None:
    spoken = {one.__name__ for one in Spoken.__subclasses__()}
    without = [
        f"{path.name}:{call.lineno}"
        for path in SOURCES
        for call in _calls(path)
        if getattr(call.func, "id", "") in spoken
        and not {"said"} & {word.arg for word in call.keywords}
        and any(word.arg == "message" and not isinstance(word.value, ast.Constant) for word in call.keywords)
    ]
    assert without == ["access.py:189"], "who comes by a foreign page is no person"


def test_every_code_that_is_said_is_in_the_catalogue_with_as_many_values() -> None:
    said = [
        (call, call.args[0].value)
        for path in SOURCES
        for call in _calls(path)
        if getattr(call.func, "id", "") == "say" and call.args and isinstance(call.args[0], ast.Constant)
    ]
    assert len(said) > 80
    for call, code in said:
        what, cure = SENTENCES[code]
        if not any(isinstance(one, ast.Starred) for one in call.args):
            assert len(call.args) - 1 == what.count("{}") + cure.count("{}"), f"{code}, line {call.lineno}"


def test_a_sentence_is_its_english_and_knows_its_code_and_cure_wherever_it_goes() -> None:
    said = say("too_many_resections", 9)
    assert (said, said.cure) == ("A plan has at most 9 resections.", "Delete one first.")
    again = pickle.loads(pickle.dumps(said))  # as errors come from worker processes
    assert isinstance(again, Said)
    assert (again, again.code, again.values, again.cure) == (said, said.code, said.values, said.cure)
    with pytest.raises(ValueError, match="name"):
        say("too_many_resections")


def test_a_refusal_carries_the_code_and_the_values_of_its_sentence() -> None:
    with pytest.raises(PlanError) as refused:
        Pin(point_lps_mm=(0.0, 0.0, 0.0), text="x" * 400)
    refusal = Refusal(code="invalid", what=refused.value.what, cure=refused.value.cure)
    message = refusal.as_message(None)
    assert message.said is not None
    assert (message.said.code, message.said.values[0]) == ("pin_too_long", "400")
    assert Rejected.model_validate_json(message.model_dump_json()) == message
    assert Refusal(code="invalid", what="Nobody ever said this.").as_message(None).said is None


def test_another_english_wording_loses_no_translation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SENTENCES, "too_slow", ("Your line is too slow.", "Find a better one."))
    told = fault_of(code="too_slow", message=say("too_slow"), fatal=True)
    assert (told.message, told.cure) == ("Your line is too slow.", "Find a better one.")
    assert told.said is not None
    assert told.said.code == "too_slow"


def test_the_warnings_that_are_kept_with_a_case_carry_codes_and_foreign_ones_none() -> None:
    for code in (one for one in SENTENCES if one.startswith("case.")):
        said = say(code, *(str(number) for number in range(SENTENCES[code][0].count("{}"))))
        found = kept(str(said))
        assert found is not None
        assert (found.code, found.values) == (said.code, said.values)
    warnings = (str(say("case.specks", 26)), "Something else.")
    summary = CaseSummary(
        case_id="c", title="CT", created_at="", liver_ml=None, tumour_count=0, structure_count=0, warnings=warnings
    )
    first, second = summary.warnings_said
    assert first is not None
    assert (first.code, first.values) == ("case.specks", ("26",))
    assert second is None
