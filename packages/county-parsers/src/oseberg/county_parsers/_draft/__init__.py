"""A first draft of a county module, from real files."""
