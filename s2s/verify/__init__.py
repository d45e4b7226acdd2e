"""``ivy-s2s verify``: source and converted code run on the same weights and inputs, each in its own process."""
