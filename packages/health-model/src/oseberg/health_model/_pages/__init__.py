"""What people read: the health page, explanations, spreadsheets, and the documentation of the metrics."""
