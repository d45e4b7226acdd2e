"""Statements in order: scopes, branches and loops for the kinds, and the structural edits of blocks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import libcst as cst

from . import kinds as k
from .computed_stubs import without_computing
from .conditions import mark_tested
from .dataflow import dotted_path
from .emptied import emptied, is_still
from .held import assigned_places, is_part, looped_places, place_of, unpacked
from .kinds import Kind
from .known_ranks import is_element, known_ranks
from .optional_imports import failing, first_lost, handed_on, kept_branch
from .reading import names_read


class Block:
    """Marks rules that are given the statements of a block, before any of them is rewritten."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A statement in place of several of a block: ``write`` makes what they become, when it is their turn.

    A blank line goes before it when it stands ``apart``.
    """

    write: Callable[[Any], list[cst.BaseStatement]]
    leading_lines: Sequence[cst.EmptyLine] = ()
    apart: bool = False


class Statements:
    """The statement half of the rewriter. ``visit`` and the scopes are the rewriter's."""

    top: Sequence[cst.BaseStatement] = ()
    whole = cst.Module(())
    import_place: tuple[int, list[cst.EmptyLine]] | None = None

    def module_body(self, module: cst.Module) -> cst.Module:
        """Rewrite a whole module."""
        self.top, self.whole = module.body, cst.Module(module.body)
        body = self.block(module.body)
        if all(a is b for a, b in zip(body, module.body)) and len(body) == len(module.body):
            return module
        return module.with_changes(body=body)

    def block(self, body: Sequence[cst.BaseStatement]) -> list[cst.BaseStatement]:
        """Rewrite the statements of a block; comments of removed statements move to the next one."""
        result: list[cst.BaseStatement] = []
        waiting: list[cst.EmptyLine] = []
        headless = False
        for statement in self._planned_block(body):
            removed = self.imports.count
            made = self.compound(statement)
            if body is self.top and self.import_place is None and self.imports.count > removed:
                if not isinstance(statement, (cst.FunctionDef, cst.ClassDef)):
                    blank = [line for line in _leading(statement) if line.comment is None]
                    self.import_place = (len(result), blank if not made else [])
            if made and result and _stands_apart(statement, made[0]):
                made[0] = _after_blank_line(made[0])
            if not made:
                waiting.extend(line for line in _leading(statement) if line.comment)
                headless = not result and body is not self.top
                continue
            if headless:
                made[0] = _without_blank_lines(made[0])
                headless = False
            if waiting:
                first = made[0]
                made[0] = first.with_changes(leading_lines=[*waiting, *_leading(first)])
                waiting = []
            result.extend(made)
        return result

    def _planned_block(self, body: Sequence[cst.BaseStatement]) -> Sequence[cst.BaseStatement | Planned]:
        """The statements of a block, some of which a rule may have put together."""
        found = (rule(body, self) for rule in self.rules.get(Block, ()))
        return next((planned for planned in found if planned is not None), body)

    def kinds_ahead(self, body: Sequence[cst.BaseStatement]) -> dict[str, Kind]:
        """Take over the assignments of a block before it is rewritten; gives the kinds to go back to."""
        before = self._snapshot()
        self.scan(cst.IndentedBlock(body))
        return before

    def restore_kinds(self, kinds: dict[str, Kind]) -> None:
        """Go back to the kinds before ``kinds_ahead``."""
        self._restore(kinds)

    def compound(self, node: cst.BaseStatement | Planned) -> list[cst.BaseStatement]:
        """Rewrite one statement into zero or more."""
        outer_todos, self.todos = self.todos, []
        slices = dict(self.scopes[-1].slices) if self.scopes else {}
        outer_statement, self.statement = self.statement, node
        handler = _HANDLERS.get(type(node))
        made: list[cst.BaseStatement]
        if isinstance(node, Planned):
            made = node.write(self)
        elif handler is None:
            made = [self.descend(node)]
        else:
            made = getattr(self, handler)(node)
        if self.todos and made:
            lines = [cst.EmptyLine(comment=cst.Comment(text)) for text in dict.fromkeys(self.todos)]
            made[0] = made[0].with_changes(leading_lines=[*_leading(made[0]), *lines])
        self.todos, self.statement = outer_todos, outer_statement
        if self.scopes and not isinstance(node, cst.SimpleStatementLine):
            self._keep_slices(slices)
        return made

    def _keep_slices(self, known: dict[str, cst.Attribute | cst.Subscript]) -> None:
        """Leave a branch or loop: only slices that it did not touch are still known."""
        now = self.scopes[-1].slices
        self.scopes[-1].slices = {name: node for name, node in known.items() if now.get(name) is node}

    def _forget_slices(self, names: Collection[str]) -> None:
        """Names that are bound anew: slices of them, at them or called so are no longer known."""
        if self.scopes and self.scopes[-1].slices:
            kept = self.scopes[-1].slices.items()
            self.scopes[-1].slices = {n: node for n, node in kept if not {n, *names_read(node)} & {*names}}

    def _forget_places(self, assigned: Sequence[cst.BaseExpression]) -> None:
        """Attributes and items that are given other values: what they held before is held by its names alone."""
        if assigned and self.scopes and self.scopes[-1].slices:
            kept = self.scopes[-1].slices.items()
            self.scopes[-1].slices = {n: p for n, p in kept if not any(is_part(place, p) for place in assigned)}

    def _note_shared(self, targets: Sequence[cst.BaseExpression]) -> None:
        """``a = b = np.zeros(3)``: both names are the same array."""
        names = [target.value for target in targets if isinstance(target, cst.Name)]
        if len(names) > 1 and self.scopes and self.source.settings.get("returns_changed"):
            self.scopes[-1].views.update((name, names[0]) for name in names[1:] if name != names[0])

    def _suite(self, suite: cst.BaseSuite) -> cst.BaseSuite:
        if isinstance(suite, cst.IndentedBlock):
            body = self.block(suite.body)
            if len(body) == len(suite.body) and all(a is b for a, b in zip(body, suite.body)):
                return suite
            if not body:
                body = [cst.SimpleStatementLine([cst.Pass()])]
            return suite.with_changes(body=body)
        assert isinstance(suite, cst.SimpleStatementSuite)
        small = self._small_statements(suite.body)
        if len(small) == len(suite.body) and all(a is b for a, b in zip(small, suite.body)):
            return suite
        return suite.with_changes(body=small or [cst.Pass()])

    # Simple statements

    def simple_line(self, node: cst.SimpleStatementLine) -> list[cst.BaseStatement]:
        """A line of small statements."""
        body = self._small_statements(node.body)
        if len(body) == len(node.body) and all(a is b for a, b in zip(body, node.body)):
            return [node]
        if not body:
            return []
        blocks = [b for b in body if isinstance(b, cst.BaseCompoundStatement)]
        if blocks:
            return list(body)
        if len(body) > len(node.body):
            plain = [small.with_changes(semicolon=cst.MaybeSentinel.DEFAULT) for small in body]
            lines = [cst.SimpleStatementLine([small]) for small in plain]
            lines[0] = lines[0].with_changes(leading_lines=node.leading_lines)
            lines[-1] = lines[-1].with_changes(trailing_whitespace=node.trailing_whitespace)
            return list(lines)
        return [node.with_changes(body=body)]

    def _small_statements(self, body: Sequence[cst.BaseSmallStatement]) -> list[cst.BaseSmallStatement]:
        result: list[cst.BaseSmallStatement] = []
        for small in body:
            result.extend(self.small(small))
        return result

    def small(self, node: cst.BaseSmallStatement) -> list[cst.BaseSmallStatement]:
        """Rewrite one small statement, then take over what it binds."""
        if isinstance(node, (cst.Import, cst.ImportFrom)):
            for rule in self.rules.get(type(node), ()):
                made = rule(node, self)
                if made is not None:
                    return list(made)
            new = self.imports.rewrite(node)
            if new is not None:
                self.note_other_framework(new)
            return [] if new is None else [new]
        self.small_statement = node
        self.infer.discarded = id(node.value) if isinstance(node, cst.Expr) else 0
        self.infer.memo.clear()
        self._lifts.clear()
        for rule in self.rules.get(type(node), ()):
            result = rule(node, self)
            if result is not None:
                self.take_over(node)
                return list(result) if isinstance(result, (list, tuple)) else [result]
        if isinstance(node, cst.AnnAssign):
            changes = {"annotation": self.visit_annotation(node.annotation)}
            if node.value is not None:
                changes["value"] = self.visit(node.value)
            changes["target"] = self.visit(node.target)
            same = all(changes[name] is getattr(node, name) for name in changes)
            new = node if same else node.with_changes(**changes)
        else:
            if isinstance(node, (cst.AugAssign, cst.Del)):
                self.mark_places(node.target)
            for target in node.targets if isinstance(node, cst.Assign) else ():
                self.mark_places(target.target)
            new = self.descend(node)
        if new is not node and not self.scopes and isinstance(node, (cst.Assign, cst.Expr)):
            new = new.with_changes(value=without_computing(node.value, new.value, self.infer.name_of))
        self.take_over(node)
        gone = new is not node and (self.scopes and _assigns_itself(new) or _says_nothing(new, node))
        return [] if gone else [new]

    def take_over(self, node: cst.BaseSmallStatement) -> None:
        """Bind what an original small statement assigns."""
        if isinstance(node, cst.Assign):
            kind = self.infer.kind(node.value)
            if kind.tag == "array" and any(map(self._is_record, node.targets)):
                kind = Kind("array", "variable")  # which the name is too from now on
                if isinstance(node.value, cst.Name):
                    self.infer.assign(node.value, kind)
            for target in node.targets:
                self.infer.assign(target.target, kind)
                if isinstance(target.target, cst.Name) and self._may_be_none(node.value, kind):
                    self.infer.optional.add(target.target.value)
                self._note_view(target.target, node.value)
            self._forget_places(assigned_places(node.targets))
            self._note_shared([target.target for target in node.targets])
        elif isinstance(node, cst.AnnAssign) and node.value is not None:
            self.infer.assign(node.target, self.infer.kind(node.value))
        elif isinstance(node, cst.AugAssign) and isinstance(node.target, cst.Name):
            if self.infer.kind(node.target).tag != "array":
                self._forget_slices((node.target.value,))
            left = self.infer.kind(node.target)
            right = self.infer.kind(node.value)
            if left.tag == "list":  # += puts into a list whatever it is given
                self.infer.bind(node.target.value, k.join(left, right) if right.tag == "list" else k.list_of(k.UNKNOWN))
            elif left.tag != "array":
                self.infer.bind(node.target.value, k.ARRAY if right.tag == "array" else k.join(left, right))
        self.infer.memo.clear()

    def _is_record(self, target: cst.AssignTarget) -> bool:
        """Whether a target is an item of what an optimizer keeps of a parameter."""
        place = target.target
        return isinstance(place, cst.Subscript) and self.infer.kind(place.value).tag == "record"

    def _may_be_none(self, value: cst.BaseExpression, kind: Kind) -> bool:
        """Whether a value is None or comes from a function of the project that may return None."""
        if kind.tag == "none":
            return True
        if isinstance(value, cst.IfExp):
            return any(self._may_be_none(part, self.infer.kind(part)) for part in (value.body, value.orelse))
        if not isinstance(value, cst.Call):
            return False
        callee = self.infer.kind(value.func)
        return callee.tag == "method" or (callee.tag == "ref" and self.project.function(callee.name) is not None)

    def _is_scalar(self, value: cst.BaseExpression) -> bool:
        """Whether a value is an element of an array of NumPy, which is a number of its own."""
        if not isinstance(value, cst.Subscript) or not self.source.settings.get("hashable_elements"):
            return False
        place = id(self.enclosing)
        if place not in self.ranks:
            self.ranks[place] = known_ranks(self.enclosing)
        return is_element(value, self.ranks[place], self.infer.kind)

    def _note_view(self, target: cst.BaseExpression, value: cst.BaseExpression, known: bool = True) -> None:
        """Note which array a target is a view of; ``known`` where the value is the target's alone."""
        if not self.scopes:
            return
        if isinstance(target, (cst.Tuple, cst.List)):
            parts = unpacked(target, value, self.infer)
            for position, element in enumerate(target.elements):
                self._note_view(element.value, parts[position] if parts else value, bool(parts))
            return
        if not isinstance(target, cst.Name):
            return
        self._forget_slices((target.value,))
        if isinstance(value, cst.Subscript) and self.infer.kind(value.value).tag == "record":
            self.scopes[-1].views.pop(target.value, None)  # a variable, which has one memory under all names
            return
        if self.source.settings.get("returns_changed") and known:
            place = value if _is_plain_slice(value, self.infer) else place_of(value, self.infer)
            place = self.scopes[-1].slices.get(value.value) if isinstance(value, cst.Name) else place
            if isinstance(place, (cst.Attribute, cst.Subscript)):
                self.scopes[-1].slices[target.value] = place
        views = self.scopes[-1].views
        changed = value.args[0].value if isinstance(value, cst.Call) and id(value) in self.effect_written else value
        base = "" if self._is_scalar(value) else view_root(changed, self.infer)
        if base != target.value:
            self.scopes[-1].loop_names.discard(target.value)
        if not base:
            self.scopes[-1].assigned.add(target.value)
        views.pop(target.value, None)
        for name, root in list(views.items()):
            if root == target.value:
                del views[name]
        if base and base != target.value:
            views[target.value] = views.get(base, base)

    # Blocks with branches

    def if_statement(self, node: cst.If) -> list[cst.BaseStatement]:
        """An if with branches joined afterwards; constant tests lose their dead branch."""
        mark_tested(node.test, self)
        test = self.visit(node.test)
        constant = constant_test(test) if test is not node.test else None
        if constant is not None:
            return self._folded(node, constant)
        before = self._snapshot()
        self._narrow(node.test, True)
        slices = dict(self.scopes[-1].slices) if self.scopes else {}
        body = self._suite(node.body)
        after_body = self._snapshot()
        if self.scopes:
            self._keep_slices(slices)
        self._restore(before)
        self._narrow(node.test, False)
        orelse = node.orelse
        if isinstance(orelse, cst.If):
            made = self.if_statement(orelse)
            orelse = _as_else(made)
        elif orelse is not None:
            new_suite = self._suite(orelse.body)
            orelse = orelse if new_suite is orelse.body else orelse.with_changes(body=new_suite)
        after_else = self._snapshot()
        if _leaves(node.body):
            self._restore(after_else)
        elif node.orelse is not None and _leaves(
            node.orelse.body if isinstance(node.orelse, cst.Else) else node.orelse
        ):
            self._restore(after_body)
        else:
            self._merge(after_body, after_else)
        if test is node.test and body is node.body and orelse is node.orelse:
            return [node]
        if emptied(node, body, orelse) and is_still(test):
            return []
        return [node.with_changes(test=test, body=body, orelse=orelse)]

    def _folded(self, node: cst.If, constant: bool) -> list[cst.BaseStatement]:
        leading = list(node.leading_lines)
        if constant:
            made = self._spliced(node.body)
        elif node.orelse is None:
            return []
        elif isinstance(node.orelse, cst.If):
            made = self.if_statement(node.orelse)
        else:
            made = self._spliced(node.orelse.body)
        if made and leading:
            made[0] = made[0].with_changes(leading_lines=[*leading, *_leading(made[0])])
        return made

    def _spliced(self, suite: cst.BaseSuite) -> list[cst.BaseStatement]:
        if isinstance(suite, cst.IndentedBlock):
            made = self.block(suite.body)
            return [s for s in made if not _is_pass(s)]
        small = self._small_statements(suite.body)
        return [cst.SimpleStatementLine([s]) for s in small if not isinstance(s, cst.Pass)]

    def _narrow(self, test: cst.BaseExpression, positive: bool) -> None:
        """Learn from ``isinstance(x, torch.Tensor)`` tests."""
        if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
            self._narrow(test.expression, not positive)
            return
        if isinstance(test, cst.BooleanOperation) and isinstance(test.operator, cst.And) and positive:
            self._narrow(test.left, True)
            self._narrow(test.right, True)
            return
        if not (isinstance(test, cst.Call) and len(test.args) == 2 and positive):
            return
        if not (isinstance(test.func, cst.Name) and test.func.value == "isinstance"):
            return
        target = test.args[0].value
        kind = self._tested_kind(test.args[1].value)
        if isinstance(target, cst.Name) and kind:
            self.infer.bind(target.value, kind)

    def _tested_kind(self, node: cst.BaseExpression) -> Kind:
        name = self.infer.name_of(node)
        if name.startswith("builtins."):
            return k._BUILTIN_ANNOTATIONS.get(name[9:], Kind("dict") if name == "builtins.dict" else k.UNKNOWN)
        entry = self.source.find(name) if name else None
        if entry is not None and entry.type == "array":
            return k.ARRAY
        if name and (self.infer.is_layer_class(name) or self.project.class_info(name)):
            return k.instance(name)
        if isinstance(node, cst.Tuple):
            kinds = [self._tested_kind(e.value) for e in node.elements]
            return k.join_all(kinds) if all(kinds) else k.UNKNOWN
        return k.UNKNOWN

    def loop(self, node: cst.For | cst.While) -> list[cst.BaseStatement]:
        """A loop: kinds are joined with those at the end of the body before the body is rewritten."""
        changes: dict[str, object] = {}
        if isinstance(node, cst.For):
            changes["iter"] = self._iterated(node)
            element = k.element(self.infer.kind(node.iter))
            self.infer.assign(node.target, element)
            self.mark_places(node.target)
            changes["target"] = self.visit(node.target)
            self._forget_slices(target_names(node.target))
            if self.scopes and self.source.settings.get("returns_changed"):
                self.scopes[-1].slices.update(looped_places(node, self.infer))
            if self.scopes:
                self.scopes[-1].loop_names |= set(target_names(node.target))
        before = self._snapshot()
        self.scan(node.body)
        self._merge(before, self._snapshot())
        if isinstance(node, cst.For):
            self.infer.assign(node.target, element)  # again at the start of each turn, whatever the body makes of it
        if isinstance(node, cst.While):
            mark_tested(node.test, self)
            changes["test"] = self.visit(node.test)
        changes["body"] = self._suite(node.body)
        self._merge(before, self._snapshot())
        if node.orelse is not None:
            suite = self._suite(node.orelse.body)
            changes["orelse"] = node.orelse if suite is node.orelse.body else node.orelse.with_changes(body=suite)
        if all(value is getattr(node, name) for name, value in changes.items()):
            return [node]
        if isinstance(node, cst.For) and emptied(node, changes["body"], node.orelse) and self.walks_modules(node.iter):
            return []
        return [node.with_changes(**changes)]

    def walks_modules(self, node: cst.BaseExpression) -> bool:
        """Whether a loop runs over the parameters or layers of a model, which nothing but the loop needs."""
        return isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.func.attr.value in _WALKERS

    def _iterated(self, node: cst.For) -> cst.BaseExpression:
        """What a loop runs over."""
        found = (rule(node, self) for rule in self.rules.get(cst.For, ()))
        return next((iterable for iterable in found if iterable is not None), None) or self.visit(node.iter)

    def scan(self, suite: cst.CSTNode) -> None:
        """Take over the assignments of a block without rewriting it."""
        for statement in getattr(suite, "body", ()):
            if isinstance(statement, cst.SimpleStatementLine):
                for small in statement.body:
                    self.take_over(small)
            elif isinstance(statement, cst.BaseSmallStatement):
                self.take_over(statement)
            elif isinstance(statement, (cst.If, cst.For, cst.While, cst.With, cst.Try)):
                if isinstance(statement, cst.For):
                    self._forget_slices(target_names(statement.target))
                    self.infer.assign(statement.target, k.element(self.infer.kind(statement.iter)))
                self.scan(statement.body)
                orelse = getattr(statement, "orelse", None)
                while isinstance(orelse, cst.If):
                    self.scan(orelse.body)
                    orelse = orelse.orelse
                if orelse is not None:
                    self.scan(orelse.body)

    def with_statement(self, node: cst.With) -> list[cst.BaseStatement]:
        """A with; contexts that mean nothing in the target are dropped and the body moves out."""
        for rule in self.rules.get(cst.With, ()):
            made = rule(node, self)
            if made is not None:
                return list(made)
        items = []
        changed = False
        for item in node.items:
            if self.drops_context(item.item):
                changed = True
                continue
            new = self.visit(item.item)
            if new is not item.item:
                item, changed = item.with_changes(item=new), True
            if item.asname is not None:
                self.infer.assign(item.asname.name, self.infer.kind(item.item))
            items.append(item)
        if not items:
            made = self._spliced(node.body)
            if made:
                made[0] = made[0].with_changes(leading_lines=[*node.leading_lines, *_leading(made[0])])
            return made
        body = self._suite(node.body)
        if not changed and body is node.body:
            return [node]
        items[-1] = items[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
        return [node.with_changes(items=items, body=body)]

    def drops_context(self, item: cst.BaseExpression) -> bool:
        """Whether a context manager has no effect in the target."""
        func = item.func if isinstance(item, cst.Call) else item
        entry = self.source.find(self.infer.name_of(func)) if self.infer.name_of(func) else None
        if entry is None or entry.context != "drop":
            return False
        self.count(entry.grade)
        if entry.grade == "approximate":
            self.note(item, "S2S201", entry.native, entry.note or "the context is dropped")
        return True

    def try_statement(self, node: cst.Try) -> list[cst.BaseStatement]:
        """A try with its handlers."""
        before = self._snapshot()
        kept = "" if self._only_drops(node) else kept_branch(node, self)
        if kept == "handler":
            return self._in_place_of(node, self._spliced(node.handlers[0].body))
        body = failing(first_lost(node, self)) if kept == "error" else self._suite(node.body)
        after = self._snapshot()
        if self._only_drops(node):
            return []
        if kept == "body":
            return self._in_place_of(node, [*self._spliced(node.body), *self.block(handed_on(node, self))])
        handlers = []
        for handler in node.handlers:
            self._merge(before, after)
            if handler.name is not None and isinstance(handler.name.name, cst.Name):
                self.infer.bind(handler.name.name.value, k.UNKNOWN)
            kind = self.visit(handler.type) if handler.type is not None else None
            suite = self._suite(handler.body)
            same = kind is handler.type and suite is handler.body
            handlers.append(handler if same else handler.with_changes(type=kind, body=suite))
        self._restore(after)
        changes: dict[str, object] = {"body": body, "handlers": handlers}
        for name in ("orelse", "finalbody"):
            part = getattr(node, name)
            if part is not None:
                suite = self._suite(part.body)
                changes[name] = part if suite is part.body else part.with_changes(body=suite)
        if all(a is b for a, b in zip(handlers, node.handlers)):
            del changes["handlers"]
        if all(value is getattr(node, name) for name, value in changes.items()):
            return [node]
        return [node.with_changes(**changes)]

    def _in_place_of(self, node: cst.Try, made: list[cst.BaseStatement]) -> list[cst.BaseStatement]:
        """Statements with the comments above a ``try`` that they stand for."""
        return [made[0].with_changes(leading_lines=node.leading_lines), *made[1:]] if made else []

    def _only_drops(self, node: cst.Try) -> bool:
        """Whether a try only chooses between imports of which nothing is left."""
        bodies = [node.body, *(handler.body for handler in node.handlers)]
        if node.orelse or node.finalbody or not all(isinstance(body, cst.IndentedBlock) for body in bodies):
            return False
        lines = [line for body in bodies for line in body.body]
        if not all(isinstance(line, cst.SimpleStatementLine) for line in lines):
            return False
        parts = [part for line in lines for part in line.body]
        return all(isinstance(part, (cst.Import, cst.ImportFrom)) and self.imports.drops(part) for part in parts)

    # Definitions

    def function(self, node: cst.FunctionDef) -> list[cst.BaseStatement]:
        """A function: rules may change its head; its body is rewritten in a scope of its own."""
        for rule in self.rules[cst.FunctionDef]:
            made = rule(node, self)
            if made is not None:
                return [made] if isinstance(made, cst.CSTNode) else list(made)
        return [node]

    def class_def(self, node: cst.ClassDef) -> list[cst.BaseStatement]:
        """A class: rules do the work."""
        for rule in self.rules[cst.ClassDef]:
            made = rule(node, self)
            if made is not None:
                return [made] if isinstance(made, cst.CSTNode) else list(made)
        return [node]

    # Kinds across branches

    def _snapshot(self) -> dict[str, Kind]:
        return dict(self.infer.names_at_hand)

    def _restore(self, scope: dict[str, Kind]) -> None:
        self.infer.names_at_hand.clear()
        self.infer.names_at_hand.update(scope)
        self.infer.memo.clear()

    def _merge(self, a: dict[str, Kind], b: dict[str, Kind]) -> None:
        merged = dict(a)
        for name, kind in b.items():
            merged[name] = k.join(a[name], kind) if name in a else kind
        self._restore(merged)


_HANDLERS = {
    cst.SimpleStatementLine: "simple_line",
    cst.If: "if_statement",
    cst.For: "loop",
    cst.While: "loop",
    cst.With: "with_statement",
    cst.Try: "try_statement",
    cst.TryStar: "try_statement",
    cst.FunctionDef: "function",
    cst.ClassDef: "class_def",
}
# Methods of modules that loops run over.
_WALKERS = ("children", "modules", "named_children", "named_modules", "named_parameters", "parameters")
_VIEW_METHODS = frozenset(
    """view reshape transpose permute squeeze unsqueeze expand narrow select detach flatten t view_as swapaxes
    movedim diagonal unfold contiguous expand_as chunk split tensor_split unbind swapdims moveaxis
    broadcast_to""".split()
)


def view_root(node: cst.BaseExpression, infer) -> str:
    """The name whose memory the value of an expression may share, '' if none."""
    if isinstance(node, cst.Name):
        return node.value if node.value not in ("None", "True", "False") else ""
    if isinstance(node, cst.Subscript):
        return "" if _copies(node, infer) else view_root(node.value, infer)
    if isinstance(node, cst.Attribute) and node.attr.value in ("T", "mT", "data", "real", "imag"):
        return view_root(node.value, infer)
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        if node.func.attr.value in infer.table.settings.get("views", _VIEW_METHODS):
            if infer.name_of(node.func):
                return view_root(node.args[0].value, infer) if node.args else ""
            return view_root(node.func.value, infer)
    return ""


def _is_plain_slice(node: cst.BaseExpression, infer) -> bool:
    """``x[i, 1:3]``: a name indexed with integers and slices alone, which is a view that can be written back."""
    if not isinstance(node, cst.Subscript) or not isinstance(node.value, cst.Name):
        return False
    if infer.kind(node.value).tag not in ("array", "unknown"):
        return False
    parts = [e.slice.value for e in node.slice if isinstance(e.slice, cst.Index)]
    return all(isinstance(p, cst.Ellipsis) or infer.kind(p).tag == "int" for p in parts)


def _copies(node: cst.Subscript, infer) -> bool:
    """Whether indexing copies: an index that is an array or a list selects elements."""
    indices = [e.slice.value for e in node.slice if isinstance(e.slice, cst.Index)]
    return any(isinstance(i, cst.List) or infer.kind(i).tag in ("array", "ndarray") for i in indices)


def target_names(node: cst.BaseExpression) -> list[str]:
    """The names that an assignment target binds."""
    if isinstance(node, cst.Name):
        return [node.value]
    if isinstance(node, (cst.Tuple, cst.List)):
        return [name for element in node.elements for name in target_names(element.value)]
    return []


def constant_test(node: cst.BaseExpression) -> bool | None:
    """The value of a test that is constant after folding; None when it is not."""
    if isinstance(node, cst.Name) and node.value in ("True", "False"):
        return node.value == "True"
    return None


def _stands_apart(statement: cst.BaseStatement | Planned, made: cst.BaseStatement) -> bool:
    """Whether what a statement became has a blank line before it: it is planned so, or begins with a function."""
    if isinstance(statement, Planned):
        return statement.apart
    return isinstance(made, cst.FunctionDef) and not isinstance(statement, cst.FunctionDef)


def _after_blank_line(statement: cst.BaseStatement) -> cst.BaseStatement:
    """A statement with a blank line before it."""
    leading = list(_leading(statement))
    if leading and leading[0].comment is None:
        return statement
    return statement.with_changes(leading_lines=[cst.EmptyLine(indent=False), *leading])


def _says_nothing(new: cst.BaseSmallStatement, old: cst.BaseSmallStatement) -> bool:
    """Whether a call, as a statement, became a name alone: ``torch.cuda.empty_cache()``, ``model.cuda()``."""
    if not isinstance(new, cst.Expr) or not isinstance(old, cst.Expr) or not isinstance(old.value, cst.Call):
        return False
    return bool(dotted_path(new.value))


def _assigns_itself(node: cst.BaseSmallStatement) -> bool:
    """Whether a statement gives names their own values, as is left of ``x = x.to(device)``."""
    if not isinstance(node, cst.Assign) or len(node.targets) != 1:
        return False
    target, value = node.targets[0].target, node.value
    if isinstance(target, cst.Name):
        return isinstance(value, cst.Name) and value.value == target.value
    names = target_names(target)
    plain = isinstance(target, cst.Tuple) and isinstance(value, cst.Tuple) and len(names) == len(target.elements)
    return plain and names == [e.value.value if isinstance(e.value, cst.Name) else "" for e in value.elements]


def _leading(node: cst.BaseStatement) -> list[cst.EmptyLine]:
    return list(getattr(node, "leading_lines", ()))


def _is_pass(node: cst.BaseStatement) -> bool:
    return isinstance(node, cst.SimpleStatementLine) and len(node.body) == 1 and isinstance(node.body[0], cst.Pass)


def _leaves(suite: cst.CSTNode) -> bool:
    """Whether a block always leaves: its last statement returns, raises, breaks or continues."""
    body = getattr(suite, "body", ())
    if not isinstance(body, (list, tuple)) or not body:
        return False
    last = body[-1]
    if isinstance(last, cst.SimpleStatementLine):
        last = last.body[-1]
    return isinstance(last, (cst.Return, cst.Raise, cst.Break, cst.Continue))


def _as_else(made: list[cst.BaseStatement]) -> cst.If | cst.Else | None:
    """Statements that stood after ``elif`` as the else part."""
    if not made:
        return None
    if len(made) == 1 and isinstance(made[0], cst.If):
        return made[0]
    return cst.Else(cst.IndentedBlock(made))


def _without_blank_lines(statement: cst.BaseStatement) -> cst.BaseStatement:
    """A statement that became the first of its block."""
    leading = list(_leading(statement))
    while leading and leading[0].comment is None:
        leading.pop(0)
    return statement.with_changes(leading_lines=leading) if len(leading) < len(_leading(statement)) else statement
