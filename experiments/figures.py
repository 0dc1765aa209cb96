"""What the figures of the findings share: colours that everybody tells apart, canvases without a screen."""

from __future__ import annotations

from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#6E6E6E"
DPI = 130


def canvas(width: float, height: float) -> Figure:
    """Return an empty figure of that many inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def save(figure: Figure, file: Path) -> None:
    """Write a figure as PNG, the same bytes for the same figure."""
    figure.savefig(file, dpi=DPI, metadata={"Software": None})
