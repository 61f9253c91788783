"""Which cells of a cut surface face a tumour, and how near they are."""
