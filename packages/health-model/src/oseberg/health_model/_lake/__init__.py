"""A week measured from a lake: Parquet files of days, in pieces that any number of workers can share."""
