from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from models.card import CARD_FOLDER, ModelError, NetworkCard, read_card, shipped_card
from models.networks import build_network, input_channels, network_multiple
from models.weights import load_network, save_weights


@pytest.fixture
def card() -> NetworkCard:
    return replace(shipped_card("coarse"), filters=(8, 8, 8), weights_file="small.safetensors")


def saved(card: NetworkCard, folder: Path) -> NetworkCard:
    torch.manual_seed(5)
    digest = save_weights(card, build_network(card).state_dict(), folder / card.weights_file)
    return replace(card, weights_sha256=digest)


@pytest.mark.parametrize("task", ["coarse", "fine"])
def test_shipped_weights_belong_to_their_card(task: str) -> None:
    network = load_network(shipped_card(task))
    assert not network.training
    assert all(torch.isfinite(tensor).all() for tensor in network.state_dict().values())


@pytest.mark.parametrize("task", ["coarse", "fine"])
def test_a_card_names_sources_with_licences_and_measured_scores(task: str) -> None:
    import tomllib

    table = tomllib.loads((CARD_FOLDER / f"{task}.toml").read_text(encoding="utf-8"))
    assert all(source["licence"] and source["name"] for source in table["sources"])
    assert not any("ircad" in source["name"].lower() for source in table["sources"])
    assert any(score["scan"] == "ircadb01" and not score["trained_on"] for score in table["scores"])
    assert table["failure_modes"]


def test_saved_weights_come_back_within_half_precision(card: NetworkCard, tmp_path: Path) -> None:
    card = saved(card, tmp_path)
    torch.manual_seed(5)
    original = build_network(card)
    for name, tensor in load_network(card, folder=tmp_path).state_dict().items():
        assert torch.allclose(tensor, original.state_dict()[name], atol=1e-3)


def test_changed_weights_are_refused(card: NetworkCard, tmp_path: Path) -> None:
    card = saved(card, tmp_path)
    path = tmp_path / card.weights_file
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(ModelError, match="not those of the card"):
        load_network(card, folder=tmp_path)


def test_weights_of_another_network_are_refused(card: NetworkCard, tmp_path: Path) -> None:
    card = replace(saved(card, tmp_path), filters=(8, 8, 16))
    with pytest.raises(ModelError, match="do not fit"):
        load_network(card, folder=tmp_path)


def test_missing_weights_are_said_to_be_missing(card: NetworkCard, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="missing"):
        load_network(card, folder=tmp_path)


@pytest.mark.parametrize("content", ["", "name = 3 =", "name = 'x'", "[network]\nfilters = 3"])
def test_a_broken_card_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "card.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match=r"card\.toml"):
        read_card(path)


def test_cells_and_full_answer_hold_the_same_logits(card: NetworkCard) -> None:
    torch.manual_seed(0)
    network = build_network(card).eval()
    side = 2 * network_multiple(card)
    channels = input_channels(torch.randn(side, side, side) * 100, card)
    with torch.inference_mode():
        cells, whole = network.forward_cells(channels), network(channels)
    for phase in range(8):
        a, b, c = phase // 4, phase // 2 % 2, phase % 2
        assert torch.equal(whole[:, :, a::2, b::2, c::2], cells[:, phase])


def test_input_channels_are_clamped(card: NetworkCard) -> None:
    channels = input_channels(torch.tensor([[[-5000.0, 60.0, 5000.0]]]), card)
    assert channels.shape == (1, 2, 1, 1, 3)
    assert channels[0, 0, 0, 0].tolist() == [-2.0, 0.0, 2.0]
