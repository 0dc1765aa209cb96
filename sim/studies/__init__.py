"""Studies: run, compare and validate, all through one `simulate`."""
