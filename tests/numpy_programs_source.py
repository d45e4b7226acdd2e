"""Small numerical programs as people write them in NumPy; each function gives arrays."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

WEIGHTS = np.array([4 / 9, 1 / 9, 1 / 9, 1 / 9, 1 / 9])
STEPS = np.array([[0, 0], [1, 0], [0, 1], [-1, 0], [0, -1]])


def equilibrium(density, velocity):
    along = np.einsum("qd,dxy->qxy", STEPS, velocity)
    squared = velocity[0] ** 2 + velocity[1] ** 2
    return density * WEIGHTS[:, None, None] * (1 + 3 * along + 4.5 * along**2 - 1.5 * squared)


def lattice():
    velocity = np.stack([np.linspace(0, 0.1, 12).reshape(3, 4), np.full((3, 4), 0.05)])
    flow = equilibrium(np.ones((3, 4)), velocity)
    return flow, np.tensordot(STEPS.T, flow, axes=1)


def grids(n=4):
    y, x = np.ogrid[-1.4 : 1.4 : n * 1j, -2 : 0.8 : 5j]
    a, b = np.mgrid[0:2, 0.5:3]
    c = np.ogrid[0 : 1 : complex(0, n)]
    return x, y, a, b, c


def windows():
    x = np.arange(24.0).reshape(4, 6)
    rows = sliding_window_view(x, 3, axis=-1)[:, ::2]
    patches = np.lib.stride_tricks.sliding_window_view(x, (2, 2))
    return rows.mean(axis=-1), patches.sum(axis=(2, 3))


def tableau():
    a, b, c = np.array([[1.0, 0], [3, 2]]), np.array([4.0, 18]), np.array([3.0, 5])
    return np.block([[a, np.eye(2), b[:, None]], [-c, np.zeros(3)]])


def colours():
    image = (np.arange(16).reshape(4, 4) * 5 % 4).astype("uint8")
    curve = np.array([0.0, 10.0, 40.0, 90.0])
    return looked_up(curve, image), looked_up(np.sqrt(curve), image[0]), np.bincount(image.ravel(), minlength=6)


def looked_up(curve, image):
    table = (np.asarray(curve) * 2).astype("uint8")
    return table[image]


def bases():
    table = np.arange(20.0).reshape(4, 5) % 7
    basis = list(range(2))
    basis[1] = table[:, 2].argmax()
    best = []
    for row in table:
        best.append(np.argmin(row))
    x = np.zeros((5, 2))
    x[basis] = 1
    return table[basis], table.T[best], x, table[[i for i in range(2)]]


def dithered(levels=2):
    image = np.linspace(0, 1, 20).reshape(4, 5).astype(float)
    height, width = image.shape
    for y in range(height):
        for x in range(width):
            old = image[y, x]
            new = np.round(old * (levels - 1)) / (levels - 1)
            image[y, x] = new
            if x + 1 < width:
                image[y, x + 1] += (old - new) * 7 / 16
            if y + 1 < height:
                image[y + 1, x] += (old - new) * 5 / 16
    return (image,)


def integrated(f, start, times):
    y = np.empty((len(times), len(start)))
    y[0] = start
    for i in range(len(times) - 1):
        y[i + 1] = y[i] + (times[i + 1] - times[i]) * f(y[i])
    return y


def oscillator():
    return (integrated(lambda s: np.array([s[1], -s[0]]), [1.0, 0.1], np.linspace(0, 1, 6)),)


def rotation(angle=0.3):
    c, s = np.cos(angle), np.sin(angle)
    turned = np.identity(3)
    turned[:2, :2] = [[c, -s], [s, c]]
    return (turned,)


def waves():
    return cosines(5), np.exp(-np.arange(4)), np.arange(3) * 0.5


def cosines(n):
    return np.cos(np.arange(n)) * 1e3


def shares():
    counts = np.array([[1.0, 3.0], [0.0, 0.0], [2.0, 0.0]])
    rows = counts.sum(axis=1, keepdims=True)
    kept = np.full_like(counts, -1.0)
    np.log(counts, out=kept, where=counts > 0)
    return np.divide(counts, rows, out=np.zeros_like(counts), where=rows != 0), kept


def gradient_of_logits():
    p = np.linspace(0.1, 0.9, 6).reshape(2, 3)
    d = p.copy()
    d[range(2), np.array([2, 0])] -= 1
    return d, p[range(2), np.array([1, 1])]


class Bayes:
    def fit(self, x, y):
        self.classes = np.unique(y)
        self.means = {c: x[y == c].mean(axis=0) for c in self.classes}
        return self

    def distances(self, x):
        return np.array([np.abs(self.means[c] - x).sum() for c in self.classes])


def nearest():
    model = Bayes().fit(np.arange(12.0).reshape(6, 2), np.array([0, 1, 0, 1, 2, 2]))
    return model.classes, model.distances(np.array([1.0, 2.0]))


def distinct():
    x = np.array([[2.0, np.nan, 1.0], [np.nan, 2.0, 0.0]])
    values, counts = np.unique(x, return_counts=True)
    again, inverse = np.unique(x, return_inverse=True)
    rows = np.unique(np.array([[1, 2], [0, 1], [1, 2]]), axis=0)
    return np.unique(x), values, counts, again, inverse, rows, np.unique([3, 1, 3]), np.unique(x[1], equal_nan=False)


def escapes(n=7):
    c = np.linspace(-2, 1, n)[None, :] + 1j * np.linspace(-1, 1, n)[:, None]
    z = np.zeros_like(c)
    count = np.zeros(c.shape, dtype=int)
    for _ in range(6):
        z = z * z + c
        inside = z * np.conj(z) < 4
        count[inside] += 1
        z[~inside] = 2
    return count, c[2:4] >= 0.6 + 0j, c[2:4] > c[2:4][::-1]


def numbers_as_masks():
    flags = np.array([0, 1, 2, 0])
    return np.where(flags, 1.0, -1.0), np.where(flags % 2, flags, 10), np.where(flags * 0.5, flags, 0)


def limited(x, bounds):
    return np.clip(x, *bounds)


def unpacked_arguments():
    points = np.array([[0.0, 1.0], [1.0, 3.0], [2.0, 5.2]])
    slope, start = np.polyfit(*points.T, 1)
    low = limited(np.array([-2.0, 0.2, 3.0]), (-0.5, 0.5))
    return slope, start, np.hypot(*points.T), np.arctan2(*points[:, ::-1].T), low, np.clip(points, *[1, 2])


def kept_by_comprehensions():
    values = np.array([3, 1, 2])
    kept, pairs = [v for v in values], [(i, v) for i, v in enumerate(values)]
    listed, some = [*values], list(v for v in values)
    values[0] = 99
    return kept, [v for _, v in pairs], listed, some, np.roots([1.0, -3.0, 2.0])


def places_of_marks(image=((0, 1, 0), (2, 0, 3))):
    """The places of what is not zero, a row each."""
    found = np.nonzero(np.array(image))
    return np.transpose(found), np.transpose(np.nonzero(np.array(image) > 1))
