"""Modules of PyTorch with a ``__call__`` around ``forward``, abstract methods, properties with setters, layouts."""

from __future__ import annotations

import importlib
import os
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
torch = pytest.importorskip("torch")

from .converted_text import converted  # noqa: E402

ARRAYS = {"jax": ("jax.numpy", "asarray"), "tensorflow": ("tensorflow", "constant"), "numpy": ("numpy", "asarray")}
TEXT = '''
from abc import ABC, abstractmethod
from typing import Any, Optional

import torch
from torch import Tensor, nn
from torch.distributions import Distribution, Normal
from torch.nn import Identity


class Pooled(nn.Module):
    """Fills in what is not given, and adds to what the subclass computes."""

    def __call__(self, x: Tensor, size: Optional[int] = None) -> Tensor:
        if size is None:
            size = x.size(1)
        return super().__call__(x, size) + 1

    @abstractmethod
    def message(self, x: Tensor) -> Tensor:
        ...


class Mean(Pooled):
    def __init__(self, skips: bool = False):
        super().__init__()
        if skips:
            self.skip = nn.Linear(3, 3)
        else:
            self.register_parameter("skip", None)
        self.gate = self.register_parameter("gate", None)

    def forward(self, x: Tensor, size: int) -> Tensor:
        if self.skip is not None:
            self.skip.reset_parameters()
        return x.sum(1) / size


class Doubled(Mean):
    def forward(self, x: Tensor, size: int) -> Tensor:
        return super().forward(x, size) * 2 + self.gate if self.gate is not None else super().forward(x, size) * 2


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.mean = Mean()
        self.doubled = Doubled(True)

    def __call__(self, *args, **kwargs) -> Tensor:
        return super().__call__(*args, **kwargs)

    def forward(self, x: Tensor) -> Tensor:
        return self.mean(x) + self.doubled(x, size=2) - self.mean.forward(x, 4)


class Strict(nn.Module, ABC):
    @abstractmethod
    def forward(self, x):
        ...


class Data:
    def __init__(self, x: Tensor):
        self._values = {"x": x}

    @property
    def x(self) -> Optional[Tensor]:
        return self._values["x"]

    @x.setter
    def x(self, x: Optional[Tensor]) -> None:
        self._values["x"] = x


class Linear(nn.Linear):
    """Has the name of what it derives from, as the data set below."""


class Identity(Identity):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) + 1


class Checked(nn.Module):
    def __init__(self, weight: Tensor):
        super().__init__()
        keep = lambda name, value: self.register_buffer(name, value.to(torch.float32))
        keep("weight", weight)
        keep("total", torch.cumsum(weight, dim=0))
        self.register_parameter("scale", nn.Parameter(torch.ones(())))
        self.last = Identity()

    def register_parameter(self, name: str, param: Optional[nn.Parameter]) -> None:
        if "." in name:
            raise KeyError(name)
        super().register_parameter(name, param)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(x * self.scale + self.weight + self.total)


class Shifted(Distribution):
    def __init__(self, base: Distribution, shift: Tensor):
        self.base, self.shift = base, shift
        super().__init__(base.batch_shape, validate_args=False)

    @property
    def batch_shape(self):
        return self.base.batch_shape

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        return self.base.log_prob(value - self.shift)


def shifted(x: Tensor) -> Tensor:
    return Shifted(Normal(x * 0, x * 0 + 2), x).log_prob(x * 2)


def as_column(data: Data) -> Tensor:
    x = data.x
    data.x = x.view(-1, 1) if x.dim() == 1 else x.transpose(0, 1)
    return data.x


def is_sparse(x: Any) -> bool:
    if isinstance(x, Tensor):
        if x.layout == torch.sparse_coo or x.layout in (torch.sparse_csr, torch.sparse_csc):
            return True
    return False


def layout_is_dense(x: Tensor) -> bool:
    return x.layout is torch.strided and not torch.is_deterministic_algorithms_warn_only_enabled()


def spread(x: Tensor) -> Tensor:
    return x.broadcast_to(2, *x.shape) + x.broadcast_to((1, *x.shape))
'''


@pytest.fixture(scope="module", params=ARRAYS)
def pair(request) -> tuple[dict[str, Any], Any, Any]:
    """The source, the converted module, and what makes arrays of its framework."""
    name, function = ARRAYS[request.param]
    arrays = pytest.importorskip(name)
    source: dict[str, Any] = {"__name__": "source"}
    exec(TEXT, source)  # noqa: S102
    return source, converted(TEXT, "torch", request.param), getattr(arrays, function)


X = np.random.default_rng(0).standard_normal((3, 4, 5)).astype(np.float32)


@pytest.mark.parametrize("name", ["Mean", "Doubled", "Model"])
def test_own_calls(pair, name):
    source, target, array = pair
    wanted = source[name]()(torch.from_numpy(X)).numpy()
    np.testing.assert_allclose(np.asarray(getattr(target, name)()(array(X))), wanted, rtol=1e-6)


def test_forward_is_called_without_what_is_around_it(pair):
    source, target, array = pair
    if importlib.import_module("ivy.s2s.tables").load()[target.__name__.rpartition("_")[2]].settings["forward"] == "call":
        pytest.skip("Keras calls call")
    wanted = source["Mean"]().forward(torch.from_numpy(X), 2).numpy()
    np.testing.assert_allclose(np.asarray(target.Mean().forward(array(X), 2)), wanted, rtol=1e-6)


def test_abstract_methods_with_abc_stay(pair):
    source, target, _ = pair
    with pytest.raises(TypeError):
        source["Strict"]()
    if "jax" in target.__name__:
        with pytest.raises(TypeError):
            target.Strict()


@pytest.mark.parametrize("shape", [(4,), (2, 3)])
def test_property_with_setter(pair, shape):
    source, target, array = pair
    x = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    wanted = source["as_column"](source["Data"](torch.from_numpy(x))).numpy()
    np.testing.assert_array_equal(np.asarray(target.as_column(target.Data(array(x)))), wanted)


def test_layouts(pair):
    _, target, array = pair
    assert target.is_sparse(array(X)) is False and target.layout_is_dense(array(X)) is True


def test_spread(pair):
    source, target, array = pair
    np.testing.assert_array_equal(np.asarray(target.spread(array(X))), source["spread"](torch.from_numpy(X)).numpy())


def test_registered_in_expressions(pair):
    source, target, array = pair
    weight = X[0, 0]
    wanted = source["Checked"](torch.from_numpy(weight))(torch.from_numpy(X)).detach().numpy()
    np.testing.assert_allclose(np.asarray(target.Checked(array(weight))(array(X))), wanted, rtol=1e-6)


def test_distribution_with_properties(pair):
    source, target, array = pair
    wanted = source["shifted"](torch.from_numpy(X)).numpy()
    np.testing.assert_allclose(np.asarray(target.shifted(array(X))), wanted, rtol=1e-5)
