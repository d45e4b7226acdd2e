"""Whether all layers of haiku that a module makes are made by constructors, and go where the target registers them."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from ..infer import Inference
from ..nodes import code
from .dialects import HAIKU
from .haiku_functions import TRANSFORMS, is_transformed
from .tree import below, children

# Layers that keep the one that they are given.
_KEEPING = frozenset(("haiku.ResetCore", "haiku.BatchApply"))
_OF_MODULES = frozenset(f"haiku.{name}" for name in ("get_parameter", "get_state", "set_state"))
_SCOPES = (cst.FunctionDef, cst.Lambda, cst.ClassDef)


class Places:
    """The nodes of a module with those that they lie in."""

    def __init__(self, module: cst.Module, infer: Inference) -> None:
        self.module, self.infer = module, infer
        self.parents: dict[int, cst.CSTNode] = {}
        self._note_parents(module)
        calls = [part for part in below(module) if isinstance(part, cst.Call)]
        given = [call.args[0].value for call in calls if infer.name_of(call.func) in TRANSFORMS and call.args]
        self.makers = {id(value) for value in given if isinstance(value, cst.Lambda)}
        names = {value.value for value in given if isinstance(value, cst.Name)}
        functions = (part for part in below(module) if isinstance(part, cst.FunctionDef))
        self.makers |= {id(part) for part in functions if part.name.value in names or is_transformed(part, infer)}

    def _note_parents(self, node: cst.CSTNode) -> None:
        for part in children(node):
            self.parents[id(part)] = node
            self._note_parents(part)

    def are_known(self) -> bool:
        """Whether the target's modules can make all layers as this module does, and hold them."""
        return all(self._is_fine(node) for node in below(self.module))

    def _is_fine(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.ClassDef):
            return node in self.module.body or not any(self._is_layer(base.value) for base in node.bases)
        if isinstance(node, cst.FunctionDef) and self._class_of(node) is not None:
            return not self._uses_layers(node) if node.name.value == "__init__" else self._keeps_state(node)
        if isinstance(node, cst.Call) and HAIKU.runs(self.infer.name_of(node.func), self.infer):
            return self._is_running(node)
        if isinstance(node, cst.Call) and self._is_layer(node.func):
            return self._takes_name(node) and self._is_placed(node)
        if isinstance(node, (cst.Name, cst.Attribute)) and self._is_layer(node):
            return self._is_only_named(node)
        return True

    def _is_layer(self, node: cst.BaseExpression) -> bool:
        return HAIKU.is_layer_class(self.infer.name_of(node), self.infer)

    def _outer(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        while (parent := self.parents.get(id(node))) is not None:
            yield parent
            node = parent

    def _class_of(self, node: cst.CSTNode) -> cst.ClassDef | None:
        """The class of haiku that a piece of code lies in."""
        classes = (part for part in self._outer(node) if isinstance(part, cst.ClassDef))
        return next((part for part in classes if any(self._is_layer(base.value) for base in part.bases)), None)

    def _function_of(self, node: cst.CSTNode) -> cst.CSTNode | None:
        return next((part for part in self._outer(node) if isinstance(part, _SCOPES)), None)

    def _keeps_state(self, method: cst.FunctionDef) -> bool:
        """Whether a method reads no state that it has set: what is set is not differentiated outside of ``apply``."""
        names = [self.infer.name_of(part.func) for part in below(method) if isinstance(part, cst.Call)]
        first = names.index("haiku.set_state") if "haiku.set_state" in names else len(names)
        loops = (part for part in below(method) if isinstance(part, (cst.For, cst.While)))
        calls = (part for loop in loops for part in below(loop) if isinstance(part, cst.Call))
        return "haiku.get_state" not in names[first:] and all(
            self.infer.name_of(part.func) != "haiku.set_state" for part in calls
        )

    def _is_running(self, call: cst.Call) -> bool:
        """Whether a call for what belongs to a call of the model is in no constructor, or gives an attribute there."""
        name, function = self.infer.name_of(call.func), self._function_of(call)
        if any(id(part) in self.makers for part in self._outer(call)):
            return False
        functions = [part for part in self._outer(call) if isinstance(part, cst.FunctionDef)]
        inits = [part for part in functions if part.name.value == "__init__"]
        if inits and self._class_of(call) is not None:
            parent = self.parents[id(call)]
            direct = isinstance(parent, cst.Assign) and function is inits[0] and len(parent.targets) == 1
            place = parent.targets[0].target if isinstance(parent, cst.Assign) else None
            if name != "haiku.get_parameter" or not direct or not isinstance(place, cst.Attribute):
                return False
            reads = [part for part in below(inits[0]) if isinstance(part, cst.Attribute) and code(part) == code(place)]
            return len(reads) == 1
        return name not in _OF_MODULES or self._class_of(call) is not None

    def _uses_layers(self, init: cst.FunctionDef) -> bool:
        """Whether a constructor calls a layer that it has made, or asks it for something: that would be done once."""
        assigned = [part for part in below(init) if isinstance(part, cst.Assign) and self._makes_layer(part.value)]
        places = {code(target.target) for part in assigned for target in part.targets}
        used = [part.func for part in below(init) if isinstance(part, cst.Call)]
        used += [part.value for part in below(init) if isinstance(part, cst.Attribute)]
        return any(code(part) in places or self._makes_layer(part) for part in used)

    def _takes_name(self, call: cst.Call) -> bool:
        info = self.infer.project.class_info(self.infer.name_of(call.func))
        named = any(arg.keyword is not None and arg.keyword.value == "name" for arg in call.args)
        init = info.methods.get("__init__") if info is not None else None
        return not named or info is None or init is not None and init.param("name") is not None

    def _is_only_named(self, node: cst.CSTNode) -> bool:
        """Whether a class is called, derived from, asked for or transformed, and no value."""
        parent = self.parents.get(id(node))
        if isinstance(parent, cst.Call):
            return parent.func is node
        if isinstance(parent, cst.Attribute) or any(isinstance(part, cst.Annotation) for part in self._outer(node)):
            return True
        outer = self.parents.get(id(parent)) if parent is not None else None
        if isinstance(outer, cst.ClassDef):
            return True
        return isinstance(outer, cst.Call) and self.infer.name_of(outer.func) in (*TRANSFORMS, "builtins.isinstance")

    def _is_placed(self, node: cst.CSTNode) -> bool:
        """Whether a layer goes where it is registered, or is what a maker returns."""
        parent = self.parents[id(node)]
        if isinstance(parent, cst.IfExp):
            return node is not parent.test and self._is_placed(parent)
        if isinstance(parent, (cst.Assign, cst.AnnAssign)):
            return self._is_assigned(parent)
        if isinstance(parent, cst.Return):
            return id(self._function_of(node)) in self.makers
        if isinstance(parent, cst.Lambda):
            return id(parent) in self.makers
        if isinstance(parent, cst.Element):
            return self._is_list_placed(self.parents[id(parent)])
        if isinstance(parent, (cst.ListComp, cst.GeneratorExp)):
            return parent.elt is node and self._is_list_placed(parent)
        return isinstance(parent, cst.Arg) and self._is_argument(parent)

    def _is_assigned(self, node: cst.Assign | cst.AnnAssign) -> bool:
        """Whether a constructor assigns to an attribute, or to a local that goes where layers may go."""
        target: cst.BaseExpression | None = node.target if isinstance(node, cst.AnnAssign) else None
        if isinstance(node, cst.Assign) and len(node.targets) == 1:
            target = node.targets[0].target
        if isinstance(target, cst.Attribute) and code(target.value) == "self":
            return self._is_in_constructor(node) or self._is_late(node, target)
        return isinstance(target, cst.Name) and self._is_local_placed(node, target.value)

    def _is_in_constructor(self, node: cst.CSTNode) -> bool:
        function = self._function_of(node)
        if not isinstance(function, cst.FunctionDef) or function.name.value != "__init__":
            return False
        return self._class_of(node) is not None

    def _is_late(self, node: cst.CSTNode, target: cst.Attribute) -> bool:
        """Whether an assignment is ``if self.linear is None: self.linear = ...``."""
        tests = (part.test for part in self._outer(node) if isinstance(part, cst.If))
        return any(code(test) == f"{code(target)} is None" for test in tests)

    def _is_local_placed(self, node: cst.CSTNode, name: str) -> bool:
        function = self._function_of(node)
        if not isinstance(function, cst.FunctionDef) or not self._is_in_constructor(node):
            return False
        names = [part for part in below(function.body) if isinstance(part, cst.Name) and part.value == name]
        bound = (cst.AssignTarget, cst.AnnAssign)
        reads = [part for part in names if not isinstance(self.parents[id(part)], bound)]
        return len(names) - len(reads) == 1 and all(self._is_placed(part) for part in reads)

    def _is_list_placed(self, node: cst.CSTNode) -> bool:
        """Whether a list of layers is an attribute, or what a layer holds."""
        parent = self.parents[id(node)]
        if isinstance(parent, cst.BinaryOperation) and isinstance(parent.operator, cst.Add):
            return self._is_held(parent)
        if isinstance(parent, cst.Assign) and isinstance(node, (cst.List, cst.ListComp)):
            target = parent.targets[0].target
            own = isinstance(target, cst.Attribute) and code(target.value) == "self" and len(parent.targets) == 1
            whole = isinstance(node, cst.ListComp) or all(self._makes_layer(part.value) for part in node.elements)
            return own and whole and self._is_in_constructor(node)
        return self._is_held(node)

    def _makes_layer(self, node: cst.BaseExpression) -> bool:
        return isinstance(node, cst.Call) and self._is_layer(node.func)

    def _is_held(self, node: cst.CSTNode) -> bool:
        """Whether a list is given to a layer that registers what is in it."""
        parent = self.parents[id(node)]
        if isinstance(parent, cst.BinaryOperation):
            return self._is_held(parent)
        call = self.parents[id(parent)] if isinstance(parent, cst.Arg) else None
        return isinstance(call, cst.Call) and self.infer.name_of(call.func) in HAIKU.holding

    def _is_argument(self, arg: cst.Arg) -> bool:
        call = self.parents[id(arg)]
        assert isinstance(call, cst.Call)
        name = self.infer.name_of(call.func)
        if name == "builtins.setattr" or name in _KEEPING:
            return self._is_in_constructor(call) or name in _KEEPING
        if name in HAIKU.holding:
            return False
        if isinstance(call.func, cst.Attribute) and call.func.attr.value == "append" and not arg.star:
            return self._is_in_constructor(call) and self._is_list(call.func.value, call)
        return self._is_kept(call, arg, name)

    def _is_list(self, node: cst.BaseExpression, call: cst.Call) -> bool:
        """Whether layers go to an attribute that starts as an empty list, or to a local list that a layer holds."""
        function = self._function_of(call)
        assert isinstance(function, cst.FunctionDef)
        assigned = (part for part in below(function) if isinstance(part, cst.Assign))
        starts = [part for part in assigned if code(part.targets[0].target) == code(node)]
        if len(starts) != 1 or not isinstance(starts[0].value, cst.List) or starts[0].value.elements:
            return False
        if isinstance(node, cst.Attribute):
            return code(node.value) == "self"
        reads = [part for part in below(function.body) if isinstance(part, cst.Name) and code(part) == code(node)]
        return all(
            isinstance(parent := self.parents[id(part)], cst.AssignTarget)
            or isinstance(parent, cst.Attribute)
            and parent.attr.value == "append"
            or self._is_held(part)
            for part in reads
        )

    def _is_kept(self, call: cst.Call, arg: cst.Arg, name: str) -> bool:
        """Whether a class of the project keeps a layer that it is given as an attribute, and only there."""
        info = self.infer.project.class_info(name)
        init = info.methods.get("__init__") if info is not None else None
        if init is None or arg.star or not HAIKU.is_layer_class(name, self.infer):
            return False
        params = [param.name for param in init.params if param.name != "self"]
        index = call.args.index(arg)
        param = arg.keyword.value if arg.keyword is not None else params[index] if index < len(params) else ""
        classes = [part for part in self.module.body if isinstance(part, cst.ClassDef)]
        own = [part for part in classes if f"{self.infer.module.name}.{part.name.value}" == name]
        methods = [part for node in own for part in node.body.body if isinstance(part, cst.FunctionDef)]
        bodies = [method.body for method in methods if method.name.value == "__init__"]
        reads = [part for body in bodies for part in below(body) if isinstance(part, cst.Name) and part.value == param]
        values = [part for part in reads if not isinstance(self.parents[id(part)], cst.Attribute)]
        return bool(values) and all(self._is_stored(part) for part in values)

    def _is_stored(self, node: cst.CSTNode) -> bool:
        parent = self.parents[id(node)]
        return isinstance(parent, cst.Assign) and code(parent.targets[0].target).startswith("self.")
