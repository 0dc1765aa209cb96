"""Synthetic residents, households and ties, or a user's own table of them."""
