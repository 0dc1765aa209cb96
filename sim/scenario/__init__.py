"""What a scenario file may say: schema, loading, decision tables, levers, experiments."""
