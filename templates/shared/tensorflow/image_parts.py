"""Parts of images, and what is added around them."""



def _places(images, data_format):
    """Height and width of images."""
    return tuple(images.shape[-2:] if data_format == "channels_first" else images.shape[-3:-1])


def _border(before, after, target, size):
    """How much is added before and after an axis; two of the first three are given."""
    before = target - after - size if before is None else before
    after = target - before - size if after is None else after
    if before < 0 or after < 0:
        raise ValueError("the image is larger than the target")
    return before, after


def _extent(before, after, target, size):
    """The part of an axis that is kept; two of the first three are given."""
    before = size - target - after if before is None else before
    target = size - after - before if target is None else target
    if before < 0 or target < 0 or before + target > size:
        raise ValueError("the image is smaller than the target")
    return slice(before, before + target)


def crop_images(
    images,
    /,
    top_cropping=None,
    left_cropping=None,
    bottom_cropping=None,
    right_cropping=None,
    target_height=None,
    target_width=None,
    data_format=None,
):
    """A part of images; of what is cut on both sides and the size of each axis two are given."""
    height, width = _places(images, data_format)
    rows = _extent(top_cropping, bottom_cropping, target_height, height)
    columns = _extent(left_cropping, right_cropping, target_width, width)
    channels = () if data_format == "channels_first" else (slice(None),)
    return images[(..., rows, columns, *channels)]


def crop_image(image, offset_height, offset_width, target_height, target_width, /):
    """A part of images (..., height, width, channels)."""
    rows = slice(offset_height, offset_height + target_height)
    return image[..., rows, offset_width : offset_width + target_width, :]


def central_crop(image, central_fraction, /):
    """The middle of images (..., height, width, channels)."""
    height, width = image.shape[-3:-1]
    top = int((height - height * central_fraction) / 2)
    left = int((width - width * central_fraction) / 2)
    return crop_image(image, top, left, height - 2 * top, width - 2 * left)
