"""What the words of the vocabulary mean, for people who read them in a rule, a table or a file.

The words themselves, and their order, are `sim.scenario.vocabulary`'s; a test holds every list here to them.
"""

from __future__ import annotations

from typing import Final

# Decision tables: when each is asked, and of whom.
ASKED: Final = {
    "stop.outcome": "at every stop, of the officer. A lenient officer turns some of the arrests without a"
    " warrant hit into citations, and a find in a search may turn any other end into an arrest",
    "stop.query": "at every stop, of the officer, before it ends",
    "stop.street_check": "at every stop, of the officer, once its outcome is known",
    "booking.disposition": "at every arrest, of the officer",
    "booking.identify": "at every booking, of the jail",
    "custody.release": "of the jail at the booking of a person for whom there is room, and again, with the"
    " same luck, when it agrees to hold the person for ICE",
    "sharing.channel": "each time data of a case could reach ICE through a channel",
    "ice.review": "of ICE, once for each match that it reviews before the match lapses",
    "detainer.response": "of the jail, once for each request that finds the person still there",
    "ice.at_large": "of ICE, each time it takes up a lead, and once for each operation of its own",
    "court.outcome": "of the immigration court when a removable person enters detention; whoever is not"
    " removable is released once that is found out",
}

CHANNELS: Final = {
    "booking_prints": "fingerprints taken at booking and searched in the federal databases",
    "warrant_query": "the immigration query that an officer makes at a stop without a federal agent",
    "jail_roster": "the jail's list of the people booked, which ICE can read",
    "release_date": "the time of release, after a request that the jail does not answer with a hold",
    "jail_interview": "an interview in the jail, by ICE or by the jail's own staff under a jail enforcement"
    " agreement",
    "local_records": "addresses and licences, asked for when ICE is left with a lead",
    "victim_witness_records": "what a victim or witness who calls the police gives of themselves",
    "informal_message": "an officer's message to ICE outside any agreement",
    "task_force_contact": "what a federal agent who takes part in a stop learns",
}

EFFECTS: Final = {
    "own_encounters": "a person's own encounters with police move their legitimacy and alarm",
    "vicarious": "what happens to a person is felt by those tied to them",
    "network_arrests": "an arrest by ICE alarms those tied to the person, and teaches them that police share"
    " data where local police led to it",
    "news": "news of arrests by ICE alarms residents of the same perceived group",
    "paper": "what is announced about working with ICE moves belief",
    "practice": "news of transfers from local police moves belief, and publicized findings answer it",
    "trust_reporting": "trust moves the chance that a crime is reported",
    "chill": "belief that police share data, and fear, keep people from reporting",
    "avoidance": "fear and belief make people give up driving, public places and dealings with police",
    "moving": "households move away for fear",
    "offending_response": "offending answers to how often those it victimizes report",
    "incapacitation": "a crime does not happen while whoever would commit it is in custody or removed",
    "deterrence": "the risk of removal keeps removable people from crime",
    "return": "some of those removed come back",
    "late_response": "a late response lowers the chance that a crime is cleared",
    "caution": "officers make fewer stops in neighbourhoods where legitimacy has fallen",
}

# Words that need more than themselves, by the list of the vocabulary that they belong to.
WORDS: Final = {
    "status": {
        "us_born": "citizen by birth",
        "naturalized": "citizen by naturalization",
        "lpr": "lawful permanent resident",
        "temporary": "lawfully present for a time, or with deferred action (DACA)",
        "undocumented": "without lawful status",
    },
    "record": {
        "none": "no conviction",
        "nonviolent": "worst conviction non-violent",
        "violent": "a violent conviction",
    },
    "hit": {
        "order": "a removable person with a final order of removal",
        "removable": "a removable person without one (or somebody taken for one)",
        "lawful": "a person whom the databases know and who is not removable",
    },
    "reason": {
        "moving_violation": "a traffic stop for the way of driving",
        "equipment": "a traffic stop for the state of the vehicle",
        "suspicion": "a stop on suspicion; every street stop has this reason",
    },
    "model_287g": {
        "none": "no agreement for the street",
        "tfm": "task force model: officers with authority may arrest on it at stops",
    },
    "jail model": {
        "none": "no agreement for the jail",
        "wso": "warrant service officers: trained staff serve ICE's warrants at release",
        "jem": "jail enforcement model: they interview at booking, review what they find, and serve warrants",
    },
    "origin": {
        "traffic_stop": "a traffic stop",
        "street_stop": "a stop on foot",
        "crime": "an arrest that does not begin with a stop",
        "operation": "an operation or raid of ICE, or an arrest beside one",
        "saturation_stop": "a stop in a saturation operation",
        "victimization": "a crime, seen from the victim or a witness",
        "contact": "a contact that is neither a stop nor a report, or a household that moves away",
    },
}
