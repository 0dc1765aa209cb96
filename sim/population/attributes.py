"""What residents are besides group, status and age: law, police record, driving, roles, neighbourhood.

Each attribute has luck of its own, looked up by resident (by household, for the neighbourhood).  A lever
that changes one share leaves everybody's other attributes as they were, and raising a share only adds
people to those who have the attribute.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.jit import kernel
from sim.engine.luck import normal, uniforms
from sim.population.people import ADULT, GROWN
from sim.population.quotas import by_name
from sim.scenario import vocabulary as v

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.scenario.schema import Population

Flags = NDArray[np.bool_]
Start = NDArray[np.int32]

LONGEST_Z = 2.5  # driving exposure is cut this many standard deviations of its logarithm from the middle
FURTHER_EARNER = 0.75  # chance that a grown person beside the first of the household earns (assumed)
OLDEST_EARNER = 64  # years
PARENT_GAP = 15  # years


def _chance(shares: Mapping[str, float], residents: NDArray[Any], luck: NDArray[np.float64]) -> Flags:
    """Whether the luck of each resident falls within the share of their status."""
    return luck < by_name(shares, v.STATUSES)[residents["status"]]


def draw_law(residents: NDArray[Any], settings: Population, seed: np.uint64) -> None:
    """Set biometric record and final order of removal.

    One luck decides both, because an order goes with a print on file: as long as fewer of a status have an
    order than have prints, everybody under an order has them.
    """
    luck = uniforms(seed, "population.federal", len(residents))
    residents["biometric"] = _chance(settings.biometric, residents, luck)
    residents["order"] = _chance(settings.final_order, residents, luck)


def draw_record(residents: NDArray[Any], settings: Population, seed: np.uint64) -> None:
    """Set the worst conviction and the open warrant of everybody who is 16 or over."""
    grown = residents["age"] >= GROWN
    luck = uniforms(seed, "population.record", len(residents))
    violent = by_name(settings.record_violent, v.STATUSES)
    convicted = violent + by_name(settings.record_nonviolent, v.STATUSES)
    status = residents["status"]
    kinds = (luck < violent[status], luck < convicted[status])
    residents["record"] = np.where(
        grown, np.select(kinds, (v.VIOLENT, v.NONVIOLENT), v.NO_RECORD), v.NO_RECORD
    )
    wanted = uniforms(seed, "population.warrant", len(residents)) < settings.open_warrant
    residents["warrant"] = grown & wanted


@kernel
def _exposure(out, luck, low, width, spread, scale):
    for i in range(out.size):
        out[i] = math.exp(spread * normal(low + width * luck[i])) * scale


def exposure(luck: NDArray[np.float64], spread: float) -> NDArray[np.float64]:
    """Return the driving exposure of drivers relative to the mean driver, who has 1.

    Log-normal with `spread` as the standard deviation of the logarithm, cut at ±2.5 of them so that no single
    resident is most of the traffic; scaled by the exact mean of the cut distribution.
    """

    def below(z: float) -> float:
        return 0.5 * math.erfc(-z / math.sqrt(2.0))

    low, width = below(-LONGEST_Z), below(LONGEST_Z) - below(-LONGEST_Z)
    kept = (below(LONGEST_Z - spread) - below(-LONGEST_Z - spread)) / width
    out = np.empty(len(luck))
    _exposure(out, luck, low, width, spread, math.exp(-0.5 * spread * spread) / kept)
    return out


def draw_driving(residents: NDArray[Any], settings: Population, seed: np.uint64) -> None:
    """Set driving exposure (0 for those who do not drive) and the licences of drivers.

    The undocumented have none where the law asks for lawful presence.
    """
    count = len(residents)
    drives = _chance(settings.drives, residents, uniforms(seed, "population.drives", count))
    drives &= residents["age"] >= GROWN
    amount = exposure(uniforms(seed, "population.driving", count), settings.driving_spread)
    residents["driving"] = np.where(drives, amount, 0.0)
    licensed = _chance(settings.licensed, residents, uniforms(seed, "population.licensed", count))
    if settings.licence_law == "lawful_presence":
        licensed &= residents["status"] != v.UNDOCUMENTED
    residents["licensed"] = drives & licensed


def draw_earners(residents: NDArray[Any], start: Start, seed: np.uint64) -> None:
    """Set who brings income: of those of 18–64 in a household, the first, and each other with chance 0.75."""
    age, count = residents["age"], len(residents)
    able = (age >= ADULT) & (age <= OLDEST_EARNER)
    place = np.arange(count)
    first = np.minimum.reduceat(np.where(able, place, count), start[:-1])
    luck = uniforms(seed, "population.earner", count)
    residents["earner"] = able & ((place == first[residents["household"]]) | (luck < FURTHER_EARNER))


def find_parents(residents: NDArray[Any], start: Start) -> None:
    """Set who is a parent: 18 or over, with a US-born minor at least 15 years younger in the household."""
    age = residents["age"]
    minor = (age < ADULT) & (residents["status"] == v.US_BORN)
    youngest = np.minimum.reduceat(np.where(minor, age, np.int16(999)), start[:-1])
    residents["parent"] = (age >= ADULT) & (age - youngest[residents["household"]] >= PARENT_GAP)


def draw_neighbourhoods(group: NDArray[np.int8], settings: Population, seed: np.uint64) -> NDArray[np.int16]:
    """Return the neighbourhood of each household, whose group is given.

    With chance `segregation` a household lives on the block of its group, else anywhere.  Blocks are runs
    of neighbourhoods as long as the group's share of residents, so neighbourhoods are equally large on
    average, and `segregation` is the dissimilarity index of each group against everybody else (where
    neighbourhoods are many).
    """
    count = len(group)
    ends = np.cumsum(by_name(settings.groups, v.GROUPS))
    ends /= ends[-1]
    starts = np.concatenate(([0.0], ends[:-1]))
    apart = uniforms(seed, "population.segregation", count) < settings.segregation
    place = uniforms(seed, "population.neighbourhood", count)
    place = np.where(apart, starts[group] + (ends - starts)[group] * place, place)
    return np.minimum(place * settings.neighbourhoods, settings.neighbourhoods - 1).astype(np.int16)
