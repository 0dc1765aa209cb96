"""Attitudes, reporting and avoidance: their room in the house."""
