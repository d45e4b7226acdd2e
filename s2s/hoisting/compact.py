"""A compact method in two: what the constructor makes, and the method that uses it."""

from __future__ import annotations

import itertools
import keyword
from collections import Counter
from collections.abc import Callable, Collection, Sequence

import libcst as cst

from .. import nodes
from ..infer import Inference
from ..nodes import code
from .creations import Creation, Creations
from .dialects import NotHoistable
from .known import Known
from .linen_classes import LinenClass
from .loops import filled_lists, header, numbered, without_elements
from .names import Loop, Names
from .pruning import pruned, reads
from .tree import below, bound_names, children, names_of, rebuilt, set_names

_LEAVING = (cst.Return, cst.Break, cst.Continue)
_LATER = (cst.Lambda, cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp)

Making = Callable[[], list[cst.BaseStatement]]


class Compact:
    """Reads the statements of a compact method in order; ``constructor`` has what they make."""

    def __init__(self, cls: LinenClass, infer: Inference, taken: Collection[str] | None = None) -> None:
        assert cls.maker is not None
        self.method = cls.maker
        self.known = Known(cls, cls.maker, infer)
        self.creations = Creations(infer, self.known, cls.dialect)
        self.names = Names(cls.dialect)
        self.taken = set(cls.taken_names if taken is None else taken)
        self.left = False
        self.depth = 0
        self._dialect = cls.dialect
        self.turning: set[str] = set()
        self.headers: dict[int, tuple[cst.BaseAssignTargetExpression, cst.BaseExpression]] = {}
        self.removed: set[int] = set()
        self.attributes: dict[str, cst.BaseExpression] = {}
        self.modes: dict[int, tuple[cst.Arg, ...]] = {}
        self.locals: dict[str, int] = {}
        self.late: dict[int, list[cst.BaseStatement]] = {}
        self.line: cst.SimpleStatementLine | None = None
        self.constructor = pruned(self._block(cls.maker.body))

    # Statements

    def _block(self, suite: cst.BaseSuite) -> list[cst.BaseStatement]:
        made: list[cst.BaseStatement] = []
        for statement in suite.body:
            if isinstance(statement, cst.BaseSmallStatement):
                made += self._small(statement, ())
            elif isinstance(statement, cst.SimpleStatementLine):
                made += self._line(statement)
            elif isinstance(statement, cst.If):
                made += self._if(statement)
            elif isinstance(statement, cst.For):
                made += self._for(statement)
            elif isinstance(statement, cst.With):
                for item in statement.items:
                    made += self._expression(item.item)
                made += self._block(statement.body)
            else:
                self._nothing(statement)
        return made

    def _line(self, node: cst.SimpleStatementLine) -> list[cst.BaseStatement]:
        made: list[cst.BaseStatement] = []
        self.line = node
        for small in node.body:
            made += self._small(small, node.body)
        self.line = None
        if made and id(node.body[0]) in self.removed:
            made[0] = made[0].with_changes(leading_lines=node.leading_lines)
            made[-1] = made[-1].with_changes(trailing_whitespace=node.trailing_whitespace)
        return made

    def _small(self, node: cst.BaseSmallStatement, line: Sequence[cst.BaseSmallStatement]) -> list[cst.BaseStatement]:
        made = self._expression(node)
        if isinstance(node, cst.Return):
            self.left = True
        if not isinstance(node, cst.Assign) or len(node.targets) != 1:
            return made
        target = node.targets[0].target
        found = self.known.made.get(id(node.value))
        if found is not None:
            if len(line) == 1:
                self._name(target, found, node)
            return made
        self._check_called(target, node.value)
        if self.known.learn(target, node.value):
            self.creations.learn_partial(target, node.value)
            if target.value not in self.known.aliases if isinstance(target, cst.Name) else True:
                made.append(self._local(node, len(line) == 1))
            elif len(line) == 1:
                self.locals[target.value] = id(node)
        elif self.creations.partial_class(node.value):
            raise NotHoistable("a class of layers is given arguments that the constructor does not know")
        return made

    def _local(self, node: cst.Assign, alone: bool) -> cst.BaseStatement:
        """A local that the constructor computes too."""
        target = node.targets[0].target
        for name in names_of(target) if alone else ():
            self.locals[name] = id(node)
        small = node.with_changes(targets=[cst.AssignTarget(target.deep_clone())], value=self.known.copied(node.value))
        return cst.SimpleStatementLine([small])

    def _name(self, target: cst.BaseExpression, found: cst.BaseExpression, node: cst.Assign) -> None:
        """``dense = nn.Dense(3)`` goes where the layer can be called by its attribute."""
        plain = isinstance(target, cst.Name) and isinstance(found, cst.Attribute)
        if plain and self.known.bound[target.value] == 1:  # type: ignore[attr-defined]
            self.attributes[target.value] = found  # type: ignore[attr-defined]
            self.removed.add(id(node))

    def _check_called(self, target: cst.BaseExpression, value: cst.BaseExpression) -> None:
        """Raise where a local that is called may be a layer that a call made unseen."""
        if not isinstance(value, cst.Call) or self.creations.knows(value.func):
            return
        names = set(names_of(target))
        for part in below(self.method.body):
            if isinstance(part, cst.Call) and isinstance(part.func, cst.Name) and part.func.value in names:
                raise NotHoistable("what a call gives is called and may be a new layer")

    def _if(self, node: cst.If) -> list[cst.BaseStatement]:
        made = self._expression(node.test)
        parts = [node.body, *([node.orelse] if node.orelse is not None else [])]
        if not self.known.computes(node.test):
            if self._dialect.lazy:
                return [*made, *self._either(lambda: self._block(node.body), lambda: self._orelse(node.orelse))]
            for part in parts:
                self._nothing(part)
            return made
        return self._branches(node.test, lambda: self._block(node.body), lambda: self._orelse(node.orelse), made)

    def _either(self, body: Making, orelse: Making) -> list[cst.BaseStatement]:
        """What the constructor makes where an input decides: layers of both ways, which have no arrays until they are
        called. Those that have the same name on both ways are the same.
        """
        before, taken = self.names.copied(), set(self.taken)
        first = body()
        after, self.names = self.names, before
        used, self.taken = self.taken, taken
        second = orelse()
        self.taken |= used
        self.names.branches(after, self.names.copied(), True)
        if not (set_names(first) & set_names(second)) <= {code(line).partition(" = ")[0] for line in first}:
            raise NotHoistable("layers of the same name are made in different ways")
        known = {code(line).strip() for line in first}
        rest = [line for line in second if code(line).strip() not in known]
        if set_names(first) & set_names(rest):
            raise NotHoistable("layers of the same name are made in different ways")
        return [*first, *rest]

    def _branches(
        self, test: cst.BaseExpression, body: Making, orelse: Making, made: list[cst.BaseStatement]
    ) -> list[cst.BaseStatement]:
        """What the constructor makes for a condition that it knows; both branches may use the same names."""
        before, taken = self.names.copied(), set(self.taken)
        left = self.left
        first = body()
        after, self.names = self.names, before
        used, self.taken = self.taken, taken
        left, self.left = self.left, left
        second = orelse()
        self.taken |= used
        self.left = self.left or left
        self.names.branches(after, self.names.copied(), bool(reads(test) & self.turning))
        return [*made, _condition(self.known.copied(test), first, second)] if first or second else made

    def _orelse(self, node: cst.If | cst.Else | None) -> list[cst.BaseStatement]:
        if isinstance(node, cst.If):
            return self._if(node)
        return self._block(node.body) if node is not None else []

    def _for(self, node: cst.For) -> list[cst.BaseStatement]:
        made = self._expression(node.iter)
        calls = list(self.creations.within(node.body))
        if not calls or not self.known.computes(node.iter):
            self._nothing(node.body)
            self._nothing(node.orelse)
            return made
        if node.orelse is not None or any(isinstance(part, _LEAVING) for part in below(node.body)):
            raise NotHoistable("a loop that makes layers is left early")
        self.creations.in_loop = True
        each = self._each(calls)
        target, counted, loop = numbered(node, each, self.known, self.creations.infer) if each else (None, None, None)
        if loop is not None:
            self._choose_lists(loop, node)
            self.names.enter(loop)
            self.headers[id(node)] = (target, counted)
        target, counted = (node.target, node.iter) if loop is None else (target, counted)
        if set(names_of(target)) & set(bound_names(node.body)):
            raise NotHoistable("a loop that makes layers changes its own variables")
        self.depth += 1
        outer, self.turning = self.turning, self.turning | set(names_of(target))
        with self.known.inside(target):
            body = self._block(node.body)
        self.depth, self.turning = self.depth - 1, outer
        self.creations.in_loop = self.depth > 0
        if loop is not None:
            self.names.leave()
        if loop is not None and loop.lists and body:
            return [*made, *filled_lists(loop, header(target, self.known.copied(counted), body))]
        return [*made, header(target, self.known.copied(counted), body)] if body else made

    def _choose_lists(self, loop: Loop, node: cst.For) -> None:
        """Name the lists of the layers that each turn of a loop makes, where it always makes the same."""
        conditions = (part for part in below(node.body) if isinstance(part, (cst.If, cst.IfExp)))
        if not self.names.dialect.lists or any(True for part in conditions for _ in self.creations.within(part)):
            return
        calls = list(self.creations.within(node.body))
        holding = [call for call in calls if (f := self.creations.read(call)) and f.cls in self._dialect.holding]
        inner = {id(part) for call in holding for arg in call.args for part in self.creations.within(arg)}
        loop.each = self._each([call for call in calls if id(call) not in inner])
        for kind in loop.each:
            names = (f"{kind}s_{number}" if number else f"{kind}s" for number in itertools.count())
            loop.lists[kind] = next(name for name in names if name not in self.taken)
            self.taken.add(loop.lists[kind])

    def _each(self, calls: Sequence[cst.Call]) -> Counter[str]:
        """How many layers without names one turn of a loop makes, by their classes."""
        found = (self.creations.read(call) for call in calls)
        return Counter(self.names.dialect.kind(f.cls) for f in found if f is not None and f.name is None)

    def _nothing(self, node: cst.CSTNode | None) -> None:
        """Raise where a piece of code that may not run, or may run later or often, makes layers."""
        inner = isinstance(node, (cst.FunctionDef, *_LATER))
        for part in below(node) if node is not None else ():
            if isinstance(part, cst.Call):
                if self.creations.read(part) is not None:
                    raise NotHoistable("layers are made where inputs decide")
                self.creations.check(part)
            elif isinstance(part, cst.Assign) and len(part.targets) == 1:
                self._check_called(part.targets[0].target, part.value)
            elif isinstance(part, cst.Return) and not inner:
                self.left = True

    # Expressions

    def _expression(self, node: cst.CSTNode) -> list[cst.BaseStatement]:
        """What the constructor makes for an expression or a small statement, in the order of Python."""
        if isinstance(node, _LATER):
            self._nothing(node)
            return []
        if isinstance(node, cst.IfExp):
            return self._conditional(node)
        if isinstance(node, cst.BooleanOperation):
            self._nothing(node.right)
            return self._expression(node.left)
        found = self.creations.read(node)
        if found is None:
            made = [statement for part in children(node) for statement in self._expression(part)]
            if isinstance(node, cst.Call):
                self.creations.check(node)
            return made
        if self._holds(found):
            return [self._layer(found)]
        made = [statement for arg in found.args for statement in self._expression(arg.value)]
        return [*made, self._layer(found)]

    def _holds(self, found: Creation) -> bool:
        """Whether a layer is made of those that its arguments make, which have no other name then; they are counted."""
        if found.cls not in self.names.dialect.holding or len(found.args) != 1:
            return False
        if not self.known.computes(found.args[0].value):
            return False
        for call in self.creations.within(found.args[0].value):
            one = self.creations.read(call)
            if one is not None and one.name is None and not (self.names.loop is not None and self.names.loop.lists):
                self.names.next(one.cls)
        return True

    def _conditional(self, node: cst.IfExp) -> list[cst.BaseStatement]:
        body, orelse = node.body, node.orelse
        made = self._expression(node.test)
        if not self.known.computes(node.test):
            if self._dialect.lazy:
                return [*made, *self._either(lambda: self._expression(body), lambda: self._expression(orelse))]
            self._nothing(node.body)
            self._nothing(node.orelse)
            return made
        line, self.line = self.line, None
        made = self._branches(node.test, lambda: self._expression(body), lambda: self._expression(orelse), made)
        self.line = line
        return made

    def _layer(self, found: Creation) -> cst.BaseStatement:
        """The statement that makes a layer in the constructor."""
        if self.left and not self._dialect.lazy:
            raise NotHoistable("a layer is made where the method may have returned")
        unknown = [arg for arg in found.args if not self.known.computes(arg.value)]
        if not all(self.creations.is_size(arg, found) for arg in unknown):
            raise NotHoistable("the arguments of a layer depend on inputs")
        if found.modes:
            self._keep_modes(found)
        if found.name is None and self.names.loop is not None and self.names.loop.lists:
            return self._listed(found, bool(unknown))
        name = found.name if found.name is not None else self.names.next(found.cls)
        while found.name is None and self._dialect.lists and code(name)[1:-1] in self.taken:
            name = self.names.next(found.cls)
        if isinstance(found.name, cst.SimpleString) and self._dialect.lists and not self.depth:
            name = self._numbered(found.name)
        if not self.known.computes(name) or not is_text(name):
            raise NotHoistable("the name of a layer depends on inputs")
        if unknown:
            return self._at_first_call(name, found)
        return self._attribute(name, self._made(found), id(found.call))

    def _numbered(self, name: cst.SimpleString) -> cst.SimpleString:
        """A name that was given, with a number where another layer has it: ``norm_1``."""
        given = str(name.evaluated_value)
        names = (f"{given}_{number}" if number else given for number in itertools.count())
        return cst.SimpleString(f'"{next(one for one in names if one not in self.taken)}"')

    def _made(self, found: Creation) -> cst.Call:
        """The call that makes a layer, for the constructor."""
        args = [arg.with_changes(value=self.known.moved(arg.value)) for arg in found.args]
        return found.call.with_changes(func=self.known.copied(found.call.func), args=_laid_out(args, found.call))

    def _listed(self, found: Creation, unknown: bool) -> cst.BaseStatement:
        """A layer of a loop as one of a list."""
        if unknown:
            raise NotHoistable("a layer whose size depends on inputs is made in a loop or a condition")
        value = self._made(found)
        place = self.names.place(found.cls)
        self.known.made[id(found.call)] = place
        added = nodes.call(cst.Attribute(place.value.deep_clone(), cst.Name("append")), value)
        return cst.SimpleStatementLine([cst.Expr(added)])

    def _attribute(self, name: cst.BaseExpression, value: cst.Call, call: int) -> cst.BaseStatement:
        text = name.evaluated_value if isinstance(name, cst.SimpleString) else None
        if text is not None:
            if text in self.taken or self.depth:
                raise NotHoistable(f"two things are called {text}")
            self.taken.add(text)
        if isinstance(text, str) and text.isidentifier() and not keyword.iskeyword(text):
            place = cst.Attribute(cst.Name("self"), cst.Name(text))
            self.known.made[call] = place
            return cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(place.deep_clone())], value)])
        self.known.made[call] = nodes.call(cst.Name("getattr"), cst.Name("self"), name)
        stored = nodes.call(cst.Name("setattr"), cst.Name("self"), self.known.copied(name), value)
        return cst.SimpleStatementLine([cst.Expr(stored)])

    def _at_first_call(self, name: cst.BaseExpression, found: Creation) -> cst.BaseStatement:
        """A layer whose size the first input decides: ``self.dense = None``, made in the method where it is None."""
        value = found.call.with_changes(args=_laid_out(list(found.args), found.call))
        self._attribute(name, value, id(found.call))
        place = self.known.made[id(found.call)]
        if self.line is None or not isinstance(place, cst.Attribute):
            raise NotHoistable("a layer whose size depends on inputs is made in a loop or a condition")
        test = cst.Comparison(place, [cst.ComparisonTarget(cst.Is(), cst.Name("None"))])
        body = [cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(place.deep_clone())], value)])]
        self.late.setdefault(id(self.line), []).append(cst.If(test, cst.IndentedBlock(body)))
        return cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(place.deep_clone())], cst.Name("None"))])

    def _keep_modes(self, found: Creation) -> None:
        """Remember the modes of a layer that its call is given instead."""
        names = {part.value for arg in found.modes for part in below(arg.value) if isinstance(part, cst.Name)}
        parameters = {param.name.value for param in below(self.method.params) if isinstance(param, cst.Param)}
        if not all(self.known.bound[name] == (1 if name in parameters else 0) for name in names):
            raise NotHoistable("the mode of a layer is computed")
        self.modes[id(found.call)] = tuple(_as_keyword(arg) for arg in found.modes)

    # The method

    def rest(self) -> cst.FunctionDef:
        """The method without what the constructor makes."""
        method = rebuilt(self.method, self._answer)
        self._check_modes()
        while True:
            unused = self._unused(method)
            if not unused:
                return method
            self.removed |= unused
            method = rebuilt(self.method, self._answer)

    def _answer(self, node: cst.CSTNode) -> cst.CSTNode | list[cst.BaseStatement] | None:
        if isinstance(node, cst.SimpleStatementLine) and (id(node) in self.late or id(node.body[0]) in self.removed):
            return self._statements(node)
        if isinstance(node, cst.Call) and (modes := self._modes_of(node.func)):
            args = [rebuilt(arg, self._answer) for arg in node.args]
            return node.with_changes(func=rebuilt(node.func, self._answer), args=_with_modes(args, modes))
        if id(node) in self.known.made:
            return rebuilt(self.known.made[id(node)], self._answer).deep_clone()
        if isinstance(node, cst.Name):
            found = self.attributes.get(node.value)
            return None if found is None else found.deep_clone()
        if isinstance(node, cst.For) and id(node) in self.headers:
            target, counted = self.headers[id(node)]
            made = rebuilt(node.with_changes(target=target, iter=counted), self._answer)
            return without_elements(made) if counted is not node.iter else made
        return None

    def _statements(self, node: cst.SimpleStatementLine) -> list[cst.BaseStatement]:
        """The layers that a statement makes at the first call, and the statement where it is still needed."""
        made = [rebuilt(statement, self._answer) for statement in self.late.get(id(node), ())]
        if id(node.body[0]) not in self.removed:
            made.append(node.with_changes(body=[rebuilt(small, self._answer) for small in node.body]))
        if made:
            leading = node.leading_lines
            made = [s.with_changes(leading_lines=leading if s is made[0] else []) for s in made]
        return made

    def _modes_of(self, func: cst.BaseExpression) -> tuple[cst.Arg, ...]:
        if isinstance(func, cst.Name) and func.value in self.attributes:
            place = self.attributes[func.value]
            return next((m for call, m in self.modes.items() if self.known.made[call] is place), ())
        return self.modes.get(id(func), ())

    def _check_modes(self) -> None:
        """Raise where a layer whose mode goes to its call is not only called."""
        if not self.modes:
            return
        called = {id(part.func) for part in below(self.method.body) if isinstance(part, cst.Call)}
        for call in self.modes:
            names = {n for n, place in self.attributes.items() if place is self.known.made[call]}
            if call not in called and not names:
                raise NotHoistable("a layer with a mode is not called where it is made")
            for part in below(self.method.body):
                if isinstance(part, cst.Name) and part.value in names and id(part) not in called:
                    if not self._is_target(part):
                        raise NotHoistable("a layer with a mode is used as a value")

    def _is_target(self, node: cst.Name) -> bool:
        targets = (part.target for part in below(self.method.body) if isinstance(part, cst.AssignTarget))
        return any(target is node for target in targets)

    def _unused(self, method: cst.FunctionDef) -> set[int]:
        """The assignments of locals that only the constructor reads."""
        read = reads(method.body)
        used = self.known.used
        return {
            statement
            for name, statement in self.locals.items()
            if name in used and statement not in self.removed
            and not any(other in read for other, place in self.locals.items() if place == statement)
        }  # fmt: skip


