"""Who does the work: processes of this machine that are replaced when they are killed, or a Dask cluster."""
