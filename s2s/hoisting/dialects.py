"""What flax.linen and haiku call things: their base classes, their layers, and the names that layers are given."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..project import Project

if TYPE_CHECKING:
    from ..infer import Inference


class NotHoistable(Exception):
    """Why the layers of a class have to be made where it makes them."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """A library whose layers are made where they are called.

    ``modes`` are arguments that a layer's call takes too, ``first`` those of them that come first, by class. ``sizes``
    are arguments that decide the shapes of weights, which come first in the layers ``sized``. ``numbers_first``
    says whether the first layer of a class has a number, ``others`` are classes of the tables that are no layers,
    ``bases`` are layers that classes derive from as they do from the module class, ``holding`` layers without a name
    of their own for those that they are given; ``open`` says that arguments may be given in a
    dictionary, ``lists`` that layers of a loop go into lists; what ``running`` functions give
    is another thing at each call of a model; ``lazy`` says that a layer that is never called has no arrays.
    """

    base: str
    family: str
    sizes: frozenset[str]
    sized: frozenset[str]
    modes: frozenset[str] = frozenset()
    first: Mapping[str, str] = field(default_factory=dict)
    numbers_first: bool = True
    snake: bool = False
    others: frozenset[str] = frozenset()
    bases: frozenset[str] = frozenset()
    holding: frozenset[str] = frozenset()
    open: bool = False
    lists: bool = False
    running: frozenset[str] = frozenset()
    lazy: bool = False

    def kind(self, cls: str) -> str:
        """What a layer of a class is called, without a number."""
        name = cls.rpartition(".")[2]
        return re.sub(r"((?<=[a-z0-9])[A-Z]|(?!^)[A-Z](?=[a-z]))", r"_\1", name).lower() if self.snake else name

    def is_layer_class(self, name: str, infer: Inference) -> bool:
        """Whether a class derives from the module class or is one of the library's layers."""
        entry = infer.table.find(name) if name else None
        if entry is not None:
            known = entry.op.startswith(self.family) and infer.is_hub_layer(entry.op)
            return name == self.base or known and name not in self.others
        return bool(name) and self.is_derived(name, infer.project)

    def runs(self, name: str, infer: Inference, seen: frozenset[str] = frozenset()) -> bool:
        """Whether what a function gives depends on the call of a model that is running."""
        info = infer.project.function(name) if name and self.running and name not in seen else None
        if info is None:
            return name in self.running
        return any(self.runs(infer.project.canonical(other), infer, seen | {name}) for other in info.constructs)

    def is_derived(self, name: str, project: Project) -> bool:
        """Whether a class of the project derives from the module class, or from another one that does."""
        return not {self.base, *self.bases}.isdisjoint(project.mro(name))


LINEN = Dialect(
    base="flax.linen.Module",
    family="linen.",
    # Flax raises where a later call has others.
    sizes=frozenset(("features", "out_features", "qkv_features")),
    sized=frozenset(f"flax.linen.{name}" for name in ("Conv", "ConvTranspose", "Dense", "DenseGeneral")),
    # What says whether a layer trains: its call takes it too. BatchNorm's is the first argument of its constructor.
    modes=frozenset(("deterministic", "use_running_average")),
    first={"flax.linen.BatchNorm": "use_running_average"},
    bases=frozenset(("flax.linen.RNNCellBase",)),
)
HAIKU = Dialect(
    base="haiku.Module",
    family="haiku.",
    # Haiku raises where a later call finds parameters of other shapes.
    sizes=frozenset(("output_size", "output_channels", "model_size")),
    sized=frozenset(f"haiku.{name}" for name in ("Conv1D", "Conv2D", "Conv3D", "Linear")),
    numbers_first=False,
    snake=True,
    bases=frozenset(("haiku.RNNCore",)),
    holding=frozenset(("haiku.Sequential", "haiku.DeepRNN")),
    open=True,
    lists=True,
    lazy=True,
    running=frozenset(
        f"haiku.{name}"
        for name in """dropout get_parameter get_state maybe_next_rng_key next_rng_key next_rng_keys running_init
        set_state""".split()
    ),
    others=frozenset(
        f"haiku.{name}"
        for name in """BatchApply LSTMState PRNGSequence initializers.Constant initializers.Identity
        initializers.Orthogonal initializers.RandomNormal initializers.RandomUniform initializers.TruncatedNormal
        initializers.UniformScaling initializers.VarianceScaling""".split()
    ),
)
