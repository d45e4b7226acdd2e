"""Images with channels last: resizing, colours and measures, as TensorFlow defines them."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from .channels_last import convolution
from .image_weights import _resize_weights


def resize_image(images, size, /, method="bilinear", preserve_aspect_ratio=False, antialias=False):
    """Images (..., height, width, channels) in a new size; float32 unless the method is nearest."""
    height, width = images.shape[-3:-1]
    new_height, new_width = (int(n) for n in size)
    if preserve_aspect_ratio:
        scale = min(new_height / height, new_width / width)
        new_height, new_width = round(height * scale), round(width * scale)
    if method == "nearest":
        rows = np.minimum(np.floor((np.arange(new_height) + 0.5) * height / new_height), height - 1)
        columns = np.minimum(np.floor((np.arange(new_width) + 0.5) * width / new_width), width - 1)
        return images[..., rows.astype(int), :, :][..., columns.astype(int), :]
    rows = torch.from_numpy(_resize_weights(height, new_height, method, antialias)).to(
        images.device
    )
    columns = torch.from_numpy(_resize_weights(width, new_width, method, antialias)).to(
        images.device
    )
    return torch.einsum("ih,...hwc,jw->...ijc", rows, images.to(torch.float32), columns)


def pad_image(image, offset_height, offset_width, target_height, target_width, /):
    """Images (..., height, width, channels) with zeros around them."""
    height, width = image.shape[-3:-1]
    below, right = target_height - offset_height - height, target_width - offset_width - width
    return F.pad(image, (0, 0, offset_width, right, offset_height, below))


def rgb_to_grayscale(images, /):
    """Luma of RGB images, with one channel."""
    weights = torch.from_numpy(np.array([0.2989, 0.587, 0.114], np.float32))
    gray = torch.tensordot(_as_fractions(images), weights[:, None], 1)
    return convert_image_dtype(gray, images.dtype)


def _as_fractions(images, /):
    """Images of floats; integers stand for fractions of the largest one of their dtype."""
    return convert_image_dtype(images, torch.float32) if not images.is_floating_point() else images


def adjust_brightness(image, delta, /):
    """Images with a number added."""
    return convert_image_dtype(_as_fractions(image) + delta, image.dtype, saturate=True)


def adjust_gamma(image, /, gamma=1, gain=1):
    """gain * image ** gamma."""
    return convert_image_dtype(gain * _as_fractions(image) ** gamma, image.dtype, saturate=True)


def adjust_contrast(images, contrast_factor, /):
    """Values moved away from the mean of each channel and image."""
    fractions = _as_fractions(images)
    mean = torch.mean(fractions, dim=(-3, -2), keepdim=True)
    return convert_image_dtype((fractions - mean) * contrast_factor + mean, images.dtype, saturate=True)


def rgb_to_hsv(images, /):
    """Hue, saturation and value in [0, 1] of RGB images."""
    value = torch.amax(images, dim=-1)
    chroma = value - torch.amin(images, dim=-1)
    safe = torch.where(chroma == 0, torch.ones_like(chroma), chroma)
    red, green, blue = images[..., 0], images[..., 1], images[..., 2]
    sector = torch.where(
        value == red,
        (green - blue) / safe,
        torch.where(value == green, (blue - red) / safe + 2, (red - green) / safe + 4),
    )
    hue = torch.where(chroma == 0, torch.zeros_like(chroma), sector / 6 % 1)
    saturation = chroma / torch.where(value == 0, torch.ones_like(value), value)
    return torch.stack([hue, saturation, value], dim=-1)


def hsv_to_rgb(images, /):
    """RGB images of hue, saturation and value in [0, 1]."""
    hue, saturation, value = images[..., :1] * 6, images[..., 1:2], images[..., 2:]
    offset = torch.from_numpy(np.array([0, 4, 2], np.float32))
    wave = torch.clamp(torch.abs((hue + offset) % 6 - 3) - 1, 0, 1)
    return value * (1 + saturation * (wave - 1))


def adjust_saturation(image, saturation_factor, /):
    """RGB images with a scaled saturation."""
    hsv = rgb_to_hsv(_as_fractions(image))
    saturation = torch.clamp(hsv[..., 1] * saturation_factor, 0, 1)
    return convert_image_dtype(hsv_to_rgb(torch.stack([hsv[..., 0], saturation, hsv[..., 2]], dim=-1)), image.dtype)


def adjust_hue(image, delta, /):
    """RGB images with a turned hue."""
    hsv = rgb_to_hsv(_as_fractions(image))
    return convert_image_dtype(
        hsv_to_rgb(torch.stack([(hsv[..., 0] + delta) % 1, hsv[..., 1], hsv[..., 2]], dim=-1)), image.dtype
    )


def standardize_image(image, /):
    """Images (..., height, width, channels) with mean 0 and standard deviation 1, or at least 1 / sqrt(size)."""
    axes = (-3, -2, -1)
    size = math.prod(image.shape[-3:])
    image = image if image.is_floating_point() else image.to(torch.float32)
    mean = torch.mean(image, dim=axes, keepdim=True)
    variance = torch.mean(torch.square(image - mean), dim=axes, keepdim=True)
    return (image - mean) / torch.sqrt(torch.clamp(variance, min=1 / size))


def total_variation(images, /):
    """The sum of the absolute differences of neighbouring pixels of each image (..., height, width, channels)."""
    down = torch.abs(images[..., 1:, :, :] - images[..., :-1, :, :])
    right = torch.abs(images[..., :, 1:, :] - images[..., :, :-1, :])
    return torch.sum(down, dim=(-3, -2, -1)) + torch.sum(right, dim=(-3, -2, -1))


def psnr(x1, x2, max_val, /):
    """Peak signal-to-noise ratio in decibels of each pair of images (..., height, width, channels)."""
    error = torch.mean(torch.square(x1 - x2), dim=(-3, -2, -1))
    return 20 * math.log10(max_val) - 10 * torch.log10(error)


def ssim(img1, img2, max_val, /, filter_size=11, filter_sigma=1.5, k1=0.01, k2=0.03):
    """Structural similarity (Wang et al. 2004) of each pair of images (..., height, width, channels)."""
    lead, (height, width, channels) = tuple(img1.shape[:-3]), tuple(img1.shape[-3:])
    x, y = (img.reshape(-1, height, width, channels) for img in (img1, img2))
    line = np.exp(-0.5 * ((np.arange(filter_size) - (filter_size - 1) / 2) / filter_sigma) ** 2)
    window = np.outer(line, line)
    window = (window / window.sum()).astype(np.float32).reshape(filter_size, filter_size, 1, 1)
    kernel = torch.from_numpy(np.repeat(window, channels, -1))

    def blurred(image):
        return convolution(image, kernel)

    c1, c2 = (k1 * max_val) ** 2, (k2 * max_val) ** 2
    mean_x, mean_y = blurred(x), blurred(y)
    product, squares = mean_x * mean_y * 2, torch.square(mean_x) + torch.square(mean_y)
    luminance = (product + c1) / (squares + c1)
    contrast = (blurred(x * y) * 2 - product + c2) / (
        blurred(torch.square(x) + torch.square(y)) - squares + c2
    )
    return torch.mean(torch.mean(luminance * contrast, dim=(1, 2)), dim=-1).reshape(lead)


def image_gradients(image, /):
    """Differences to the next row and to the next column of images (n, height, width, channels), 0 at the end."""
    down = torch.zeros_like(image[:, :1]), torch.zeros_like(image[:, :, :1])
    rows = torch.cat([image[:, 1:] - image[:, :-1], down[0]], 1)
    return rows, torch.cat([image[:, :, 1:] - image[:, :, :-1], down[1]], 2)


def convert_image_dtype(image, dtype, /, saturate=False):
    """Images in another dtype; integers stand for fractions of the largest one of their dtype."""
    image = torch.as_tensor(image)
    old, new = (None if d.is_floating_point else torch.iinfo(d) for d in (image.dtype, dtype))
    if image.dtype == dtype or not (old or new):
        return image.to(dtype)
    if old and new and old.max > new.max:
        image = image // ((old.max + 1) // (new.max + 1))
    elif not old:
        image = image * (new.max + 0.5)
    if new and saturate:
        image = image.clamp(new.min, new.max)
    image = image.to(dtype)
    if old and not new:
        return image * (1.0 / old.max)
    return image * ((new.max + 1) // (old.max + 1)) if old and old.max < new.max else image
