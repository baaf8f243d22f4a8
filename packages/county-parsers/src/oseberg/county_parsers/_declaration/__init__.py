"""A county's declaration, and where declarations are found."""
