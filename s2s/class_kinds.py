"""What classes are: layers, arrays, distributions, functions with their own gradient."""

from __future__ import annotations

from .kinds import INT, UNKNOWN, Kind
from .project import ModuleInfo
from .scopes import Scopes

# What settings of a layer are.
_SETTINGS = frozenset(("int", "float", "bool", "str", "none", "dtype", "device"))


class KnownClasses(Scopes):
    """Questions about classes of the project and of the framework, and about their objects."""

    def is_layer_class(self, name: str) -> bool:
        """Whether a class derives from the framework's module class."""
        root = self.table.settings.get("module_class", "")
        for base in self.project.mro(name):
            entry = self.table.find(base)
            if base == root or (entry is not None and entry.type == "module"):
                return True
            if entry is not None and entry.op and self.is_hub_layer(entry.op):
                return True
        return False

    def is_array_class(self, name: str) -> bool:
        """Whether a class of the project derives from the framework's array class."""
        bases = self.project.mro(name) if self.project.class_info(name) is not None else []
        entries = (self.table.find(base) for base in bases)
        return any(entry is not None and entry.type == "array" for entry in entries)

    def is_hub_layer(self, op: str) -> bool:
        """Whether a hub name is a layer."""
        found = self.hub.get(op)
        return found is not None and found.layer

    def given_by(self, name: str) -> str:
        """What calling an object of a class of the framework surely gives, where it is a layer."""
        entry = self.table.find(name)
        op = self.hub.get(entry.op) if entry is not None else None
        return op.gives if op is not None and op.layer else ""

    def makes_object(self, op: str) -> bool:
        """Whether a hub name is a class whose objects have methods of their own, such as an optimizer."""
        found = self.hub.get(op)
        return found is not None and found.returns == "object"

    def is_object(self, kind: Kind, topic: str = "") -> bool:
        """Whether a value is an object of a class of this hub topic, or of one of the project that derives from it."""
        if kind.tag != "instance":
            return False
        entries = (self.table.find(base) for base in self.project.mro(kind.name))
        ops = (self.hub.get(entry.op) for entry in entries if entry is not None)
        return any(op is not None and op.returns == "object" and topic in ("", op.topic) for op in ops)

    def is_written_optimizer(self, kind: Kind) -> bool:
        """Whether a value is an optimizer of the project that derives from the framework's base, and no other."""
        bases = self.project.mro(kind.name)[1:] if kind.tag == "instance" else ()
        entries = (self.table.find(base) for base in bases)
        return any(entry is not None and entry.op == "Optimizer" for entry in entries)

    def state_of_parameter(self, name: str) -> Kind:
        """What an optimizer of the project keeps of a parameter: arrays that are changed in place, and numbers."""
        infos = [info for base in self.project.mro(name) if (info := self.project.class_info(base)) is not None]
        numbers = sorted({key for info in infos for key in info.numbered})
        return Kind("record", ",".join(numbers), (*(INT for _ in numbers), Kind("array", "variable")))

    def is_distribution(self, kind: Kind) -> bool:
        """Whether a value is a probability distribution."""
        return self.is_object(kind, "distributions")

    def is_layer(self, kind: Kind) -> bool:
        """Whether a value is a layer object."""
        return kind.tag == "instance" and self.is_layer_class(kind.name)

    def is_own_layer(self, kind: Kind) -> bool:
        """Whether a value is a layer of a class of the framework itself."""
        entry = self.table.find(kind.name) if kind.tag == "instance" else None
        return entry is not None and self.is_hub_layer(entry.op)

    def is_stateless(self, kind: Kind) -> bool:
        """Whether a layer surely holds neither parameters nor other state, as most losses do."""
        for base in self.project.mro(kind.name):
            info, entry = self.project.class_info(base), self.table.find(base)
            op = self.hub.get(entry.op) if entry is not None else None
            if base == kind.name and info is None and (op is None or op.topic != "loss_layers"):
                return False
            if op is not None and op.layer and op.topic != "loss_layers":
                return False
            held = [self.resolved(found) for each in (info.assigned.values() if info else ()) for found in each]
            if any(not (found.tag in _SETTINGS or self.is_layer(found) and self.is_stateless(found)) for found in held):
                return False
        return True

    def is_given(self, kind: Kind, name: str) -> bool:
        """Whether an attribute is all that the constructor is given under its name: often a number."""
        for owner in self.project.mro(kind.name):
            info = self.project.class_info(owner)
            if info is not None and name in info.attributes:
                method = info.methods.get("__init__")
                params = method.params if method is not None else ()
                known = any(p.kind or p.default is not None or p.star for p in params if p.name == name)
                return info.assigned.get(name) == (UNKNOWN,) and any(p.name == name for p in params) and not known
        return False

    def may_use_global_modules(self, function: str) -> bool:
        """Whether the file of a function of the project has layers, or what may be some, as global names."""
        module, _ = self.project._split(self.project.canonical(function))
        return module is not None and bool(self.global_modules(module))

    def global_modules(self, module: ModuleInfo) -> frozenset[str]:
        """The global names of a file that hold layers, or what may be some."""
        kinds = {name: kind for name, kind in module.names.items() if kind.tag in ("result", "instance")}
        return frozenset(
            name
            for name, kind in kinds.items()
            if self.is_layer(self.resolved(kind)) or kind.tag == "result" and self.project.function(kind.name)
        )

    def is_differentiable_function(self, name: str) -> bool:
        """Whether a class derives from the framework's class for functions with their own gradient."""
        entries = (self.table.find(base) for base in self.project.mro(name))
        return any(entry is not None and entry.type == "function" for entry in entries)
