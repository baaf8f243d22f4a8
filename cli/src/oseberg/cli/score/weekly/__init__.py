"""Score week by week, from events in the database or in a lake."""
