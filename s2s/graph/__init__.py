"""``ivy.trace_graph``: what a function computes, recorded while it runs and written as straight-line code."""
