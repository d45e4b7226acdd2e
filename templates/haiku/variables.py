"""Arrays that Haiku keeps for modules: parameters in `params`, buffers in `state`."""

import haiku as hk
import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import jaxpr_as_fun

from .module import TRAINING, is_making, owner_of
from .random import drawing_with


class FirstValue:
    """The array that `init` gives a variable, made when it is needed; `draws` says that it needs a key."""

    def __init__(self, make, shape, dtype, draws=False):
        self.make, self.shape, self.dtype, self.draws = make, tuple(shape), dtype, draws
        self.made = None

    def __deepcopy__(self, memo):
        return self  # copies of a module start with the same numbers

    def __call__(self):
        """The array, the same at every call. What is drawn is NaN for constructors in `apply`: only `init` draws it."""
        if self.draws and not hk.running_init():
            if not is_making():
                raise RuntimeError("an array that is drawn has to be an attribute of a module")
            return jnp.full(self.shape, jnp.nan).astype(self.dtype)
        if self.made is not None:
            return jnp.copy(self.made)  # no two entries of `params` are one array
        self.made = self.make()
        return self.made


def first_known(data):
    """The first value that is an array already."""
    array = jnp.asarray(data)
    return FirstValue(lambda: array, array.shape, array.dtype)


def first_drawn(function):
    """The first value that a function may draw: traced now, while its names mean what they do, and run by `init`."""

    def draw(key):
        with drawing_with(key):
            return jnp.asarray(function())

    traced = jax.make_jaxpr(draw)(jax.random.key(0))
    (key_used,) = traced.jaxpr.invars
    if not any(key_used is name for step in traced.eqns for name in step.invars):
        return first_known(function())

    def make():
        key = hk.next_rng_key()
        typed = jnp.issubdtype(key.dtype, jax.dtypes.prng_key)
        return jaxpr_as_fun(traced)(key if typed else jax.random.wrap_key_data(key))[0]

    return FirstValue(make, traced.out_avals[0].shape, traced.out_avals[0].dtype, draws=True)


def written(old, index, value):
    """An array with a part written anew."""
    return old.at[index].set(jnp.asarray(value, old.dtype))


class Variable(np.lib.mixins.NDArrayOperatorsMixin):
    """An array that Haiku keeps for a module under the name of its attribute; used like an array.

    `data` is the first value, or a function that draws it. Writing (`x[...] = value`) changes the first value until
    the module is called.
    """

    _parent, _read = None, False
    __hash__ = object.__hash__

    def __init__(self, data):
        known = data if isinstance(data, FirstValue) else None
        self.first = known or (first_drawn if callable(data) else first_known)(data)
        self.shape, self.dtype = self.first.shape, self.first.dtype
        self.ndim, self.size = len(self.shape), int(np.prod(self.shape))

    @property
    def value(self):
        """The array of this call; the first value while modules are being made."""
        if self._parent is None or is_making():
            return self.first()
        self._read = True
        return self._kept(owner_of(self), self._parent[1])

    def __getitem__(self, index):
        return self.value if index is Ellipsis else self.value[index]

    def __setitem__(self, index, value):
        if not (self._parent is None or is_making() or (TRAINING.get() is None and not self._read)):
            self._put(index, value)
        elif index is Ellipsis:
            new = jnp.broadcast_to(jnp.asarray(value, self.dtype), self.shape)
            self.first = FirstValue(lambda: new, self.shape, self.dtype)
        else:
            old = self.first
            self.first = FirstValue(lambda: written(old(), index, value), self.shape, self.dtype, old.draws)

    def __getattr__(self, name):
        if name.startswith("__") or not hasattr(jax.Array, name):
            raise AttributeError(f"{type(self).__name__} has no {name!r}")
        return getattr(self.value, name)

    def __jax_array__(self):
        return self.value

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.value, dtype)

    def __array_ufunc__(self, ufunc, method, *inputs, out=None):
        result = getattr(jnp, ufunc.__name__)(*(x.value if isinstance(x, Variable) else x for x in inputs))
        if out is None:
            return result
        self[...] = result
        return self

    def __iter__(self):
        return iter(self.value)

    def __len__(self):
        return self.shape[0]

    def __bool__(self):
        return bool(self.value)

    def __int__(self):
        return int(self.value)

    def __float__(self):
        return float(self.value)

    def __deepcopy__(self, memo):
        return memo.setdefault(id(self), type(self)(self.first))


class Parameter(Variable):
    """An array that is trained: an entry of `params`."""

    def _kept(self, owner, name):
        return owner._kept_parameter(name, self)

    def _put(self, index, value):
        raise RuntimeError("a call does not change parameters in Haiku: update `params` outside")


class Buffer(Variable):
    """An array that is not trained: an entry of `state`, or a constant with `persistent=False`."""

    def __init__(self, data, persistent=True):
        super().__init__(data)
        self.persistent = persistent or self.first.draws  # what is drawn once has to be kept

    def _kept(self, owner, name):
        return owner._kept_state(name, self) if self.persistent else self.first()

    def _put(self, index, value):
        if not self.persistent:
            raise RuntimeError("a call does not change a buffer with persistent=False, which is no state")
        old = self.value
        whole = index is Ellipsis
        new = jnp.broadcast_to(jnp.asarray(value, old.dtype), old.shape) if whole else written(old, index, value)
        owner_of(self)._put_state(self._parent[1], new)

    def __deepcopy__(self, memo):
        return memo.setdefault(id(self), Buffer(self.first, self.persistent))


def parameter(data, requires_grad=True):
    """`data` as a `Parameter`, or as a `Buffer` when it needs no gradient."""
    return Parameter(data) if requires_grad else Buffer(data)
