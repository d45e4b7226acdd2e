"""Code as libraries of JAX have it: chex, rules for derivatives, numbers beside arrays, NumPy's dtypes, segments."""

import dataclasses
import functools
import types
from typing import NamedTuple, Union

import chex
import jax
import jax.numpy as jnp
import numpy as np
from flax import serialization
from jax import lax

Number = Union[jax.Array, float]  # noqa: UP007
Array = Union[jax.Array, np.ndarray]  # noqa: UP007
Scalar = Union[float, Array]  # noqa: UP007
Size = float | Array


@jax.custom_jvp
def no_nan_product(x, y):
    return jnp.where(y == 0, 0.0, x * y)


@no_nan_product.defjvp
def no_nan_product_jvp(primals, tangents):
    x, y = primals
    dx, dy = tangents
    return no_nan_product(x, y), 2.0 * dx * y + jnp.where(y == 0, 0.0, x) * dy


@functools.partial(jax.custom_jvp, nondiff_argnums=(1,))
def power(x, n):
    return x**n


@power.defjvp
def power_jvp(n, primals, tangents):
    (x,), (dx,) = primals, tangents
    return power(x, n), n * x ** (n - 1) * dx + dx


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def mapped(f, tree):
    return {"a": f(tree["a"]), "b": tree["b"]}


def mapped_fwd(f, tree):
    return mapped(f, tree), tree["a"]


def mapped_bwd(f, residual, cotangent):
    return ({"a": cotangent["a"] * residual * 3.0, "b": cotangent["b"]},)


mapped.defvjp(mapped_fwd, mapped_bwd)


@jax.custom_jvp
def scaled(x):
    return x * 2.0


scaled.defjvps(lambda tangent, value, x: tangent * 5.0 * x)


def ruled_values(x: jax.Array):
    """Functions with rules for their derivatives: what they give."""
    tree = mapped(jnp.sin, {"a": x, "b": x})
    return no_nan_product(x, y=x), power(x, 3), tree, scaled(x)


def ruled_derivatives(x: jax.Array):
    """What the rules give: each differs from the true derivative, so that it shows."""
    first = jax.grad(lambda a, b: no_nan_product(a, b).sum(), argnums=(0, 1))(x, x)
    second = jax.grad(lambda v: jax.grad(lambda w: power(w, 3).sum())(v).sum())(x)
    of_tree = jax.grad(lambda t: (mapped(jnp.sin, t)["a"] * mapped(jnp.cos, t)["b"]).sum())({"a": x, "b": x})
    along = jax.jvp(no_nan_product, (x, x), (x + 1.0, x))
    return first, second, of_tree, along, jax.grad(lambda v: scaled(v).sum())(x), jax.vmap(scaled)(x)


@chex.dataclass(frozen=True)
class Moments:
    """A node of trees and a mapping."""

    second: chex.Array
    first: chex.Numeric


def checked(x: chex.Array, scale: chex.Numeric = 2.0):
    """chex: assertions, a dataclass as a tree, as a mapping and replaced."""
    chex.assert_rank(x, {1, 2})
    chex.assert_shape([x, x + 1], (None, ...))
    chex.assert_type(x, float)
    chex.assert_equal_shape([x, x * scale])
    moments = Moments(first=x.mean(), second=(x**2).mean())
    doubled = jax.tree_util.tree_map(lambda leaf: leaf * 2, moments)
    return moments["first"], doubled.first, doubled.replace(first=x).first, sorted(dict(**doubled)), jnp.log(scale)


class Affine:
    """Attributes that are a number or an array."""

    def __init__(self, shift: Number, scale: Number | None = None):
        self.shift = shift
        if scale is None:
            self.scale = 1.0
            self.inverse = 1.0
        else:
            self.scale = scale
            self.inverse = 1.0 / scale

    def sizes(self):
        shape = jnp.broadcast_shapes(jnp.shape(self.shift), jnp.shape(self.scale))
        return jnp.broadcast_to(self.scale, (2, *shape)), jnp.log(jnp.abs(self.inverse)), jnp.ndim(self.shift)


def rotated(x: jax.Array, angle: float):
    return jnp.cos(angle) * x - jnp.sin(angle)


def numbers_or_arrays(x: jax.Array):
    """Where a number may stand for an array, functions of arrays take both."""
    return Affine(0.5).sizes(), Affine(x, x + 3.0).sizes(), Affine(0.5, x + 3.0).sizes(), rotated(x, 0.3), rotated(x, x)


def dtypes(x: jax.Array, dtype=jnp.float32):
    """NumPy's dtypes, names and types of Python beside those of arrays."""
    single = x.dtype == np.float32, x.dtype != bool, x.dtype in (np.int32, np.float32), dtype == np.float32
    kinds = jnp.issubdtype(x.dtype, np.floating), jnp.issubdtype(x.dtype, np.integer), jnp.issubdtype(int, jnp.integer)
    return single, kinds, jnp.zeros(3, dtype=np.float32).dtype == jnp.float32, jnp.zeros_like(x, shape=(2,))


