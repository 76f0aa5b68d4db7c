"""What goes out: release, lists, notice."""