def is_text(node: cst.BaseExpression) -> bool:
    """Whether an expression is surely a string, and not ``None`` for a name that flax makes up."""
    if isinstance(node, cst.BinaryOperation):
        return is_text(node.left) or is_text(node.right)
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.func.attr.value == "format":
        return is_text(node.func.value)
    return isinstance(node, (cst.SimpleString, cst.FormattedString, cst.ConcatenatedString))


def _condition(
    test: cst.BaseExpression, first: list[cst.BaseStatement], second: list[cst.BaseStatement]
) -> cst.BaseStatement:
    """``if test: ...`` with what its branches make."""
    if not first:
        test, first, second = cst.UnaryOperation(cst.Not(), nodes.parenthesized(test)), second, []
    orelse: cst.If | cst.Else | None = cst.Else(cst.IndentedBlock(second)) if second else None
    if len(second) == 1 and isinstance(second[0], cst.If):
        orelse = second[0]
    return cst.If(test, cst.IndentedBlock(first), orelse)


def _laid_out(args: list[cst.Arg], call: cst.Call) -> list[cst.Arg]:
    """Arguments that stayed, the last one laid out as the last one was."""
    if args and call.args:
        last = call.args[-1]
        args[-1] = args[-1].with_changes(comma=last.comma, whitespace_after_arg=last.whitespace_after_arg)
    return args


def _as_keyword(arg: cst.Arg) -> cst.Arg:
    return nodes.keyword(arg.keyword.value if arg.keyword is not None else "use_running_average", arg.value)


def _with_modes(args: list[cst.Arg], modes: tuple[cst.Arg, ...]) -> list[cst.Arg]:
    given = {arg.keyword.value for arg in args if arg.keyword is not None}
    if given & {arg.keyword.value for arg in modes if arg.keyword is not None}:
        raise NotHoistable("a mode is given twice")
    return nodes.spaced([*args, *modes])
