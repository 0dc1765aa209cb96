"""The independent reviewer: a sample of cases that began with a stop, findings, and what they change."""

from __future__ import annotations

from sim.engine.jit import inline
from sim.engine.ledger import E_CASE_OPENED, E_FINDING
from sim.engine.luck import decision, uniform
from sim.pathway.world import record

_FINDING = decision("oversight.finding")


@inline
def examine(w, slot):
    """Handle the end of a reviewer's work on a case: a finding lowers what the officer is inclined to do."""
    case = w.cases[slot]
    settings = w.settings[0]
    record(w, E_CASE_OPENED, slot, -1)
    if uniform(w.clock[0].seed, _FINDING, case.key) >= settings.oversight_finding:
        return
    record(w, E_FINDING, slot, -1)
    officer = w.officers[case.officer]
    officer.restraint = 1.0 - (1.0 - officer.restraint) * (1.0 - settings.oversight_consequence)
