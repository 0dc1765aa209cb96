"""What is known about a place: United States counties, states, and the growth of 287(g) agreements.

A scenario says `place: Davidson County, TN` and the makers of its population, agencies and jail ask here
for the numbers.  They are plain CSV files beside this module, read once and on demand, so that importing
it costs nothing.  `data/README.md` gives the origin, date and caveats of each column; the ids in brackets
below are those of `scenarios/sources.yaml`.

A number that a source does not give is `None`, never zero.
"""

from __future__ import annotations

import csv
import difflib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from sim.errors import SimError

_DATA = Path(__file__).with_name("data")

#: What a county may be called, longest first, so that the plain name is what remains.
_KINDS = (" city and borough", " municipality", " census area", " borough", " county", " parish", " city")

#: The city of the District of Columbia, which is all of it.
_CAPITAL = ("washington dc", "washington district of columbia", "dc")


class UnknownPlace(SimError):  # noqa: N818 - the name says what happened
    """No county or state answers to a name, or more than one does.

    Parameters
    ----------
    message
        What was asked, why it cannot be answered, and how to ask.
    place
        The name as it was given.
    candidates
        The places it may have meant, best first.
    alike
        Whether the candidates have the name that was given, so that none of them is nearer than another.
    """

    def __init__(
        self, message: str, place: str, candidates: tuple[str, ...] = (), *, alike: bool = False
    ) -> None:
        self.place = place
        self.candidates = candidates
        self.alike = alike
        super().__init__(message)

    @property
    def states(self) -> tuple[str, ...]:
        """The states of the candidates, by their two letters."""
        return tuple(sorted({name.rpartition(", ")[2][:2] for name in self.candidates}))


@dataclass(frozen=True, slots=True)
class CountyFacts:
    """One county, parish, borough or independent city, with the boundaries of 2017.

    Attributes
    ----------
    fips
        Five digits, the first two the state's.
    name, state
        Name with its kind ("Orleans Parish") and the state's two letters.
    population, hispanic, white_nh, black_nh, asian_nh
        Persons, average of 2013 to 2017; `_nh` is not Hispanic [acs_2013_2017].
    officers_city, officers_county
        Sworn officers of city police and of the county or sheriff, mostly 2025; both None where no agency
        of the county is in the table (New York City's five among them), zero where none of that kind
        is.  State police are not included [fbi_le_employees_2025].
    agreements_jem, agreements_wso, agreements_tfm
        Active 287(g) agreements of agencies in the county on 18 May 2026: jail enforcement, warrant
        service officer, task force [ice_287g_list_2026_05].
    ice_field_office
        The ICE office responsible [ice_field_offices].
    noncitizen, noncitizen_moe
        Persons and their 90 % margin of error, average of 2014 to 2018 [acs_2014_2018].
    noncitizen_hispanic_est, undocumented_est_2023
        Persons, our own estimates: uncertain by 20 % and more [own_estimate, pew_2023].
    jail_population_est
        Persons held in local jails on one day of about 2016 to 2020, people held for others included;
        None where no jail is on record [dhs_infrastructure_jails].
    secure_communities_date
        Day on which booking prints were first passed on to DHS [ice_sc_activation].
    crime_violent_2012, crime_property_2012
        Index offences known to police in 2012; None where none was published [fbi_ucr_2012].
    """

    fips: str
    name: str
    state: str
    population: int
    hispanic: int
    white_nh: int
    black_nh: int
    asian_nh: int
    officers_city: int | None
    officers_county: int | None
    agreements_jem: int
    agreements_wso: int
    agreements_tfm: int
    ice_field_office: str
    noncitizen: int
    noncitizen_moe: int
    noncitizen_hispanic_est: int
    undocumented_est_2023: int
    jail_population_est: int | None
    secure_communities_date: date
    crime_violent_2012: int | None
    crime_property_2012: int | None

    @property
    def label(self) -> str:
        """Name and state, as `county` understands it: "Davidson County, TN"."""
        return f"{self.name}, {self.state}"


