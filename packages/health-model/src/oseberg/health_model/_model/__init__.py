"""The model file: what it may say, how it is read, and the weights next to it."""
