from __future__ import annotations

from pathlib import Path

import pytest

from models.card import CARD_FOLDER, ModelError, read_card, shipped_card


def card_with(folder: Path, line: str) -> Path:
    """The shipped fine card with one more line in its network table."""
    text = (CARD_FOLDER / "fine.toml").read_text(encoding="utf-8")
    kept = "\n".join(one for one in text.splitlines() if not one.startswith("temperature"))
    path = folder / "card.toml"
    path.write_text(kept.replace("[network]", f"[network]\n{line}"), encoding="utf-8")
    return path


def test_one_temperature_counts_for_every_class(tmp_path: Path) -> None:
    card = read_card(card_with(tmp_path, "temperature = 1.5"))
    assert card.temperature == (1.5,) * len(card.classes)


def test_a_list_of_temperatures_is_kept_and_has_to_fit_the_classes(tmp_path: Path) -> None:
    classes = len(shipped_card("fine").classes)
    given = [1.0 + n / 10 for n in range(classes)]
    assert read_card(card_with(tmp_path, f"temperature = {given}")).temperature == tuple(given)
    with pytest.raises(ModelError, match="temperature"):
        read_card(card_with(tmp_path, f"temperature = {given[:-1]}"))


def test_a_temperature_of_zero_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="temperature"):
        read_card(card_with(tmp_path, "temperature = 0.0"))


def test_without_a_temperature_probabilities_are_left_as_they_are(tmp_path: Path) -> None:
    card = read_card(card_with(tmp_path, ""))
    assert set(card.temperature) == {1.0}
