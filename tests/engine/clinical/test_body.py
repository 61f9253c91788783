import json

import pytest

from engine.clinical import BodyData, body_file_of, body_from_json, read_body, write_body
from engine.errors import CantlieError, ClinicalInputError


def test_a_body_written_beside_a_plan_is_read_back(tmp_path):
    path = body_file_of(tmp_path / "right.json")
    body = BodyData(height_cm=170, weight_kg=70.5)
    write_body(path, body)
    assert path.name == "right.body.json"
    assert read_body(path) == body
    assert [one.name for one in tmp_path.iterdir()] == ["right.body.json"]


def test_a_body_without_height_keeps_its_weight():
    assert body_from_json({"weight_kg": 70}) == BodyData(weight_kg=70)


@pytest.mark.parametrize(
    "values",
    [{"height_cm": 1.7, "weight_kg": 70}, {"height_cm": 170, "weight_kg": 70_000}, {"weight_kg": float("nan")}],
)
def test_a_height_in_metres_and_a_weight_in_grams_are_refused(values):
    with pytest.raises(ClinicalInputError):
        BodyData(**values)


@pytest.mark.parametrize(
    "document",
    [[], {}, {"height_cm": 170}, {"weight_kg": "70"}, {"weight_kg": True}, {"weight_kg": 70, "name": "Doe"}],
)
def test_what_is_no_body_is_refused_without_quoting_it(document):
    with pytest.raises(ClinicalInputError) as caught:
        body_from_json(document)
    assert "Doe" not in str(caught.value)


@pytest.mark.parametrize("content", ["", "{", "[" * 100_000, json.dumps({"weight_kg": 70}) + " " * 20_000])
def test_a_damaged_or_endless_body_file_is_refused(tmp_path, content):
    path = tmp_path / "a.body.json"
    path.write_text(content)
    with pytest.raises(CantlieError) as caught:
        read_body(path)
    assert isinstance(caught.value, ClinicalInputError)


def test_a_missing_body_file_is_refused(tmp_path):
    with pytest.raises(ClinicalInputError):
        read_body(tmp_path / "none.json")
