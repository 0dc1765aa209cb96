"""The four agents: resident, officer, jail and ICE; each with its state, its decisions and its face."""
