"""Functions whose derivatives are given by rules."""

import functools
import inspect

import tensorflow as tf

from .containers import tree_flatten, tree_map


class RuledCall:
    """One call of a function: its arguments as leaves, of which the floating ones are the tensors."""

    def __init__(self, function, args):
        self.function = function
        self.static = [args[i] for i in function.nondiff_argnums]
        primals = [arg for i, arg in enumerate(args) if i not in function.nondiff_argnums]
        leaves, self.structure = tree_flatten(tuple(primals))
        self.leaves = [tf.convert_to_tensor(x) if isinstance(x, float) else x for x in leaves]
        self.places = [
            i
            for i, x in enumerate(self.leaves)
            if hasattr(x, "dtype") and (tf.as_dtype(x.dtype).is_floating or tf.as_dtype(x.dtype).is_complex)
        ]

    def with_tensors(self, tensors, others=None):
        """The arguments with other tensors; ``others`` makes what stands for the other leaves."""
        leaves = [leaf if others is None else others(leaf) for leaf in self.leaves]
        for place, x in zip(self.places, tensors):
            leaves[place] = x
        return self.structure.unflatten(leaves)

    def arguments(self, tensors):
        """All arguments of the call, with other tensors."""
        args = list(self.with_tensors(tensors))
        for i, value in sorted(zip(self.function.nondiff_argnums, self.static), key=lambda pair: pair[0]):
            args.insert(i, value)
        return args

    def result(self):
        """The value of the function, whose gradient is that of the rules."""

        @tf.custom_gradient
        def function(*tensors):
            leaves, self.outputs = tree_flatten(self.function.fun(*self.arguments(tensors)))

            def gradient(*upstream):
                return self.function.cotangents(self, tensors, upstream)

            return [tf.stop_gradient(leaf) for leaf in leaves], gradient

        return self.outputs_of(function(*[tf.convert_to_tensor(self.leaves[i]) for i in self.places]))

    def outputs_of(self, leaves):
        """The value with these leaves."""
        return self.outputs.unflatten(list(leaves))


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
        """Set the rule; tangents that are zero are tensors of zeros."""
        self.jvp = jvp
        return jvp

    def defjvps(self, *jvps):
        """Set a rule ``jvp(tangent, value, *primals)`` for each argument, None where the tangent is zero."""

        def jvp(primals, tangents):
            value = self(*primals)
            parts = [rule(t, value, *primals) for rule, t in zip(jvps, tangents) if rule is not None]
            zeros = tree_map(tf.zeros_like, value)
            return value, tree_map(lambda *leaves: tf.add_n(leaves), zeros, *parts)

        self.jvp = jvp

    def cotangents(self, call, tensors, upstream):
        """The transpose of the rule, which is linear in the tangents."""
        zeros = [tf.zeros_like(x) for x in tensors]
        with tf.GradientTape() as tape:
            tape.watch(zeros)
            directions = call.with_tensors(zeros, lambda leaf: tf.zeros_like(tf.convert_to_tensor(leaf)))
            _, tangents = self.jvp(*call.static, call.with_tensors(tensors), directions)
            leaves = tree_flatten(tangents)[0]
        unconnected = tf.UnconnectedGradients.ZERO
        return tape.gradient(
            leaves, zeros, output_gradients=list(upstream), unconnected_gradients=unconnected
        )


class PulledFunction(DerivedFunction):
    """A function with ``fwd(*args)``, its value and residuals, and ``bwd(residuals, cotangent)``, the cotangents."""

    def defvjp(self, fwd, bwd, optimize_remat=False):
        """Set both rules."""
        self.fwd, self.bwd = fwd, bwd

    def cotangents(self, call, tensors, upstream):
        """What ``bwd`` gives for the tensors; None stands for zeros."""
        _, residuals = self.fwd(*call.arguments(tensors))
        found = self.bwd(*call.static, residuals, call.outputs_of(upstream))
        leaves = []
        for primal, part in zip(call.with_tensors(tensors), found):
            count = len(tree_flatten(primal)[0])
            leaves += [None] * count if part is None else tree_flatten(part, is_leaf=lambda x: x is None)[0]
        return [
            tf.zeros_like(x) if leaves[place] is None else leaves[place]
            for place, x in zip(call.places, tensors)
        ]
