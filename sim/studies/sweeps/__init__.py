"""Studies of many worlds: points of a design, arms at each, run anywhere, kept in a folder that survives."""
