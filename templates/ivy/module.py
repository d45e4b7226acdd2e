"""Base class of what was a module in the source."""


class Module:
    """Base of classes with parameters, buffers and a mode; all of them are plain attributes."""

    training = True

    def register_buffer(self, name, value, persistent=True):
        """Sets an array that is state but not learned."""
        setattr(self, name, value)

    def train(self, mode=True):
        """Puts the module and those in its attributes into training (or inference) mode and returns it."""
        self.training = mode
        for value in vars(self).values():
            for part in value if isinstance(value, (list, tuple)) else [value]:
                if isinstance(part, Module):
                    part.train(mode)
        return self

    def eval(self):
        """Puts the module into inference mode and returns it."""
        return self.train(False)
