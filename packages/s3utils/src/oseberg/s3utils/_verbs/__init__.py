"""The methods of `S3`, grouped by purpose."""
