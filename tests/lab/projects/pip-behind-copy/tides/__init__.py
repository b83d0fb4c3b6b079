"""High water, counted from the moon."""
