"""Single cells: values, parties, document types."""
