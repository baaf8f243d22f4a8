"""Loading: lines of an export become rows, and a day's rows replace what was stored of it."""
