"""Facts about places: they can be found by any sensible spelling, and the tables hold together."""

import subprocess
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from sim.errors import SimError
from sim.scenario.facts import UnknownPlace, agreements_by_month, counties, county, state, state_laws, states

ROOT = Path(__file__).parents[2]
CATEGORIES = {
    "restrict_strong",
    "ban_287g",
    "restrict_detainer_courts",
    "limited",
    "none",
    "ban_sanctuary",
    "mandate_detainer",
    "mandate_287g",
}


# ---------------------------------------------------------------- looking up


@pytest.mark.parametrize(
    "spelling",
    [
        "47037",
        " 47037 ",
        "Davidson County, TN",
        "Davidson, TN",
        "davidson county, tennessee",
        "DAVIDSON COUNTY,tn",
        "Davidson  County ,  Tn.",
    ],
)
def test_one_county_is_found_by_every_spelling(spelling):
    assert county(spelling).fips == "47037"


@pytest.mark.parametrize(
    ("spelling", "label"),
    [
        ("1001", "Autauga County, AL"),
        ("01001", "Autauga County, AL"),
        ("Orleans Parish, LA", "Orleans Parish, LA"),
        ("Orleans, LA", "Orleans Parish, LA"),
        ("Juneau, AK", "Juneau City and Borough, AK"),
        ("Bethel, Alaska", "Bethel Census Area, AK"),
        ("Carson City, NV", "Carson City, NV"),
        ("Virginia Beach, VA", "Virginia Beach city, VA"),
        ("James City, VA", "James City County, VA"),
        ("Baltimore City, MD", "Baltimore city, MD"),
        ("Baltimore County, MD", "Baltimore County, MD"),
        ("Dona Ana, NM", "Doña Ana County, NM"),
        ("Saint Louis County, MO", "St. Louis County, MO"),
        ("Prince Georges, MD", "Prince George's County, MD"),
        ("District of Columbia, D.C.", "District of Columbia, DC"),
        ("Maricopa County", "Maricopa County, AZ"),
        ("Washington, DC", "District of Columbia, DC"),
        ("Washington DC", "District of Columbia, DC"),
        ("washington, D.C.", "District of Columbia, DC"),
        ("Washington, District of Columbia", "District of Columbia, DC"),
        ("DC", "District of Columbia, DC"),
    ],
)
def test_parishes_boroughs_cities_and_odd_spellings_are_found(spelling, label):
    assert county(spelling).label == label


def test_a_fips_code_given_as_a_number_is_understood():
    assert county(1001).name == "Autauga County"


def test_every_county_is_found_by_its_label_and_by_its_code():
    for facts in counties():
        assert county(facts.fips) is facts
        assert county(facts.label) is facts


@pytest.mark.parametrize(
    ("spelling", "candidates"),
    [
        ("Baltimore, MD", {"Baltimore County, MD (24005)", "Baltimore city, MD (24510)"}),
        ("Richmond, VA", {"Richmond County, VA (51159)", "Richmond city, VA (51760)"}),
        ("Davidson County", {"Davidson County, NC (37057)", "Davidson County, TN (47037)"}),
    ],
)
def test_an_ambiguous_name_is_refused_with_all_it_could_mean(spelling, candidates):
    with pytest.raises(UnknownPlace) as caught:
        county(spelling)
    assert set(caught.value.candidates) == candidates
    assert all(candidate in str(caught.value) for candidate in candidates)


