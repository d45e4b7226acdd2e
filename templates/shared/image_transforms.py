"""Changes of images before they are batched: PIL's images, or arrays of shape (..., H, W)."""

import enum
import math

import numpy as np

from .batches import batch_array
from .random import rand, randint, randperm


class InterpolationMode(enum.IntEnum):
    """Ways to resize, with the numbers that PIL gives them."""

    NEAREST = 0
    LANCZOS = 1
    BILINEAR = 2
    BICUBIC = 3
    BOX = 4
    HAMMING = 5


def is_pil(image):
    """Whether an image is one of PIL's."""
    return hasattr(image, "getbands")


def image_size(image):
    """(height, width) of an image."""
    return (image.height, image.width) if is_pil(image) else tuple(image.shape[-2:])


def two_sizes(size):
    """(height, width) of a size that may be one number."""
    sizes = (size,) if isinstance(size, int) else tuple(size)
    return sizes * 2 if len(sizes) == 1 else sizes


def draw_number(low=0.0, high=1.0):
    """A number from U(low, high)."""
    return low + (high - low) * float(np.asarray(rand((1,)))[0])


def draw_int(high):
    """An integer from 0 up to and without `high`."""
    return int(np.asarray(randint(high, (1,)))[0])


def image_array(image):
    """float32 of shape (C, H, W) between 0 and 1 of bytes (H, W, C); other dtypes keep their values."""
    if is_pil(image):
        dtype = {"I": np.int32, "I;16": np.int16, "F": np.float32}.get(image.mode, np.uint8)
        values = np.array(image.convert("L") if image.mode == "1" else image, dtype)
    elif isinstance(image, np.ndarray):
        values = image
    else:
        raise TypeError(f"expected an image of PIL or a NumPy array, got {type(image)}")
    if values.ndim not in (2, 3):
        raise ValueError(f"expected 2 or 3 axes, got {values.ndim}")
    values = (values[:, :, None] if values.ndim == 2 else values).transpose(2, 0, 1)
    if values.dtype == np.uint8:
        return values.astype(np.float32) / np.float32(255)
    return np.ascontiguousarray(values)


def to_tensor(pic):
    """Array of shape (C, H, W) of an image; bytes become float32 between 0 and 1."""
    return batch_array(image_array(pic))


def normalize_image(tensor, mean, std):
    """(x - mean) / std of each channel of images (..., C, H, W) of floats."""
    dtype = np.asarray(tensor).dtype
    if dtype.kind not in "fV":
        raise TypeError(f"expected an image of floats, got {dtype}")
    mean, std = (np.asarray(values, dtype).reshape(-1, 1, 1) for values in (mean, std))
    if (std == 0).any():
        raise ValueError(f"a standard deviation is 0 in {dtype}")
    return (tensor - mean) / std


def resized_image(image, size, interpolation=2, max_size=None):
    """PIL image of a size (height, width), or with this size of its shorter edge; PIL numbers the interpolations."""
    if not is_pil(image):
        raise TypeError(f"only images of PIL are resized here, got {type(image)}")
    height, width = image_size(image)
    if not isinstance(size, int) and len(size) == 2:
        goal = tuple(size)
    else:
        short = size if isinstance(size, int) else size[0]
        long = int(short * max(height, width) / min(height, width))
        if max_size is not None and long > max_size:
            short, long = int(max_size * short / long), max_size
        goal = (long, short) if width <= height else (short, long)
    return image if goal == (height, width) else image.resize(goal[::-1], int(interpolation))


def cropped_image(image, top, left, height, width):
    """The part of an image that begins at a row and a column."""
    if is_pil(image):
        return image.crop((left, top, left + width, top + height))
    rows, columns = image_size(image)
    if min(top, left) < 0 or top + height > rows or left + width > columns:
        raise ValueError(f"the part lies outside of an image of {rows} by {columns}")
    return image[..., top : top + height, left : left + width]


