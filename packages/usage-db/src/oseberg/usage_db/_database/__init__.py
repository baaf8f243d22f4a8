"""The usage database as one object, its methods by subject."""
