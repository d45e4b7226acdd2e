"""Converted optimizers and schedules make torch's own updates, step by step, on the same gradients."""

import importlib
import sys
import types

import ivy  # noqa: F401
import numpy as np
import pytest

torch = pytest.importorskip("torch")

STEPS = 20
OPTIMIZERS = {
    "SGD": {"lr": 0.1, "weight_decay": 0.01},
    "SGD-momentum": {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01},
    "SGD-nesterov": {"lr": 0.1, "momentum": 0.9, "nesterov": True},
    "Adam": {"lr": 0.01, "weight_decay": 0.1},
    "Adam-large-eps": {"lr": 0.01, "eps": 1e-2, "betas": (0.8, 0.95), "maximize": True},
    "AdamW": {"lr": 0.01, "weight_decay": 0.1, "amsgrad": True},
    "RMSprop": {"lr": 0.01, "eps": 1e-3},
    "RMSprop-centered": {"lr": 0.01, "centered": True, "momentum": 0.5, "weight_decay": 0.1},
    "Adagrad": {"lr": 0.1, "lr_decay": 0.1, "initial_accumulator_value": 0.2},
    "Adadelta": {"lr": 1.0, "weight_decay": 0.1},
    "Adamax": {"lr": 0.01, "weight_decay": 0.1},
    "NAdam": {"lr": 0.01, "weight_decay": 0.1},
    "RAdam": {"lr": 0.01, "decoupled_weight_decay": True, "weight_decay": 0.1},
}
SCHEDULES = {
    "StepLR": {"step_size": 4, "gamma": 0.5},
    "MultiStepLR": {"milestones": [3, 7, 7], "gamma": 0.5},
    "ConstantLR": {"factor": 0.5, "total_iters": 4},
    "LinearLR": {"start_factor": 0.1, "total_iters": 6},
    "ExponentialLR": {"gamma": 0.9},
    "PolynomialLR": {"total_iters": 9, "power": 2.0},
    "CosineAnnealingLR": {"T_max": 6, "eta_min": 0.01},
    "CosineAnnealingWarmRestarts": {"T_0": 3, "T_mult": 2, "eta_min": 0.01},
    "LambdaLR": {"lr_lambda": lambda epoch: 1 / (1 + epoch)},
    "MultiplicativeLR": {"lr_lambda": lambda epoch: 0.9},
    "OneCycleLR": {"max_lr": 0.5, "total_steps": 21},
    "OneCycleLR-phases": {"max_lr": 0.5, "epochs": 3, "steps_per_epoch": 7, "three_phase": True, "anneal_strategy": "linear"},
}


def load(framework, name):
    """A template file as a module of a package of its own; the shared ones belong to every framework."""
    package = sys.modules.setdefault(f"{framework}_training", types.ModuleType(f"{framework}_training"))
    package.__path__ = [*importlib.import_module(f"ivy.templates.{framework}").__path__]
    return importlib.import_module(f"{framework}_training.{name}")


class Torch:
    """Two parameters in torch, and steps on given gradients."""

    optim = torch.optim
    schedulers = torch.optim.lr_scheduler

    def __init__(self, values):
        self.params = [torch.nn.Parameter(torch.tensor(value)) for value in values]

    def step(self, optimizer, gradients):
        for param, gradient in zip(self.params, gradients):
            param.grad = torch.tensor(gradient)
        optimizer.step()

    def values(self):
        return [param.detach().numpy().copy() for param in self.params]


class Jax:
    """The same on nnx variables, compiled."""

    def __init__(self, values):
        import jax.numpy as jnp
        from flax import nnx

        self.optim, self.schedulers = load("jax", "optim"), load("jax", "schedulers")
        self.model = nnx.List([nnx.Param(jnp.array(value)) for value in values])
        self.params = list(self.model)

        @nnx.jit
        def update(model, optimizer, gradients):
            def loss(model):
                return sum((param[...] * gradient).sum() for param, gradient in zip(model, gradients))

            optimizer.update(model, nnx.grad(loss)(model))

        self.update = update

    def step(self, optimizer, gradients):
        self.update(self.model, optimizer, gradients)

    def values(self):
        return [np.asarray(param[...]) for param in self.params]


class TensorFlow:
    """The same on Keras variables, in a tf.function."""

    def __init__(self, values):
        import keras
        import tensorflow as tf

        self.optim, self.schedulers = load("tensorflow", "optim"), load("tensorflow", "schedulers")
        self.params = [keras.Variable(value) for value in values]
        self.update = tf.function(
            lambda optimizer, gradients: optimizer.apply_gradients(zip(gradients, self.params)), autograph=False
        )

    def step(self, optimizer, gradients):
        import tensorflow as tf

        self.update(optimizer, [tf.constant(gradient) for gradient in gradients])

    def values(self):
        return [np.asarray(param) for param in self.params]


TARGETS = {"jax": ("flax", Jax), "tensorflow": ("keras", TensorFlow)}


@pytest.fixture(params=TARGETS)
def target(request):
    """What runs the converted optimizers."""
    package, side = TARGETS[request.param]
    pytest.importorskip(package)
    return side


def start():
    rng = np.random.default_rng(0)
    return [rng.standard_normal((3, 2)).astype(np.float32), rng.standard_normal(4).astype(np.float32)]


def gradients():
    """Gradients of all steps; some are tiny, so that it shows where eps is added."""
    rng = np.random.default_rng(1)
    for step in range(STEPS):
        scale = 1e-4 if step % 5 == 4 else 1.0
        yield [scale * rng.standard_normal(value.shape).astype(np.float32) for value in start()]


