"""The short way: texts that differ only in their numbers are read once."""
