"""Score users and companies, and explain the scores."""
