"""Derivatives of functions."""

import tensorflow as tf

from .module import Kernel, channels_to_front, stored


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


def derivatives_at(transform, fun, inputs, create_graph):
    """What a transformation of a function gives for one array, or for all of a tuple of them."""
    if isinstance(inputs, tuple):
        found = transform(fun, argnums=tuple(range(len(inputs))))(*inputs)
    else:
        found = transform(fun)(inputs)
    return found if create_graph else tf.nest.map_structure(tf.stop_gradient, found)


def jacobian_at(fun, inputs, /, create_graph=False):
    """The derivatives of all outputs by one array, or by each of a tuple of them."""
    return derivatives_at(jacobian, fun, inputs, create_graph)


def hessian_at(fun, inputs, /, create_graph=False):
    """The second derivatives by one array, or by each pair of a tuple of them."""
    return derivatives_at(hessian, fun, inputs, create_graph)


def parameter_gradients(tape, target, parameters, output_gradients=None, create_graph=False):
    """The gradients of what a tape recorded by each parameter, in its own layout; None where there is none."""
    parameters = list(parameters)
    variables = [stored(parameter).value for parameter in parameters]
    found = []
    for parameter, gradient in zip(parameters, tape.gradient(target, variables, output_gradients=output_gradients)):
        if gradient is not None:
            gradient = tf.convert_to_tensor(gradient)  # of rows that are looked up too
            gradient = channels_to_front(gradient) if isinstance(parameter, Kernel) else gradient
            gradient = gradient if create_graph else tf.stop_gradient(gradient)
        found.append(gradient)
    return tuple(found)


def linearize(fun, /, *primals):
    """The value of ``fun`` and a function from tangents of the arguments to the derivative along them."""
    return fun(*primals), lambda *tangents: jvp(fun, primals, tangents)[1]
