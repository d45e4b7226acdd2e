"""ivy: source-to-source conversion between machine-learning frameworks."""
