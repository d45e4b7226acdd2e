"""A Keras functional model as source text: layers in the constructor, the graph in ``call``.

Parts of the graph that repeat (``block2a_...``, ``block2b_...``) become one class whose arguments are what differs.
"""

from __future__ import annotations

import inspect
import keyword
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ...exceptions import NotConvertible
from ..weight_keras import in_order
from .class_sources import Definitions

_TRAINING_ONLY = ("initializer", "regularizer", "constraint")
_SMALLEST_BLOCK = 3


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of the graph: the tensors that it takes and gives, by number."""

    name: str
    module: str
    operation: str
    constructor: str
    layer: Any
    config: tuple[tuple[str, str], ...]
    args: tuple[Any, ...]
    kwargs: tuple[tuple[str, Any], ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    is_layer: bool


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive steps with one input and one output whose names share a prefix."""

    prefix: str
    steps: tuple[Step, ...]
    entry: int
    exit: int


class Tensor:
    """The place of a tensor in the arguments of a step."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number


@dataclass(frozen=True, slots=True)
class Placed:
    """A layer with the class and the attribute that it is in the text."""

    layer: Any
    cls: str
    attribute: str


@dataclass(frozen=True, slots=True)
class GraphSource:
    """The text of a module with the class of a model, and the layer that each attribute path stands for."""

    text: str
    layers: dict[str, Placed]


def graph_source(model: Any, name: str) -> GraphSource:
    """The module whose class ``name`` (with the classes of its blocks) computes what a functional model does."""
    definitions = Definitions()
    classes: dict[str, str] = {}
    layers = _model_classes(model, name, definitions, classes)
    imports = sorted({"import keras": None} | definitions.imports, key=lambda line: (line.startswith("from"), line))
    parts = [*definitions.parts.values(), *classes.values()]
    return GraphSource("\n".join(imports) + "\n\n\n" + "\n\n\n".join(parts) + "\n", layers)


def _model_classes(model: Any, name: str, definitions: Definitions, classes: dict[str, str]) -> dict[str, Placed]:
    """Add the classes of a model, of its blocks and of the models inside; attribute path -> layer."""
    numbers: dict[int, int] = {}
    inner: dict[str, dict[str, Placed]] = {}

    def nested(operation: Any, called: str) -> str:
        own = name + "".join(
            word.capitalize() for word in re.split(r"\W|_", called) if word.lower() not in name.lower()
        )
        while own in classes or own == name:
            own += "_"
        inner[called] = _model_classes(_graph_of(operation), own, definitions, classes)
        return own

    steps = tuple(_steps(model, numbers, definitions, nested))
    inputs = [numbers[id(tensor)] for tensor in model.inputs]
    outputs = [numbers[id(tensor)] for tensor in model.outputs]
    uses = Counter(number for step in steps for number in step.inputs) + Counter(outputs)
    blocks, body = _with_blocks(steps, uses, set(outputs), name)
    single = not isinstance(model._outputs_struct, (list, tuple, dict))
    classes |= blocks
    classes[name] = _class(name, body, inputs, outputs, single, uses)
    return dict(_layers(name, body, inner))


def _graph_of(operation: Any) -> Any:
    """The functional model that a model inside another one is."""
    graph = getattr(operation, "_functional", None) or operation
    if not hasattr(graph, "_nodes_by_depth"):
        raise NotConvertible(f"{operation.name}: a model of your own class inside a functional model is not converted")
    return graph


def _layers(cls: str, body: list[Any], inner: dict[str, dict[str, Placed]]) -> Iterator[tuple[str, Placed]]:
    """Attribute path -> layer; the models inside have paths of their own."""
    for item in body:
        if isinstance(item, Step):
            for path, layer in inner.get(item.name, {}).items():
                yield f"{_identifier(item.name)}.{path}", layer
            if item.is_layer and item.name not in inner:
                yield _identifier(item.name), Placed(item.layer, cls, _identifier(item.name))
            continue
        block = item[0]
        for step in block.steps:
            if step.is_layer:
                own = _identifier(step.name.removeprefix(block.prefix))
                yield f"{_identifier(block.prefix.rstrip('_'))}.{own}", Placed(step.layer, item[1], own)


def _steps(
    model: Any, numbers: dict[int, int], definitions: Definitions, nested: Callable[[Any, str], str]
) -> Iterator[Step]:
    """The operations in the order in which they are computed."""
    constructors: dict[int, str] = {}
    layers = list(in_order(model._layers))  # the names that their weights have
    names = {id(layer): name for name, layer in layers}
    if len({name for name, _ in layers}) < len(layers):
        raise NotConvertible(f"{model.name}: two of its layers have one name; give them names of their own")
    for depth in sorted(model._nodes_by_depth, reverse=True):
        for node in model._nodes_by_depth[depth]:
            given = tuple(_number(tensor, numbers) for tensor in node.input_tensors)
            made = tuple(_number(tensor, numbers) for tensor in node.outputs)
            if node.is_input:
                continue
            operation = node.operation
            called = names.get(id(operation), operation.name)
            is_model = hasattr(operation, "layers")
            if id(operation) not in constructors:
                constructors[id(operation)] = (
                    nested(operation, called) if is_model else _constructor(operation, definitions)
                )
            yield Step(
                name=called,
                module=type(operation).__module__,
                operation=type(operation).__name__,
                constructor=constructors[id(operation)],
                layer=operation,
                config=() if is_model else tuple(_config(operation, definitions)),
                args=_placed(node.arguments.args, numbers),
                kwargs=_placed_keywords(node.arguments.kwargs, numbers),
                inputs=given,
                outputs=made,
                is_layer=hasattr(operation, "add_weight"),
            )


def _number(tensor: Any, numbers: dict[int, int]) -> int:
    return numbers.setdefault(id(tensor), len(numbers))


def _placed(value: Any, numbers: dict[int, int]) -> Any:
    if type(value).__name__ == "KerasTensor":
        return Tensor(_number(value, numbers))
    if isinstance(value, (list, tuple)):
        return type(value)(_placed(item, numbers) for item in value)
    return value


def _placed_keywords(kwargs: dict[str, Any], numbers: dict[int, int]) -> tuple[tuple[str, Any], ...]:
    """Keyword arguments that were given; the mode is the whole model's."""
    given = {key: value for key, value in kwargs.items() if value is not None and key != "training"}
    return tuple((key, _placed(value, numbers)) for key, value in given.items())


