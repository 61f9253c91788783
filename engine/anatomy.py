"""The structure catalogue: names, label values, SNOMED CT codes, colours.

A voxel holds exactly one label value. A *structure* is what a person asks about; it may be the union of
several label values: `liver` is parenchyma with everything that lies in it, `portal_vein` is its
intrahepatic branches with the extrahepatic trunk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

BACKGROUND: Final = 0
PARENCHYMA: Final = 1
PORTAL_VEIN: Final = 2
HEPATIC_VEINS: Final = 3
INFERIOR_VENA_CAVA: Final = 4
GALLBLADDER: Final = 5
SPLEEN: Final = 6
LEFT_KIDNEY: Final = 7
RIGHT_KIDNEY: Final = 8
STOMACH: Final = 9
PANCREAS: Final = 10
DUODENUM: Final = 11
AORTA: Final = 12
BONES: Final = 13
BODY: Final = 14
LUNGS: Final = 15
PORTAL_VEIN_EXTRAHEPATIC: Final = 16
HEPATIC_VEINS_EXTRAHEPATIC: Final = 17
LIVER_CYST: Final = 18
FIRST_TUMOUR: Final = 101
LAST_TUMOUR: Final = 199

TUMOUR_VALUES: Final = tuple(range(FIRST_TUMOUR, LAST_TUMOUR + 1))
LIVER_VALUES: Final = (PARENCHYMA, PORTAL_VEIN, HEPATIC_VEINS, LIVER_CYST, *TUMOUR_VALUES)
BODY_VALUES: Final = (*range(PARENCHYMA, LIVER_CYST + 1), *TUMOUR_VALUES)
"""Everything under the skin: the body is measured and shown whole, not with a hole for every organ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """Something with a name that a person shows, hides, measures or cuts.

    Attributes:
        name: stable identifier and file stem, e.g. "portal_vein" or "tumour_01".
        title: what a person reads.
        label_values: the label values whose union it is.
        snomed: SNOMED CT concept id, or "" where none fits.
        colour: "#rrggbb" (sRGB).
        lies_in_liver: whether its intrahepatic part counts as liver volume.
    """

    name: str
    title: str
    label_values: tuple[int, ...]
    snomed: str
    colour: str
    lies_in_liver: bool = False


def _structure(
    name: str, title: str, values: tuple[int, ...], snomed: str, colour: str, *, lies_in_liver: bool = False
) -> Structure:
    return Structure(
        name=name, title=title, label_values=values, snomed=snomed, colour=colour, lies_in_liver=lies_in_liver
    )


LIVER: Final = _structure("liver", "Liver", LIVER_VALUES, "10200004", "#b5654a")

FIXED_STRUCTURES: Final[tuple[Structure, ...]] = (
    LIVER,
    _structure(
        "portal_vein", "Portal vein", (PORTAL_VEIN, PORTAL_VEIN_EXTRAHEPATIC), "32764006", "#3b6fd4", lies_in_liver=True
    ),
    _structure(
        "hepatic_veins",
        "Hepatic veins",
        (HEPATIC_VEINS, HEPATIC_VEINS_EXTRAHEPATIC),
        "8993003",
        "#35b5c9",
        lies_in_liver=True,
    ),
    _structure("liver_cyst", "Liver cyst", (LIVER_CYST,), "85057007", "#a9c8e8", lies_in_liver=True),
    _structure("inferior_vena_cava", "Inferior vena cava", (INFERIOR_VENA_CAVA,), "64131007", "#2b8fa8"),
    _structure("gallbladder", "Gallbladder", (GALLBLADDER,), "28231008", "#6fae4e"),
    _structure("spleen", "Spleen", (SPLEEN,), "78961009", "#8d5a97"),
    _structure("left_kidney", "Left kidney", (LEFT_KIDNEY,), "18639004", "#c2785a"),
    _structure("right_kidney", "Right kidney", (RIGHT_KIDNEY,), "9846003", "#c2785a"),
    _structure("stomach", "Stomach", (STOMACH,), "69695003", "#d9a790"),
    _structure("pancreas", "Pancreas", (PANCREAS,), "15776009", "#e0b268"),
    _structure("duodenum", "Duodenum", (DUODENUM,), "38848004", "#cfa27a"),
    _structure("aorta", "Aorta", (AORTA,), "15825003", "#d1413f"),
    _structure("bones", "Bones", (BONES,), "272673000", "#e6ddc8"),
    _structure("body", "Body", BODY_VALUES, "", "#d8b8a0"),
    _structure("lungs", "Lungs", (LUNGS,), "39607008", "#b8c4d6"),
)


def tumour(number: int) -> Structure:
    """The structure of tumour `number` (1 to 99), e.g. "tumour_01"."""
    value = FIRST_TUMOUR + number - 1
    if not FIRST_TUMOUR <= value <= LAST_TUMOUR:
        raise ValueError(f"tumour number must be 1 to {LAST_TUMOUR - FIRST_TUMOUR + 1}, not {number}")
    return Structure(
        name=f"tumour_{number:02d}",
        title=f"Tumour {number}",
        label_values=(value,),
        snomed="108369006",
        colour="#f2c530",
        lies_in_liver=True,
    )


def is_tumour(structure: Structure) -> bool:
    """Whether the structure is a tumour instance."""
    return FIRST_TUMOUR <= structure.label_values[0] <= LAST_TUMOUR and len(structure.label_values) == 1


def structures_present(label_values: set[int]) -> tuple[Structure, ...]:
    """All structures with at least one of their label values present, tumours last and by number.

    The body is there only where its own value is: organs alone do not tell where the skin is.
    """
    fixed = [
        structure
        for structure in FIXED_STRUCTURES
        if label_values.intersection((BODY,) if structure.name == "body" else structure.label_values)
    ]
    tumours = [tumour(value - FIRST_TUMOUR + 1) for value in TUMOUR_VALUES if value in label_values]
    return (*fixed, *tumours)


def structure_named(name: str) -> Structure:
    """The structure with this name.

    Raises:
        KeyError: no structure has that name.
    """
    for structure in FIXED_STRUCTURES:
        if structure.name == name:
            return structure
    if name.startswith("tumour_") and name.removeprefix("tumour_").isdigit():
        return tumour(int(name.removeprefix("tumour_")))
    raise KeyError(name)
