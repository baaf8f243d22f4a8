"""Files in S3 without the accidents."""

__all__: list[str] = []