@pytest.mark.parametrize(
    ("spelling", "nearest"),
    [
        ("Davidsen, TN", "Davidson County, TN"),
        ("Maricoppa County, AZ", "Maricopa County, AZ"),
        ("Orleans County, LA", "Orleans Parish, LA"),
        ("Norfolk County, VA", "Norfolk city, VA"),
        ("Washington Cuonty, WI", "Washington County, WI"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_first(spelling, nearest):
    with pytest.raises(UnknownPlace, match="no county is called") as caught:
        county(spelling)
    assert caught.value.place == spelling
    assert caught.value.candidates[0] == nearest
    assert nearest in str(caught.value)


def test_a_county_of_another_state_is_refused_with_the_states_that_have_it():
    with pytest.raises(UnknownPlace, match="no county is called 'Davidson County, WI'") as caught:
        county("Davidson County, WI")
    assert caught.value.alike
    assert caught.value.states == ("NC", "TN")
    with pytest.raises(UnknownPlace) as caught:
        county("Maricopa County, NM")
    assert caught.value.candidates == ("Maricopa County, AZ (04013)",)
    assert not caught.value.alike


@pytest.mark.parametrize("spelling", ["99999", "", ",", "Davidson,", "Nashville, TN", "0", "123456"])
def test_what_names_nothing_is_an_error_of_this_package(spelling):
    with pytest.raises(SimError):
        county(spelling)


def test_an_unknown_code_names_codes_like_it():
    with pytest.raises(UnknownPlace, match="boundaries of 2017") as caught:
        county("47038")  # between two counties: codes are odd
    assert "47037 (Davidson County, TN)" in caught.value.candidates


def test_an_unknown_state_is_refused_with_the_nearest():
    with pytest.raises(UnknownPlace, match=r"Tennessee \(TN\)"):
        county("Davidson, Tenesee")


def test_a_state_is_found_by_letters_or_name_in_any_case():
    assert state("tn") is state("Tennessee") is state(" TENNESSEE ")
    assert state("D.C.").name == "District of Columbia"


# ---------------------------------------------------------------- known values


def test_davidson_county_has_its_published_numbers():
    facts = county("Davidson County, TN")
    assert (facts.population, facts.hispanic) == (678_322, 68_326)
    assert (facts.officers_city, facts.noncitizen, facts.noncitizen_moe) == (1_615, 57_226, 2_018)
    assert facts.ice_field_office == "New Orleans"
    assert facts.secure_communities_date.isoformat() == "2010-08-10"


def test_states_carry_their_law_and_its_date():
    assert (state("CA").coop_category, state("CA").licence_effective) == ("restrict_strong", "2015-01-01")
    assert (state("TX").coop_category, state("TX").licence_law) == ("mandate_287g", None)
    assert state("NE").coop_category == "none"


def test_what_is_not_known_is_none_and_not_zero():
    assert county("Kings, NY").officers_city is None
    assert county("36047").population > 2_000_000


# ---------------------------------------------------------------- the tables hold together


def test_there_are_3142_counties_with_codes_of_their_own_in_order():
    codes = [facts.fips for facts in counties()]
    assert len(codes) == len(set(codes)) == 3_142
    assert codes == sorted(codes)
    assert all(len(code) == 5 and code.isdecimal() for code in codes)


def test_every_state_is_known_and_has_counties():
    letters = {facts.state for facts in states()}
    assert len(letters) == 51
    assert letters == {facts.state for facts in counties()}
    assert all(state(facts.state) is facts and state(facts.name) is facts for facts in states())


def test_no_count_is_negative():
    for facts in counties():
        counts = [getattr(facts, name) for name in facts.__slots__]
        assert all(value >= 0 for value in counts if isinstance(value, int)), facts.label
        assert facts.population > 0, facts.label


def test_no_part_of_a_population_exceeds_the_whole():
    for facts in counties():
        groups = facts.hispanic + facts.white_nh + facts.black_nh + facts.asian_nh
        assert groups <= facts.population, facts.label
        assert facts.noncitizen <= facts.population, facts.label
        assert facts.noncitizen_hispanic_est <= min(facts.noncitizen, facts.hispanic), facts.label
        assert facts.undocumented_est_2023 <= facts.population, facts.label


def test_totals_agree_with_the_sources():
    assert sum(facts.noncitizen for facts in counties()) == pytest.approx(22.3e6, rel=0.005)
    assert sum(facts.undocumented_est_2023 for facts in counties()) == 14_000_000
    assert 320e6 < sum(facts.population for facts in counties()) < 322e6


def test_county_and_state_estimates_of_undocumented_residents_agree():
    for facts in states():
        inside = sum(c.undocumented_est_2023 for c in counties() if c.state == facts.state)
        assert inside == pytest.approx(facts.undocumented_est_2023, abs=5), facts.name


def test_prints_were_linked_within_the_years_of_the_rollout():
    days = [facts.secure_communities_date.isoformat() for facts in counties()]
    assert (min(days), max(days)) == ("2008-10-27", "2013-01-22")


def test_states_use_only_the_documented_categories():
    assert {facts.coop_category for facts in states()} == CATEGORIES
    assert all(0 < facts.undocumented_share < 0.1 for facts in states())


def test_every_state_with_a_law_has_its_steps_in_order_and_the_last_is_its_category():
    for facts in states():
        laws = state_laws()[facts.state]
        assert bool(laws) == (facts.coop_category != "none"), facts.name
        assert [law.since for law in laws] == sorted(law.since for law in laws)
        if laws:
            assert laws[-1].category == facts.coop_category
            assert {law.category for law in laws} <= CATEGORIES
            assert {law.agreements_287g for law in laws} <= {None, "banned", "required"}


def test_a_licence_law_comes_with_date_and_status_or_not_at_all():
    for facts in states():
        given = {bool(facts.licence_law), bool(facts.licence_effective), bool(facts.licence_status)}
        assert len(given) == 1, facts.name


def test_agreements_are_in_order_and_add_up_by_model():
    months = agreements_by_month()
    days = [month.snapshot_date for month in months]
    assert days == sorted(set(days))
    assert all(month.jem + month.wso + month.tfm == month.agreements for month in months[1:])
    assert all(month.agencies <= month.agreements for month in months)
    assert (months[-1].snapshot_date.isoformat(), months[-1].agreements) == ("2026-05-01", 1_779)


# ---------------------------------------------------------------- manners


def test_facts_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        county("47037").population = 1


def test_tables_are_read_once():
    assert counties() is counties()
    assert agreements_by_month() is agreements_by_month()


def test_importing_facts_reads_nothing_and_needs_no_pandas():
    code = (
        "import sys; from sim.scenario import facts; "
        "assert 'pandas' not in sys.modules and 'numpy' not in sys.modules; "
        "assert facts.counties.cache_info().currsize == 0"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
