"""How rows become documents."""
