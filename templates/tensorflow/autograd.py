"""Functions with a gradient of their own."""

import tensorflow as tf


class FunctionContext:
    """What the forward pass of a `Function` keeps for its backward pass."""

    saved_tensors = ()

    def save_for_backward(self, *tensors):
        self.saved_tensors = tensors

    def mark_non_differentiable(self, *tensors):
        pass

    def set_materialize_grads(self, value):
        pass


class Function:
    """A function whose gradient is computed by its own `backward`.

    Subclasses define `forward(ctx, *args)` and `backward(ctx, *gradients)` as static methods.
    """

    @classmethod
    def apply(cls, *args):
        """Calls `forward`; gradients flow through `backward`."""
        places = [i for i, a in enumerate(args) if hasattr(a, "dtype") and hasattr(a, "shape")]
        ctx = FunctionContext()
        ctx.needs_input_grad = tuple(i in places for i in range(len(args)))

        @tf.custom_gradient
        def function(*tensors):
            full = list(args)
            for place, tensor in zip(places, tensors):
                full[place] = tensor
            result = cls.forward(ctx, *full)

            def gradient(*upstream):
                results = cls.backward(ctx, *upstream)
                results = results if isinstance(results, tuple) else (results,)
                return [results[place] for place in places]

            return result, gradient

        return function(*[tf.convert_to_tensor(args[place]) for place in places])
