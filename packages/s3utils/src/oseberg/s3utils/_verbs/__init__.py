"""The verbs of `S3`, by what they are for."""
