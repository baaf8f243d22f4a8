"""Loading: a day's rows replace the stored ones, in runs that are logged and can be verified."""
