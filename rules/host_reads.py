"""``np.argmax(y)`` of a tensor -> ``np.argmax(y.detach().cpu().numpy())``: it raises where gradients are kept.

Functions such as ``np.squeeze`` call the method of what they are given, and would give a tensor.
In JAX ``np.asarray(y)`` is written for these alone.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from .base import rule


@rule(cst.Call)
def host_read(node: cst.Call, ctx) -> None:
    """Functions of NumPy in code of another framework, where that converts its arrays by itself."""
    calling = ctx.target.settings.get("numpy_calls_methods", ())
    if not (calling or ctx.target.settings.get("arrays_read_by_method")) or "numpy" in ctx.source.packages:
        return
    known = ctx.source.settings.get("host_arrays", {})
    if known and not known.get("beside_arrays_alone"):  # what is computed there may be NumPy's despite what it says
        return
    name = ctx.name_of(node.func)
    if not name.startswith("numpy.") or ctx.source.find(name) is not None or calling and name[6:] not in calling:
        return
    for value in (value for arg in node.args if not arg.star for value in _values(arg.value)):
        if ctx.kind(value).tag == "array" and id(value) not in ctx.substitutes:
            read = ctx.writer.of_op("to_numpy", x=value)
            if read is not None:
                ctx.substitutes[id(value)] = read
                ctx.count("exact")


def _values(node: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """An argument, or the elements of one that is a list."""
    if isinstance(node, (cst.List, cst.Tuple)):
        for element in node.elements:
            if isinstance(element, cst.Element):
                yield from _values(element.value)
    elif isinstance(node, (cst.ListComp, cst.GeneratorExp)):
        yield from _values(node.elt)
    else:
        yield node
