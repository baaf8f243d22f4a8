"""Feeds: deliveries that state changes of documents, applied to the earlier ones."""