def _constructor(operation: Any, definitions: Definitions) -> str:
    """What the class of a layer is called; one that is not Keras' own is defined in the text."""
    cls = type(operation)
    if not hasattr(operation, "add_weight"):
        return f"keras.ops.{_snake(cls.__name__)}"
    import keras

    return f"keras.layers.{cls.__name__}" if getattr(keras.layers, cls.__name__, None) is cls else definitions.add(cls)


def _config(operation: Any, definitions: Definitions) -> Iterator[tuple[str, str]]:
    """The constructor's arguments that are not its defaults, as source text in the order of the parameters."""
    config = operation.get_config() if hasattr(operation, "add_weight") else {}
    parameters = inspect.signature(type(operation).__init__).parameters
    if not config:
        config = {name: getattr(operation, name) for name in parameters if hasattr(operation, name)}
    if not getattr(operation, "trainable", True) and getattr(operation, "weights", None):
        yield "trainable", "False"
    for name in parameters:
        if name not in config:
            continue
        value, default = config[name], parameters[name].default
        if name in ("name", "trainable", "dtype") or any(word in name for word in _TRAINING_ONLY):
            continue
        required = default is inspect.Parameter.empty
        if not required and (_plain(value) == _plain(default) or _is_usual(name, value, default)):
            continue
        inside = getattr(operation, name, getattr(operation, "forward_layer", None))
        if isinstance(value, dict) and hasattr(inside, "add_weight"):
            yield ("*" if required else "") + name, _written(inside, definitions)
            continue
        text = repr(list(value) if isinstance(value, list) else value)
        if "<" in text or isinstance(value, dict):
            raise NotConvertible(f"{operation.name}: argument {name}={text} has no source text")
        yield ("*" if required else "") + name, text


def _written(layer: Any, definitions: Definitions) -> str:
    """The call that makes a layer which another one wraps."""
    settings = _config(layer, definitions)
    return f"{_constructor(layer, definitions)}({', '.join(_argument(key, text) for key, text in settings)})"


def _argument(key: str, text: str) -> str:
    return f"{key}={text}" if key[0] != "*" else text


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, (list, tuple)) else value


def _is_usual(name: str, value: Any, default: Any) -> bool:
    """Whether a setting is Keras' own way to write a default: ``(1, 1)`` for 1."""
    usual = {"data_format": "channels_last", "activation": "linear"}
    if name in usual:
        return value == usual[name]
    return isinstance(default, int) and isinstance(value, (list, tuple)) and set(value) == {default}


