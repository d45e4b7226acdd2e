"""Functions that modules call with what they are given and what they give."""

import functools

from flax import nnx


class Hooks:
    """The hooks of a module, which JAX takes for one value."""

    def __init__(self, held=()):
        self.held = tuple(held)

    def __iter__(self):
        return iter(self.held)


class RemovableHandle:
    """A hook of a module, until `remove` is called or a `with` block ends."""

    def __init__(self, module, name, function, with_kwargs):
        self.module = module
        self.name = name
        self.function = function
        self.with_kwargs = with_kwargs

    def __call__(self, module, args, kwargs, *output):
        """What the hook returns; raises where what it writes to would not be what a transformation works on."""
        cells = [cell.cell_contents for cell in getattr(self.function, "__closure__", None) or ()]
        for owner in (getattr(self.function, "__self__", None), *cells):
            if isinstance(owner, nnx.Module) and is_current(owner) != is_current(module):
                name = type(owner).__name__
                raise ValueError(f"a hook keeps the {name} from outside: register it inside the transformed function")
        return self.function(module, args, *((kwargs,) if self.with_kwargs else ()), *output)

    def remove(self):
        """Take the hook from its module."""
        set_hooks(self.module, self.name, [hook for hook in hooks_of(self.module, self.name) if hook is not self])

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.remove()


def is_current(module):
    """Whether a module was made, or copied, by the innermost transformation that is under way."""
    return module._pytree__state.trace_state.is_valid()


@functools.cache
def with_hooks(kind):
    """A subclass whose calls run the hooks of a module: what they return replaces the arguments and the output."""

    class Hooked(kind, pytree=False):
        without_hooks = kind

        def __call__(self, *args, **kwargs):
            for hook in hooks_of(self, "_forward_pre_hooks"):
                changed = hook(self, args, kwargs)
                if changed is not None and hook.with_kwargs:
                    args, kwargs = changed
                elif changed is not None:
                    args = changed if isinstance(changed, tuple) else (changed,)
            output = super().__call__(*args, **kwargs)
            for hook in hooks_of(self, "_forward_hooks"):
                changed = hook(self, args, kwargs, output)
                output = output if changed is None else changed
            return output

    Hooked.__name__, Hooked.__qualname__, Hooked.__module__ = kind.__name__, kind.__qualname__, kind.__module__
    return Hooked


def hooks_of(module, name):
    """The hooks that a module has under `name`."""
    return getattr(module, name, ())


def set_hooks(module, name, hooks):
    """Give a module hooks; one that has none left is of its own class again."""
    setattr(module, name, Hooks(hooks))
    some = [*hooks_of(module, "_forward_pre_hooks"), *hooks_of(module, "_forward_hooks")]
    kind = getattr(type(module), "without_hooks", type(module))
    object.__setattr__(module, "__class__", with_hooks(kind) if some else kind)


def register_hook(module, name, function, prepend, with_kwargs):
    """Put a hook at the end, or the beginning, of those that a module has under `name`."""
    handle = RemovableHandle(module, name, function, with_kwargs)
    before = hooks_of(module, name)
    set_hooks(module, name, (handle, *before) if prepend else (*before, handle))
    return handle


def register_forward_hook(module, hook, *, prepend=False, with_kwargs=False):
    """Call `hook(module, args, output)` after each call of a module; what it returns replaces the output."""
    return register_hook(module, "_forward_hooks", hook, prepend, with_kwargs)


def register_forward_pre_hook(module, hook, *, prepend=False, with_kwargs=False):
    """Call `hook(module, args)` before each call of a module; what it returns replaces the arguments."""
    return register_hook(module, "_forward_pre_hooks", hook, prepend, with_kwargs)
