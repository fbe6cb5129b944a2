"""What goes wrong on purpose: before the answer, in the answer, or with what the model says."""

from .spelling import Fault, Planned, faults_of
from .table import FAULTS, Kind, Stage

__all__ = ["FAULTS", "Fault", "Kind", "Planned", "Stage", "faults_of"]