def items_of_lists(x: jax.Array):
    """``parts[i] += y`` gives the list another array; the old one stays what it is."""
    grid = list(jnp.meshgrid(jnp.arange(2), jnp.arange(3), indexing="ij"))
    parts = [x, x]
    parts[0] += 1.0
    totals = {"a": x}
    totals["a"] *= 2.0
    grid[0] += 1
    return parts, totals, grid


def segments(x: jax.Array):
    """Segments without elements, and repetitions cut or filled up to a length."""
    ids = jnp.array([0, 0, 3])
    largest = jax.ops.segment_max(x, ids, 5)
    smallest = jax.ops.segment_min(x, ids, num_segments=5)
    counts = jnp.array([2, 0, 1])
    return largest, smallest, [jnp.repeat(x, counts, axis=0, total_repeat_length=n) for n in (2, 3, 5)]


def choice(flag, v):
    start = lax.cond(flag, lambda a: a * 2.0, lambda a: a - 1.0, v)
    return lax.while_loop(lambda a: a.sum() < 10.0, lambda a: a + jnp.abs(v) + 0.5, start)


def mapped_control(x: jax.Array):
    """Branches, loops and slices of which each call of a mapped function takes its own."""
    starts = jnp.array([0, 1, 1])
    branches = jax.vmap(choice)(x[:, 0] > 0, x)
    parts = jax.vmap(lambda v, i: lax.dynamic_slice(v, (i,), (2,)))(x, starts)
    written = jax.vmap(lambda v, i: lax.dynamic_update_slice(v, jnp.ones(2), (i,)))(x, starts)
    places = jax.vmap(lambda v, i: lax.switch(i, [lambda a: a, lambda a: -a], v))(x, starts)
    return branches, parts, written, places, jax.vmap(lambda v, i: v + i, in_axes=[0, None])(x, 2.0)


def several_results(x: jax.Array):
    """A function of vectors, of numbers too, with two results."""
    both = jnp.vectorize(lambda v, s: (v * s, (v * s).sum()), signature="(n),()->(n),()")
    return both(x, 0.5), both(x, x[:, 0])


def sized_searches(x):
    """Places of elements in arrays of a known size, indices that are clipped or wrapped, index makers."""
    rows, columns = jnp.nonzero(x > 0.4, size=6)
    filled = jnp.where(x > 0.4, size=5, fill_value=-1)
    ids = jnp.array([-4, 0, 5])
    taken = jnp.take(x, ids, axis=0, mode="clip"), x.take(ids, axis=1, mode="wrap"), jnp.take(x, ids, mode="clip")
    grid = jnp.mgrid[0:2, 0:3], jnp.mgrid[0:1:3j], jnp.r_[x[0], 1.0], x[jnp.s_[1:]]
    return rows, columns, filled, taken, grid, x[jnp.diag_indices(3)]


def places_said_to_be_inside(x):
    """Updates whose mode is the usual one, values that go over lines, prints while the code runs."""
    jax.debug.print("sum {total}", total=x.sum(), ordered=True)
    y = x.at[0].set(
        x[1] * 2.0 + 1.0,
        mode="promise_in_bounds",
    )
    y = y.at[jnp.array([1, 1, 2])].add(x[0], mode="drop")
    return y.block_until_ready(), jnp.zeros(2, jnp.dtype("float32"))


def interpolated(x):
    """Values between the elements of an array."""
    places = jnp.stack([x[0] * 2.0, x[1] + 1.0])
    return jax.scipy.ndimage.map_coordinates(x, places, order=1, mode="nearest")


class Pose:
    """A class with a method that modules of other frameworks have, and annotated numbers and arrays of NumPy."""

    origin: jax.Array = np.zeros(3)

    def __init__(self, x):
        self.x = x

    def parameters(self):
        return self.x * 2.0

    @staticmethod
    def about(angle: Scalar, scale: jax.Array = np.ones(3)):  # noqa: B008
        zeros = jnp.zeros_like(angle)
        return jnp.stack([jnp.cos(angle), zeros, angle]) * scale + Pose.origin


def with_class(pose):
    return pose.parameters() + 1.0


def half(size: Size):
    return jnp.sqrt(size * 0.5 + 2.0)


def poses(x):
    """Python numbers where arrays are taken too."""
    return with_class(Pose(x)), half(3.0), half(x), Pose.about(0.5), Pose.about(x[0]).sum(), jnp.asarray(Pose.origin)


def row_product(row, other, scale=1.0):
    return (row * other).sum() * scale


row_products = jax.vmap(row_product)


@functools.partial(jax.vmap, in_axes=(1,))
def column_sums(column, other):
    return (column + other).sum()


def keywords_of_mapped_functions(x):
    """Keyword arguments are mapped along their first axes."""
    scales = jnp.arange(3.0)
    named = jax.vmap(row_product)(x, other=x + 1.0), row_products(x, other=x, scale=scales), column_sums(x, other=x)
    return named, jax.vmap(lambda **rows: row_product(**rows))(row=x, other=x), row_products(x, x)


