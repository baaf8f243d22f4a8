"""Weekly health scores from product usage that people can trust, explain and reproduce."""

__all__: list[str] = []
