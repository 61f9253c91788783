"""`cantlie train CARD`: trains the network of a model card."""

from __future__ import annotations

import argparse
from pathlib import Path

from streaming.commands.output import TerminalProgress, write_json, write_line


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Adds the command."""
    parser = commands.add_parser(
        "train",
        help="train the network of a model card",
        description="Writes a checkpoint, the losses, their curve and the weights; Ctrl-C keeps the checkpoint. With "
        "--unlabelled the averaged network teaches itself on scans without labels; a card with [pretraining] fills in "
        "masked scans first.",
    )
    parser.add_argument("card", type=Path, metavar="CARD", help="a model card (models/cards/*.toml)")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the folder of training data")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the run is written")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out")
    parser.add_argument("--max-minutes", "--minutes", type=float, metavar="M", help="stop after this time")
    parser.add_argument("--unlabelled", type=Path, metavar="DIR", help="a folder of CTs without labels to learn from")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.set_defaults(run=run)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Trains the network."""
    from engine.invented_bodies import invented_bodies
    from engine.training import RunSettings, train_network
    from engine.unlabelled_scans import read_unlabelled

    folder = arguments.unlabelled
    with TerminalProgress() as progress:
        result = train_network(
            arguments.card,
            arguments.data,
            arguments.out,
            settings=RunSettings(device=arguments.device, resume=arguments.resume, max_minutes=arguments.max_minutes),
            progress=progress,
            invented_bodies=invented_bodies,
            unlabelled=None if folder is None else lambda card, told: read_unlabelled(folder, card, told),
        )
    if arguments.json:
        write_json(
            {"steps": result.steps, "loss": result.loss, "weights": str(result.weights), "sha256": result.sha256}
        )
    else:
        write_line(f"{result.steps} steps, loss {result.loss:.4f}, weights in {result.weights}")
        write_line(f"sha256 for the card: {result.sha256}")
    return 0
