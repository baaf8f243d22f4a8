"""Mixpanel's raw event export as whole days, exact rows and typed pandas DataFrames."""

__all__: list[str] = []
