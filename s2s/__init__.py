"""The conversion engine."""
