"""Converted at once, and when first called; the array that comes in is of another framework."""

import ivy
import jax
ivy.set_backend("jax")

def test_fn(x):
    return jax.numpy.sum(x)

x1 = ivy.array([1., 2.])
# with an example of the arguments: converted here
eager_graph = ivy.transpile(test_fn, source="jax", to="torch", args=(x1,))

ret = eager_graph(x1)
# without: converted below
lazy_graph = ivy.transpile(test_fn, source="jax", to="torch")

ret = lazy_graph(x1)

ret = lazy_graph(x1)
