"""Writing results: files, folders of days, profiles."""
