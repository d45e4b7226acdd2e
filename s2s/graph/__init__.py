"""``ivy.trace_graph``: what a function computes, recorded while it runs on proxies and written as straight-line code."""
