"""How files become rows."""
