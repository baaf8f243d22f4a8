"""Asking Mixpanel: requests within its limits, repeated and divided until every day is there."""
