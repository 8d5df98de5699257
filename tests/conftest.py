"""Settings of all tests."""

import matplotlib
from hypothesis import settings

# No time limit per example: the machine that runs them may be busy. The same examples every time: a failure can be
# repeated.
settings.register_profile("commit", deadline=None, derandomize=True)
settings.load_profile("commit")
matplotlib.use("Agg")
