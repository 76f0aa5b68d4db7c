"""Returns what stands in a file, as texts with their places, whatever the file's type."""
