"""``ivy-s2s verify``: source and converted code run in separate processes on the same weights and inputs, and compared."""
