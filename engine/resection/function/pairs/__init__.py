"""The liver by pairs of portal and hepatic piece."""

from engine.resection.function.pairs.pair_table import TUMOUR, PairTable

__all__ = ["TUMOUR", "PairTable"]
