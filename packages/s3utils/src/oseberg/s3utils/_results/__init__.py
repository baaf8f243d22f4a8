"""What calls return: descriptions of objects, and reports of transfers."""
