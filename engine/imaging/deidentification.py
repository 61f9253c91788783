"""What may be told about a scan. Everything else in a DICOM header stays in it.

Free text can hold a name, whatever the field is called, so text passes only by being on a list: known makers,
kernels that look like kernels, words of radiology. The list is of what is let through, never of what is removed.
"""

from __future__ import annotations

import re
from typing import Final

_MAKERS: Final = (
    "GE", "Siemens", "Philips", "Toshiba", "Canon", "Hitachi", "Fujifilm", "Neusoft", "United Imaging", "Picker",
    "Elscint", "Marconi", "Shimadzu", "Samsung",
)  # fmt: skip

_KERNEL: Final = re.compile(
    r"(STANDARD|SOFT|DETAIL|LUNG|BONE|BONEPLUS|CHEST|EDGE|ULTRA|LIVER|[ABCDEFKLUY]{1,2}|FC\d{2}|[A-Z]{1,2}[a-z]?\d{2}[a-z]?)"
)

_WORDS: Final = frozenset(
    re.findall(
        r"\w+",
        """abdomen abd abdominal pelvis chest thorax cap ap liver lever leber foie hepatic portal portalvenous venous
    vein ven arterial artery art late early delayed delay native plain unenhanced enhanced contrast nc ce ct axial ax
    coronal cor cornal sagittal sag mpr mip thin thick soft bone lung standard recon reconstruction phase biphasic
    triphasic multiphase body helical spiral oral iv post pre without with w wo and mm""",
    )
)

_PHASES: Final = (
    ("portal venous", frozenset({"portal", "portalvenous", "venous", "ven", "vein"})),
    ("arterial", frozenset({"arterial", "art", "artery"})),
    ("delayed", frozenset({"delayed", "delay", "late"})),
    ("native", frozenset({"native", "plain", "unenhanced", "nc"})),
)


def known_maker(text: str) -> str:
    """The scanner's maker, or "" where the field holds anything else."""
    lowered = f" {text.lower()} "
    for maker in _MAKERS:
        if f" {maker.lower()} " in lowered:
            return maker
    return ""


def known_kernel(text: str) -> str:
    """The reconstruction kernel, or "" where the field does not look like one."""
    first = text.split("\\", maxsplit=1)[0].strip()
    return first if _KERNEL.fullmatch(first) else ""


def known_words(text: str) -> str:
    """The words of radiology in a series description, in order, e.g. "abdomen portal venous"."""
    words = re.findall(r"[a-z]+", text.lower())
    return " ".join(word for word in words if word in _WORDS)


def contrast_phase(description: str) -> str:
    """The contrast phase that a description names, or "" where it names none or several."""
    words = set(description.split())
    phases = [phase for phase, names in _PHASES if words & names]
    return phases[0] if len(phases) == 1 else ""
