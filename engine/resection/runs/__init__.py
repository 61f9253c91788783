"""Run-lengths of codes per voxel row, and counting them on either side of a cut."""