@dataclass(frozen=True, slots=True)
class StateFacts:
    """One state or the District of Columbia: undocumented residents, and the law.

    Attributes
    ----------
    state, name
        Two letters, and the full name.
    undocumented_est_2023
        Persons, our own estimate from published national and state totals [own_estimate, pew_2023].
    undocumented_share
        The same as a share of residents (of 2013 to 2017), 0 to 1.
    licence_law, licence_effective, licence_status
        The law that licenses drivers whatever their immigration status, when it took effect (YYYY,
        YYYY-MM or YYYY-MM-DD), and whether law and date were read or recalled; None where there is no
        such law [ncsl_licences].
    coop_category
        Our coding of the law on cooperation with ICE, from most restrictive to most demanding:
        restrict_strong, ban_287g, restrict_detainer_courts, limited, none, ban_sanctuary,
        mandate_detainer, mandate_287g [state_cooperation_laws].
    coop_law, coop_effective, coop_status, coop_note
        The law coded, its date as above, whether it was read or recalled, and what it does.
    """

    state: str
    name: str
    undocumented_est_2023: int
    undocumented_share: float
    licence_law: str | None
    licence_effective: str | None
    licence_status: str | None
    coop_category: str
    coop_law: str | None
    coop_effective: str | None
    coop_status: str
    coop_note: str | None


@dataclass(frozen=True, slots=True)
class StateLaw:
    """A law, decision or directive of a state on cooperation with ICE [state_cooperation_laws].

    Attributes
    ----------
    state
        Two letters.
    since
        Day on which it took effect (YYYY, YYYY-MM or YYYY-MM-DD).
    category
        Our coding of it, as in `StateFacts.coop_category`.
    agreements_287g
        "banned" or "required" where it says so; None where it does not speak of 287(g) agreements.
    law, status
        What it is called, and whether law and date were read or recalled.
    """

    state: str
    since: str
    category: str
    agreements_287g: str | None
    law: str
    status: str


@dataclass(frozen=True, slots=True)
class AgreementsMonth:
    """Active 287(g) agreements in the country on one day [ice_287g_sheets].

    Attributes
    ----------
    snapshot_date
        Day of ICE's list.
    agreements, agencies, states
        Agreements, agencies that have at least one, and states with such an agency.
    jem, wso, tfm
        Agreements by model: jail enforcement, warrant service officer, task force.
    """

    snapshot_date: date
    agreements: int
    agencies: int
    states: int
    jem: int
    wso: int
    tfm: int


def county(place: str) -> CountyFacts:
    """Find a county by FIPS code or by name.

    Parameters
    ----------
    place
        A FIPS code ("47037"; a leading zero may be left off), or a name and state in any case:
        "Davidson County, TN", "Davidson, TN", "davidson county, tennessee", "Orleans, LA".
        The state may be left off where only one county has the name.

    Returns
    -------
    CountyFacts
        The one county meant.

    Raises
    ------
    UnknownPlace
        Nothing has that code or name (the nearest names are given), or several counties do (all are).
    """
    text = str(place).strip()
    if text.isdecimal():
        return _by_fips(text)
    if " ".join(_plain(text.replace(",", " ")).split()) in _CAPITAL:
        text = "District of Columbia"
    name, comma, state_name = text.rpartition(",")
    if not comma:
        return _only_one(text, _named(_plain(text), counties()), counties())
    within = _by_state()[state(state_name).state]
    return _only_one(text, _named(_plain(name), within), within)


def state(code_or_name: str) -> StateFacts:
    """Find a state by its two letters or its name, in any case.

    Raises
    ------
    UnknownPlace
        No state or the District of Columbia is called that; the nearest names are given.
    """
    key = _plain(code_or_name)
    for facts in states():
        if key in (facts.state.lower(), _plain(facts.name)):
            return facts
    names = {_plain(facts.name): f"{facts.name} ({facts.state})" for facts in states()}
    close = tuple(names[k] for k in difflib.get_close_matches(key, names, n=3))
    raise UnknownPlace(
        f"no state is called {code_or_name.strip()!r}; give its two letters or its name"
        f"{_did_you_mean(close)}",
        code_or_name,
        close,
    )


