"""PyTorch's side of a comparison."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import torch

from ..weight_state import to_numpy
from .apart import Apart
from .side import ADAM_EPSILON, LEARNING_RATE, Arrays, Skipped
from .values import is_float, leaves, mapped, weights_for


class TorchSide:
    """Modules and functions of PyTorch."""

    name = "torch"

    def native(self, array: np.ndarray) -> Any:
        return torch.from_numpy(np.array(array))

    def is_model(self, obj: Any) -> bool:
        return isinstance(obj, (torch.nn.Module, Apart))

    def call(self, obj: Any, args: Any, kwargs: Any, training: bool) -> Any:
        self.mode(obj, training)
        args, kwargs = mapped((args, kwargs), self.native)
        with torch.no_grad():
            apart = isinstance(obj, Apart)
            return obj.call(args, kwargs, training) if apart else self.told(obj, args, kwargs, training)

    def told(self, obj: Any, args: Any, kwargs: Any, training: bool) -> Any:
        """The result of a call; a module whose ``forward`` takes ``training`` does not go by its mode alone."""
        forward = getattr(obj, "forward", None) if isinstance(obj, torch.nn.Module) else None
        takes = forward is not None and "training" in inspect.signature(forward).parameters
        return obj(*args, **({"training": training} | kwargs if takes else kwargs))

    def mode(self, obj: Any, training: bool) -> None:
        if isinstance(obj, torch.nn.Module):
            torch.nn.Module.train(obj, training)

    def parameters(self, obj: Any) -> dict[str, torch.nn.Parameter]:
        """The trained parameters by name; new ones of a model that is apart from them."""
        if isinstance(obj, Apart):
            return {name: torch.nn.Parameter(torch.as_tensor(obj[name])) for name in obj.trained()}
        return dict(obj.named_parameters()) if self.is_model(obj) else {}

    def gradients(self, obj: Any, args: Any, kwargs: Any, training: bool) -> tuple[dict[str, Any], Arrays, Arrays]:
        self.mode(obj, training)
        args, kwargs = mapped((args, kwargs), lambda a: self.native(a).requires_grad_(is_float(a)))
        named = {k: p for k, p in self.parameters(obj).items() if p.requires_grad}
        if isinstance(obj, Apart):
            result, changed = obj.applied({**obj, **named}, args, kwargs, training)
            obj.update({k: v.detach() for k, v in changed.items()} if training else {})
        else:
            result = self.told(obj, args, kwargs, training)
        given = {k: v for k, v in leaves({"args": args, "kwargs": kwargs}, "input") if is_tensor(v) and v.requires_grad}
        loss = torch.zeros(())
        for place, value in leaves(result):
            if is_tensor(value) and value.requires_grad and value.dtype.is_floating_point:
                factors = weights_for(place, np.empty(tuple(value.shape)))
                loss = loss + (value * torch.from_numpy(np.asarray(factors))).sum()
        if not loss.requires_grad:
            raise Skipped("no output depends on the inputs or parameters differentiably")
        targets = [*named.values(), *given.values()]
        found = torch.autograd.grad(loss, targets, allow_unused=True)
        arrays = [np.zeros(tuple(t.shape), np.float32) if g is None else to_numpy(g) for t, g in zip(targets, found)]
        by_name = dict(zip([*named, *given], arrays))
        return dict(leaves(result)), {k: by_name[k] for k in named}, {k: by_name[k] for k in given}

    def step(self, obj: Any, gradients: Arrays, rule: str) -> Arrays:
        named = {k: p for k, p in self.parameters(obj).items() if k in gradients}
        before = {k: to_numpy(p).copy() for k, p in named.items()}
        make = {
            "sgd": lambda p: torch.optim.SGD(p, lr=LEARNING_RATE),
            "adam": lambda p: torch.optim.Adam(p, lr=LEARNING_RATE, eps=ADAM_EPSILON),
        }[rule]
        for name, parameter in named.items():
            parameter.grad = torch.from_numpy(np.array(gradients[name])).to(parameter.dtype)
        optimizer = make(list(named.values()))
        optimizer.step()
        optimizer.zero_grad()
        change = {k: to_numpy(p) - before[k] for k, p in named.items()}
        with torch.no_grad():
            for name, parameter in named.items():
                parameter.copy_(torch.from_numpy(before[name]))
        return change

    def compiled(self, obj: Any, args: Any, kwargs: Any) -> dict[str, Any]:
        self.mode(obj, False)
        args, kwargs = mapped((args, kwargs), self.native)
        with torch.no_grad():  # traced as any backend would; generating C++ needs a compiler, and minutes
            function = obj.__call__ if isinstance(obj, Apart) else obj
            return dict(leaves(torch.compile(function, backend="aot_eager")(*args, **kwargs)))

    def seed(self, number: int) -> None:
        """Start random numbers anew."""
        torch.manual_seed(number)

    def forget(self) -> None:
        """Let go of what was compiled."""
        torch.compiler.reset()


def is_tensor(value: Any) -> bool:
    """Whether a value is a tensor."""
    return isinstance(value, torch.Tensor)


SIDE = TorchSide()
