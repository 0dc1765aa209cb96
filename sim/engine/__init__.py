"""The machinery: luck, candidates, calendar, capacities, rules and the ledger."""
