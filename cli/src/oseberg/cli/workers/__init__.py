"""Workers: processes on this machine, which are replaced when they are killed, or a Dask cluster."""
