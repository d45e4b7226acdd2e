"""The proxy for tensors of PyTorch: a tensor without memory, whose operations are recorded."""

from __future__ import annotations

from typing import Any

import torch

from ...exceptions import NotTraceable
from .proxy import Traced


class TracedTensor(Traced, torch.Tensor):  # type: ignore[misc, override]
    """A proxy that PyTorch accepts as a tensor. Operations that pass the recorder by find no memory and raise."""

    @staticmethod
    def __new__(cls, value: Any, node: Any, recorder: Any) -> Any:
        made = torch.Tensor._make_wrapper_subclass(  # type: ignore[attr-defined]
            cls,
            value.shape,
            dtype=value.dtype,
            device=value.device,
            requires_grad=value.requires_grad,
        )
        return made

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return torch.Tensor

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # type: ignore[override]
        raise NotTraceable(f"{func}: reads a traced tensor in a way that is not recorded")
