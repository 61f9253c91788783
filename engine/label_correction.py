"""A label map put right by a person: structures drawn anew, renamed or taken out; everything else stays as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine import anatomy
from engine.anatomy import LIVER, Structure, structure_named, structures_present
from engine.errors import GridMismatchError, LabelError
from engine.volume import LabelVolume, box_of

_OUTSIDE_OF: Final = {
    anatomy.PORTAL_VEIN: anatomy.PORTAL_VEIN_EXTRAHEPATIC,
    anatomy.HEPATIC_VEINS: anatomy.HEPATIC_VEINS_EXTRAHEPATIC,
}
"""Value of a vein inside the liver region -> its value outside."""

_NEVER_LIVER: Final = (anatomy.INFERIOR_VENA_CAVA, anatomy.GALLBLADDER)
"""Volumetry counts both out, so that they win over parenchyma, cysts and vessels."""

_LESIONS: Final = (anatomy.LIVER_CYST, *anatomy.TUMOUR_VALUES)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelCorrection:
    """What a person wants changed.

    Attributes:
        given: label map on the case's grid; every structure it has takes the place of the one of that name.
        removed: names of structures that are taken out.
        renamed: (old, new) names; where there is a structure of the new name already, the two become one.
    """

    given: LabelVolume | None = None
    removed: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()


def corrected_labels(labels: LabelVolume, correction: LabelCorrection) -> LabelVolume:
    """The label map with the correction in it.

    What a tumour, cyst or vessel leaves inside the liver is parenchyma; what anything else leaves is background, or
    body where the case has one. A given liver wins over neighbouring organs, but not over gallbladder and inferior
    vena cava, and keeps tumours and cysts that lie outside of it unless they are given too. Inside the liver a given
    structure wins over what was there, except over tumours, which give way to given tumours alone.

    Raises:
        LabelError: a name is unknown or not in the case, or no liver is left.
        GridMismatchError: the given map lies on another grid.
    """
    old = labels.labels
    given = _checked(labels, correction)
    values = old.copy()
    around = np.uint8(anatomy.BODY if (old == anatomy.BODY).any() else anatomy.BACKGROUND)
    replaced = [] if given is None else structures_present(set(np.unique(given).tolist()))
    for structure in (*replaced, *_structures(_gone(correction))):
        if structure.name != LIVER.name:
            _take_out(values, structure, around)
    if given is not None and (given == anatomy.PARENCHYMA).any():
        _replace_liver(values, given, around)
    if given is not None:
        _paint(values, given)
    for old_name, new_name in correction.renamed:
        mask = labels.mask_of(structure_named(old_name).label_values)
        _paint(values, np.where(mask, np.uint8(structure_named(new_name).label_values[0]), np.uint8(0)))
    if not (values == anatomy.PARENCHYMA).any():
        raise LabelError("The correction leaves no liver.", cure="Give a mask of the liver as well.")
    return LabelVolume(labels=values, geometry=labels.geometry)


def changed_structures(old: LabelVolume, new: LabelVolume) -> frozenset[str]:
    """Names of the structures whose voxels differ, came or went."""
    differs = old.labels != new.labels
    before, after = old.labels[differs], new.labels[differs]
    present = {*structures_present(set(np.unique(old.labels).tolist()))}
    present |= {*structures_present(set(np.unique(new.labels).tolist()))}
    changed = set()
    for structure in present:
        if (_among(before, structure.label_values) != _among(after, structure.label_values)).any():
            changed.add(structure.name)
    return frozenset(changed)


def _checked(labels: LabelVolume, correction: LabelCorrection) -> NDArray[np.uint8] | None:
    """The given map, once every name is known and, where it has to be, in the case."""
    present = {one.name for one in structures_present(set(np.unique(labels.labels).tolist()))}
    for name in _gone(correction):
        if name not in present:
            raise LabelError(
                "The case has no structure of a name to be removed or renamed.",
                cure=f"It has: {', '.join(sorted(present - {LIVER.name}))}.",
            )
        if name in (LIVER.name, "body"):
            raise LabelError(f"The {name} cannot be removed or renamed.", cure="Give a new mask of it instead.")
    new_names = [structure.name for structure in _structures([new for _, new in correction.renamed])]
    if "body" in new_names:
        raise LabelError("Nothing can be renamed to the body.", cure="Remove it instead.")
    if correction.given is None:
        return None
    if not correction.given.geometry.matches(labels.geometry):
        raise GridMismatchError("The given labels lie on another grid than the case.", cure="Save them on the scan's.")
    return correction.given.labels


def _gone(correction: LabelCorrection) -> tuple[str, ...]:
    return (*correction.removed, *(old for old, _ in correction.renamed))


def _structures(names: Sequence[str]) -> list[Structure]:
    try:
        return [structure_named(name) for name in names]
    except (KeyError, ValueError) as error:
        known = ", ".join(one.name for one in anatomy.FIXED_STRUCTURES)
        raise LabelError("There is no structure of that name.", cure=f"Known: {known}, tumour_01 ...") from error


def _take_out(values: NDArray[np.uint8], structure: Structure, around: np.uint8) -> None:
    own = (anatomy.BODY,) if structure.name == "body" else structure.label_values
    for value in own:
        in_liver = value in anatomy.LIVER_VALUES
        values[values == value] = anatomy.PARENCHYMA if in_liver else around


def _replace_liver(values: NDArray[np.uint8], given: NDArray[np.uint8], around: np.uint8) -> None:
    """Parenchyma and which part of a vein lies in it, from the given map; in place."""
    from scipy import ndimage

    region = _among(given, anatomy.LIVER_VALUES) | _among(values, _LESIONS)
    box = box_of(region)
    filled = region.copy()
    if box is not None:
        filled[box] = ndimage.binary_fill_holes(region[box])
    veins = {value: _among(values, (value, outside)) for value, outside in _OUTSIDE_OF.items()}
    values[(values == anatomy.PARENCHYMA) & ~region] = around
    values[region & ~_among(values, (*_NEVER_LIVER, *_LESIONS))] = anatomy.PARENCHYMA
    for value, mask in veins.items():
        # Masks often leave vessels out of the liver: a hole filled by a vein is liver.
        values[mask & filled] = value
        values[mask & ~filled] = _OUTSIDE_OF[value]


def _paint(values: NDArray[np.uint8], given: NDArray[np.uint8]) -> None:
    """Puts everything but the liver itself into the map, in place; the order is that of `engine.labelling`."""
    tumours = _among(values, anatomy.TUMOUR_VALUES)
    liver = _among(values, anatomy.LIVER_VALUES)
    for value in sorted(set(np.unique(given).tolist()) - {anatomy.BACKGROUND, anatomy.PARENCHYMA}, key=_rank):
        mask = given == value
        if value in _OUTSIDE_OF or value in _OUTSIDE_OF.values():
            inside = next(one for one, outside in _OUTSIDE_OF.items() if value in (one, outside))
            free = mask & ~tumours & ~_among(values, _NEVER_LIVER)
            values[free & liver] = inside
            values[free & ~liver] = _OUTSIDE_OF[inside]
        elif value in anatomy.TUMOUR_VALUES:
            values[mask] = value
        elif value == anatomy.LIVER_CYST or value in _NEVER_LIVER:
            values[mask & ~tumours] = value
        elif value == anatomy.BODY:
            values[mask & (values == anatomy.BACKGROUND)] = value
        else:
            values[mask & ~liver & ~_among(values, _NEVER_LIVER)] = value


def _among(values: NDArray[np.uint8], wanted: Sequence[int]) -> NDArray[np.bool_]:
    """`np.isin` by a table, which takes a tenth of the time."""
    table = np.zeros(256, dtype=bool)
    table[list(wanted)] = True
    found: NDArray[np.bool_] = table[values]
    return found


def _rank(value: int) -> tuple[int, int]:
    """Organs, cyst, hepatic and portal veins, vena cava and gallbladder, tumours from the last number to the first."""
    if value in anatomy.TUMOUR_VALUES:
        return 4, -value
    if value in _NEVER_LIVER:
        return 3, value
    if value in (anatomy.PORTAL_VEIN, anatomy.PORTAL_VEIN_EXTRAHEPATIC):
        return 2, 1
    if value in (anatomy.HEPATIC_VEINS, anatomy.HEPATIC_VEINS_EXTRAHEPATIC):
        return 2, 0
    return (1 if value == anatomy.LIVER_CYST else 0), value
