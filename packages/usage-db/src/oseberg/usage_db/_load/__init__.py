"""Loading: a day's rows replace what was stored of it, in runs that are logged and can be verified."""
