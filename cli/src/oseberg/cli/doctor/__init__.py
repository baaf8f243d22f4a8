"""Check everything that the commands rely on, and say how to fix what is wrong."""
