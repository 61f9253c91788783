from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from models.card import ModelError, NetworkCard, read_card, shipped_card
from models.networks import build_network
from models.schedule import StartFrom
from models.transfer import start_from_weights, transfer
from models.weights import save_weights

START = StartFrom(
    file="old.safetensors", sha256="", classes=("other", "vessel", "tumour"),
    renamed=(("portal_vein", "vessel"), ("hepatic_veins", "vessel")),
)  # fmt: skip


def cards(folder: Path) -> tuple[NetworkCard, NetworkCard]:
    shipped = replace(shipped_card("fine"), filters=(8, 8, 8), path=folder / "new.toml")
    old = replace(shipped, classes=("other", "vessel", "tumour"))
    return old, replace(shipped, classes=("other", "liver", "portal_vein", "hepatic_veins", "tumour"))


def test_split_classes_share_what_the_old_class_had(tmp_path: Path) -> None:
    old_card, new_card = cards(tmp_path)
    torch.manual_seed(0)
    old, new = build_network(old_card).eval(), build_network(new_card).eval()
    digest = save_weights(old_card, old.state_dict(), tmp_path / "old.safetensors")
    done = start_from_weights(new, new_card, replace(START, sha256=digest))
    assert done.classes == ("other", "portal_vein", "hepatic_veins", "tumour")
    assert done.fresh == ()
    image = torch.randn(1, 1, 16, 16, 16)
    with torch.no_grad():
        before, after = old(image), new(image)
    both = torch.logsumexp(after[:, 2:4], dim=1)
    assert torch.allclose(both, before[:, 1], atol=0.02)
    assert torch.allclose(after[:, 2], after[:, 3])
    assert torch.allclose(after[:, [0, 4]], before[:, [0, 2]], atol=0.02)


def test_changed_or_missing_weights_are_refused(tmp_path: Path) -> None:
    old_card, new_card = cards(tmp_path)
    network = build_network(new_card)
    with pytest.raises(ModelError, match="missing"):
        start_from_weights(network, new_card, START)
    save_weights(old_card, build_network(old_card).state_dict(), tmp_path / "old.safetensors")
    with pytest.raises(ModelError, match="not those"):
        start_from_weights(network, new_card, replace(START, sha256="0" * 64))


def test_weights_of_quite_another_network_are_refused(tmp_path: Path) -> None:
    _, new_card = cards(tmp_path)
    other = build_network(replace(new_card, filters=(16, 16, 16)))
    with pytest.raises(ModelError, match="less than half"):
        transfer(build_network(new_card), dict(other.named_parameters()), new_card.classes, START)


def test_a_card_says_what_it_starts_from(tmp_path: Path) -> None:
    text = shipped_card("fine").path.read_text(encoding="utf-8")
    table = (
        '[training.start_from]\nfile = "old.safetensors"\nsha256 = "ab"\nclasses = ["other", "vessel"]\n'
        'renamed = { portal_vein = "vessel" }\n\n[weights]'
    )
    path = tmp_path / "card.toml"
    start = text.index("[training.start_from]") if "[training.start_from]" in text else text.index("[weights]")
    path.write_text(text[:start] + table + text[text.index("[weights]") + len("[weights]") :], encoding="utf-8")
    start_from = read_card(path).schedule.start_from
    assert start_from == StartFrom(
        file="old.safetensors", sha256="ab", classes=("other", "vessel"), renamed=(("portal_vein", "vessel"),)
    )
