"""Lists of surveys and townships given by the user."""