def stopped_trees(x):
    """Gradients that are stopped in trees that hold numbers too, arrays of no axes, lists that are written into one."""

    def loss(x):
        tree = Pose(x).parameters(), {"count": 3, "x": x}
        fixed = jax.lax.stop_gradient(tree)
        mapped = jax.tree.map(jax.lax.stop_gradient, {"n": 2, "x": x})
        return jnp.sum(x * fixed[0] + fixed[1]["count"] * mapped["x"] * mapped["n"] + jax.lax.stop_gradient(x + 1.0))

    y = x.at[0].set([0.5, x[1, 1] * 2.0, 1])
    return jax.grad(loss)(x), y, x[0, 0].reshape(), jnp.stack(x[:2], axis=1), jnp.concatenate(x)


def comparisons_as_numbers(x):
    """Differences of numbers and comparisons of values of unknown kind."""
    timer = types.SimpleNamespace(left=jnp.array([0, 2]), start=3)
    over = timer.left == 0
    return (
        1 - over,
        2.0 - (timer.start == timer.left),
        jnp.logical_or(timer.start > 2, False),
        timer.left - (timer.left > 0),
        timer.start - (timer.start > 2),
        x.sum() * (timer.left == 2),
    )


def orders_at_each_place(x):
    """Permutations of the elements of each row, and one element of several by its weight."""
    key = jax.random.PRNGKey(4)
    shuffled = jax.random.permutation(key, x, axis=1, independent=True)
    return shuffled, jax.random.choice(key, x[0], p=jnp.array([0.2, 0.5, 0.3]))


@functools.partial(jax.tree_util.register_dataclass, data_fields=["w", "b"], meta_fields=["power"])
@dataclasses.dataclass
class Joined:
    w: jax.Array
    b: jax.Array
    power: int = 1

    def __call__(self, x):
        return (x @ self.w + self.b) ** self.power


@jax.tree_util.register_dataclass
@dataclasses.dataclass
class Titled:
    value: jax.Array
    name: str = dataclasses.field(default="n", metadata={"static": True})


def registered_dataclasses(x):
    """Dataclasses as nodes of trees: static fields stay as they are."""
    layer = jax.tree.map(lambda v: 2.0 * v, Joined(x, x[0], 2))
    named = jax.tree.map(lambda v: v + 1.0, Titled(x, "m"))
    return layer(x), named.value, len(jax.tree.leaves(layer)), layer.power, named.name == "m"


@jax.tree_util.register_dataclass
@dataclasses.dataclass
class Cart:
    x: jax.Array
    steps: int


class Step(NamedTuple):
    done: jax.Array
    value: jax.Array


def reset(x):
    return x.sum(), Cart(x=2.0 * x, steps=0)


def counted_masks(x):
    """Masks that a tuple holds, as environments and buffers of agents have them."""
    steps = Step(x > 0, x)
    return jax.tree.map(lambda v: v[1:], steps), returned(steps, 0.9)


def returned(steps, gamma):
    done, value = steps.done, steps.value
    return gamma * value * (1 - done) + (1.0 - steps.done) * value


def numbers_in_mapped_results(x):
    """Objects that a mapped function makes, with numbers in them."""
    total, cart = jax.vmap(reset)(x)
    return total, cart.x, cart.steps + 1


@jax.tree_util.register_pytree_node_class
class Line:
    def __init__(self, slope, offset, power):
        self.slope, self.offset, self.power = slope, offset, power

    def tree_flatten(self):
        return (self.slope, self.offset), self.power

    @classmethod
    def tree_unflatten(cls, power, children):
        return cls(*children, power)


def derivatives_of_objects(x):
    """Gradients with respect to objects of registered classes, and linear functions."""
    found = jax.grad(lambda line: ((x * line.slope + line.offset) ** line.power).sum())(Line(x[0], jnp.ones(3), 2))
    value, along = jax.linearize(lambda v: (v**3).sum(0), x)
    return found.slope, found.offset, value, along(jnp.ones_like(x))


def trees_as_bytes(x):
    """Trees of arrays and numbers written and read."""
    tree = {"w": x, "rest": (x[0], 3)}
    found = serialization.from_bytes(jax.tree.map(lambda v: v * 0, tree), serialization.to_bytes(tree))
    return found["w"], found["rest"][0], found["rest"][1]


class Room:
    """An environment in NumPy beside code of JAX."""

    def __init__(self):
        self.place = np.array([0.1, -0.1, 0.2], dtype=np.float32)

    def step(self, action):
        self.place = np.tanh(self.place + 0.3 * (action - 1) + np.float32(0.1) * action).astype(np.float32)
        return self.place


def moved(rows):
    return np.float32(0.5) * rows + np.float32(2.0)


def numbers_of_numpy(x):
    """Numbers of NumPy in functions that call nothing of the framework."""
    room = Room()
    places = [room.step(action) for action in (0, 2)]
    return jnp.asarray(places[0]) + x[0], jnp.asarray(room.place), moved(x)
