"""The embedded Postgres: a server on a folder of our own, its programs, its account and its watcher."""
