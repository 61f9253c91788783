"""`cantlie phantom OUT`: a synthetic CT with known truth."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from streaming.commands.output import TerminalProgress, write_json, write_line

if TYPE_CHECKING:
    from engine.phantom import PhantomRecipe


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Adds the command."""
    parser = commands.add_parser(
        "phantom",
        help="make a synthetic CT with known truth",
        description="Writes OUT/dicom, OUT/scan.nii.gz, label maps, masks and truth.json. The patient depends on "
        "--seed and --tumours alone; the rest is how the patient is scanned.",
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="the folder to make")
    parser.add_argument("--seed", type=int, default=5, help="the patient")
    parser.add_argument("--spacing", type=float, nargs=3, metavar=("I", "J", "K"), help="voxel size in mm")
    parser.add_argument("--size", type=int, nargs=3, metavar=("I", "J", "K"), help="voxels along each axis")
    parser.add_argument("--oblique", type=float, default=0.0, metavar="DEG", help="turn the grid by so many degrees")
    parser.add_argument("--left-handed", action="store_true", help="store the slices from head to feet")
    parser.add_argument("--tumours", type=int, default=4, metavar="N")
    parser.add_argument("--noise", type=float, default=12.0, metavar="HU", help="standard deviation of the noise")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.set_defaults(run=run, parser=parser)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Makes the phantom."""
    from engine.pipeline import make_phantom_files

    try:
        recipe = recipe_of(arguments)
    except ValueError as error:
        arguments.parser.error(str(error))
    with TerminalProgress() as progress:
        make_phantom_files(arguments.out, recipe, progress)
    if arguments.json:
        write_json({"out": str(arguments.out), "recipe": recipe.as_json()})
    else:
        write_line(f"Phantom in {arguments.out}. Next: cantlie prepare {arguments.out / 'dicom'} --out CASE")
    return 0


def recipe_of(arguments: argparse.Namespace) -> PhantomRecipe:
    """The recipe; of size and spacing, the one left out follows from the usual field of view.

    Raises:
        ValueError: numbers that make no phantom.
    """
    from engine.phantom import PhantomRecipe

    usual = PhantomRecipe()
    extent_mm = [n * step for n, step in zip(usual.shape_kji[::-1], usual.spacing_ijk_mm, strict=True)]
    spacing, size = arguments.spacing, arguments.size
    if any(value <= 0 for value in (*(spacing or ()), *(size or ()))):
        raise ValueError("--spacing and --size must be positive")
    if spacing is None:
        spacing = [extent / n for extent, n in zip(extent_mm, size, strict=True)] if size else usual.spacing_ijk_mm
    if size is None:
        size = [max(1, round(extent / step)) for extent, step in zip(extent_mm, spacing, strict=True)]
    return PhantomRecipe(
        seed=arguments.seed,
        shape_kji=(size[2], size[1], size[0]),
        spacing_ijk_mm=(spacing[0], spacing[1], spacing[2]),
        direction=_turned(arguments.oblique),
        left_handed=arguments.left_handed,
        tumours=arguments.tumours,
        noise_hu=arguments.noise,
    )


def _turned(degrees: float) -> tuple[float, ...]:
    """Nine numbers of a rotation about an axis between all three, so that no axis of the grid stays upright."""
    import numpy as np
    from scipy.spatial.transform import Rotation

    axis = np.array([0.8, 0.36, 0.48])
    matrix = Rotation.from_rotvec(np.deg2rad(degrees) * axis).as_matrix()
    return tuple(float(value) for value in matrix.ravel())
