"""A comparison as one self-contained page that can be forwarded and printed."""