def padded_image(image, padding, fill=0, padding_mode="constant"):
    """An image with pixels more on all sides, or (left and right, top and bottom), or (left, top, right, bottom)."""
    sides = (padding,) if isinstance(padding, int) else tuple(padding)
    left, top, right, bottom = sides * (4 // len(sides))
    edges = [(top, bottom), (left, right)]
    if not is_pil(image):
        options = {"constant_values": fill} if padding_mode == "constant" else {}
        widths = [(0, 0)] * (len(image.shape) - 2) + edges
        return batch_array(np.pad(np.asarray(image), widths, padding_mode, **options))
    from PIL import Image, ImageOps

    if padding_mode == "constant":
        bands = len(image.getbands())
        fill = (fill,) * bands if bands > 1 and not isinstance(fill, (tuple, list)) else fill
        return ImageOps.expand(image, (left, top, right, bottom), tuple(fill) if isinstance(fill, list) else fill)
    pixels = np.asarray(image)
    return Image.fromarray(np.pad(pixels, edges + [(0, 0)] * (pixels.ndim - 2), padding_mode))


def center_crop(image, size):
    """The middle of an image; one that is smaller is padded by zeros."""
    goal_height, goal_width = two_sizes(size)
    height, width = image_size(image)
    missing = max(goal_height - height, 0), max(goal_width - width, 0)
    if any(missing):
        (rows, columns) = missing
        image = padded_image(image, (columns // 2, rows // 2, (columns + 1) // 2, (rows + 1) // 2))
        height, width = image_size(image)
    top, left = round((height - goal_height) / 2), round((width - goal_width) / 2)
    return cropped_image(image, top, left, goal_height, goal_width)


def flipped_image(image, axis):
    """An image with its columns (axis -1) or rows (axis -2) in reverse order."""
    if is_pil(image):
        from PIL import Image

        return image.transpose(Image.FLIP_LEFT_RIGHT if axis == -1 else Image.FLIP_TOP_BOTTOM)
    return image[..., ::-1] if axis == -1 else image[..., ::-1, :]


def hflip(img):
    """An image with its columns in reverse order."""
    return flipped_image(img, -1)


def vflip(img):
    """An image with its rows in reverse order."""
    return flipped_image(img, -2)


def grayscale_image(image, channels=1):
    """PIL image in shades of gray, with one channel or three alike."""
    if not is_pil(image):
        raise TypeError(f"only images of PIL are made gray here, got {type(image)}")
    gray = image.convert("L")
    if channels == 1:
        return gray
    from PIL import Image

    return Image.merge("RGB", [gray] * 3)


class Compose:
    """Several transforms one after another."""

    def __init__(self, transforms):
        self.transforms = transforms

    def __call__(self, img):
        for transform in self.transforms:
            img = transform(img)
        return img


class ToTensor:
    """NumPy array of shape (C, H, W) of an image; bytes become float32 between 0 and 1."""

    def __call__(self, pic):
        return image_array(pic)


class PILToTensor:
    """NumPy array of shape (C, H, W) with the values of an image of PIL, or of an array (H, W, C)."""

    def __call__(self, pic):
        values = np.array(pic)
        return np.ascontiguousarray((values[:, :, None] if values.ndim == 2 else values).transpose(2, 0, 1))


class ToDtype:
    """Arrays of a dtype; with `scale`, bytes become floats between 0 and 1."""

    def __init__(self, dtype, scale=False):
        self.dtype, self.scale = np.dtype(getattr(dtype, "as_numpy_dtype", dtype)), scale

    def __call__(self, inpt):
        values = np.asarray(inpt)
        if not self.scale or values.dtype.kind == self.dtype.kind == "f":
            return values.astype(self.dtype)
        if values.dtype != np.uint8 or self.dtype.kind != "f":
            raise TypeError(f"only bytes are scaled here, to floats, not {values.dtype} to {self.dtype}")
        return values.astype(self.dtype) / self.dtype.type(255)


class Normalize:
    """(x - mean) / std of each channel of an image (C, H, W) of floats."""

    def __init__(self, mean, std):
        self.mean, self.std = mean, std

    def __call__(self, tensor):
        return normalize_image(tensor, self.mean, self.std)


class Resize:
    """Resizes images of PIL to (height, width), or to a size of the shorter edge."""

    def __init__(self, size, interpolation=2, max_size=None):
        self.size, self.interpolation, self.max_size = size, interpolation, max_size

    def __call__(self, img):
        return resized_image(img, self.size, self.interpolation, self.max_size)


class CenterCrop:
    """Cuts the middle out of images."""

    def __init__(self, size):
        self.size = two_sizes(size)

    def __call__(self, img):
        return center_crop(img, self.size)


class Pad:
    """Adds pixels on all sides of images."""

    def __init__(self, padding, fill=0, padding_mode="constant"):
        self.padding, self.fill, self.padding_mode = padding, fill, padding_mode

    def __call__(self, img):
        return padded_image(img, self.padding, self.fill, self.padding_mode)


class Grayscale:
    """Makes images of PIL gray, with one channel or three alike."""

    def __init__(self, num_output_channels=1):
        self.num_output_channels = num_output_channels

    def __call__(self, img):
        return grayscale_image(img, self.num_output_channels)


class RandomCrop:
    """Cuts a part of a size out of images, at a random place."""

    def __init__(self, size, padding=None, pad_if_needed=False, fill=0, padding_mode="constant"):
        self.size, self.padding, self.pad_if_needed = two_sizes(size), padding, pad_if_needed
        self.fill, self.padding_mode = fill, padding_mode

    def __call__(self, img):
        if self.padding is not None:
            img = padded_image(img, self.padding, self.fill, self.padding_mode)
        height, width = self.size
        if self.pad_if_needed:
            rows, columns = (max(goal - size, 0) for goal, size in zip(self.size, image_size(img)))
            img = padded_image(img, (columns, rows), self.fill, self.padding_mode) if rows or columns else img
        free = [size - goal for goal, size in zip(self.size, image_size(img))]
        if min(free) < 0:
            raise ValueError(f"an image of {image_size(img)} is smaller than the part of {self.size}")
        top, left = (draw_int(count + 1) for count in free)
        return cropped_image(img, top, left, height, width)


class RandomResizedCrop:
    """Cuts a part of random area and shape out of images of PIL and resizes it."""

    def __init__(
        self, size, scale=(0.08, 1.0), ratio=(3 / 4, 4 / 3), interpolation=2
    ):  # fmt: skip
        self.size, self.scale, self.ratio, self.interpolation = two_sizes(size), scale, ratio, interpolation

    def _part(self, height, width):
        for _ in range(10):
            area = height * width * draw_number(*self.scale)
            shape = math.exp(draw_number(math.log(self.ratio[0]), math.log(self.ratio[1])))
            columns, rows = round(math.sqrt(area * shape)), round(math.sqrt(area / shape))
            if 0 < columns <= width and 0 < rows <= height:
                return draw_int(height - rows + 1), draw_int(width - columns + 1), rows, columns
        shape = min(max(width / height, min(self.ratio)), max(self.ratio))
        rows, columns = (round(width / shape), width) if width / height < shape else (height, round(height * shape))
        rows, columns = min(rows, height), min(columns, width)
        return (height - rows) // 2, (width - columns) // 2, rows, columns

    def __call__(self, img):
        part = cropped_image(img, *self._part(*image_size(img)))
        return resized_image(part, self.size, self.interpolation)


class RandomHorizontalFlip:
    """Reverses the columns of images with a probability."""

    def __init__(self, p=0.5):
        self.p = p

    def __call__(self, img):
        return hflip(img) if draw_number() < self.p else img


class RandomVerticalFlip:
    """Reverses the rows of images with a probability."""

    def __init__(self, p=0.5):
        self.p = p

    def __call__(self, img):
        return vflip(img) if draw_number() < self.p else img


class RandomRotation:
    """Rotates images of PIL by a random angle in degrees, counter-clockwise."""

    def __init__(self, degrees, interpolation=0, expand=False, center=None, fill=0):
        self.degrees = (-degrees, degrees) if isinstance(degrees, (int, float)) else tuple(degrees)
        self.interpolation, self.expand, self.center, self.fill = interpolation, expand, center, fill

    def __call__(self, img):
        if not is_pil(img):
            raise TypeError(f"only images of PIL are rotated here, got {type(img)}")
        bands = len(img.getbands())
        fill = (self.fill,) * bands if bands > 1 and isinstance(self.fill, (int, float)) else self.fill
        angle = draw_number(*self.degrees)
        return img.rotate(angle, int(self.interpolation), self.expand, self.center, fillcolor=fill)


class RandomGrayscale:
    """Makes images of PIL gray with a probability; they keep their number of channels."""

    def __init__(self, p=0.1):
        self.p = p

    def __call__(self, img):
        return grayscale_image(img, len(img.getbands())) if draw_number() < self.p else img


class RandomApply:
    """Several transforms one after another, all or none of them."""

    def __init__(self, transforms, p=0.5):
        self.transforms, self.p = transforms, p

    def __call__(self, img):
        if self.p < draw_number():
            return img
        for transform in self.transforms:
            img = transform(img)
        return img


class ColorJitter:
    """Changes brightness, contrast, saturation and hue of images of PIL, each by a random factor, in random order."""

    def __init__(self, brightness=0, contrast=0, saturation=0, hue=0):
        self.brightness, self.contrast, self.saturation = (
            (max(0.0, 1.0 - value), 1.0 + value) if isinstance(value, (int, float)) else tuple(value)
            for value in (brightness, contrast, saturation)
        )
        self.hue = (-hue, hue) if isinstance(hue, (int, float)) else tuple(hue)
        if not -0.5 <= self.hue[0] <= self.hue[1] <= 0.5:
            raise ValueError(f"hue has to be between -0.5 and 0.5, got {hue}")

    def __call__(self, img):
        from PIL import ImageEnhance

        changes = [
            (self.brightness, (1, 1), lambda x, f: ImageEnhance.Brightness(x).enhance(f)),
            (self.contrast, (1, 1), lambda x, f: ImageEnhance.Contrast(x).enhance(f)),
            (self.saturation, (1, 1), lambda x, f: ImageEnhance.Color(x).enhance(f)),
            (self.hue, (0, 0), turned_hue),
        ]
        for number in np.asarray(randperm(4)).tolist():
            bounds, same, change = changes[number]
            if tuple(bounds) != same:
                img = change(img, draw_number(*bounds))
        return img


def turned_hue(image, share):
    """PIL image with its hue turned by a share of the circle of colours, between -0.5 and 0.5."""
    from PIL import Image

    if image.mode in ("L", "1", "I", "F"):
        return image
    hue, saturation, value = image.convert("HSV").split()
    turned = (np.asarray(hue, np.int32) + int(share * 255)) % 256
    hue = Image.fromarray(turned.astype(np.uint8))
    return Image.merge("HSV", (hue, saturation, value)).convert(image.mode)


def make_grid(
    tensor, nrow=8, padding=2, normalize=False, value_range=None, scale_each=False, pad_value=0.0
):  # fmt: skip
    """Images (N, C, H, W), or a list of them, beside and below each other in one image (C, H, W)."""
    images = np.stack([np.asarray(image) for image in tensor]) if isinstance(tensor, (list, tuple)) else tensor
    images = np.asarray(images)
    images = images[(None,) * (4 - images.ndim)]
    images = np.repeat(images, 3, axis=1) if images.shape[1] == 1 else images
    if normalize:
        parts = images if scale_each else images[None]
        images = np.stack([_between_0_and_1(part, value_range) for part in parts]).reshape(images.shape)
    count, channels, height, width = images.shape
    if count == 1:
        return batch_array(images[0])
    columns = min(nrow, count)
    rows, height, width = math.ceil(count / columns), height + padding, width + padding
    grid = np.full((channels, height * rows + padding, width * columns + padding), pad_value, images.dtype)
    for number, image in enumerate(images):
        top, left = number // columns * height + padding, number % columns * width + padding
        grid[:, top : top + height - padding, left : left + width - padding] = image
    return batch_array(grid)


def _between_0_and_1(images, bounds):
    low, high = (float(images.min()), float(images.max())) if bounds is None else bounds
    return (np.clip(images, low, high) - low) / max(high - low, 1e-5)


def save_image(
    tensor, fp, format=None, nrow=8, padding=2, normalize=False, value_range=None, scale_each=False, pad_value=0.0
):  # fmt: skip
    """Writes images (N, C, H, W) of values between 0 and 1 into one file, as `make_grid` puts them together."""
    from PIL import Image

    grid = np.asarray(make_grid(tensor, nrow, padding, normalize, value_range, scale_each, pad_value))
    pixels = np.clip(grid * 255 + 0.5, 0, 255).transpose(1, 2, 0).astype(np.uint8)
    Image.fromarray(pixels).save(fp, format=format)
