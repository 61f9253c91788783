"""A kept poster is shown for the scene and plan that it was drawn from, and for nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.case import SESSION_FOLDER, Case
from streaming.planning.kept_poster import POSTER_FILE, keep_poster, read_poster, what_is_shown
from streaming.planning.planning_case import LOG_FILE, open_planning_case
from streaming.planning.poster import Poster

POSTER = Poster(image=b"RIFF\0\xffWEBP", columns=3, rows=2, tall=0.75)
AT = "2026-01-02T03:04:05Z"


@pytest.fixture
def case(cases: Path) -> Case:
    return Case.open(next(cases.iterdir()))


def kept_file(case: Case) -> Path:
    return case.path / "assets" / POSTER_FILE


def test_a_poster_comes_back_as_it_was_kept(case: Case) -> None:
    shows = what_is_shown(case)
    assert read_poster(case, shows) is None
    keep_poster(case, shows, POSTER)
    assert read_poster(case, shows) == POSTER


def test_a_case_without_a_plan_shows_what_it_will_show_once_opened(case: Case) -> None:
    before = what_is_shown(case)
    open_planning_case(case, at=AT).log.close()
    assert what_is_shown(case) == before == what_is_shown(case, revision=1)


def test_a_plan_that_went_on_and_another_revision_of_the_case_show_something_else(case: Case) -> None:
    opened = open_planning_case(case, at=AT)
    shows = what_is_shown(case, revision=1)
    first = opened.operations[0]
    opened.log.append((first.model_copy(update={"revision": 2, "operation_id": "second"}),))
    opened.log.close()
    assert what_is_shown(case, revision=1) is None
    later = what_is_shown(case)
    assert later not in (shows, None)
    manifest = json.loads((case.path / "manifest.json").read_text())
    (case.path / "manifest.json").write_text(json.dumps({**manifest, "revision": manifest["revision"] + 1}))
    assert what_is_shown(Case.open(case.path)) not in (shows, later, None)
    keep_poster(case, later, POSTER)
    assert read_poster(case, shows) is None


def test_only_one_poster_of_a_case_is_kept(case: Case) -> None:
    for shows in ("one", "two", "three"):
        keep_poster(case, shows, POSTER)
    assert [path.name for path in kept_file(case).parent.iterdir()] == [POSTER_FILE]


@pytest.mark.parametrize("damage", [b"", b"{}", b'{"shows":"it","columns":1,"rows":1,"tall":1,"image":"?"}'])
def test_a_damaged_poster_is_none(case: Case, damage: bytes) -> None:
    keep_poster(case, "it", POSTER)
    kept_file(case).write_bytes(damage)
    assert read_poster(case, "it") is None


def test_a_plan_that_cannot_be_read_has_no_poster(case: Case) -> None:
    log = case.path / SESSION_FOLDER / LOG_FILE
    log.parent.mkdir(exist_ok=True)
    log.write_bytes(b"this is no database, and long enough to look at" * 40)
    assert what_is_shown(case) is None


def test_a_folder_that_may_not_be_written_keeps_nothing_and_says_nothing(case: Case, monkeypatch: Any) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "write_text", refuse)
    keep_poster(case, "it", POSTER)
    assert read_poster(case, "it") is None
