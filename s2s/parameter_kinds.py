"""What the parameters of a function are: by annotation, default, use, and what the project's calls pass."""

from __future__ import annotations

from . import kinds as k
from .kinds import ARRAY, FLOAT, INT, NONE, STR, UNKNOWN, Kind
from .observed import refined
from .project import FunctionInfo, ParamInfo
from .receivers import SIZE_CALL, is_array_parameter, is_mapping_parameter
from .result_kinds import Results
from .tables import Entry

ONLY_ARRAY = frozenset(
    """unsqueeze permute contiguous expand detach masked_fill index_select unsqueeze_ masked_fill_ chunk unbind
    expand_as view_as softmax log_softmax sigmoid tanh bmm matmul clamp clamp_ clamp_min flatten_ type_as new_zeros
    new_ones new_tensor new_full numel new_empty device requires_grad requires_grad_ add_ mul_ div_ sub_ copy_ zero_
    fill_ uniform_ normal_ abs_ exp_ sqrt_ gather scatter scatter_ scatter_add_ repeat_interleave logsumexp
    is_cuda rsqrt tril triu addcmul erf sqrt exp log cos sin movedim unflatten amax amin norm bernoulli_ trunc_normal_
    is_floating_point dim layout float half double bfloat16 narrow topk cumsum nelement lerp_ lerp is_contiguous
    masked_select log1p expm1 mT relu pow bool int long index_add_ index_copy_ unfold eq ne lt gt le ge""".split()
) - frozenset(("exp", "log", "sqrt", "cos", "sin", "int", "bool", "float", "device", "pow", "layout", "dim"))


class Parameters(Results):
    """The kinds of parameters on entry to a function."""

    def function_scope(self, info: FunctionInfo | None, method: bool, forward: bool) -> dict[str, Kind]:
        """The kinds of a function's parameters on entry."""
        if info is None:
            return {}
        scope: dict[str, Kind] = {}
        for position, param in enumerate(info.params):
            if method and position == 0 and self.self_class and "staticmethod" not in info.decorators:
                static = any(d.endswith("classmethod") for d in info.decorators)
                static = static or info.name.rpartition(".")[2] in ("__init_subclass__", "__new__", "__class_getitem__")
                scope[param.name] = Kind("class" if static else "instance", self.self_class)
                continue
            scope[param.name] = self._param_kind(param, forward)
            if scope[param.name] == UNKNOWN and not forward:
                scope[param.name] = self._passed_kind(info.name, param.name)
            if self.project.observed is not None and not param.star:
                seen = self.project.observed.parameter(info.name, param.name)
                scope[param.name] = refined(scope[param.name], seen)
        return scope

    def _passed_kind(self, function: str, param: str, depth: int = 0) -> Kind:
        """What all calls in the project give a parameter, where that is a layer, an optimizer and the like."""
        passed = self.project.passed.get(function, {}).get(param, ())
        found: set[Kind] = set()
        for kind in passed if depth < 5 else ():
            if kind.tag == "passed":
                owner, _, name = kind.name.partition("|")
                kind = self._passed_kind(owner, name, depth + 1)
            found.add(self.resolved(kind))
        if len(found) == 1 and (self.is_layer(only := next(iter(found))) or self.is_object(only)):
            return only
        if found and all(self.is_layer(kind) for kind in found):
            return k.instance(self.table.settings["module_class"])
        if FLOAT in found and self.table.settings.get("loose_floats") and not any(map(self.is_layer, found)):
            return k.LOOSE
        return UNKNOWN

    def _param_kind(self, param: ParamInfo, forward: bool) -> Kind:
        kind = self.resolved(param.kind)
        if param.star == "*":
            return k.list_of(kind or (ARRAY if forward else UNKNOWN))
        if param.star == "**":
            return Kind("dict", items=(STR, kind))
        default = self.resolved(param.default) if param.default is not None else UNKNOWN
        if kind == k.LOOSE or (self.table.settings.get("loose_floats") and self._may_be_array(param, kind, default)):
            return k.LOOSE
        if kind.tag == "none":
            kind = UNKNOWN
        if kind.tag == "dtype" and param.default == NONE:
            return k.OPTIONAL_DTYPE
        if not kind and param.name == "device" and default.tag in ("none", "unknown"):
            return k.DEVICE  # as the attribute of this name is; nothing else is called so
        if kind:
            return k.LOOSE if kind.tag == "array" and default.tag in k.NUMBERS else kind
        if default.tag == "none" or default.tag == "unknown":
            foreign = self.table.settings.get("foreign_members", ())
            if is_mapping_parameter(param.attributes) or not param.attributes.isdisjoint(foreign):
                return UNKNOWN
            if param.attributes & self.only_array or is_array_parameter(param.attributes, self.module, self.table.name):
                return ARRAY
            if forward and param.default is None and not any(self._takes_sizes(use) for use in param.attributes):
                return ARRAY
            return ARRAY if any(self._takes_array(use) for use in param.attributes) else UNKNOWN
        if default.tag == "ref":
            entry = self.table.find(default.name)
            if entry is not None and entry.const and entry.kind == "dtype":
                return k.DTYPE
            return Kind("class", self._layer_root(default.name)) if self._layer_root(default.name) else UNKNOWN
        return default if default.tag in ("float", "bool", "int", "str") else UNKNOWN

    def _may_be_array(self, param: ParamInfo, kind: Kind, default: Kind) -> bool:
        """Whether a parameter that is said to be a number, by its annotation or default, may be given an array."""
        if kind or default == FLOAT:
            return kind in (FLOAT, UNKNOWN)
        return default == INT and any(self._computes(use) for use in param.attributes)

    def _computes(self, use: str) -> bool:
        """Whether a use of a parameter is a call of a function of numbers, as ``jnp.log(+)`` is."""
        function, called, _ = use.partition("(")
        entry = self.table.find(self.project.canonical(function)) if called else None
        return entry is not None and [arg.canonical for arg in entry.args[:1]] == ["x"]

    def _takes_array(self, use: str) -> bool:
        """Whether a use of a parameter is a call of a framework function whose first argument is an array."""
        if not use.endswith("()"):
            return False
        entry = self.table.find(self.project.canonical(use[:-2]))
        parts = (entry.overloads or (entry,)) if entry is not None and not self.is_hub_layer(entry.op) else ()
        if self.table.name != "torch":
            return bool(parts) and all(_works_along_axes(part) for part in parts)
        # Of two operands (x1, x2) the first may be a number, as in torch.pow(2, x).
        firsts = [(part.args[0].native, part.args[0].canonical) for part in parts if part.args]
        return bool(firsts) and all(native == "input" and name != "x1" for native, name in firsts)

    def _takes_sizes(self, use: str) -> bool:
        """Whether a use of a parameter is a call of a framework function whose first argument is a shape."""
        entry = self.table.find(self.project.canonical(use[:-2])) if use.endswith("()") else None
        return entry is not None and [arg.canonical for arg in entry.args[:1]] == ["shape"]

    def _layer_root(self, name: str) -> str:
        """The module class when ``name`` is some layer class, else ''."""
        return self.table.settings.get("module_class", "") if self.is_layer_class(name) else ""

    @property
    def only_array(self) -> frozenset[str]:
        """Method names that no other common Python value has."""
        return ONLY_ARRAY | {SIZE_CALL} if self.table.name == "torch" else frozenset()


def _works_along_axes(entry: Entry) -> bool:
    """Whether a function takes an array first and an axis: numbers are not passed to such functions."""
    names = {arg.canonical for arg in entry.args}
    return bool(entry.args) and entry.args[0].canonical == "x" and "axis" in names
