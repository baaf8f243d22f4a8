"""Complete days on disk, as they are handed out."""