def groups(params, settings):
    """Two groups, the second with settings of its own."""
    return [{"params": params[:1]}, {"params": params[1:], "lr": settings["lr"] / 2, "weight_decay": 0.0}]


def trained(side, name, settings):
    """The parameters after each step, while the learning rate changes and is read back."""
    here = side(start())
    optimizer = getattr(here.optim, name.partition("-")[0])(groups(here.params, settings), **settings)
    found = []
    for number, step in enumerate(gradients()):
        if number == 10:
            for group in optimizer.param_groups:
                group["lr"] = group["lr"] * 0.1
        here.step(optimizer, step)
        found.append(np.concatenate([value.ravel() for value in here.values()]))
    return np.stack(found), [group["lr"] for group in optimizer.param_groups], optimizer


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_updates_are_those_of_torch(name, target):
    wanted, rates, _ = trained(Torch, name, OPTIMIZERS[name])
    found, found_rates, _ = trained(target, name, OPTIMIZERS[name])
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(found_rates, rates, rtol=1e-6)
    assert np.abs(wanted[-1] - wanted[0]).max() > 1e-3


@pytest.mark.parametrize("name", ("SGD-momentum", "Adam", "NAdam"))
def test_state_is_taken_over(name, target):
    settings = OPTIMIZERS[name]
    _, _, first = trained(target, name, settings)
    here = target(start())
    second = getattr(here.optim, name.partition("-")[0])(groups(here.params, settings), **settings)
    second.load_state_dict(first.state_dict())
    one, two = first.state_dict(), second.state_dict()
    assert [group["lr"] for group in two["param_groups"]] == [group["lr"] for group in one["param_groups"]]
    for number, state in one["state"].items():
        for key, value in state.items():
            np.testing.assert_array_equal(two["state"][number][key], value)


def test_a_parameter_without_gradient_is_an_error(target):
    here = target(start())
    other = target(start())
    optimizer = here.optim.SGD([*here.params, *other.params], lr=0.1)
    with pytest.raises(ValueError, match="no gradient"):
        here.step(optimizer, next(gradients()))


def rates(side, name, options):
    """Learning rates and momenta after each step of a schedule."""
    here = side(start())
    optimizer = here.optim.SGD(groups(here.params, {"lr": 0.2}), lr=0.2, momentum=0.9)
    schedule = getattr(here.schedulers, name.partition("-")[0])(optimizer, **options)
    found = [[*schedule.get_last_lr(), optimizer.param_groups[0]["momentum"]]]
    for _ in range(STEPS):
        if side is Torch:
            optimizer.step()
        schedule.step()
        found.append([*schedule.get_last_lr(), optimizer.param_groups[0]["momentum"]])
    return found


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_are_those_of_torch(name, target):
    wanted = rates(Torch, name, SCHEDULES[name])
    np.testing.assert_allclose(rates(target, name, SCHEDULES[name]), wanted, rtol=1e-5, atol=1e-7)


def sequential(side):
    """Warmup, cosine and steps one after another; then a plateau."""
    here = side(start())
    make = here.schedulers
    optimizer = here.optim.SGD(here.params, lr=0.2)
    parts = [make.LinearLR(optimizer, 0.1, total_iters=4), make.CosineAnnealingLR(optimizer, 6), make.StepLR(optimizer, 3)]
    schedule = make.SequentialLR(optimizer, parts, [4, 11])
    found = [optimizer.param_groups[0]["lr"]]
    for _ in range(STEPS):
        if side is Torch:
            optimizer.step()
        schedule.step()
        found.append(optimizer.param_groups[0]["lr"])
    plateau = make.ReduceLROnPlateau(optimizer, mode="max", factor=0.5, patience=1, cooldown=1, threshold=0.1)
    for measure in (1.0, 1.05, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 5.0, 5.0, 5.0):
        plateau.step(measure)
        found.append(optimizer.param_groups[0]["lr"])
    return found


def test_schedules_one_after_another(target):
    np.testing.assert_allclose(sequential(target), sequential(Torch), rtol=1e-5, atol=1e-8)


def clipped(side, scale):
    rng = np.random.default_rng(2)
    grads = [scale * rng.standard_normal(value.shape).astype(np.float32) for value in start()]
    if side is not Torch:
        optim = side(start()).optim
        convert = importlib.import_module("jax.numpy" if side is Jax else "tensorflow").array if side is Jax else None
        tensors = [convert(g) if convert else importlib.import_module("tensorflow").constant(g) for g in grads]
        return [(*optim.clip_grad_norm(tensors, 1.5, kind),) for kind in (2.0, float("inf"))], optim.clip_grad_value(tensors, 0.5)
    found = []
    for kind in (2.0, float("inf")):
        here = Torch(start())
        for param, gradient in zip(here.params, grads):
            param.grad = torch.tensor(gradient)
        norm = torch.nn.utils.clip_grad_norm_(here.params, 1.5, kind)
        found.append(([param.grad.numpy() for param in here.params], norm))
    return found, [np.clip(gradient, -0.5, 0.5) for gradient in grads]


@pytest.mark.parametrize("scale", (0.1, 3.0))
def test_clipping_is_that_of_torch(scale, target):
    (wanted, wanted_values), (found, found_values) = clipped(Torch, scale), clipped(target, scale)
    for (grads, norm), (other, other_norm) in zip(found, wanted):
        np.testing.assert_allclose(float(norm), float(other_norm), rtol=1e-6)
        for a, b in zip(grads, other):
            np.testing.assert_allclose(np.asarray(a), b, rtol=1e-6)
    for a, b in zip(found_values, wanted_values):
        np.testing.assert_allclose(np.asarray(a), b)
