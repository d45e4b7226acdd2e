"""Functions of models run several times, as flax.nnx maps and scans them: for the parts of arrays, models and keys."""

import functools

import torch

from ..containers import tree_flatten
from ..control import stacked_trees
from .functions import Rngs
from .states import accepts, place_of, put_value, sharing_copy, type_of, variables_of

# What a scan passes on from step to step.
Carry = "carry"


def split_rngs(function=None, /, *, splits):
    """A function whose random streams are split into several, as ``map_modules`` and ``scan_modules`` take them."""
    if function is None:
        return functools.partial(split_rngs, splits=splits)

    def called(*args, **kwargs):
        given = [arg.fork(split=splits) if isinstance(arg, Rngs) else arg for arg in args]
        return function(*given, **kwargs)

    return called


class StateAxes:
    """An axis for each of several filters of variables; those without one are shared by all runs."""

    def __init__(self, axes, /):
        self.axes = axes

    def axis_of(self, model, path, value):
        """The axis of a variable: that of the first filter that takes it."""
        made = type_of(model, path)
        found = next(axis for filter, axis in self.axes.items() if accepts(filter, path, value, made))
        return None if found == Carry else found


def axes_of(model, axis):
    """The variables of a model by their paths, each with the axis that it is split along, None for those shared."""
    return {
        path: (value, axis.axis_of(model, path, value) if isinstance(axis, StateAxes) else axis)
        for path, value in variables_of(model).items()
    }


def size_of(value, axis):
    """How many parts a value has along an axis; None where nothing tells it."""
    if axis is None or axis == Carry:
        return None
    if isinstance(value, Rngs):
        return value.parts
    if isinstance(value, torch.nn.Module):
        return next((part.shape[own] for part, own in axes_of(value, axis).values() if own is not None), None)
    return next((leaf.shape[axis] for leaf in tree_flatten(value)[0]), None)


def part_of(value, axis, i):
    """A part of a value: of a model one with parts of its arrays, whose buffers stay views."""
    if axis is None:
        return value
    if isinstance(value, Rngs):
        return value.part(i)
    if isinstance(value, torch.nn.Module):
        model = sharing_copy(value)
        for path, (array, own) in axes_of(value, axis).items():
            if own is not None:
                put_value(model, path, array.select(own, i))
        return model
    leaves, structure = tree_flatten(value)
    return structure.unflatten([leaf.select(axis, i) for leaf in leaves])


def keep_changes(value, parts, axis):
    """Write what parts of a model changed, which parameters are not, into the model."""
    if axis in (None, Carry) or not isinstance(value, torch.nn.Module):
        return
    changed = [variables_of(part) for part in parts]
    for path, (array, own) in axes_of(value, axis).items():
        module, held = place_of(value, path)
        if held is module._parameters:
            continue
        new = changed[-1][path] if own is None else torch.stack([part[path] for part in changed], own)
        if own is None or new.requires_grad:
            held[str(path[-1])] = new
        else:
            array.copy_(new)


def keep_shared(value, part, axis):
    """Write what a run changed of what all runs share into the model, for the next one."""
    if isinstance(axis, StateAxes):
        new = variables_of(part)
        for path, (_, own) in axes_of(value, axis).items():
            if own is None:
                _, held = place_of(value, path)
                held[str(path[-1])] = new[path]


def stacked_parts(parts, axis=0):
    """Results of all runs as one along an axis; models become one with stacked arrays."""
    if isinstance(parts[0], torch.nn.Module):
        arrays = [variables_of(part) for part in parts]
        for path, (first, own) in axes_of(parts[0], axis).items():
            if own is not None:
                _, held = place_of(parts[0], path)
                array = torch.stack([each[path].detach() for each in arrays], own)
                held[str(path[-1])] = type(first)(array) if isinstance(first, torch.nn.Parameter) else array
        return parts[0]
    if isinstance(parts[0], (tuple, list)):
        places = axis if isinstance(axis, (tuple, list)) else (axis,) * len(parts[0])
        return type(parts[0])(stacked_parts(list(part), place) for part, place in zip(zip(*parts), places))
    return parts[0] if axis is None or parts[0] is None else stacked_trees(parts, axis)


def map_modules(fun=None, /, *, in_axes=0, out_axes=0, axis_size=None):
    """A function run for each part of its arguments, the results stacked."""
    if fun is None:
        return functools.partial(map_modules, in_axes=in_axes, out_axes=out_axes, axis_size=axis_size)

    @functools.wraps(fun)
    def mapped(*args):
        axes = in_axes if isinstance(in_axes, (tuple, list)) else (in_axes,) * len(args)
        sizes = [size_of(arg, axis) for arg, axis in zip(args, axes, strict=True)]
        count = next(size for size in [axis_size, *sizes] if size is not None)
        parts = [[part_of(arg, axis, i) for arg, axis in zip(args, axes)] for i in range(count)]
        results = [fun(*given) for given in parts]
        for arg, given, axis in zip(args, zip(*parts), axes):
            keep_changes(arg, given, axis)
        return stacked_parts(results, out_axes)

    return mapped


def scan_modules(fun=None, /, *, length=None, reverse=False, in_axes=None, out_axes=None):
    """A function run for one part of its arguments after the other, which passes one of its results on."""
    if fun is None:
        return functools.partial(
            scan_modules, length=length, reverse=reverse, in_axes=in_axes, out_axes=out_axes
        )

    in_axes, out_axes = (Carry, 0) if in_axes is None else in_axes, (Carry, 0) if out_axes is None else out_axes

    @functools.wraps(fun)
    def scanned(*args):
        axes = in_axes if isinstance(in_axes, tuple) else (in_axes,) * len(args)
        sizes = [size_of(arg, axis) for arg, axis in zip(args, axes, strict=True)]
        count = next(size for size in [length, *sizes] if size is not None)
        carry = args[axes.index(Carry)] if Carry in axes else None
        parts, results = [None] * count, [None] * count
        for i in reversed(range(count)) if reverse else range(count):
            parts[i] = [carry if axis == Carry else part_of(arg, axis, i) for arg, axis in zip(args, axes)]
            results[i] = fun(*parts[i])
            for arg, part, axis in zip(args, parts[i], axes):
                keep_shared(arg, part, axis)
            if Carry in axes:
                carry = results[i] if out_axes == Carry else results[i][out_axes.index(Carry)]
        for arg, given, axis in zip(args, zip(*parts), axes):
            keep_changes(arg, given, axis)
        if out_axes == Carry:
            return carry
        if not isinstance(out_axes, tuple):
            return stacked_parts(results, out_axes)
        return tuple(
            carry if axis == Carry else stacked_parts([result[n] for result in results], axis)
            for n, axis in enumerate(out_axes)
        )

    return scanned
