"""A project of several files: what one file gives the functions and classes of another, and arrays that places hold."""

FILES = {
    "layers.py": '''import numpy as np


class Dense:
    def __init__(self, W):
        self.params = {"W": W, "b": np.zeros(W.shape[1])}
        self.grads = {}

    def forward(self, x):
        self.x = x
        return x @ self.params["W"] + self.params["b"]

    def backward(self, grad):
        self.grads["W"] = self.x.T @ grad
        self.grads["b"] = grad.sum(axis=0)
        return grad @ self.params["W"].T


class ReLU:
    def __init__(self):
        self.params = {}
        self.grads = {}

    def forward(self, x):
        self.mask = x > 0
        return x * self.mask

    def backward(self, grad):
        return grad * self.mask


class Network:
    def __init__(self, *layers):
        self.layers = list(layers)

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, grad):
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad


class Adam:
    def __init__(self, lr):
        self.lr, self.m, self.v = lr, {}, {}

    def step(self, layers):
        for i, layer in enumerate(layers):
            for name in layer.params:
                g = layer.grads[name]
                m = self.m.setdefault((i, name), np.zeros_like(g))
                v = self.v.setdefault((i, name), np.zeros_like(g))
                m[:] = 0.9 * m + 0.1 * g
                v[:] = 0.99 * v + 0.01 * g * g
                layer.params[name] -= self.lr * m / (np.sqrt(v) + 1e-8)
''',
    "world.py": '''from dataclasses import dataclass

import numpy as np

G = np.array([0, -10])


@dataclass
class Camera:
    K: np.ndarray
    R: np.ndarray

    def project(self, X):
        return X @ (self.K @ self.R).T


class Body:
    def __init__(self, position, mass):
        self.position = np.asarray(position, dtype=float)
        self.force = np.zeros(2)
        self.mass = mass


class World:
    def __init__(self):
        self.bodies = []
        self.grid = np.array([list("#."), list(".G")])
        self.walls = self.grid == "#"
        self.goal = np.argwhere(self.grid == "G")[0]

    def add(self, body):
        self.bodies.append(body)
        return body

    def step(self, dt):
        for body in self.bodies:
            body.force[:] = body.mass * G
            body.position += body.force * dt


def moved(x, u, dt):
    x[0] += u[0] * dt
    x[1] += u[1] * dt
    return x


def path(x_init, steps):
    x = np.array(x_init)
    track = np.array(x)
    for _ in range(steps):
        x = moved(x, [1.0, 0.5], 0.1)
        track = np.vstack((track, x))
    return track


def to_matrix(rows, columns, values):
    R = np.zeros((rows.max() + 1, columns.max() + 1))
    R[rows, columns] = values
    return R


def wrapped(x):
    is_float = isinstance(x, float)
    x = (np.asarray(x).flatten() + np.pi) % (2 * np.pi) - np.pi
    return x.item() if is_float else x
''',
    "places.py": '''import numpy as np


class Store:
    def __init__(self):
        self.W = np.zeros((2, 2))
        self.cache = {"a": np.zeros(3), "b": np.ones(3)}
        self.items = [np.zeros(2), np.ones(2)]

    def whole(self):
        w = self.W
        w += 1
        w[0] = 5
        row = self.W[1]
        row[:] = row * 7
        return self.W

    def held(self, g):
        x = self.cache["a"]
        x += 2
        y = self.cache.get("b")
        y[:] = y + g
        return self.cache

    def looped(self):
        for i, item in enumerate(self.items):
            item[i] = 4
        for key, value in self.cache.items():
            value *= 3
        return self.items, self.cache
''',
    "cases.py": '''import numpy as np

from layers import Adam, Dense, Network, ReLU
from places import Store
from world import Body, Camera, World, moved, path, to_matrix, wrapped

X = np.array([[1, -2, 3], [0, 1, 1]])
W = (np.arange(12.0).reshape(3, 4) - 5) / 7
yy, xx = np.mgrid[0:3, 0:4]
IMAGE = ((np.sin(yy / 2.0) + np.cos(xx / 3.0) + 2) * 60).astype(np.uint8)
IMAGE[1:, 2:] = 240


def rows():
    data = np.array([[int(v) for v in line] for line in (["0", "1", "5"], ["2", "0", "3"])])
    return data[:, 0], data[:, 1], data[:, 2]


def network():
    net = Network(Dense(W.copy()), ReLU(), Dense(W.T[:, :2] + 0.1))
    optimizer = Adam(0.1)
    for _ in range(3):
        y = net.forward(X)
        net.backward(y - 1)
        optimizer.step(net.layers)
    return net.forward(X), net.layers[0].params["W"]


def world():
    w = World()
    body = w.add(Body([1, 2], 2))
    w.add(Body(np.array([0, 3]), 1.5))
    trace = []
    for _ in range(3):
        w.step(0.1)
        trace.append([*body.position, 1.0])
    return np.array(trace), w.walls, w.goal, path(np.array([0.0, 1.0]), 3)


def arrays():
    camera = Camera(np.array([[2, 0], [0, 2]]), np.array([[0.0, -1.0], [1.0, 0.0]]))
    yaw = np.array([4.0, 1.0])[0]
    return camera.project(X[:, :2]), to_matrix(*rows()), wrapped(yaw), wrapped([4.0, 1.0]), IMAGE


def places():
    return Store().whole(), Store().held(np.array([1.0, 2.0, 3.0])), Store().looped()
''',
}
NAMES = ("network", "world", "arrays", "places")

ALTERED = '''import numpy as np


def shifted(x, dt):
    x += dt
    return x * 2


def caller():
    x = np.zeros(3)
    y = shifted(x, 0.5)
    return x, y


def own():
    x = np.zeros(3)
    x = shifted(x, 0.5)
    return x, shifted(np.ones(2), 1.0)


def pair(n):
    a = b = np.zeros(n)
    a += 1
    return a, b
'''
