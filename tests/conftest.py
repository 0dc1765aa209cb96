import os

# Before anything imports matplotlib: tests draw without a screen.
os.environ.setdefault("MPLBACKEND", "Agg")

from hypothesis import settings

# No deadline: the first example of a compiled function pays for its compilation.
settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))
