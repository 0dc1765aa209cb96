"""The events of a case, one file each, and the loop that calls them."""
