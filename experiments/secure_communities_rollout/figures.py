"""The figures of the finding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from experiments.figures import BLUE, GREY, ORANGE, canvas, save
from experiments.secure_communities_rollout.worlds import FIRST

TITLES = {
    "transfers": "transfers to ICE per 100,000 and year",
    "reporting": "share of crimes that Hispanic victims report",
    "victimization": "crimes a year per 1,000 Hispanic residents",
    "belief": "belief that police share data (Hispanic)",
    "trust": "trust in police (Hispanic)",
    "reporting_others": "share of crimes that others report",
}
WORLDS = {
    "local": ("prints kept local", GREY, "-"),
    "published": ("shared from the published date", BLUE, "-"),
    "news_local": ("kept local, news from elsewhere", GREY, "--"),
    "news": ("shared, news from elsewhere", BLUE, "--"),
    "shifted": ("shared, practice a year off in half", ORANGE, ":"),
}
ESTIMATORS = {
    "two_way": ("two-way fixed effects", ORANGE, "o", -0.15),
    "interaction_weighted": ("interaction-weighted", BLUE, "s", 0.15),
}


def draw_series(series: pd.DataFrame, file: Path) -> None:
    """Draw each outcome over time in each world."""
    figure = canvas(11.0, 5.8)
    panels = figure.subplots(2, 3).ravel()
    for axes, (outcome, title) in zip(panels, TITLES.items(), strict=True):
        for world, (label, colour, line) in WORLDS.items():
            one = series[series.world == world]
            time = FIRST[0] + one.quarter / 4 + 0.125
            axes.plot(time, one[outcome], line, color=colour, lw=1.4, label=label)
        axes.set_title(title, fontsize=9)
        axes.tick_params(labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    save(figure, file)


def draw_events(events: pd.DataFrame, file: Path) -> None:
    """Draw the event studies of one setting beside the true effects."""
    figure = canvas(11.0, 3.4)
    panels = figure.subplots(1, 3)
    for axes, outcome in zip(panels, ("transfers", "reporting", "victimization"), strict=True):
        chosen = events[events.outcome == outcome]
        true = chosen[chosen.estimator == "two_way"].sort_values("event")
        axes.axhline(0.0, color=GREY, lw=0.6)
        axes.axvline(-0.5, color=GREY, lw=0.6, ls=":")
        axes.plot(true.event, true.truth, color="black", lw=1.5, label="true effect")
        for name, (label, colour, marker, shift) in ESTIMATORS.items():
            one = chosen[(chosen.estimator == name) & chosen.event.between(-8, 12)]
            axes.errorbar(
                one.event + shift,
                one.estimate,
                yerr=1.96 * one.estimate_error,
                fmt=marker,
                ms=3,
                lw=0.7,
                color=colour,
                label=label,
            )
        axes.set_title(TITLES[outcome], fontsize=9)
        axes.set_xlabel("quarters since activation", fontsize=8)
        axes.set_xticks(range(-8, 13, 4))
        axes.tick_params(labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    save(figure, file)


def draw_recovery(estimates: pd.DataFrame, file: Path) -> None:
    """Draw what each estimator makes of the effect, relative to the true one, and its interval."""
    settings = list(estimates.setting.unique())
    figure = canvas(11.0, 3.6)
    panels = figure.subplots(1, 3, sharey=True)
    for axes, outcome in zip(panels, ("transfers", "reporting", "victimization"), strict=True):
        chosen = estimates[estimates.outcome == outcome]
        axes.axvline(1.0, color=GREY, lw=0.8)
        for name, (label, colour, marker, shift) in ESTIMATORS.items():
            one = chosen[chosen.estimator == name].set_index("setting").loc[settings]
            y = np.arange(len(settings)) + shift
            share = one.estimate / one.truth
            error = 1.96 * one.estimate_error / one.truth.abs()
            axes.errorbar(share, y, xerr=error, fmt=marker, ms=5, lw=1, color=colour, label=label)
            axes.plot(one.of_effect / one.truth, y, "|", ms=11, mew=2, color=colour)  # without luck
        axes.set_title(TITLES[outcome], fontsize=9)
        axes.set_yticks(range(len(settings)), [s.replace("_", " ") for s in settings], fontsize=8)
        axes.set_ylim(len(settings) - 0.5, -0.5)
        axes.set_xlabel("estimate relative to the true effect (1)", fontsize=8)
        axes.tick_params(labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False, fontsize=8)
    save(figure, file)