def _with_blocks(
    steps: tuple[Step, ...], uses: Counter[int], kept: set[int], name: str
) -> tuple[dict[str, str], list[Any]]:
    """The classes of repeated blocks, and the steps with the blocks in their places."""
    chosen: dict[int, tuple[Block, str, str]] = {}
    classes: dict[str, str] = {}
    for group in _repeated(steps, uses, kept):
        cls = f"{name}Block{len(classes) + 1}"
        classes[cls] = _block_class(cls, group)
        for start, block in group:
            chosen[start] = (block, cls, ", ".join(_differing(block, [b for _, b in group]).values()))
    body: list[Any] = []
    position = 0
    while position < len(steps):
        item: Any = chosen.get(position, steps[position])
        body.append(item)
        position += 1 if isinstance(item, Step) else len(item[0].steps)
    return classes, body


def _repeated(steps: tuple[Step, ...], uses: Counter[int], kept: set[int]) -> list[list[tuple[int, Block]]]:
    """Groups of blocks of one shape that do not overlap, the longest blocks first; in the order of the graph."""
    shapes: dict[Any, list[tuple[int, Block]]] = {}
    shared = Counter(step.name for step in steps)
    for start in range(len(steps)):
        for block in _blocks_at(steps, start, uses, kept, shared):
            shapes.setdefault(_shape(block), []).append((start, block))
    covered: set[int] = set()
    groups = []
    for group in sorted(shapes.values(), key=lambda g: (-len(g[0][1].steps), g[0][0])):
        free = []
        for start, block in group:
            own = range(start, start + len(block.steps))
            if covered.isdisjoint(own):
                free.append((start, block))
                covered.update(own)
        if len(free) > 1:
            groups.append(free)
        else:
            covered.difference_update(n for start, block in free for n in range(start, start + len(block.steps)))
    return sorted(groups, key=lambda g: g[0][0])


def _blocks_at(
    steps: tuple[Step, ...], start: int, uses: Counter[int], kept: set[int], shared: Counter[str]
) -> Iterator[Block]:
    """The runs of steps from here on with a common prefix that have one input and one output.

    A layer that is used several times belongs to no block.
    """
    words = steps[start].name.split("_")
    for count in range(1, len(words)):
        prefix = "_".join(words[:count]) + "_"
        if start and steps[start - 1].name.startswith(prefix):
            continue
        end = start
        while end < len(steps) and steps[end].name.startswith(prefix):
            end += 1
        run = steps[start:end]
        if any(shared[step.name] > 1 for step in run):
            continue
        made = [number for step in run for number in step.outputs]
        entries = {number for step in run for number in step.inputs} - set(made)
        inside = Counter(number for step in run for number in step.inputs)
        exits = [number for number in made if uses[number] > inside[number] or number in kept]
        if len(run) >= _SMALLEST_BLOCK and len(entries) == 1 and len(exits) == 1:
            yield Block(prefix, run, entries.pop(), exits[0])


def _shape(block: Block) -> Any:
    """What two blocks have to share to be one class: operations, wiring and names of arguments."""
    places = {block.entry: 0}
    rows = []
    for step in block.steps:
        inputs = tuple(places[number] for number in step.inputs)
        for number in step.outputs:
            places[number] = len(places)
        keys = tuple(key for key, _ in step.config)
        suffix = step.name.removeprefix(block.prefix)
        wiring = (inputs, repr(_numbered(step.args, places)), len(step.outputs))
        rows.append((step.module, step.constructor, suffix, keys, *wiring))
    return tuple(rows)


def _numbered(value: Any, places: dict[int, int]) -> Any:
    if isinstance(value, Tensor):
        return f"@{places[value.number]}"
    if isinstance(value, (list, tuple)):
        return [_numbered(item, places) for item in value]
    return value


def _differing(block: Block, group: list[Block]) -> dict[str, str]:
    """The arguments of a block's class: settings in which the blocks of a group differ."""
    found: dict[str, str] = {}
    columns: dict[tuple[str, ...], str] = {}
    for index, step in enumerate(block.steps):
        for position, (key, text) in enumerate(step.config):
            values = tuple(other.steps[index].config[position][1] for other in group)
            if len(set(values)) == 1 or values in columns:
                continue
            plain = key.lstrip("*")
            name = plain
            while name in found:
                name = f"{_identifier(step.name.removeprefix(block.prefix))}_{plain}" if name == plain else f"{name}_"
            columns[values] = name
            found[name] = text
    return found


