"""Requests to Mixpanel: within its limits, repeated and divided until every day is complete."""
