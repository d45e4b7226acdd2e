"""Gradients of what code computes with models, as a tape of TensorFlow gives them."""

import contextlib

import jax
import jax.numpy as jnp
from flax import nnx
from jax.extend.core import Literal

from .base import ADDED, FIRST_VALUES, MissingWeights
from .masks import mask_of, set_mask
from .structures import array_leaves, each_array


class Elsewhere:
    """What stands in place of the weights of models while copies of them compute."""

    def __getattr__(self, name):
        raise RuntimeError("a model is used by a name that is no argument: its gradients would be lost")

    def __getitem__(self, index):
        return self.value


def noted(place, used):
    """The identity, which notes when a gradient flows back through it."""

    def backward(_, gradient):
        used.add(place)
        return (gradient,)

    identity = jax.custom_vjp(lambda x: x)
    identity.defvjp(lambda x: (x, None), backward)
    return identity


def make_weights(function, arguments):
    """Call a function so that the layers that it uses make their weights; all else that this changes is taken back."""
    modules = [m for model in arguments if isinstance(model, nnx.Module) for _, m in nnx.iter_modules(model)]
    values = [value for module in modules for value in vars(module).values()]
    before = [(value, value[...]) for value in values if isinstance(value, nnx.Variable)]
    metrics = [(value, dict(vars(value))) for value in values if hasattr(value, "update_state")]
    token = FIRST_VALUES.set(made := [])
    try:
        function(*arguments)
    finally:
        FIRST_VALUES.reset(token)
    for variable, value in (*before, *reversed(made)):  # what was noted first is last
        variable[...] = value
    for metric, attributes in metrics:
        vars(metric).update(attributes)


@contextlib.contextmanager
def holding(variables, values):
    """A context in which variables have other values, which flax lets none be given inside of a transformation."""
    before = [variable.get_raw_value() for variable in variables]
    for variable, value in zip(variables, values):
        object.__setattr__(variable, "_raw_value", value)
    try:
        yield
    finally:
        for variable, value in zip(variables, before):
            object.__setattr__(variable, "_raw_value", value)


def is_smooth(value):
    """Whether something is an array that gradients can be taken of."""
    return isinstance(value, jax.Array) and jnp.issubdtype(value.dtype, jnp.inexact)


