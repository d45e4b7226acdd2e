"""Calls of PyTorch while a function is traced: recorded under PyTorch's own names, as the user's code makes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from .proxy import Traced
from .record import Level, Recorder, computes, copied, is_array, unwrapped
from .sites import here
from .torch_defaults import stated
from .torch_functions import recording_functions
from .trees import leaves

current: ContextVar[Recorder | None] = ContextVar("torch_recorder", default=None)

_FACTS = frozenset(
    "dim size numel nelement ndimension element_size is_contiguous stride storage_offset is_floating_point is_complex"
    " is_tensor is_signed get_device __len__ result_type promote_types can_cast is_same_size is_grad_enabled is_nested"
    " is_inference is_storage dense_dim sparse_dim is_conj is_neg has_names is_shared is_pinned is_coalesced type"
    " broadcast_shapes finfo iinfo".split()
)
"""Functions and methods that tell facts which no value of an array decides."""
_DTYPES = frozenset(
    "is_floating_point is_complex is_signed result_type promote_types can_cast element_size type".split()
)
_RANDOM = frozenset(
    "rand randn randint randperm rand_like randn_like randint_like normal bernoulli multinomial poisson dropout"
    " dropout1d dropout2d dropout3d alpha_dropout feature_alpha_dropout rrelu gumbel_softmax empty empty_like new_empty"
    " fractional_max_pool2d fractional_max_pool3d binomial".split()
)
_DROPOUTS = ("dropout", "alpha_dropout", "rrelu")
_OPERATORS = {
    "__add__": "add", "__sub__": "sub", "__mul__": "mul", "__truediv__": "truediv", "__floordiv__": "floordiv",
    "__mod__": "mod", "__pow__": "pow", "__matmul__": "matmul", "__and__": "and_", "__or__": "or_", "__xor__": "xor",
    "__lshift__": "lshift", "__rshift__": "rshift", "__lt__": "lt", "__le__": "le", "__gt__": "gt", "__ge__": "ge",
    "__eq__": "eq", "__ne__": "ne", "__neg__": "neg", "__invert__": "invert", "__abs__": "abs", "__div__": "truediv",
}  # fmt: skip
_VALUES = {
    "item": "x.item()", "tolist": "x.tolist()", "numpy": "x.numpy()", "__bool__": "bool", "is_nonzero": "bool",
    "__int__": "int(x)", "__float__": "float(x)", "__index__": "index", "equal": "bool", "allclose": "bool",
    "__array__": "array", "__contains__": "bool", "__complex__": "complex(x)", "data_ptr": "x.data_ptr()",
    "__format__": "format(x)", "__repr__": "repr(x)",
}  # fmt: skip
_REFUSED = {
    "backward": "x.backward()", "register_hook": "x.register_hook()", "__setstate__": "x.__setstate__()",
    "set_": "x.set_()", "resize_": "x.resize_()", "share_memory_": "x.share_memory_()", "grad": "torch.autograd.grad",
}  # fmt: skip


@contextmanager
def recording(recorder: Recorder) -> Any:
    """Record the calls of PyTorch's functions in this thread."""
    from torch.overrides import TorchFunctionMode

    class Mode(TorchFunctionMode):
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            return recorded(func, args, kwargs or {})

    token = current.set(recorder)
    try:
        with Mode(), recording_functions(current):
            yield recorder
    finally:
        current.reset(token)


def attribute(traced: Traced, name: str, value: Any) -> Any:
    """``x.name``: a method, a tensor made of the tensor (``x.T``), or a fact."""
    recorder = traced.recorder
    if callable(value) and not is_array(value):
        return lambda *args, **kwargs: _method(recorder, name, (traced, *args), kwargs)
    if name == "grad":
        recorder.refuse("x.grad: gradients are not traced; trace the function and differentiate the graph")
    if is_array(value):
        return recorder.record("attribute", name, (traced,), {}, value)
    recorder.shapes_read |= name in ("names", "nbytes")
    recorder.dtypes_read |= name in ("itemsize",)
    return value


