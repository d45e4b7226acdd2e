"""``x.permute(0, 2, 1)``, ``x.T``: methods and properties of arrays through the tables."""

from __future__ import annotations

import libcst as cst

from .base import rule

_SHARED = frozenset(
    """split index count copy add pop size type sort values t view repeat format replace get update append extend
    remove insert join strip lower upper items keys clear discard union mean sum std max min reshape transpose
    flatten squeeze round all any dot take clip cumsum item tolist astype fill nonzero prod var argmax argmin argsort
    diagonal trace partition swapaxes ravel resize choose conj put searchsorted real imag data close open read write
    step backward zero_grad state_dict to apply float half double bool int long cpu cuda numpy train eval abs is_complex
    map reduce filter group match search sample log_prob flip crop convert rotate paste save load exp log sqrt pow""".split()
)


@rule(cst.Call)
def array_method(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """A method call on an array, or on a value whose kind is not known."""
    func = node.func
    if not isinstance(func, cst.Attribute):
        return None
    name = func.attr.value
    entries = ctx.source.methods.get(name)
    receiver = ctx.kind(func.value)
    if receiver.tag not in ("array", "unknown"):
        return None
    if entries is None:
        if receiver.tag == "array" and name in _TENSOR_ONLY:
            return ctx.refuse(node, f"torch.Tensor.{name}", f"no {ctx.target.name} counterpart is known")
        return None
    if receiver.tag == "unknown":
        if not _surely_array(node, name, ctx):
            ctx.note(
                node, "S2S300", f"torch.Tensor.{name}",
                "the kind of the receiver is not known, so the call is left as written", "annotate the value",
            )  # fmt: skip
            return None
    api = f"torch.Tensor.{name}"
    if entries[0].fold:
        ctx.count("exact")
        return cst.parse_expression(entries[0].fold)
    return ctx.convert(entries[0], node, func.value, api)


def _surely_array(node: cst.Call, name: str, ctx) -> bool:
    """Whether the name and the arguments of a call on an unknown value leave nothing but an array."""
    if name not in _SHARED:
        return True
    if any(ctx.kind(a.value).tag == "str" for a in node.args):
        return False
    keywords = {a.keyword.value for a in node.args if a.keyword is not None}
    if keywords & {"dim", "keepdim", "dims", "non_blocking"}:
        return True
    if name == "size":
        return True
    if name in ("reshape", "flatten", "view", "squeeze", "transpose", "mean", "sum", "flip", "std", "var", "tolist"):
        return name in ("view",) or _tensor_file(ctx)
    if name in ("to", "float", "split", "repeat", "max", "min", "round", "abs", "exp", "log", "sqrt", "pow", "bool"):
        return _tensor_file(ctx) and (bool(node.args) or name not in ("split", "repeat"))
    return name in ("long", "half", "double") or (name in ("t", "int", "type") and _tensor_file(ctx) and name != "type")


def _tensor_file(ctx) -> bool:
    """Whether arrays of other libraries are out of the question in this file."""
    return not any(
        kind.tag == "ref" and kind.name.split(".")[0] in ("numpy", "PIL", "pandas", "cv2")
        for kind in ctx.module.names.values()
    )


_TENSOR_ONLY = frozenset(
    """backward retain_grad register_hook share_memory_ pin_memory storage untyped_storage data_ptr stride
    as_strided set_ resize_ map_ apply_ to_sparse coalesce is_sparse to_dense index_put_ masked_scatter_ stft istft
    names rename refine_names storage_offset random_ cauchy_ geometric_ log_normal_ exponential_""".split()
)


@rule(cst.Call)
def shape_method(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``x.shape.numel()`` -> ``math.prod(x.shape)``."""
    func = node.func
    if not isinstance(func, cst.Attribute) or ctx.kind(func.value).tag != "shape":
        return None
    entry = ctx.source.find(f"torch.Size.{func.attr.value}")
    return None if entry is None else ctx.convert(entry, node, func.value, entry.native)


def _array_of_device(node: cst.BaseExpression, ctx) -> cst.BaseExpression:
    """``x`` of ``x.device``: arrays inside a transformation have no device to ask."""
    if isinstance(node, cst.Attribute) and node.attr.value == "device" and ctx.kind(node.value).tag == "array":
        return node.value
    return node


@rule(cst.Attribute)
def array_property(node: cst.Attribute, ctx) -> cst.BaseExpression | None:
    """``x.mT`` and other properties that the target spells differently."""
    base = ctx.kind(node.value)
    if base.tag in ("dtype", "device"):
        entry = ctx.source.find(f"torch.{base.tag}.{node.attr.value}")
        owner = _array_of_device(node.value, ctx) if base.tag == "device" else node.value
        return ctx.convert(entry, cst.Call(node), owner, entry.native) if entry is not None else None
    if base.tag != "array":
        if base.tag == "unknown" and node.attr.value in ("is_cuda",):
            return cst.Name("False")
        return None
    entry = ctx.source.properties.get(node.attr.value)
    if entry is None:
        return None
    if entry.fold:
        ctx.count("exact")
        return cst.parse_expression(entry.fold)
    fake = cst.Call(node)
    return ctx.convert(entry, fake, node.value, entry.native)
