"""Many clients on bad lines against one session that crashes, from a seed: `python -m streaming.simulation --help`."""
