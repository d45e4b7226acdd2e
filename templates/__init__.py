"""Helper source that is copied into generated packages."""
