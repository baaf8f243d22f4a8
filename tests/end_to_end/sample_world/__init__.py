"""The demo's sample world: `python -m tests.end_to_end.sample_world` writes it into the command's package."""