@cache
def counties() -> tuple[CountyFacts, ...]:
    """All counties, sorted by FIPS code."""
    return tuple(_county(row) for row in _rows("counties.csv"))


@cache
def states() -> tuple[StateFacts, ...]:
    """All states and the District of Columbia, sorted by their letters."""
    return tuple(_state(row) for row in _rows("states.csv"))


@cache
def state_laws() -> dict[str, tuple[StateLaw, ...]]:
    """Return the laws of each state on cooperation with ICE by its two letters, the earliest first."""
    found: dict[str, list[StateLaw]] = {facts.state: [] for facts in states()}
    for row in _rows("state_laws.csv"):
        found[row["state"]].append(
            StateLaw(**{**row, "agreements_287g": row["agreements_287g"] or None})  # type: ignore[arg-type]
        )
    return {letters: tuple(laws) for letters, laws in found.items()}


@cache
def agreements_by_month() -> tuple[AgreementsMonth, ...]:
    """Active 287(g) agreements from January 2021 on, one list a month, oldest first."""
    return tuple(_agreements(row) for row in _rows("agreements_287g.csv"))


# ---------------------------------------------------------------- looking up


def _by_fips(text: str) -> CountyFacts:
    """Find the county with a FIPS code, the leading zero restored."""
    known = {facts.fips: facts for facts in counties()}
    fips = text.zfill(5)
    if fips in known:
        return known[fips]
    same_state = (code for code in known if code[:2] == fips[:2])
    by_distance = sorted(same_state, key=lambda code: abs(int(code) - int(fips)))
    close = tuple(f"{code} ({known[code].label})" for code in by_distance[:3])
    raise UnknownPlace(
        f"no county has the FIPS code {fips!r}; codes have five digits and the boundaries of 2017"
        f"{_did_you_mean(close)}",
        text,
        close,
    )


def _named(key: str, among: Iterable[CountyFacts]) -> list[CountyFacts]:
    """Counties whose full name is `key`, else those whose name without its kind is."""
    among = tuple(among)
    full = [facts for facts in among if _plain(facts.name) == key]
    return full or [facts for facts in among if _short(facts.name) == key]


def _only_one(place: str, found: list[CountyFacts], among: Iterable[CountyFacts]) -> CountyFacts:
    """Return the single county found, or raise with what might have been meant."""
    if len(found) == 1:
        return found[0]
    if found:
        labels = tuple(f"{facts.label} ({facts.fips})" for facts in found)
        raise UnknownPlace(
            f"{place!r} names {len(found)} counties; write one of: {'; '.join(labels)}",
            place,
            labels,
            alike=True,
        )
    key = _plain(place.rpartition(",")[0] or place)
    close = _nearest(key, among)
    elsewhere = tuple(f"{facts.label} ({facts.fips})" for facts in _named(key, counties()))
    if elsewhere and not any(_short(facts.name) == _without_kind(key) for facts in among):
        raise UnknownPlace(
            f"no county is called {place!r}; of that name there is {'; '.join(elsewhere)}",
            place,
            elsewhere,
            alike=len(elsewhere) > 1,
        )
    raise UnknownPlace(
        f"no county is called {place!r}; write the county, not a city in it, and the state, like "
        f"'Davidson County, TN', or a FIPS code{_did_you_mean(close)}",
        place,
        close,
    )


def _nearest(key: str, among: Iterable[CountyFacts], most: int = 3) -> tuple[str, ...]:
    """Labels of the counties whose full or short names are closest to `key`, best first."""
    among = tuple(among)
    if len(among) == 1:  # whatever is asked for in the District of Columbia
        return (among[0].label,)
    spelled: dict[str, list[str]] = {}
    for facts in among:
        for name in dict.fromkeys((_plain(facts.name), _short(facts.name))):
            spelled.setdefault(name, []).append(facts.label)
    close = difflib.get_close_matches(key, spelled, n=2 * most)
    if _without_kind(key) in spelled:  # the right name with the wrong kind: "Orleans County"
        close = [_without_kind(key)]
    return tuple(dict.fromkeys(label for name in close for label in spelled[name]))[:most]


