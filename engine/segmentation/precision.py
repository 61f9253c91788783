"""The device and the number format a network runs in."""

from __future__ import annotations

import torch

from engine.errors import SegmentationError


def chosen_device(device: str) -> str:
    """Resolves "auto"; refuses a device this machine does not have."""
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda" and not torch.cuda.is_available():
        raise SegmentationError("No CUDA device can be used here.", cure="Use --device cpu or --device auto.")
    if device not in ("cpu", "cuda"):
        raise SegmentationError(f"The device {device!r} is unknown.", cure="Use auto, cpu or cuda.")
    return device


def quickest_format(device: str) -> torch.dtype:
    """Half-width numbers where the hardware multiplies them itself: emulated they are slower than float32."""
    if device == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    able = torch.cpu.get_capabilities()
    return torch.bfloat16 if able.get("avx512_bf16") or able.get("amx_bf16") else torch.float32


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out: on the GPU, in Python, or in torch's allocator for the CPU (a plain RuntimeError)."""
    return isinstance(error, (torch.OutOfMemoryError, MemoryError)) or (
        isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
    )
