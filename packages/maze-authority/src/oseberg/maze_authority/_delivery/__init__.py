"""A delivery as the rules see it: its documents, numbers, pages, images and days."""
