"""How well a segmentation agrees with a reference: overlap, surfaces, volumes, centrelines."""

from engine.evaluation.evaluate import StructureMasks, evaluate_labels
from engine.evaluation.report import EvaluationReport, StructureAgreement

__all__ = ["EvaluationReport", "StructureAgreement", "StructureMasks", "evaluate_labels"]
