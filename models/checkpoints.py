"""Checkpoints from elsewhere (.pth, .pt, .ckpt) as safetensors, converted in a process of their own and kept.

This process never unpickles: see `checkpoint_process` for what the other one may do.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Final

from models.card import ModelError

CONVERT_TIMEOUT_S: Final = 600.0
_MOST_CHECKPOINT_BYTES: Final = 8 * 1024**3
_BASE_MEMORY_BYTES: Final = 12 * 1024**3
"""Address space for torch itself, most of which is libraries that are mapped and never touched."""
_KEPT_VARIABLES: Final = ("PATH", "LD_LIBRARY_PATH", "LANG", "HOME", "SYSTEMROOT", "VIRTUAL_ENV")


def convert_checkpoint(source: Path, target: Path, *, timeout_s: float = CONVERT_TIMEOUT_S) -> str:
    """Writes the tensors of a checkpoint as safetensors; returns the sha256 of the checkpoint.

    Args:
        source: .pth, .pt or .ckpt.
        target: appears whole or not at all.
        timeout_s: after which the converter is killed.

    Raises:
        ModelError: no checkpoint of plain tensors, or it took too long or too much.
    """
    digest = _digest(source)
    partial = target.with_name(f".{target.name}.partial-{uuid.uuid4().hex[:8]}")
    try:
        reply = _converted(source, partial, digest, timeout_s)
        if "problem" in reply or not partial.is_file():
            raise ModelError(f"The checkpoint {reply.get('problem', 'could not be converted')}; nothing of it was run.")
        partial.replace(target)
    except OSError as error:
        raise ModelError("The converted weights cannot be written.") from error
    finally:
        partial.unlink(missing_ok=True)
    return digest


def cached_weights(source: Path) -> Path:
    """The safetensors of a checkpoint, converted at the first use and kept by its sha256; safetensors as they are.

    The cache is `$CANTLIE_CACHE/weights`, by default `~/.cache/cantlie/weights`.

    Raises:
        ModelError: see `convert_checkpoint`.
    """
    if source.suffix == ".safetensors":
        return source
    folder = Path(os.environ.get("CANTLIE_CACHE", Path.home() / ".cache" / "cantlie")) / "weights"
    kept = folder / f"{_digest(source)}.safetensors"
    if not kept.is_file():
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise ModelError("The folder for converted weights cannot be made (CANTLIE_CACHE).") from error
        convert_checkpoint(source, kept)
    return kept


def weights_facts(path: Path) -> dict[str, str]:
    """What the converter noted beside the tensors: trainer_name, configuration, mirror_axes, source_sha256.

    Raises:
        ModelError: no safetensors file.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), framework="pt") as opened:
            return dict(opened.metadata() or {})
    except (SafetensorError, OSError) as error:
        raise ModelError("The weights are no safetensors file.") from error


def _digest(source: Path) -> str:
    try:
        if source.stat().st_size > _MOST_CHECKPOINT_BYTES:
            raise ModelError("The checkpoint is larger than any network for liver CT.")
        with source.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ModelError("The checkpoint is missing or cannot be read.") from error


def _converted(source: Path, partial: Path, digest: str, timeout_s: float) -> dict[str, object]:
    root = str(Path(__file__).resolve().parents[1])
    # Keys, tokens and proxies of the person's shell are none of a checkpoint's business.
    environment = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    environment |= {"PYTHONPATH": root, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    request = {
        "source": str(source.resolve()),
        "target": str(partial.resolve()),
        "sha256": digest,
        "memory_bytes": _BASE_MEMORY_BYTES + 4 * source.stat().st_size,
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "models.checkpoint_process"],
            input=json.dumps(request) + "\n",
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
            timeout=timeout_s,
            check=False,
        )
        reply: dict[str, object] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return {"problem": f"took longer than {timeout_s:.0f} s to read"}
    except ValueError:
        return {"problem": "made its reader crash"}
    return reply
