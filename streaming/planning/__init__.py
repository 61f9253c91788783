"""Plans as the wire and the engine each understand them: making resections, asking for numbers, proposals."""
