"""Run everything that a schedule should run, and remember how it went."""
