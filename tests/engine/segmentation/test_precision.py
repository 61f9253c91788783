from __future__ import annotations

import pytest
import torch

from engine.errors import SegmentationError
from engine.segmentation.precision import chosen_device, is_out_of_memory, quickest_format


def test_an_unknown_device_is_refused_with_a_cure() -> None:
    with pytest.raises(SegmentationError, match="auto, cpu or cuda"):
        chosen_device("tpu")


@pytest.mark.parametrize(
    ("able", "expected"),
    [({"avx512_bf16": True}, torch.bfloat16), ({"amx_bf16": True}, torch.bfloat16), ({"avx2": True}, torch.float32)],
)
def test_half_width_numbers_are_used_only_where_the_cpu_multiplies_them(monkeypatch, able, expected) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    assert quickest_format("cpu") == expected


def test_only_a_lack_of_memory_is_taken_for_one() -> None:
    assert is_out_of_memory(torch.OutOfMemoryError("full"))
    assert is_out_of_memory(MemoryError())
    assert not is_out_of_memory(RuntimeError("shapes do not fit"))
    assert not is_out_of_memory(KeyError("class"))
