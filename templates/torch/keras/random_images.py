"""Layers of Keras that change images (height, width, channels), alone or in a batch, at random in training."""

import math

import torch

from ..keras_images import affine_transform
from .base import Layer
from .factors import factor_bounds


class RandomImages(Layer):
    """Base of these layers: a class says how a batch is changed."""

    def __init__(self, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = data_format

    def forward(self, inputs, training=True):
        x = inputs if inputs.is_floating_point() else inputs.float()
        if not training:
            return x
        return self.changed(x) if x.ndim == 4 else self.changed(x[None])[0]

    def drawn(self, images, bounds):
        """A number between the bounds for each image."""
        return torch.empty(len(images), dtype=images.dtype).uniform_(*bounds)

    def sides(self, images):
        """The height and the width."""
        return tuple(images.shape[2:4] if self.data_format == "channels_first" else images.shape[1:3])


class RandomFlip(RandomImages):
    """Images flipped left to right, upside down or both with a probability of one half."""

    def __init__(self, mode="horizontal_and_vertical", seed=None, **kwargs):
        super().__init__(**kwargs)
        self.mode = mode

    def changed(self, images):
        """The batch with half of the images flipped."""
        height = 2 if self.data_format == "channels_first" else 1
        axes = [axis for name, axis in (("vertical", height), ("horizontal", height + 1)) if name in self.mode]
        flips = torch.rand(len(images), 1, 1, 1) <= 0.5
        return torch.where(flips, torch.flip(images, axes), images)


class AffineImages(RandomImages):
    """Base of the layers that take each pixel from another place."""

    def __init__(self, fill_mode="reflect", interpolation="bilinear", fill_value=0.0, **kwargs):
        super().__init__(**kwargs)
        self.fill_mode, self.interpolation, self.fill_value = fill_mode, interpolation, fill_value

    def moved(self, images, *rows):
        """The batch by the numbers a0 a1 a2 b0 b1 b2 of an affine transform of each image."""
        columns = [torch.as_tensor(row, dtype=torch.float32).expand(len(images)) for row in (*rows, 0.0, 0.0)]
        transform = torch.stack(columns, dim=1)
        return affine_transform(
            images, transform, self.interpolation, self.fill_mode, self.fill_value, self.data_format
        )


class RandomRotation(AffineImages):
    """Images turned by a part of a full turn that lies between two bounds."""

    def __init__(self, factor, fill_mode="reflect", interpolation="bilinear", seed=None, fill_value=0.0, **kwargs):
        super().__init__(fill_mode, interpolation, fill_value, **kwargs)
        self.factor = factor_bounds(factor)

    def changed(self, images):
        """The batch with each image turned around its centre."""
        angle = self.drawn(images, self.factor) * 2 * math.pi
        y, x = ((side - 1) / 2 for side in self.sides(images))
        cos, sin = torch.cos(angle), torch.sin(angle)
        return self.moved(images, cos, -sin, x - x * cos + y * sin, sin, cos, y - x * sin - y * cos)


class RandomZoom(AffineImages):
    """Images larger or smaller; without bounds for the width it is scaled as the height."""

    def __init__(
        self, height_factor, width_factor=None, fill_mode="reflect", interpolation="bilinear", seed=None,
        fill_value=0.0, **kwargs,
    ):  # fmt: skip
        super().__init__(fill_mode, interpolation, fill_value, **kwargs)
        self.height_factor = factor_bounds(height_factor)
        self.width_factor = None if width_factor is None else factor_bounds(width_factor)

    def changed(self, images):
        """The batch with each image scaled around its centre."""
        high = 1.0 + self.drawn(images, self.height_factor)
        wide = high if self.width_factor is None else 1.0 + self.drawn(images, self.width_factor)
        y, x = ((side - 1) / 2 for side in self.sides(images))
        return self.moved(images, wide, 0.0, x * (1.0 - wide), 0.0, high, y * (1.0 - high))


class RandomTranslation(AffineImages):
    """Images moved by parts of their height and width."""

    def __init__(
        self, height_factor, width_factor, fill_mode="reflect", interpolation="bilinear", seed=None, fill_value=0.0,
        **kwargs,
    ):  # fmt: skip
        super().__init__(fill_mode, interpolation, fill_value, **kwargs)
        self.height_factor, self.width_factor = factor_bounds(height_factor), factor_bounds(width_factor)

    def changed(self, images):
        """The batch with each image moved."""
        height, width = self.sides(images)
        down = height * self.drawn(images, self.height_factor)
        right = width * self.drawn(images, self.width_factor)
        return self.moved(images, 1.0, 0.0, -right, 0.0, 1.0, -down)


class RandomContrast(RandomImages):
    """Images whose distances from the mean of each channel are scaled."""

    def __init__(self, factor, value_range=(0, 255), seed=None, **kwargs):
        super().__init__(**kwargs)
        self.factor, self.value_range = factor_bounds(factor, 0.0), value_range

    def changed(self, images):
        """The batch with other contrasts."""
        lower, upper = self.factor
        factor = self.drawn(images, (1.0 - lower, 1.0 + upper))[:, None, None, None]
        mean = images.mean((2, 3) if self.data_format == "channels_first" else (1, 2), keepdim=True)
        return torch.clamp((images - mean) * factor + mean, *self.value_range)


class RandomBrightness(RandomImages):
    """Images with a part of the range of values added."""

    def __init__(self, factor, value_range=(0, 255), seed=None, **kwargs):
        super().__init__(**kwargs)
        self.factor, self.value_range = factor_bounds(factor), sorted(value_range)

    def changed(self, images):
        """The batch brighter or darker."""
        low, high = self.value_range
        return torch.clamp(images + self.drawn(images, self.factor)[:, None, None, None] * (high - low), low, high)
