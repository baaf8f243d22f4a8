"""Write exports to files: sinks, targets, and files that appear only when they are whole."""
