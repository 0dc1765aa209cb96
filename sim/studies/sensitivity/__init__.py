"""Sensitivity: which parameters move an outcome or a lever's effect, and how much of that is luck."""

from sim.studies.sensitivity.study import Sensitivity, sensitivity

__all__ = ["Sensitivity", "sensitivity"]