class Tape:
    """What a function computes of models and arrays, and the gradients of its results.

    ``results`` are the function's; what it changes in the models, such as statistics, is kept. ``variables`` are
    those that it reads by other ways.
    """

    def __init__(self, function, *arguments, variables=()):
        self.function, self.arguments, self.used = function, arguments, set()
        self.variables = [x for x in array_leaves(variables) if isinstance(x, nnx.Variable)]
        self.models = [x for x in arguments if isinstance(x, nnx.Module)]
        for model in self.models:
            if hasattr(model, "_track_all"):
                model._track_all()
        try:
            found = self._record_anew()
        except MissingWeights:
            make_weights(function, arguments)
            found = False
        if not found:
            self._record()

    def _record_anew(self):
        """Record; whether all weights existed before, else what modules keep is as it was, but for new weights."""
        before = [(x, x[...]) for _, x in nnx.to_flat_state(nnx.state(self.models))]
        self._record()
        known = {id(weight) for weight in self.sources}
        if all(id(weight) in known for _, weight in nnx.to_flat_state(nnx.state(self.models, nnx.Param))):
            return True
        for variable, value in before:
            variable[...] = value
        return False

    def _record(self):
        """Call the function with copies of the models, and keep what gradients need."""
        weights = [weight for _, weight in nnx.to_flat_state(nnx.state(self.models, nnx.Param))]
        others = [x for x in self.arguments if not isinstance(x, nnx.Module)]
        arrays, self.others = jax.tree.flatten(others, is_leaf=lambda x: isinstance(x, nnx.Variable))
        self.alone = list({id(x): x for x in self.variables if all(x is not weight for weight in weights)}.values())
        self.sources = [*weights, *arrays, *self.alone]
        values = [x[...] if isinstance(x, nnx.Variable) else x for x in self.sources]
        with nnx.update_context("tape"):
            with nnx.split_context("tape") as context:
                self.graph, trained, others = context.split(self.models, nnx.Param, ...)
            for weight in weights:
                weight.set_raw_value(Elsewhere())
            try:
                compute = lambda values: self._computed(values, jax.tree.structure(trained), others)
                smooth, self.backward, (rest, masks, state, added) = self._differentiated(compute, values)
            finally:
                for weight, value in zip(weights, values):
                    weight.set_raw_value(value)
            with nnx.merge_context("tape", False) as context:
                context.merge(self.graph, state)
        modules = dict(nnx.iter_modules(self.models))
        ADDED.update((modules[path], losses) for path, losses in zip(self.adding, added) if losses)
        self.smooth = smooth
        found = [y if x is None else x for x, y in zip(smooth, rest)]
        # [full
        for value, mask in zip(found, masks):
            if mask is not None:
                set_mask(value, mask)
        # full]
        found = [constant if x is None else x for x, constant in zip(found, self.constants)]
        self.results = jax.tree.unflatten(self.structure, found)

    def _differentiated(self, compute, values):
        """The results that have gradients, the function that gives these, and what else is computed."""
        return jax.vjp(compute, values, has_aux=True)

    def _computed(self, values, structure, others):
        """The results that have gradients; the other ones, the masks of all and the state of the models."""
        values = [noted(place, self.used)(value) for place, value in enumerate(values)]
        with nnx.merge_context("tape", True) as context:
            trained = jax.tree.unflatten(structure, values[: structure.num_leaves])
            copies = context.merge(self.graph, trained, others)
        values = values[structure.num_leaves :]
        models, arrays = iter(copies), iter(jax.tree.unflatten(self.others, values[: self.others.num_leaves]))
        given = [next(models if isinstance(x, nnx.Module) else arrays) for x in self.arguments]
        with holding(self.alone, values[self.others.num_leaves :]):
            found, self.structure = jax.tree.flatten(self.function(*given))
        self.constants = [None if isinstance(x, jax.Array) else x for x in found]
        smooth = [x if is_smooth(x) else None for x in found]
        rest = [x if isinstance(x, jax.Array) and not is_smooth(x) else None for x in found]
        masks = None
        # [full
        masks = [mask_of(x) for x in found]
        # full]
        inside = list(nnx.iter_modules(copies))
        self.adding, added = [path for path, _ in inside], [ADDED.pop(module, None) for _, module in inside]
        with nnx.split_context("tape") as context:
            self.graph, state = context.split(copies)
        return smooth, (rest, masks, state, added)

    def gradient(self, target, sources, output_gradients=None, zeros=False):
        """The gradients of a result, or of the sum of several, in the structure of the sources.

        ``output_gradients`` are the weights in the sum. As in TensorFlow, the gradient with respect to what the
        results do not depend on is None, or ``zeros``.
        """
        results = array_leaves(target)
        weights = [None] * len(results) if output_gradients is None else array_leaves(output_gradients)
        places = self._places(results, sources)
        cotangents = [None if y is None else jnp.zeros_like(y) for y in self.smooth]
        for place, weight in zip(places, weights):
            cotangents[place] += 1 if weight is None else weight
        return self._structured(self._pulled(cotangents), sources, zeros)

    # only if used
    def jacobian(self, target, sources, zeros=False):
        """The derivatives of each element of a result, in the structure of the sources."""
        (place,) = self._places([target], sources)
        basis = jnp.eye(target.size, dtype=target.dtype).reshape(-1, *target.shape)
        found = [x.reshape(*target.shape, *x.shape[1:]) for x in self._mapped(basis, place)]
        return self._structured(found, sources, zeros)

    # only if used
    def batch_jacobian(self, target, source, zeros=False):
        """The derivatives of the elements of each row of a result with respect to the same row of the source."""
        (place,) = self._places([target], source)
        count = target.size // len(target)
        basis = jnp.eye(count, dtype=target.dtype).reshape(count, 1, *target.shape[1:])
        rows = self._mapped(jnp.broadcast_to(basis, (count, *target.shape)), place)
        found = [jnp.moveaxis(x, 0, 1).reshape(*target.shape, *x.shape[2:]) for x in rows]
        return self._structured(found, source, zeros)

    def _places(self, results, sources):
        """The places of results among those that have gradients, recorded with all that are asked for."""
        places = [next((i for i, y in enumerate(self.smooth) if y is x), None) for x in results]
        if None in places:
            raise ValueError("a gradient can be taken of what the function of the tape returns")
        known = {id(source) for source in self.sources}
        further = [x for x in array_leaves(sources) if isinstance(x, nnx.Variable) and id(x) not in known]
        if further and not self.models:  # the function is called once more, with these
            self.variables += further
            self._record()
        return places

    def _pulled(self, cotangents):
        """The gradients of all sources."""
        self.used.clear()
        return self.backward(cotangents)[0]

    # only if used
    def _mapped(self, basis, place):
        """The gradients of all sources for each of several weights of one result."""
        others = [None if y is None else jnp.zeros_like(y) for y in self.smooth]
        return jax.vmap(lambda weight: self._pulled([*others[:place], weight, *others[place + 1 :]]))(basis)

    def _structured(self, found, sources, zeros):
        """What was found in the structure of the sources."""
        places = {id(source): place for place, source in reversed([*enumerate(self.sources)])}

        def one(source):
            if id(source) not in places:
                raise ValueError("gradients are taken of the weights of models, and of arrays, that the tape was given")
            gradient = found[places[id(source)]]
            return gradient if zeros or places[id(source)] in self.used else None

        return each_array(one, sources)


