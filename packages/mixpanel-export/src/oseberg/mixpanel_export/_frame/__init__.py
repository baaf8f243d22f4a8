"""Events as columns: values, types and names that never move."""
