"""Code of NumPy as libraries write it: SciPy beside it, labels as keys, classes of its scalars, results written in place."""

from collections import Counter, defaultdict

import numpy as np
from scipy import fft, signal, special
from scipy.interpolate import interp1d
from scipy.linalg import solve_triangular
from scipy.optimize import minimize
from scipy.spatial.distance import cdist
from scipy.stats import norm


def special_functions(x):
    sums = special.logsumexp(x, axis=1)
    return special.expit(x) + special.erf(x), sums, special.softmax(x, axis=-1), special.gammaln(x + 9.0)


def transforms(x):
    return np.abs(fft.rfft(x, axis=-1)), fft.irfft(fft.rfft(x)), cdist(x, x[:2]), norm.logpdf(x, 0.5, 2.0)


def filtered(x):
    window = signal.get_window("hann", 5)
    return signal.lfilter([1.0, 0.5], [1.0, -0.3], x, axis=-1), window * 2.0


def triangular(x):
    factor = np.tril(x @ x.T) + 3.0 * np.eye(len(x))
    return solve_triangular(factor, x, lower=True)


def interpolated(x):
    line = interp1d(np.arange(len(x)), x[:, 0])
    return line(np.array([0.25, 1.5])) + 1.0


def lowest(x):
    found = minimize(lambda v: np.sum((v - 2.0) ** 2), x[0])
    return found.x


def host_functions(x):
    values = np.linalg.eigvals(x[:3, :3] @ x[:3, :3].T)
    np.testing.assert_array_equal(x, x)
    return np.sort(np.real(values)), np.unwrap(x[0] * 5.0), np.polyint([1.0, 2.0]), np.equal.outer(x[0], x[1])


def label_counts(labels):
    labels = np.asarray(labels)
    seen = {}
    for label in labels:
        if label not in seen:
            seen[label] = 0
        seen[label] += 1
    distinct = set(labels)
    distinct.add(labels[0])
    return [seen[key] for key in sorted(seen)], len(distinct), Counter(labels).most_common(1)[0][1]


def number_of_classes(labels):
    return len(set(labels))


def label_tables(labels):
    labels = np.asarray(labels)
    place = {label: i for i, label in enumerate(np.unique(labels))}
    counts = dict(zip(*np.unique(labels, return_counts=True)))
    pairs = {(label, i) for i, label in enumerate(labels)}
    return [place[key] for key in sorted(place)], [counts[key] for key in sorted(counts)], len(pairs)


def neighbours(x):
    graph = defaultdict(list)
    for i, j in zip(*np.where(x > 0)):
        graph[i].append(j)
    return len(graph), [len(graph[key]) for key in sorted(graph)]


def repeated(labels):
    labels = np.asarray(labels)
    return [7] * labels[1], [len([0] * n) for n in labels]


def kinds_of_numbers(x):
    def kind(value):
        if isinstance(value, (int, np.integer)):
            return "integer"
        if isinstance(value, (float, np.floating)):
            return "float"
        return "array"

    return [kind(value) for value in (3, 2.5, x, np.sum(x), np.argmax(x), x[0, 0])]


def integers_alone(x):
    return issubclass(x.dtype.type, np.integer), issubclass(np.argmax(x, axis=0).dtype.type, np.integer)


def written_by_position(x):
    y = np.array(x, order="F")
    np.abs(y, y)
    np.add(y, 1.0, y)
    y /= y[0, 0]
    y[:, 1] = 1.0, 2.0, 3.0, 4.0
    return y


def columns_first(x):
    return np.reshape(x, (-1, 2), order="F"), x.ravel(order="F"), x.flatten("F")


def counted_with(x, n):
    steps = np.arange(n)
    return steps * 0.1, np.dot(np.arange(-n, n + 1), np.ones(2 * n + 1)), steps @ x[:n], np.dot(x[:, :3], [1, 2, 3])


def inserted(x):
    return np.insert(x, [1, 1, 3], 0.0, axis=1), np.insert(x[0], np.array([0, 2]), 5.0)


def accumulated(x):
    total = np.zeros((2, 4, 5))
    np.add.at(total, (slice(None), np.array([0, 0, 1]), np.array([1, 1, 2])), 1.5)
    return total


def lower_triangles(x):
    lower = np.tril(x @ x.T) + 5.0 * np.eye(len(x))
    return np.linalg.eigvalsh(lower), np.linalg.eigh(lower)[0], np.linalg.cholesky(lower)


def protected(x):
    constant = np.eye(3)
    constant.flags.writeable = False
    return constant + x[:3, :3]


def solved(x):
    try:
        return np.linalg.inv(x[:2, :2])
    except np.linalg.LinAlgError:
        return np.zeros((2, 2))


def newer_names(x):
    square = x @ x.T
    parts = np.linalg.trace(square, offset=1), np.linalg.diagonal(np.stack([square, square])), np.linalg.outer(x[0], x[1])
    norms = np.linalg.matrix_norm(x), np.linalg.cross(x[:, :3], x[:, 1:4]), np.vecdot(x, x[0])
    return parts, norms, np.linalg.tensordot(x, x, axes=([0], [0])), np.linalg.matmul(x, x.T)


def numbers_and_lists(x):
    def rows_of(values, scale=2.0):
        return np.atleast_2d(values).T * scale

    return rows_of(3.0), rows_of([1.0, 2.0]), rows_of(x[0])


NAMES = ["round", "long", "flat"]
KINDS = np.array(NAMES)


def texts(labels):
    return [str(KINDS[k - 1]) for k in labels.tolist()].count("flat"), len(KINDS)


def hashed(x: np.ndarray):
    return len({x[0].tobytes(), x[1].tobytes(), x[0].copy().tobytes()})


PARTS = np.array([("a", 1), ("b", 2)], dtype=object)


def ragged(x):
    made = np.empty(len(x), object)
    for i, row in enumerate(x):
        made[i] = np.asarray(row[: i + 1]) * 2.0
    return [part.sum() for part in made], PARTS[1][1]
