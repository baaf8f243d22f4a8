"""Reading an answer: bytes, lines, events, and the zone of their times."""