class ResultTape(Tape):
    """A tape that also gives gradients with respect to its results: by what others depend on them."""

    def _differentiated(self, compute, values):
        program, shapes = jax.make_jaxpr(compute, return_shape=True)(values)
        structure = jax.tree.structure(shapes)
        count = len(jax.tree.leaves(shapes[0]))
        self.inner, places = {}, {}
        smooth = iter(program.jaxpr.outvars[:count])
        for place in (place for place, shape in enumerate(shapes[0]) if shape is not None):
            name = next(smooth)
            if not isinstance(name, Literal):
                places[name] = self._tapped(len(self.sources) + place)
        run = lambda given: jax.tree.unflatten(structure, evaluated(program, jax.tree.leaves(given), places))
        found = super()._differentiated(run, values)
        self.sources = [*self.sources, *found[0]]
        return found

    def _tapped(self, place):
        """The identity, which keeps the gradient that flows back through it."""

        def backward(_, gradient):
            self.used.add(place)
            self.inner[place] = gradient
            return (gradient,)

        identity = jax.custom_vjp(lambda x: x)
        identity.defvjp(lambda x: (x, None), backward)
        return identity

    def _pulled(self, cotangents):
        self.inner.clear()
        found = super()._pulled(cotangents)
        zeros = [None if y is None else jnp.zeros_like(y) for y in self.smooth]
        return [*found, *(self.inner.get(len(found) + place, zero) for place, zero in enumerate(zeros))]


def evaluated(program, values, tapped):
    """The results of a program of JAX's primitives; ``tapped`` are functions of some of its variables."""
    variables = [*program.jaxpr.constvars, *program.jaxpr.invars]
    known = {name: tapped.get(name, lambda x: x)(x) for name, x in zip(variables, [*program.consts, *values])}
    read = lambda x: x.val if isinstance(x, Literal) else known[x]
    for equation in program.jaxpr.eqns:
        given = [read(x) for x in equation.invars]
        if equation.primitive.name in ("jit", "pjit"):  # the value may be one that it computes inside
            inner = equation.params["jaxpr"]
            names = zip(inner.jaxpr.outvars, equation.outvars)
            found = evaluated(inner, given, {own: tapped[name] for own, name in names if name in tapped})
            known.update(zip(equation.outvars, found))
            continue
        options = equation.primitive.get_bind_params(equation.params)
        functions, options = options if isinstance(options, tuple) else ((), options)  # by the version of JAX
        found = equation.primitive.bind(*functions, *given, **options)
        found = found if equation.primitive.multiple_results else [found]
        known.update((name, tapped.get(name, lambda x: x)(x)) for name, x in zip(equation.outvars, found))
    return [read(x) for x in program.jaxpr.outvars]
