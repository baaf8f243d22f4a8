"""From statistics to points: the reference, users' scores, and companies' means."""
