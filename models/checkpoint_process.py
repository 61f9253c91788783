"""The process that reads a checkpoint somebody else made and leaves safetensors: no code, no network, little memory.

Started by `models.checkpoints` as `python -m models.checkpoint_process`; one JSON request on stdin, one JSON reply on
stdout. A checkpoint is a pickle, and a pickle is a program. Torch's restricted unpickler refuses all but tensors and
plain values; should it ever err, this process has nothing to reach: no sockets, no children, no files but its own.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

_STATE_NAMES: Final = (
    "network_weights", "state_dict", "model_state_dict", "model_state", "model", "network", "net", "weights", "ema",
)  # fmt: skip
"""Where nnU-Net, MONAI, Lightning and plain torch put the weights."""
_PREFIXES: Final = ("module.", "_orig_mod.")
"""Of DataParallel and torch.compile. Lightning's "model." stays: MONAI's UNet begins its own names with it."""
_MEMORY_BYTES: Final = 16 * 1024**3
_FORBIDDEN: Final = (
    "socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "pty.", "ctypes.dlopen",
    "os.remove", "os.rename", "os.rmdir", "os.chmod", "os.link", "os.symlink", "shutil.",
)  # fmt: skip


def main() -> None:
    """Converts the checkpoint that the request on stdin names."""
    request = json.loads(sys.stdin.readline())
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    # Imported before the doors close: torch loads shared libraries.
    import safetensors.torch
    import torch

    _confine(int(request["memory_bytes"]) or _MEMORY_BYTES)
    target = Path(request["target"])
    _close_doors(target)
    try:
        tensors, facts = _read(Path(request["source"]), torch)
        safetensors.torch.save_file(tensors, str(target), metadata={**facts, "source_sha256": request["sha256"]})
        reply: dict[str, object] = {"tensors": len(tensors)}
    except MemoryError:
        reply = {"problem": "asks for more memory than its size explains"}
    # The text of an exception may quote the file; what it means is the same: not a checkpoint of plain tensors.
    except Exception as error:
        reply = {"problem": _meaning(error)}
    replies.write(json.dumps(reply) + "\n")
    replies.flush()
    # Whatever the file may have registered to run at the end does not run.
    os._exit(0)


class NoWeightsError(Exception):
    """There are no tensors under any of the usual names."""


def _meaning(error: Exception) -> str:
    if isinstance(error, NoWeightsError):
        return "holds no network weights"
    text = str(error)
    if "TorchScript" in text:
        return "is a TorchScript archive, which holds code"
    if "Weights only load failed" in text or "Unsupported" in text or "weights_only" in text:
        return "holds other things than tensors and plain values, which could be code"
    return "is damaged or no checkpoint"


def _read(source: Path, torch: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """(tensors by name, facts about them) of a checkpoint."""
    with torch.serialization.safe_globals(_numpy_scalars()):
        checkpoint = torch.load(source, map_location="cpu", weights_only=True)
    state = _state_of(checkpoint, torch)
    # Cloned, because safetensors refuses tensors that share memory and DynUNet-like networks do.
    tensors = {_plain(name, state): value.detach().clone().contiguous() for name, value in state.items()}
    return tensors, _facts(checkpoint)


def _numpy_scalars() -> list[Any]:
    """What nnU-Net's training log needs: NumPy numbers, under the module names of NumPy 1 and 2."""
    import _codecs

    import numpy as np
    from numpy._core.multiarray import scalar

    kinds = [type(np.dtype(name)) for name in ("float64", "float32", "int64", "int32", "bool")]
    return [
        (scalar, "numpy.core.multiarray.scalar"),
        (scalar, "numpy._core.multiarray.scalar"),
        np.dtype,
        *kinds,
        (_codecs.encode, "_codecs.encode"),
    ]


def _state_of(checkpoint: Any, torch: Any) -> Mapping[str, Any]:
    if not isinstance(checkpoint, Mapping):
        raise NoWeightsError
    for state in (*(checkpoint.get(name) for name in _STATE_NAMES), checkpoint):
        if isinstance(state, Mapping):
            tensors = {name: one for name, one in state.items() if isinstance(one, torch.Tensor)}
            if tensors and all(isinstance(name, str) for name in tensors):
                return tensors
    raise NoWeightsError


def _plain(name: str, state: Mapping[str, Any]) -> str:
    """The name without what a wrapper put before every name."""
    for prefix in _PREFIXES:
        if all(one.startswith(prefix) for one in state):
            return name.removeprefix(prefix)
    return name


def _facts(checkpoint: Any) -> dict[str, str]:
    """Plain facts of an nnU-Net checkpoint that prediction needs."""
    if not isinstance(checkpoint, Mapping):
        return {}
    facts = {"trainer_name": checkpoint.get("trainer_name")}
    arguments = checkpoint.get("init_args")
    if isinstance(arguments, Mapping):
        facts["configuration"] = arguments.get("configuration")
    axes = checkpoint.get("inference_allowed_mirroring_axes")
    if isinstance(axes, (tuple, list)):
        facts["mirror_axes"] = json.dumps([int(axis) for axis in axes])
    return {name: value for name, value in facts.items() if isinstance(value, str)}


def _confine(memory_bytes: int) -> None:
    """Caps memory and time, dumps no core, dies with its parent, and leaves the network where the kernel lets it."""
    try:
        import resource
    except ImportError:  # not POSIX: the parent's timeout is left
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        import ctypes
        import signal

        library = ctypes.CDLL(None)
        pr_set_pdeathsig, new_user_namespace, new_network_namespace = 1, 0x10000000, 0x40000000
        library.prctl(pr_set_pdeathsig, signal.SIGKILL)
        library.unshare(new_user_namespace | new_network_namespace)


def _close_doors(target: Path) -> None:
    """Forbids sockets, processes and writing anywhere but to the target, for the rest of this process."""
    own = str(target)

    def guard(event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith(_FORBIDDEN):
            raise PermissionError(event)
        if event == "open":
            path, mode, flags = (*arguments, None, None)[:3]
            writes = (isinstance(mode, str) and any(one in mode for one in "wax+")) or (
                isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            )
            if writes and str(path) != own:
                raise PermissionError(event)

    sys.addaudithook(guard)


if __name__ == "__main__":
    main()
