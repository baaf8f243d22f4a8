"""What all tests share."""

from hypothesis import settings

# A machine that pauses is no fault of the code: speed is for the benchmarks to say.
settings.register_profile("oseberg", deadline=None)
settings.load_profile("oseberg")
