"""The book of guests: what it keeps, what it forgets, and that it keeps no secret."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import StorageError
from streaming.protocol import CODE_ALPHABET, CODE_LENGTH
from streaming.serving import guess_limit
from streaming.serving.guess_limit import ALL_AT_ONCE, GUESSES_AT_ONCE, SECONDS_A_GUESS, GuessLimit
from streaming.serving.guest_book import KEPT_AFTER_END_SECONDS, GuestBook
from streaming.serving.secrets_of_guests import new_code, typed_code

DAY = 86400.0


def _book(folder: Path, now: float = 0.0) -> GuestBook:
    return GuestBook.open(folder / ".tls", now)


@given(st.integers(0, 2**32))
def test_a_code_is_read_however_it_is_typed(_: int) -> None:
    code = new_code()
    assert len(code) == CODE_LENGTH
    assert set(code) <= set(CODE_ALPHABET)
    assert typed_code(f" {code[:3].lower()}-{code[3:]} ") == code


@pytest.mark.parametrize("text", ["", "ABC", "ABCDEFG", "AB0DEF", "ABIDEF", "ABÄDEF", "......"])
def test_what_cannot_be_a_code_is_none(text: str) -> None:
    assert typed_code(text) is None


def test_a_u_is_read_as_the_v_it_was_taken_for() -> None:
    assert typed_code("U23456") == "V23456"


def test_everything_outlives_the_server(tmp_path: Path) -> None:
    book = _book(tmp_path)
    new = book.invite(role="editor", case_id="x", now=0.0, expires_at=DAY)
    given_pass, token = book.admit(new.invite, 10.0)
    book.rename(given_pass.pass_id, "Eve")
    book.change_role(given_pass.pass_id, "viewer")
    book.close()
    again = _book(tmp_path)
    admission = again.admission_for(token, 20.0)
    assert admission == given_pass.admission.__class__(
        role="viewer", pass_id=given_pass.pass_id, case_id="x", name="Eve"
    )
    assert again.invite_with_code(new.code, 20.0) == new.invite
    assert again.invite_with_link(new.link, 20.0) == new.invite
    assert [one.name for one in again.passes_of(new.invite.invite_id)] == ["Eve"]
    again.revoke(new.invite.invite_id)
    again.close()
    third = _book(tmp_path)
    assert third.admission_for(token, 30.0) == "revoked"
    assert third.invite_with_code(new.code, 30.0) is None
    third.close()


def test_passes_end_with_their_invitation_and_are_forgotten_later(tmp_path: Path) -> None:
    book = _book(tmp_path)
    new = book.invite(role="viewer", case_id="x", now=0.0, expires_at=DAY)
    _, token = book.admit(new.invite, 10.0)
    assert book.admission_for(token, DAY) == "expired"
    assert book.invite_with_code(new.code, DAY) is None
    assert book.invite_with_link(new.link, DAY) == "expired"
    assert book.open_invites(DAY) == ()
    book.close()
    later = _book(tmp_path, DAY + KEPT_AFTER_END_SECONDS + 1.0)
    assert later.admission_for(token, DAY + KEPT_AFTER_END_SECONDS + 1.0) is None
    later.close()


def test_a_removed_pass_is_void_and_the_others_of_the_invitation_are_not(tmp_path: Path) -> None:
    book = _book(tmp_path)
    new = book.invite(role="viewer", case_id="x", now=0.0, expires_at=DAY)
    (eve, eves), (_, bobs) = book.admit(new.invite, 1.0), book.admit(new.invite, 1.0)
    book.remove(eve.pass_id)
    assert book.admission_for(eves, 2.0) == "removed"
    assert getattr(book.admission_for(bobs, 2.0), "role", None) == "viewer"
    assert book.admission_for("somebody else's", 2.0) is None
    book.close()


def test_the_file_holds_no_secret_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    book = _book(tmp_path)
    new = book.invite(role="viewer", case_id="x", now=0.0, expires_at=DAY)
    _, token = book.admit(new.invite, 1.0)
    book.close()
    for path in (tmp_path / ".tls").iterdir():
        assert path.stat().st_mode & 0o077 == 0
        assert not any(secret.encode() in path.read_bytes() for secret in (new.code, new.link, token))


def test_a_folder_that_may_not_be_written_and_a_file_that_is_no_book(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for_one_run = GuestBook.open(tmp_path / "file", 0.0)
    assert for_one_run.invite(role="viewer", case_id="x", now=0.0, expires_at=DAY).code
    for_one_run.close()
    (tmp_path / ".tls").mkdir()
    (tmp_path / ".tls" / "guests.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(StorageError, match="book of guests"):
        _book(tmp_path)


def test_what_cannot_be_kept_does_not_count(tmp_path: Path) -> None:
    book = _book(tmp_path)
    new = book.invite(role="viewer", case_id="x", now=0.0, expires_at=DAY)
    with sqlite3.connect(tmp_path / ".tls" / "guests.sqlite") as other:
        other.execute("DROP TABLE invites")
    with pytest.raises(StorageError):
        book.revoke(new.invite.invite_id)
    assert book.invite_with_code(new.code, 1.0) == new.invite
    book.close()


def test_an_address_guesses_a_few_times_and_then_slowly() -> None:
    limit = GuessLimit()
    for _ in range(GUESSES_AT_ONCE):
        assert limit.wait("a", 100.0) == 0.0
        limit.guessed_wrong("a", 100.0)
    assert limit.wait("a", 100.0) == pytest.approx(SECONDS_A_GUESS)
    assert limit.wait("b", 100.0) == 0.0
    assert limit.wait("a", 100.0 + SECONDS_A_GUESS) == pytest.approx(0.0)


def test_all_addresses_together_are_held_to_a_pace_and_a_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guess_limit, "MAX_ADDRESSES", 10)
    limit = GuessLimit()
    for number in range(ALL_AT_ONCE):
        assert limit.wait(f"a{number}", 0.0) == 0.0
        limit.guessed_wrong(f"a{number}", 0.0)
    assert limit.wait("fresh", 0.0) > 0.0
    assert len(limit._by_address) == 10
