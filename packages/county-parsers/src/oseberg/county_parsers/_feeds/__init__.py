"""Feeds: deliveries that say what became of documents, applied to what earlier ones said."""
