"""One request: who asks, how often, what comes back, and what goes wrong on the way."""
