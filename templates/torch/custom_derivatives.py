"""Functions whose derivatives are given by rules, under autograd and ``torch.func``."""

import functools
import inspect

import torch

from .containers import tree_flatten, tree_map


def is_differentiable(leaf):
    """Whether derivatives are taken with respect to a leaf of a tree."""
    return isinstance(leaf, torch.Tensor) and (leaf.is_floating_point() or leaf.is_complex())


class RuledFunction(torch.autograd.Function):
    """The function of some tensors that ``rules`` computes, with the derivatives that it gives."""

    generate_vmap_rule = True

    @staticmethod
    def forward(rules, *tensors):
        return rules.values(tensors)

    @staticmethod
    def setup_context(ctx, inputs, output):
        rules, *tensors = inputs
        ctx.rules = rules
        ctx.save_for_backward(*tensors)
        ctx.save_for_forward(*tensors)

    @staticmethod
    def backward(ctx, *cotangents):
        return None, *ctx.rules.pullback(ctx.saved_tensors, cotangents)

    @staticmethod
    def jvp(ctx, _, *tangents):
        return ctx.rules.pushforward(ctx.saved_tensors, tangents)


class RuledCall:
    """One call of a function: its arguments as leaves, of which the differentiable ones are the tensors."""

    def __init__(self, function, args):
        self.function = function
        self.static = [args[i] for i in function.nondiff_argnums]
        primals = [arg for i, arg in enumerate(args) if i not in function.nondiff_argnums]
        self.leaves, self.structure = tree_flatten(tuple(primals))
        self.leaves = [torch.as_tensor(x) if isinstance(x, float) else x for x in self.leaves]
        self.places = [i for i, leaf in enumerate(self.leaves) if is_differentiable(leaf)]

    def with_tensors(self, tensors, others=None):
        """The arguments with other tensors; ``others`` makes what stands for the other leaves."""
        leaves = [leaf if others is None else others(leaf) for leaf in self.leaves]
        for place, x in zip(self.places, tensors, strict=True):
            leaves[place] = x
        return self.structure.unflatten(leaves)

    def arguments(self, tensors):
        """All arguments of the call, with other tensors."""
        args = list(self.with_tensors(tensors))
        for i, value in sorted(zip(self.function.nondiff_argnums, self.static), key=lambda pair: pair[0]):
            args.insert(i, value)
        return args

    def result(self):
        """The value of the function, whose derivatives are those of the rules."""
        found = RuledFunction.apply(self, *[self.leaves[i] for i in self.places])
        return self.outputs.unflatten(found)

    def values(self, tensors):
        """The leaves of the value, and their structure for later."""
        leaves, self.outputs = tree_flatten(self.function.fun(*self.arguments(tensors)))
        return tuple(x.view_as(x) if isinstance(x, torch.Tensor) else torch.as_tensor(x) for x in leaves)

    def pushforward(self, tensors, tangents):
        """The tangents of the value's leaves, linear in those of the tensors."""
        tangents = [torch.zeros_like(x) if t is None else t for x, t in zip(tensors, tangents)]
        directions = self.with_tensors(tangents, lambda leaf: torch.zeros_like(torch.as_tensor(leaf)))
        return self.function.tangents(self.static, self.with_tensors(tensors), directions)

    def pullback(self, tensors, cotangents):
        """The cotangents of the tensors for those of the value's leaves."""
        return self.function.cotangents(self, tensors, cotangents)


class DerivedFunction:
    """A function with rules for its derivatives; the arguments in ``nondiff_argnums`` go to the rules as they are."""

    def __init__(self, fun, nondiff_argnums):
        functools.update_wrapper(self, fun)
        self.fun = fun
        self.nondiff_argnums = tuple(nondiff_argnums)

    def __get__(self, instance, owner=None):
        return self if instance is None else functools.partial(self, instance)

    def __call__(self, *args, **kwargs):
        bound = inspect.signature(self.fun).bind(*args, **kwargs)
        bound.apply_defaults()
        return RuledCall(self, bound.args).result()


def custom_jvp(fun, /, *, nondiff_argnums=()):
    """``fun`` with a rule for its derivative, which ``defjvp`` sets."""
    return PushedFunction(fun, nondiff_argnums)


def custom_vjp(fun, /, *, nondiff_argnums=()):
    """``fun`` with rules for its gradient, which ``defvjp`` sets."""
    return PulledFunction(fun, nondiff_argnums)


class PushedFunction(DerivedFunction):
    """A function whose rule ``jvp(primals, tangents)`` gives its value and the tangent of it."""

    def defjvp(self, jvp, symbolic_zeros=False):
        """Set the rule; tangents that are zero are arrays of zeros."""
        self.jvp = jvp
        return jvp

    def defjvps(self, *jvps):
        """Set a rule ``jvp(tangent, value, *primals)`` for each argument, None where the tangent is zero."""

        def jvp(primals, tangents):
            value = self(*primals)
            parts = [rule(t, value, *primals) for rule, t in zip(jvps, tangents) if rule is not None]
            zeros = tree_map(torch.zeros_like, value)
            return value, tree_map(lambda *leaves: sum(leaves), zeros, *parts)

        self.jvp = jvp

    def tangents(self, static, primals, tangents):
        """The tangents of the value's leaves."""
        value, found = self.jvp(*static, primals, tangents)
        values, found = tree_flatten(value)[0], tree_flatten(found)[0]
        return tuple(t.to(x.dtype).expand(x.shape) for x, t in zip(values, found, strict=True))

    def cotangents(self, call, tensors, cotangents):
        """The transpose of the rule, which is linear in the tangents."""
        zeros = [torch.zeros_like(x) for x in tensors]
        _, transposed = torch.func.vjp(lambda *tangents: call.pushforward(tensors, tangents), *zeros)
        return transposed(tuple(cotangents))


class PulledFunction(DerivedFunction):
    """A function with ``fwd(*args)``, its value and residuals, and ``bwd(residuals, cotangent)``, the cotangents."""

    def defvjp(self, fwd, bwd, optimize_remat=False):
        """Set both rules."""
        self.fwd, self.bwd = fwd, bwd

    def tangents(self, static, primals, tangents):
        """There are none: the rules go backwards."""
        raise TypeError("a function with custom_vjp has no derivatives in forward mode")

    def cotangents(self, call, tensors, cotangents):
        """What ``bwd`` gives for the tensors; None stands for zeros."""
        _, residuals = self.fwd(*call.arguments(tensors))
        found = self.bwd(*call.static, residuals, call.outputs.unflatten(list(cotangents)))
        leaves = []
        for primal, part in zip(call.with_tensors(tensors), found, strict=True):
            count = len(tree_flatten(primal)[0])
            leaves += [None] * count if part is None else tree_flatten(part, is_leaf=lambda x: x is None)[0]
        return tuple(
            torch.zeros_like(x) if leaves[place] is None else leaves[place]
            for place, x in zip(call.places, tensors)
        )