def _did_you_mean(names: tuple[str, ...]) -> str:
    """End of a message: the nearest names, or nothing."""
    return f". Did you mean: {'; '.join(names)}?" if names else ""


@cache
def _by_state() -> dict[str, tuple[CountyFacts, ...]]:
    """Counties of each state, by its two letters."""
    groups: dict[str, list[CountyFacts]] = {}
    for facts in counties():
        groups.setdefault(facts.state, []).append(facts)
    return {letters: tuple(group) for letters, group in groups.items()}


@cache
def _plain(name: str) -> str:
    """Fold a name to what is compared: no case, accents, dots or apostrophes; "Saint" is "St"."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    kept = "".join(c for c in letters if not unicodedata.combining(c) and c not in ".'’")
    words = kept.replace("-", " ").split()
    return " ".join({"saint": "st", "sainte": "ste"}.get(word, word) for word in words)


def _short(name: str) -> str:
    """Folded name without its kind: "Orleans Parish" is "orleans"."""
    return _without_kind(_plain(name))


def _without_kind(key: str) -> str:
    """Cut the kind off a folded name."""
    for kind in _KINDS:
        if key.endswith(kind):
            return key.removesuffix(kind)
    return key


# ---------------------------------------------------------------- reading


def _rows(file: str) -> Iterator[dict[str, str]]:
    """Rows of one of the shipped tables."""
    with (_DATA / file).open(newline="", encoding="utf-8") as table:
        yield from csv.DictReader(table)


def _maybe(text: str) -> int | None:
    """Read a count, None where the cell is empty."""
    return int(text) if text else None


def _county(row: dict[str, str]) -> CountyFacts:
    return CountyFacts(
        fips=row["fips"],
        name=row["name"],
        state=row["state"],
        population=int(row["population"]),
        hispanic=int(row["hispanic"]),
        white_nh=int(row["white_nh"]),
        black_nh=int(row["black_nh"]),
        asian_nh=int(row["asian_nh"]),
        officers_city=_maybe(row["officers_city"]),
        officers_county=_maybe(row["officers_county"]),
        agreements_jem=int(row["agreements_jem"]),
        agreements_wso=int(row["agreements_wso"]),
        agreements_tfm=int(row["agreements_tfm"]),
        ice_field_office=row["ice_field_office"],
        noncitizen=int(row["noncitizen"]),
        noncitizen_moe=int(row["noncitizen_moe"]),
        noncitizen_hispanic_est=int(row["noncitizen_hispanic_est"]),
        undocumented_est_2023=int(row["undocumented_est_2023"]),
        jail_population_est=_maybe(row["jail_population_est"]),
        secure_communities_date=date.fromisoformat(row["secure_communities_date"]),
        crime_violent_2012=_maybe(row["crime_violent_2012"]),
        crime_property_2012=_maybe(row["crime_property_2012"]),
    )


def _state(row: dict[str, str]) -> StateFacts:
    return StateFacts(
        state=row["state"],
        name=row["name"],
        undocumented_est_2023=int(row["undocumented_est_2023"]),
        undocumented_share=float(row["undocumented_share"]),
        licence_law=row["licence_law"] or None,
        licence_effective=row["licence_effective"] or None,
        licence_status=row["licence_status"] or None,
        coop_category=row["coop_category"],
        coop_law=row["coop_law"] or None,
        coop_effective=row["coop_effective"] or None,
        coop_status=row["coop_status"],
        coop_note=row["coop_note"] or None,
    )


def _agreements(row: dict[str, str]) -> AgreementsMonth:
    return AgreementsMonth(
        snapshot_date=date.fromisoformat(row["snapshot_date"]),
        agreements=int(row["agreements"]),
        agencies=int(row["agencies"]),
        states=int(row["states"]),
        jem=int(row["jem"]),
        wso=int(row["wso"]),
        tfm=int(row["tfm"]),
    )
