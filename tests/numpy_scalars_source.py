"""Code that keeps elements of arrays and sums, which NumPy never changes."""

import numpy as np


def history(x):
    total = 0.0
    out = []
    for v in x:
        total += v
        out.append(total)
    return out


def first(x):
    x = np.asarray(x)
    t = x[0]
    t += 5.0
    return t, x


def summed(x):
    s = np.sum(x)
    kept = [s]
    s += 1.0
    kept.append(s)
    return kept


def best(x):
    x = np.asarray(x)
    m = x.max()
    old = m
    m -= 1
    return old, m


def running(x):
    areas = [0.0] * len(x)
    area = 0
    for i in range(len(x)):
        area += x[i] * 2
        areas[i] = area
    return areas


def swap(x):
    x = np.array(x)
    a = x[0]
    x[0] = x[1]
    x[1] = a
    return x


def exchanged(x):
    x = np.array(x)
    x[0], x[1] = x[1], x[0]
    return x


def picked(x):
    x = np.array(x)
    found = []
    for _ in range(2):
        i = np.argmax(x)
        found.append(x[i])
        x[i] = -1.0
    return found


class Meter:
    def __init__(self):
        self.total = 0.0
        self.history = []

    def update(self, v):
        self.total += v
        self.history.append(self.total)


def metered(x):
    m = Meter()
    for v in x:
        m.update(v)
    return m.history


def shifted(x):
    x = np.array(x)
    for v in x:
        v += 1.0
    return x


def centred(x):
    rows = np.stack([x, x * 2.0])
    for _i, row in enumerate(rows):
        row -= row.mean()
    return rows


def named(x):
    return ["w" + str(i) + "_%s_%d" % (i, i) + f"_{i}" for i in np.arange(len(x))]  # noqa: UP031
