"""Functions with a gradient of their own."""

import jax
import jax.numpy as jnp


class FunctionContext:
    """What the forward pass of a `Function` keeps for its backward pass."""

    saved_tensors = ()

    def save_for_backward(self, *arrays):
        self.saved_tensors = arrays

    def mark_non_differentiable(self, *arrays):
        pass

    def set_materialize_grads(self, value):
        pass


class Function:
    """A function whose gradient is computed by its own `backward`.

    Subclasses define `forward(ctx, *args)` and `backward(ctx, *gradients)` as static methods.
    """

    @classmethod
    def apply(cls, *args):
        """Calls `forward`; gradients flow through `backward`."""
        places = [i for i, a in enumerate(args) if hasattr(a, "dtype") and hasattr(a, "shape")]
        static = {}

        def forward(*arrays):
            ctx = FunctionContext()
            ctx.needs_input_grad = tuple(i in places for i in range(len(args)))
            full = list(args)
            for place, array in zip(places, arrays):
                full[place] = array
            result = cls.forward(ctx, *full)
            kept = {}
            for name, value in vars(ctx).items():
                leaves = jax.tree.leaves(value)
                if leaves and all(isinstance(leaf, jax.Array) for leaf in leaves):
                    kept[name] = value
                else:
                    static[name] = value
            return result, (kept, arrays)

        def backward(residuals, gradients):
            kept, arrays = residuals
            ctx = FunctionContext()
            vars(ctx).update(static)
            vars(ctx).update(kept)
            results = cls.backward(
                ctx, *(gradients if isinstance(gradients, tuple) else (gradients,))
            )
            results = results if isinstance(results, tuple) else (results,)
            return tuple(
                jnp.zeros_like(array) if results[place] is None else results[place]
                for place, array in zip(places, arrays)
            )

        function = jax.custom_vjp(lambda *arrays: forward(*arrays)[0])
        function.defvjp(forward, backward)
        return function(*[jnp.asarray(args[place]) for place in places])


def derivatives_at(transform, fun, inputs, create_graph):
    """What a transformation of a function gives for one array, or for all of a tuple of them."""
    if isinstance(inputs, tuple):
        found = transform(fun, argnums=tuple(range(len(inputs))))(*inputs)
    else:
        found = transform(fun)(inputs)
    return found if create_graph else jax.tree.map(jax.lax.stop_gradient, found)


def jacobian_at(fun, inputs, /, create_graph=False):
    """The derivatives of all outputs by one array, or by each of a tuple of them."""
    return derivatives_at(jax.jacrev, fun, inputs, create_graph)


def hessian_at(fun, inputs, /, create_graph=False):
    """The second derivatives by one array, or by each pair of a tuple of them."""
    return derivatives_at(jax.hessian, fun, inputs, create_graph)


def parameters_vjp(function, parameters, has_aux=False):
    """The value of `function()`, and a function from a cotangent of it to those of parameters, a tuple.

    While the function runs, the parameters hold what is differentiated, whichever way it reaches them.
    """
    variables = list(parameters)
    before = [variable.get_raw_value() for variable in variables]

    def held(values):
        for variable, value in zip(variables, values, strict=True):
            object.__setattr__(variable, "_raw_value", value)  # also where JAX follows the function

    def computed(*values):
        held(values)
        return function()

    try:
        return jax.vjp(computed, *before, has_aux=has_aux)
    finally:
        held(before)
