"""Declarative tables; nothing is imported from here."""