def _block_class(name: str, group: list[tuple[int, Block]]) -> str:
    blocks = [block for _, block in group]
    first = blocks[0]
    arguments = _differing(first, blocks)
    columns = {tuple(_differing(block, blocks)[argument] for block in blocks): argument for argument in arguments}
    body = []
    for index, step in enumerate(first.steps):
        config = []
        for position, (key, text) in enumerate(step.config):
            values = tuple(block.steps[index].config[position][1] for block in blocks)
            config.append((key, columns.get(values, text)))
        body.append(replace(step, name=step.name.removeprefix(first.prefix), config=tuple(config)))
    inner = Counter(number for step in first.steps for number in step.inputs) + Counter([first.exit])
    return _class(name, body, [first.entry], [first.exit], True, inner, tuple(arguments))


def _class(
    name: str,
    body: list[Any],
    inputs: list[int],
    outputs: list[int],
    single: bool,
    uses: Counter[int],
    arguments: tuple[str, ...] = (),
) -> str:
    """The text of a model class."""
    made, computed = [], []
    passing = _passing(body, uses)
    names = {number: f"input_{i}" if len(inputs) > 1 else "inputs" for i, number in enumerate(inputs)}
    taken = {"self", *names.values(), *arguments}
    attributes: dict[str, str] = {}
    for item in body:
        if isinstance(item, Step):
            made += _constructed(item, attributes)
            computed.append(_computed(item, names, taken, passing, attributes))
        else:
            block, cls, values = item
            attribute = _identifier(block.prefix.rstrip("_"))
            made.append(f"self.{attribute} = {cls}({values})")
            taken_name = _result(block.exit, attribute, names, taken, passing)
            computed.append(f"{taken_name} = self.{attribute}({names[block.entry]})")
    unpack = [f"{', '.join(names[n] for n in inputs)} = inputs"] if len(inputs) > 1 else []
    result = names[outputs[0]] if single else "[" + ", ".join(names[n] for n in outputs) + "]"
    lines = [
        f"class {name}(keras.Model):",
        f"    def __init__({', '.join(['self', *arguments])}):",
        "        super().__init__()",
        *(f"        {line}" for line in made),
        "",
        "    def call(self, inputs):",
        *(f"        {line}" for line in [*unpack, *computed]),
        f"        return {result}",
    ]
    return "\n".join(lines)


def _passing(body: list[Any], uses: Counter[int]) -> set[int]:
    """Tensors that only the next step takes."""
    found = set()
    for item, following in zip(body, [*body[1:], None]):
        given = item.outputs if isinstance(item, Step) else (item[0].exit,)
        taken = () if following is None else following.inputs if isinstance(following, Step) else (following[0].entry,)
        found |= {n for n in given if uses[n] == 1 and len(given) == 1 and (n in taken or following is None)}
    return found


def _constructed(step: Step, attributes: dict[str, str]) -> list[str]:
    if not step.is_layer or step.name in attributes:
        return []
    attribute = _identifier(step.name)
    attributes[step.name] = attribute
    arguments = ", ".join(_argument(key, text) for key, text in step.config)
    return [f"self.{attribute} = {step.constructor}({arguments})"]


def _computed(step: Step, names: dict[int, str], taken: set[str], passing: set[int], attributes: dict[str, str]) -> str:
    arguments = [_text(value, names) for value in step.args]
    arguments += [f"{key}={_text(value, names)}" for key, value in step.kwargs]
    if step.is_layer:
        call = f"self.{attributes[step.name]}({', '.join(arguments)})"
    elif step.operation == "GetItem":
        call = f"{arguments[0]}[{_text(step.args[1], names)}]"
    else:
        arguments += [f"{key.lstrip('*')}={text}" for key, text in step.config]
        call = f"{step.constructor}({', '.join(arguments)})"
    results = [_result(number, step.name, names, taken, passing) for number in step.outputs]
    return f"{', '.join(results)} = {call}"


def _result(number: int, name: str, names: dict[int, str], taken: set[str], passing: set[int]) -> str:
    """The variable of a new tensor: ``x`` when only the next step takes it, else a name of its own."""
    if number in passing:
        names[number] = "x"
        return "x"
    variable = _identifier(name)
    while variable in taken or variable == "x":
        variable += "_"
    taken.add(variable)
    names[number] = variable
    return variable


def _text(value: Any, names: dict[int, str]) -> str:
    if isinstance(value, Tensor):
        return names[value.number]
    if isinstance(value, (list, tuple)):
        inner = ", ".join(_text(item, names) for item in value)
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' if len(value) == 1 else ''})"
    return repr(value)


def _identifier(name: str) -> str:
    found = re.sub(r"\W", "_", name).lower()
    found = f"layer_{found}" if found[:1].isdigit() else found
    return f"{found}_" if keyword.iskeyword(found) else found


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
