"""The results of calls: descriptions of objects, and reports of transfers."""
