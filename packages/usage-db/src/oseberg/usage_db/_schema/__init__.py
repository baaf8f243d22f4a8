"""The schema: its migrations and the SQL that they execute."""
