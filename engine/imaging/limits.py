"""How much a scan may ask for. Larger than any abdominal CT, smaller than what hurts a workstation."""

from __future__ import annotations

from typing import Final

MAX_VOXELS: Final = 512 * 1024 * 1024
"""512 x 512 x 2048: four times the longest thin-slice trauma scan."""

MAX_STORED_BYTES: Final = 4 * 1024**3
"""Bytes of one volume as it is stored (a float64 volume of MAX_VOXELS)."""

MAX_GZIP_RATIO: Final = 1100
"""DEFLATE cannot do better than 1032:1, so a header that asks for more than this is a lie."""

MAX_FILES: Final = 20_000
"""Files in a folder or an archive."""

MAX_UNPACKED_BYTES: Final = 8 * 1024**3
"""All files of an archive together."""

MAX_FILE_BYTES: Final = 4 * 1024**3
"""One file."""

MIN_SLICES: Final = 16
"""Fewer are a localizer or a 2D image."""

MIN_SPACING_MM: Final = 0.1
MAX_SPACING_MM: Final = 12.0
"""10 mm slices are the thickest in use; above that a liver volume is no measurement."""

MAX_EXTENT_MM: Final = 3000.0
"""Longer than a person: the units are wrong."""

PARSER_MEMORY_BYTES: Final = 8 * 1024**3
"""Address space of the process that parses a scan."""

PARSER_TIMEOUT_S: Final = 600.0
"""Wall-clock time of the process that parses a scan."""
