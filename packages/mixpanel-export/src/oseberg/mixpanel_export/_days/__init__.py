"""Complete days: on disk, in memory, and as they are returned."""
