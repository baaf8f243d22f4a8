"""Archives: whole months of events as Parquet files, out of the database and back."""
