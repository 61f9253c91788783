"""Where a surface passes through itself."""
