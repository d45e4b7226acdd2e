"""Images in Keras' terms: borders, patches, blurring, edges and geometric transformations."""

import itertools

import numpy as np

from .channels_last import convolution, depthwise_convolution
from .image_parts import _border, _places


def pad_images(
    images,
    /,
    top_padding=None,
    left_padding=None,
    bottom_padding=None,
    right_padding=None,
    target_height=None,
    target_width=None,
    data_format=None,
):
    """Images with zeros around them; of the two borders and the size of each axis two are given."""
    height, width = _places(images, data_format)
    rows = _border(top_padding, bottom_padding, target_height, height)
    columns = _border(left_padding, right_padding, target_width, width)
    channels = () if data_format == "channels_first" else ((0, 0),)
    pairs = (rows, columns, *channels)
    return np.pad(images, ((0, 0),) * (images.ndim - len(pairs)) + pairs)


def extract_patches(
    images, size, /, strides=None, dilation_rate=1, padding="valid", data_format=None
):
    """Patches of images, flattened into the channels."""
    size = (size, size) if isinstance(size, int) else tuple(size)
    channels = images.shape[-len(size) - 1 if data_format == "channels_first" else -1]
    count = channels * int(np.prod(size))
    kernel = np.eye(count, dtype=images.dtype).reshape(*size, channels, count)
    batch = images if images.ndim == len(size) + 2 else images[None]
    patches = convolution(batch, kernel, strides or size, padding, data_format, dilation_rate)
    return patches if images.ndim == len(size) + 2 else patches[0]


def gaussian_blur(images, /, kernel_size=(3, 3), sigma=(1.0, 1.0), data_format=None):
    """Images blurred with a Gaussian window."""
    first = data_format == "channels_first"
    lines = [
        np.exp(-0.5 * ((np.arange(size) - (size - 1) / 2) / width) ** 2)
        for size, width in zip(kernel_size, sigma, strict=True)
    ]
    window = np.outer(lines[1] / lines[1].sum(), lines[0] / lines[0].sum())
    channels = images.shape[-3 if first else -1]
    window = np.tile(window.reshape(*kernel_size, 1, 1), (1, 1, channels, 1))
    kernel = np.asarray(window, images.dtype)
    batch = images if images.ndim == 4 else images[None]
    blurred = depthwise_convolution(batch, kernel, 1, "same", data_format)
    return blurred if images.ndim == 4 else blurred[0]


def sobel_edges(images, /, data_format=None):
    """Differences of images (n, height, width, channels) down and to the right, on a new last axis."""
    rows, columns = (2, 3) if data_format == "channels_first" else (1, 2)

    def part(x, axis, *ends):
        return x[(slice(None),) * axis + (slice(*ends),)]

    for axis in (rows, columns):
        ends = part(images, axis, 1, 2), part(images, axis, -2, -1)
        images = np.concatenate([ends[0], images, ends[1]], axis=axis)

    def smooth(x, axis):
        return part(x, axis, 0, -2) + 2 * part(x, axis, 1, -1) + part(x, axis, 2, None)

    def difference(x, axis):
        return part(x, axis, 2, None) - part(x, axis, 0, -2)

    down = difference(smooth(images, columns), rows)
    return np.stack([down, difference(smooth(images, rows), columns)], axis=-1)


def map_coordinates(inputs, coordinates, order, /, fill_mode="constant", fill_value=0):
    """Values at coordinates, one array for each axis: the nearest (order 0) or between neighbours (order 1)."""
    if order > 1 or fill_mode not in ("constant", "nearest", "wrap"):
        raise NotImplementedError(f"order {order} with {fill_mode!r} beyond the edges")
    nodes = []
    for coordinate, size in zip(coordinates, inputs.shape, strict=True):
        if order == 0:
            found = [(np.round(coordinate), np.ones_like(coordinate))]
        else:
            below = np.floor(coordinate)
            found = [(below, 1 - (coordinate - below)), (below + 1, coordinate - below)]
        nodes.append([])
        for place, weight in found:
            place = place.astype(int)
            inside = (place >= 0) & (place < size)
            index = place % size if fill_mode == "wrap" else np.clip(place, 0, size - 1)
            nodes[-1].append((index, inside, weight))
    total = 0
    for corner in itertools.product(*nodes):
        indices, inside, weights = zip(*corner, strict=True)
        values = inputs[indices].astype(weights[0].dtype)
        if fill_mode == "constant":
            values = np.where(np.all(np.stack(inside), axis=0), values, fill_value)
        for weight in weights:
            values = values * weight
        total = total + values
    return (total if np.issubdtype(inputs.dtype, np.floating) else np.round(total)).astype(
        inputs.dtype
    )


def _beyond_edges(place, size, fill_mode):
    """Where the values for places beyond the edges are taken from."""
    if fill_mode == "constant":
        return place
    if fill_mode == "reflect":
        place = place % (2 * size)
        place = np.where(place >= size, 2 * size - 1 - place, place)
    if fill_mode == "wrap":
        turns = np.trunc(np.abs(place) / max(size - 1, 1))
        before = place + size * (turns + 1)
        place = np.where(place < 0, before, np.where(place > size - 1, place - size * turns, place))
    return np.clip(place, 0, size - 1)


def affine_transform(
    images,
    transform,
    /,
    interpolation="bilinear",
    fill_mode="constant",
    fill_value=0,
    data_format=None,
):
    """Images whose pixel (x, y) is taken from the place that the eight numbers of a projective transform give."""
    x = images if images.ndim == 4 else images[None]
    x = np.moveaxis(x, 1, -1) if data_format == "channels_first" else x
    count, height, width = x.shape[:3]
    t = transform.astype(np.float32).reshape(-1, 8)[:, :, None, None]
    row = np.arange(height, dtype=np.float32)[:, None]
    column = np.arange(width, dtype=np.float32)[None]
    scale = t[:, 6] * column + t[:, 7] * row + 1
    down = _beyond_edges((t[:, 3] * column + t[:, 4] * row + t[:, 5]) / scale, height, fill_mode)
    right = _beyond_edges((t[:, 0] * column + t[:, 1] * row + t[:, 2]) / scale, width, fill_mode)
    batch = np.arange(count)[:, None, None]

    def read(i, j):
        inside = (i >= 0) & (i < height) & (j >= 0) & (j < width)
        i, j = np.clip(i, 0, height - 1).astype(int), np.clip(j, 0, width - 1).astype(int)
        return np.where(inside[..., None], x[batch, i, j], fill_value)

    if interpolation == "nearest":
        down, right = (np.sign(v) * np.floor(np.abs(v) + 0.5) for v in (down, right))
        result = read(down, right)
    else:
        top, left = np.floor(down), np.floor(right)
        low, far = (down - top)[..., None], (right - left)[..., None]
        above = (1 - far) * read(top, left) + far * read(top, left + 1)
        below = (1 - far) * read(top + 1, left) + far * read(top + 1, left + 1)
        result = (1 - low) * above + low * below
    result = result.astype(images.dtype)
    result = np.moveaxis(result, -1, 1) if data_format == "channels_first" else result
    return result if images.ndim == 4 else result[0]


def image_patches(images, sizes, /, strides, rates, padding):
    """Patches of images (n, height, width, channels), flattened into the channels; sizes are those of four axes."""
    return extract_patches(images, tuple(sizes[1:3]), tuple(strides[1:3]), tuple(rates[1:3]), padding)