def recorded(func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """A call of one of PyTorch's functions or methods."""
    from torch.overrides import resolve_name

    recorder = current.get()
    if recorder is None:
        return NotImplemented
    if recorder.busy:
        return func(*unwrapped(args), **unwrapped(kwargs))
    name = resolve_name(func) or ""
    short = getattr(func, "__name__", "")
    if short == "__get__":
        return _property(recorder, func, name, args)
    if name.startswith("torch.Tensor."):
        return _method(recorder, name.rpartition(".")[2], args, dict(kwargs), func)
    return _function(recorder, func, name, args, dict(kwargs))


@computes
def _property(recorder: Recorder, func: Any, name: str, args: tuple[Any, ...]) -> Any:
    if isinstance(args[0], Traced):
        return attribute(args[0].current(), name.split(".")[2], func(args[0].value))
    result = func(*args)
    if is_array(result) and recorder.level(args) > Level.CONSTANT:
        return recorder.record("attribute", name.split(".")[2], args, {}, result)
    return result


@computes
def _function(recorder: Recorder, func: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    name = name or _public(func)
    short = name.rpartition(".")[2]
    if short in _REFUSED:
        recorder.refuse(f"{name}: gradients inside a function are not traced; differentiate the graph")
    out = kwargs.pop("out", None)
    if out is not None:
        return _into(recorder, out, _function(recorder, func, name, args, kwargs))
    inplace = kwargs.pop("inplace", False)
    if short.endswith("_") and not short.endswith("__") and args and is_array(args[0]):
        return _changed(recorder, short, name, func, args, kwargs)
    result = _called(recorder, short, func, args, kwargs, "call", name)
    return _into(recorder, args[0], result) if inplace and is_array(result) else result


def _public(func: Any) -> str:
    import torch

    short = getattr(func, "__name__", "")
    for module, prefix in (
        (torch, "torch"),
        (torch.nn.functional, "torch.nn.functional"),
        (torch.linalg, "torch.linalg"),
    ):
        if short and getattr(module, short, None) is func:
            return f"{prefix}.{short}"
    return f"{getattr(func, '__module__', '') or 'torch'}.{short}"


@computes
def _method(recorder: Recorder, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], func: Any = None) -> Any:
    """``args[0].name(*args[1:])``."""
    import torch

    func = func or getattr(torch.Tensor, name)
    if name in _REFUSED:
        recorder.refuse(f"{_REFUSED[name]} is not traced")
    if name == "__getitem__":
        return recorder.record("item", "getitem", args, {}, func(*unwrapped(args)))
    if name == "__setitem__":
        return _set_item(recorder, *args)
    if name in ("__iter__", "unbind") and isinstance(args[0], Traced) and name == "__iter__":
        return iter(args[0])
    if name in ("requires_grad_", "retain_grad"):
        return args[0]
    plain = name.replace("__r", "__", 1)
    if plain in _OPERATORS and name.startswith("__"):
        operands = args[::-1] if plain != name and name not in ("__rshift__",) else args
        return recorder.record("operator", _OPERATORS[plain], operands, {}, func(*unwrapped(args)))
    if name.startswith("__i") and f"__{name[3:]}" in _OPERATORS and name != "__invert__":
        return _changed(recorder, name, name, func, args, kwargs)
    if name.endswith("_") and not name.endswith("__"):
        return _changed(recorder, name, f"torch.Tensor.{name}", func, args, kwargs)
    return _called(recorder, name, func, args, kwargs, "method", name)


def _called(
    recorder: Recorder,
    short: str,
    func: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    kind: str,
    name: str,
) -> Any:
    """Compute a call that changes nothing, and record it when its result is an array."""
    traced = [leaf for leaf in leaves((args, kwargs)) if isinstance(leaf, Traced)]
    if short in _VALUES and traced:
        recorder.concrete(max(traced, key=lambda leaf: leaf.node.level), _VALUES[short])
    result = func(*unwrapped(args), **unwrapped(kwargs))
    if not any(map(is_array, leaves(result))):
        _fact(recorder, short, traced)
        return result
    if short == "to" and kind == "method" and not kwargs.get("copy"):
        return _moved(recorder, args, kwargs, result)
    args, kwargs = stated(func, name, args, kwargs)
    is_random = short in _RANDOM and not (short.startswith(_DROPOUTS) and _is_off(args, kwargs, result))
    found = recorder.record(kind, name, args, kwargs, result, is_random)
    return _without_gradient(recorder, found, traced)


def _moved(recorder: Recorder, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> Any:
    """``x.to(...)``: what is left of it on one device is a change of the dtype."""
    source, value = args[0], unwrapped(args[0])
    if value.device != result.device:
        return recorder.record("method", "to", args, kwargs, result)
    recorder.dtypes_read |= value.dtype == result.dtype
    if value.dtype == result.dtype:
        return source
    return recorder.record("method", "to", (source, result.dtype), {}, result)


def _is_off(args: Any, kwargs: Any, result: Any) -> bool:
    """Whether dropout was called for inference: what it gives is what it is given."""
    return kwargs.get("training", args[2] if len(args) > 2 else True) is False


def _without_gradient(recorder: Recorder, found: Any, traced: list[Traced]) -> Any:
    """Inside ``torch.no_grad()`` results are detached, for a graph has no such blocks."""
    import torch

    if torch.is_grad_enabled() or not recorder.gradients or not isinstance(found, Traced):
        return found
    if found.node.level < Level.PARAMETER or not found.value.dtype.is_floating_point:
        return found
    if found.node.name == "detach" or any(found is leaf for leaf in traced):
        return found
    return recorder.record("method", "detach", (found,), {}, found.value.detach())


def _fact(recorder: Recorder, short: str, traced: list[Traced]) -> None:
    if not traced or short in _VALUES or short in ("dim", "ndimension"):
        return
    if "assert" in short:
        recorder.note("this check is not part of the graph", here())
        return
    if short not in _FACTS and max(t.node.level for t in traced) > Level.SHAPE:
        recorder.refuse(f"{short} gives no tensor, and its result depends on one")
    recorder.dtypes_read |= short in _DTYPES
    recorder.shapes_read |= short not in _DTYPES


def _set_item(recorder: Recorder, base: Any, key: Any, value: Any) -> None:
    if not isinstance(base, Traced):
        _outside(recorder, "an assignment to an item of")
    recorder.set_item(base, key, value)


def _outside(recorder: Recorder, what: str) -> None:
    recorder.refuse(f"{what} a tensor from outside the function is not part of a graph; make a copy of it first")


def _changed(
    recorder: Recorder,
    short: str,
    name: str,
    func: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    """An operation in place: the same operation, whose result takes the place of the tensor."""
    target = args[0]
    if not isinstance(target, Traced):
        if any(isinstance(leaf, Traced) for leaf in leaves((args, kwargs))):
            _outside(recorder, f"{short} on")
        recorder.note(f"{short} changes a tensor from outside the function, which the graph does not", here())
        return func(*args, **kwargs)
    changed = copied(target.value)
    func(changed, *unwrapped(args[1:]), **unwrapped(kwargs))
    new = _functional(recorder, short, name, args, kwargs, changed)
    if new.value.shape != changed.shape:
        recorder.refuse(f"{short} changes the shape of a tensor in place")
    recorder.replace(target, new, changed)
    return target


def _functional(
    recorder: Recorder,
    short: str,
    name: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    changed: Any,
) -> Any:
    """The result of an operation in place as that of one that makes a new tensor."""
    import torch

    target, rest = args[0], args[1:]
    if short.startswith("__i"):
        return recorder.operator(_OPERATORS[f"__{short[3:]}"], *args)
    if short == "zero_":
        return recorder.record("call", "torch.zeros_like", (target,), {}, changed)
    if short == "fill_":
        return recorder.record("call", "torch.full_like", (target, *rest), {}, changed)
    if short == "copy_":
        source = rest[0]
        shape = tuple(changed.shape)
        if tuple(unwrapped(source).shape) != shape:
            recorder.shapes_read = True
            source = recorder.record("method", "expand", (source, shape), {}, unwrapped(source).expand(shape))
        return recorder.record("method", "to", (source, changed.dtype), {}, changed)
    plain = short[:-1]
    if hasattr(torch.Tensor, plain):
        method: Callable[..., Any] = getattr(torch.Tensor, plain)
        return _called(recorder, plain, method, args, kwargs, "method", plain)
    if name.startswith("torch.nn.functional.") and hasattr(torch.nn.functional, plain):
        function = getattr(torch.nn.functional, plain)
        return _called(recorder, plain, function, args, kwargs, "call", f"torch.nn.functional.{plain}")
    recorder.refuse(f"{short}: an operation in place without a counterpart that makes a new tensor")


def _into(recorder: Recorder, target: Any, result: Any) -> Any:
    """``out=`` and ``inplace=True``: the result takes the place of a tensor."""
    if not isinstance(target, Traced) or not isinstance(result, Traced):
        _outside(recorder, "writing into")
    if target is not result:
        recorder.write(target, result.node, result.value)
    return target
