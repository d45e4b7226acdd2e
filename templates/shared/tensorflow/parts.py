"""Parts of arrays by masks, sizes and numbers."""



def boolean_mask(x, mask, /, *, axis=0):
    """The elements or slices of x where the mask is true, along the axes from axis on."""
    return x[(slice(None),) * axis + (mask,)]


def slice_of_size(x, begin, size, /):
    """The part of x that begins at the given places; a size of -1 goes to the end."""
    places = zip([int(b) for b in begin], [int(s) for s in size], strict=True)
    return x[tuple(slice(b, None if s == -1 else b + s) for b, s in places)]
