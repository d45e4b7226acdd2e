"""Derivatives of functions."""

import tensorflow as tf


def as_tensors(tree):
    """The numbers and arrays of a nested structure as tensors of their own, which stand nowhere else."""
    return tf.nest.map_structure(tf.identity, tree)


def watched_call(fun, args, kwargs, argnums, has_aux, persistent=False):
    """The tape, the watched arguments, the value and what comes beside it."""
    numbers = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    args = [
        as_tensors(arg) if i in numbers or i - len(args) in numbers else arg
        for i, arg in enumerate(args)
    ]
    wanted = [args[i] for i in numbers]
    with tf.GradientTape(persistent=persistent) as tape:
        tape.watch(tf.nest.flatten(wanted))
        result = fun(*args, **kwargs)
    value, aux = result if has_aux else (result, None)
    return tape, wanted[0] if isinstance(argnums, int) else tuple(wanted), value, aux


def value_and_grad(fun, /, *, argnums=0, has_aux=False):
    """A function that gives ``fun``'s value and its gradient with respect to the chosen arguments."""

    def evaluated(*args, **kwargs):
        tape, wanted, value, aux = watched_call(fun, args, kwargs, argnums, has_aux)
        gradient = tape.gradient(value, wanted, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        return ((value, aux), gradient) if has_aux else (value, gradient)

    return evaluated


def grad(fun, /, *, argnums=0, has_aux=False):
    """A function that gives ``fun``'s gradient with respect to the chosen arguments."""
    both = value_and_grad(fun, argnums=argnums, has_aux=has_aux)

    def gradient(*args, **kwargs):
        value, found = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return gradient


def jacobian(fun, /, *, argnums=0):
    """A function that gives the derivatives of every output by every element of the chosen arguments."""

    def derivatives(*args, **kwargs):
        tape, wanted, value, _ = watched_call(fun, args, kwargs, argnums, False, persistent=True)
        return tf.nest.map_structure(
            lambda part: tf.nest.map_structure(
                lambda x: tape.jacobian(
                    part, x, unconnected_gradients=tf.UnconnectedGradients.ZERO
                ),
                wanted,
            ),
            value,
        )

    return derivatives


def hessian(fun, /, *, argnums=0):
    """A function that gives the matrix of second derivatives."""
    return jacobian(grad(fun, argnums=argnums), argnums=argnums)


def jvp(fun, primals, tangents, /):
    """The value of ``fun`` and its derivative along the tangents: the gradient of a gradient, as accumulators of
    TensorFlow do not know functions with gradients of their own."""
    primals, zero = as_tensors(list(primals)), tf.UnconnectedGradients.ZERO
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            inner.watch(tf.nest.flatten(primals))
            value = fun(*primals)
        parts = [part for part in tf.nest.flatten(value) if part.dtype.is_floating or part.dtype.is_complex]
        cotangents = [tf.zeros_like(part) for part in parts]
        outer.watch(cotangents)
        pulled = inner.gradient(parts, primals, output_gradients=cotangents, unconnected_gradients=zero)
    tangents = as_tensors(list(tangents))
    found = iter(outer.gradient(pulled, cotangents, output_gradients=tangents, unconnected_gradients=zero))
    derivative = tf.nest.map_structure(
        lambda part: next(found) if part.dtype.is_floating or part.dtype.is_complex else tf.zeros_like(part), value
    )
    return value, derivative


def vjp(fun, /, *primals, has_aux=False):
    """The value of ``fun`` and a function from a cotangent of it to those of all arguments, a tuple."""
    numbers = tuple(range(len(primals)))
    tape, wanted, value, aux = watched_call(fun, primals, {}, numbers, has_aux, persistent=True)

    def cotangents(cotangent):
        zero = tf.UnconnectedGradients.ZERO
        return tape.gradient(value, wanted, output_gradients=cotangent, unconnected_gradients=zero)

    return (value, cotangents, aux) if has_aux else (value, cotangents)


def jacobian_at(fun, inputs, /, create_graph=False):
    """The derivatives of all outputs by one array, or by each of a tuple of them."""
    if isinstance(inputs, tuple):
        found = jacobian(fun, argnums=tuple(range(len(inputs))))(*inputs)
    else:
        found = jacobian(fun)(inputs)
    return found if create_graph else tf.nest.map_structure(tf.stop_gradient, found)



def hessian_at(fun, inputs, /, create_graph=False):
    """The second derivatives by one array, or by each pair of a tuple of them."""
    if isinstance(inputs, tuple):
        found = hessian(fun, argnums=tuple(range(len(inputs))))(*inputs)
    else:
        found = hessian(fun)(inputs)
    return found if create_graph else tf.nest.map_structure(tf.stop_gradient, found)
