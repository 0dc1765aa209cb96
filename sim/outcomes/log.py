"""The event log as a table: one row an event, for process-mining tools case, activity and timestamp."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.engine.ledger import EVENTS
from sim.scenario import vocabulary as v

COLUMNS = ("time", "event", "resident", "case", "officer", "agency", "jail", "channel", "cause")


def log_frame(log: NDArray[Any], names: dict[str, tuple[str, ...]]) -> pd.DataFrame:
    """Return the log as a table.

    Parameters
    ----------
    log
        Lines of `sim.engine.ledger.LOG`.
    names
        Names of agencies and jails, in their order.

    Returns
    -------
    pandas.DataFrame
        `time` in days; `event`, `agency`, `jail` and `channel` as names (missing: none applies);
        `resident` and `officer` as numbers (officer −1: none); `case` and `cause` as 16 hexadecimal
        digits (`cause` missing: the case was not begun by another).
    """
    return pd.DataFrame(
        {
            "time": np.array(log["time"]),
            "event": _named(log["event"], EVENTS),
            "resident": np.array(log["resident"]),
            "case": [f"{int(k):016x}" for k in log["case"]],
            "officer": np.array(log["officer"]),
            "agency": _named(log["agency"], names["agency"]),
            "jail": _named(log["jail"], names["jail"]),
            "channel": _named(log["channel"], v.CHANNELS),
            "cause": [f"{int(k):016x}" if k else None for k in log["cause"]],
        },
        columns=list(COLUMNS),
    )


def _named(codes: NDArray[Any], names: tuple[str, ...]) -> Any:
    return pd.Categorical.from_codes(np.array(codes, dtype=np.int64), categories=pd.Index(list(names)))
