"""The wire protocol: fixtures that Python and TypeScript both read, and the generated TypeScript."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from streaming import protocol
from streaming.protocol_typescript import HTTP_ANSWERS, TARGET, UNIONS, main, typescript

CONTRACT = Path(__file__).parent.parent / "contract"
ADAPTERS: dict[str, TypeAdapter[Any]] = {name: adapter for name, _, adapter in UNIONS}
ADAPTERS |= {name: TypeAdapter(getattr(protocol, name)) for name in HTTP_ANSWERS}


def _fixtures(kind: str) -> list[Any]:
    return [pytest.param(path, id=path.stem) for path in sorted((CONTRACT / kind).glob("*.json"))]


@pytest.mark.parametrize("path", _fixtures("valid"))
def test_a_valid_message_is_read_and_written_back_unchanged(path: Path) -> None:
    fixture = json.loads(path.read_text(encoding="utf-8"))
    message = ADAPTERS[fixture["union"]].validate_json(json.dumps(fixture["message"]))
    written = json.loads(message.model_dump_json())
    assert _as_far_as(fixture["message"], written) == fixture["message"]


def _as_far_as(given: object, written: object) -> object:
    """What was written, without what defaults added to what was given."""
    if isinstance(given, dict) and isinstance(written, dict):
        return {name: _as_far_as(one, written.get(name)) for name, one in given.items()}
    if isinstance(given, list) and isinstance(written, list) and len(given) == len(written):
        return [_as_far_as(one, other) for one, other in zip(given, written, strict=True)]
    return written


@pytest.mark.parametrize("path", _fixtures("invalid"))
def test_an_invalid_message_is_refused(path: Path) -> None:
    fixture = json.loads(path.read_text(encoding="utf-8"))
    with pytest.raises(ValidationError):
        ADAPTERS[fixture["union"]].validate_json(json.dumps(fixture["message"]))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_not_finite_is_refused(number: str) -> None:
    with pytest.raises(ValidationError):
        protocol.CLIENT_MESSAGE.validate_json(f'{{"type":"ping","sent_ms":{number}}}')


@pytest.mark.parametrize("kind", ["valid", "invalid"])
def test_every_message_type_has_a_fixture_that_is_read_and_one_that_is_refused(kind: str) -> None:
    fixtures = (json.loads(path.read_text(encoding="utf-8")) for path in (CONTRACT / kind).glob("*.json"))
    seen = {
        (fixture["union"], fixture["message"].get("type"))
        for fixture in fixtures
        if isinstance(fixture["message"], dict)
    }
    for name, _, adapter in UNIONS:
        for tag in adapter.json_schema()["discriminator"]["mapping"]:
            assert (name, tag) in seen


def test_the_typescript_in_the_repository_is_what_the_models_give() -> None:
    assert TARGET.read_text(encoding="utf-8") == typescript(), "run `make protocol`"
    assert main(["--check"]) == 0


def test_a_drifted_typescript_file_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drifted = tmp_path / "protocol.ts"
    drifted.write_text(typescript().replace("PROTOCOL_VERSION = ", "PROTOCOL_VERSION = 9"), encoding="utf-8")
    monkeypatch.setattr("streaming.protocol_typescript.TARGET", drifted)
    assert main(["--check"]) == 1
    assert main([]) == 0
    assert main(["--check"]) == 0


def test_the_chunk_header_is_sixteen_bytes_little_endian() -> None:
    assert protocol.ASSET_CHUNK_HEADER.pack(1, 2, 3, 0) == bytes([1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0])
