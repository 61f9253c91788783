"""`cantlie convert-weights FILE --out X.safetensors`: a checkpoint as data, without running what is in it."""

from __future__ import annotations

import argparse
from pathlib import Path

from streaming.commands.output import write_json, write_line


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Adds the command."""
    parser = commands.add_parser(
        "convert-weights",
        help="turn a checkpoint (.pth, .pt, .ckpt) into safetensors without running it",
        description="A checkpoint is a pickle, and a pickle can hold a program. It is read in a process of its own "
        "that takes tensors and plain values only, with capped memory and time and without a network.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the checkpoint")
    parser.add_argument("--out", type=Path, required=True, metavar="X.safetensors", help="the file to make")
    parser.add_argument("--overwrite", action="store_true", help="replace a file that is already there")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.set_defaults(run=run)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Converts the checkpoint."""
    from engine.errors import StorageError, WeightsError
    from models.card import ModelError
    from models.checkpoints import convert_checkpoint

    out: Path = arguments.out
    if out.suffix != ".safetensors" or not out.resolve().parent.is_dir():
        raise StorageError("--out is no .safetensors file in a folder that exists.", cure="Name one.")
    if out.exists() and not arguments.overwrite:
        raise StorageError("There is already a file at --out.", cure="Choose another name, or add --overwrite.")
    try:
        digest = convert_checkpoint(arguments.file, out)
    except ModelError as error:
        raise WeightsError(str(error), cure="Use a checkpoint that holds a state_dict of tensors.") from error
    if arguments.json:
        write_json({"out": str(out), "source_sha256": digest})
    else:
        write_line(f"Weights in {out}; sha256 of the checkpoint: {digest}")
    return 0
