"""What a county's facts are and where they come from, as comments of a scenario that starts from them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sim.errors import Mark, Problems
from sim.scenario.document import Document, at, read
from sim.scenario.facts import CountyFacts, state, state_laws
from sim.scenario.places import read_place
from sim.scenario.tree import shipped

Row = tuple[str, str, tuple[str, ...]]  # what, how much, ids of its sources


def notes(facts: CountyFacts) -> list[str]:
    """Return the facts of a county line by line: what, how much, source; then what the sources are."""
    place = read_place(Document(None, facts.fips, at(Mark())), Problems())
    used = place.facts.data if place is not None else {}
    rows = [*_people(facts), *_police_and_jail(facts, used), *_law(facts)]
    wide = max(len(what) for what, _, _ in rows)
    much = max(len(how) for _, how, _ in rows)
    lines = [f"  {what:{wide}}  {how:{much}}  {', '.join(ids)}".rstrip() for what, how, ids in rows]
    titles = _titles()
    cited = dict.fromkeys(name for _, _, ids in rows for name in ids)
    return [*lines, "What these sources are:", *(f"  [{name}] {titles[name]}" for name in cited)]


def _people(facts: CountyFacts) -> Iterator[Row]:
    census, ours = ("acs_2013_2017",), ("own_estimate", "pew_2023")
    yield "residents", f"{facts.population:,}", census
    named = (
        ("white", facts.white_nh),
        ("Black", facts.black_nh),
        ("Hispanic", facts.hispanic),
        ("Asian", facts.asian_nh),
    )
    shares = ", ".join(f"{name} {100 * count / facts.population:.1f} %" for name, count in named)
    yield "perceived groups", shares, census
    yield "noncitizens", f"{facts.noncitizen:,} (± {facts.noncitizen_moe:,})", ("acs_2014_2018",)
    yield "undocumented residents", f"{facts.undocumented_est_2023:,} (± 20 % and more)", ours


def _police_and_jail(facts: CountyFacts, used: dict[str, Any]) -> Iterator[Row]:
    yield "officers of city police", _count(facts.officers_city), ("fbi_le_employees_2025",)
    yield "officers of the county", _count(facts.officers_county), ("fbi_le_employees_2025",)
    taken = "capacity" in used.get("jails", {}).get("county_jail", {})
    yield (
        "held in jails on one day",
        _count(facts.jail_population_est, taken=taken),
        ("dhs_infrastructure_jails",),
    )
    for kind, count in (("violent", facts.crime_violent_2012), ("property", facts.crime_property_2012)):
        taken = kind in used.get("arrests", {}).get("crime_level", {})
        yield f"{kind} offences in 2012", _count(count, taken=taken, instead="as in base"), ("fbi_ucr_2012",)


def _law(facts: CountyFacts) -> Iterator[Row]:
    held = (
        ("jail", facts.agreements_jem),
        ("warrants", facts.agreements_wso),
        ("street", facts.agreements_tfm),
    )
    agreements = ", ".join(f"{name} {count}" for name, count in held if count) or "none"
    yield "287(g) agreements, May 2026", agreements, ("ice_287g_list_2026_05",)
    licence = state(facts.state)
    if licence.licence_law:
        said = f"whatever the status, since {licence.licence_effective}"
        yield "driving licences by state law", said, ("ncsl_licences",)
    for law in state_laws()[facts.state]:
        yield f"state law since {law.since}", f"{law.law} ({law.category})", ("state_cooperation_laws",)
    if not state_laws()[facts.state]:
        yield "state law", "none on cooperation with ICE", ("state_cooperation_laws",)


def _count(count: int | None, *, taken: bool = True, instead: str = "as in base, by residents") -> str:
    """Return a count, and what stands in its place where it is not known or not believed."""
    if count is None:
        return f"unknown: {instead}"
    return f"{count:,}" if taken else f"{count:,}, too few to be all: {instead}"


def _titles() -> dict[str, str]:
    document = read(shipped() / "sources.yaml", Problems())
    entries = document.data if document is not None else {}
    return {name: str(entry["title"]) for name, entry in entries.items()}
