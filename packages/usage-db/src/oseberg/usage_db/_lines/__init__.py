"""Lines: what an export or a frame holds becomes the rows of a day, without a database."""
