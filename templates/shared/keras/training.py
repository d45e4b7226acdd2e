"""Training, evaluation and prediction of models as Keras does them."""

import inspect
import math
import warnings

import numpy as np

from .callbacks import History, called
from .loss_classes import FunctionLoss
from .losses import Loss
from .metric_classes import BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy
from .metrics import Mean, MeanMetric
from .steps import as_arrays, batch_tensors, new_order, take_step, without_gradients
from .structures import array_leaves, each_array


def unpacked(data):
    """Inputs, targets and weights of a batch; what it lacks is None."""
    if not isinstance(data, (list, tuple)):
        return data, None, None
    if len(data) > 3:
        raise ValueError(f"a batch has inputs, targets and weights, not {len(data)} parts")
    return (*data, None, None)[:3]


def packed(parts):
    """A batch as a step of training is given it: inputs alone, with targets, or with targets and weights."""
    x, y, weights = parts
    if y is None:
        return (x,) if isinstance(x, (list, tuple)) else x
    return (x, y) if weights is None else (x, y, weights)


def is_array(value):
    """Whether something is an array of samples, also of another library."""
    return hasattr(value, "shape") and hasattr(value, "__len__") and hasattr(value, "__getitem__")


def whole_arrays(value):
    """A structure of arrays on the host, with floats of 32 bits."""

    def whole(item):
        item = np.asarray(as_arrays(item))
        return item.astype(np.float32) if item.dtype.kind == "f" else item

    return each_array(whole, value)


def weights_of_classes(y, class_weight):
    """The weight of each sample by its class, (batch,); classes that are not named have 1."""
    y = np.asarray(as_arrays(y))
    if y.ndim > 1:
        y = y.argmax(-1) if y.shape[-1] != 1 else y[..., 0]
    return np.array([class_weight.get(int(c), 1.0) for c in np.round(y)], np.float32)


class PyDataset:
    """Base of batches by index: subclasses define ``__len__`` and ``__getitem__``; all runs in one process."""

    def __init__(self, workers=1, use_multiprocessing=False, max_queue_size=10):
        self.workers, self.use_multiprocessing, self.max_queue_size = workers, use_multiprocessing, max_queue_size

    def on_epoch_end(self):
        """Called after each epoch."""


class Batches:
    """The batches of the epochs: of arrays, of something that is indexed by batch, or of an iterable."""

    def __init__(self, x, y=None, weights=None, batch_size=None, steps=None, shuffle=False, class_weight=None):
        self.steps, self.shuffle, self.class_weight = steps, shuffle, class_weight
        self.source, self.iterator = x, None
        self.arrays = all(is_array(leaf) for leaf in array_leaves((x, y, weights)) if leaf is not None)
        if self.arrays:
            self._split(x, y, weights, batch_size)
        elif y is not None or weights is not None:
            raise ValueError("an iterable gives the targets and weights with the inputs")

    def _split(self, x, y, weights, batch_size):
        if self.class_weight is not None:
            if weights is not None or isinstance(y, (list, tuple, dict)):
                raise ValueError("class_weight is for one output and takes the place of sample_weight")
            weights = weights_of_classes(y, self.class_weight)
        if weights is not None and isinstance(y, (list, tuple, dict)) and is_array(weights):
            weights = each_array(lambda _: weights, y)
        self.source = whole_arrays((x, y, weights))
        sizes = {len(leaf) for leaf in array_leaves(self.source) if leaf is not None}
        if len(sizes) != 1:
            raise ValueError(f"the arrays have {sorted(sizes)} samples")
        self.size = sizes.pop()
        self.batch_size = batch_size or (math.ceil(self.size / self.steps) if self.steps else 32)

    def _new_iterator(self):
        """An iterator over all batches, in a new order where they are shuffled."""
        if self.arrays:
            order = new_order(self.size) if self.shuffle and self.shuffle != "batch" else np.arange(self.size)
            places = [order[i : i + self.batch_size] for i in range(0, self.size, self.batch_size)]
            if self.shuffle == "batch":
                places = [places[i] for i in new_order(len(places))]
            return (packed(each_array(lambda a, rows=rows: a[rows], self.source)) for rows in places)
        if hasattr(self.source, "__getitem__") and hasattr(self.source, "__len__") and not self.is_loader():
            size = len(self.source)
            order = new_order(size) if self.shuffle else range(size)
            return (self.source[int(i)] for i in order)
        return iter(self.source)

    def is_loader(self):
        """Whether batches are gone through by iterating alone."""
        return hasattr(self.source, "dataset")

    def __iter__(self):
        """The batches of one epoch as tensors; with a number of steps the next epoch goes on where this one ends."""
        if self.iterator is None or not self.steps:
            self.iterator = self._new_iterator()
        step = 0
        while not self.steps or step < self.steps:
            batch = next(self.iterator, None)
            if batch is None:
                if self.steps:
                    warnings.warn("the data ran out before all steps were made", stacklevel=2)
                    self.iterator = None
                break
            if self.class_weight is not None and not self.arrays:
                x, y, _ = unpacked(batch)
                batch = x, y, weights_of_classes(y, self.class_weight)
            yield batch_tensors(batch)
            step += 1
        if hasattr(self.source, "on_epoch_end"):
            self.source.on_epoch_end()


def split_off(arrays, share):
    """The first samples of arrays, and the last ones that make up a share of all."""
    arrays = whole_arrays(arrays)
    size = len(next(leaf for leaf in array_leaves(arrays) if leaf is not None))
    place = math.floor(size * (1.0 - share))
    if place in (0, size):
        raise ValueError(f"{size} samples cannot be split with a share of {share}")
    return each_array(lambda a: a[:place], arrays), each_array(lambda a: a[place:], arrays)


def by_output(value, names, count):
    """What is given for each output: in order, by name, or for all outputs the same."""
    if isinstance(value, dict):
        unknown = [name for name in value if name not in (names or ())]
        if unknown:
            raise ValueError(f"no output is named {unknown[0]!r}")
        return [value.get(name) for name in names]
    if isinstance(value, (list, tuple)):
        if len(value) != count:
            raise ValueError(f"{len(value)} values for {count} outputs")
        return list(value)
    return [value] * count


def output_names(model, outputs):
    """The names of a model's outputs: those of the layers that make them, or the keys of a dictionary; else None."""
    known = [x.name for x in array_leaves(model.outputs)] if getattr(model, "outputs", None) is not None else None
    if isinstance(outputs, dict):
        return known if known and set(known) == set(outputs) else sorted(outputs)
    return known


def in_order(value, names, outputs):
    """Targets, weights or outputs in the order of the outputs."""
    if isinstance(value, dict):
        return [value[name] for name in names]
    several = isinstance(outputs, (list, tuple, dict))
    return list(value) if several and isinstance(value, (list, tuple)) else array_leaves(value)


def parts_by_output(model, y_true, y_pred, sample_weight):
    """The names of a model's outputs; targets, outputs and weights in their order."""
    names, parts = output_names(model, y_pred), (y_true, y_pred, sample_weight)
    targets, outputs, weights = (None if part is None else in_order(part, names, y_pred) for part in parts)
    if weights is not None and len(weights) == 1:
        weights = weights * len(outputs)
    return names, targets, outputs, weights


def binary_or_sparse(y_true, y_pred):
    """Whether outputs are probabilities of one class, and whether targets are indices of classes."""
    true, predicted = y_true.shape, y_pred.shape
    return predicted[-1] == 1, len(true) < len(predicted) or true[-1] == 1 and predicted[-1] > 1


def metric_object(metric, y_true, y_pred):
    """A metric for targets and outputs of these shapes: an object, a function, or the name of an accuracy."""
    metric = metric() if isinstance(metric, type) else metric
    if hasattr(metric, "update_state"):
        return metric
    if callable(metric):
        return MeanMetric(metric, metric.__name__)
    if str(metric).lower() not in ("accuracy", "acc"):
        raise TypeError(f"a metric is given as an object or a function, not as {metric!r}")
    is_binary, is_sparse = binary_or_sparse(y_true, y_pred)
    if is_binary:
        return BinaryAccuracy(name=metric)
    return SparseCategoricalAccuracy(name=metric) if is_sparse else CategoricalAccuracy(name=metric)


class CompiledMetrics:
    """The metrics that a model was given, by output, as one metric; they are made when the first outputs are there."""

    name = "compile_metrics"

    def __init__(self, metrics, weighted, model):
        self.given, self.model, self.found = (metrics, weighted), model, None

    def build(self, names, targets, outputs):
        """Make the metrics for outputs in order."""
        self.found = []
        for value, is_weighted in zip(self.given, (False, True), strict=True):
            several = len(outputs) > 1
            parts = by_output(value, names, len(outputs)) if several and value else [value]
            for index, part in enumerate(parts):
                prefix = f"{names[index]}_" if several and names else ""
                for metric in array_leaves(part) if part else ():
                    made = metric_object(metric, targets[index], outputs[index])
                    self.found.append((made, prefix, index, is_weighted))

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take a batch in."""
        names, targets, outputs, weights = parts_by_output(self.model, y_true, y_pred, sample_weight)
        if self.found is None:
            self.build(names, targets, outputs)
        for metric, _, index, is_weighted in self.found:
            given = (weights[index],) if is_weighted and weights is not None else ()
            metric.update_state(targets[index], outputs[index], *given)

    def reset_state(self):
        """Forget what the metrics have gathered."""
        for metric in self.metrics:
            metric.reset_state()

    @property
    def metrics(self):
        """The metrics themselves."""
        return [metric for metric, *_ in self.found or ()]

    def result(self):
        """The values by name; of metrics with the same name the later ones are numbered."""
        results = {}
        for metric, prefix, _, is_weighted in self.found or ():
            name = prefix + metric.name
            if name in results and is_weighted:
                name = f"{prefix}weighted_{metric.name}"
            count = sum(1 for known in results if known == name or known.startswith(f"{name}_"))
            results[f"{name}_{count}" if name in results else name] = metric.result()
        return results


def loss_object(loss):
    """A loss that is given as an object or as a function of targets and outputs."""
    loss = loss() if isinstance(loss, type) else loss
    if isinstance(loss, Loss) or loss is None:
        return loss
    if not callable(loss):
        raise TypeError(f"a loss is given as an object or a function, not as {loss!r}")
    return FunctionLoss(loss, "sum_over_batch_size")


class CompiledLoss:
    """The losses that a model was given, by output, with their weights."""

    def __init__(self, loss, weights):
        self.loss, self.weights, self.parts, self.trackers = loss, weights, None, []

    def build(self, names, count):
        """Make the losses of so many outputs."""
        several = isinstance(self.loss, (list, tuple)) and count == 1
        losses = list(self.loss) if several else by_output(self.loss, names, count)
        weights = list(self.weights) if several and self.weights else by_output(self.weights, names, count)
        places = [0] * len(losses) if several else range(count)
        made = zip(places, map(loss_object, losses), weights * (len(losses) if len(weights) == 1 else 1))
        self.parts = [part for part in made if part[1] is not None]
        if len(self.parts) > 1:
            named = [(names[place] if names else None) or loss.name for place, loss, _ in self.parts]
            self.trackers = [Mean(name=f"{name}_loss") for name in named]

    def __call__(self, names, targets, outputs, weights):
        """Each loss of a batch with its weight."""
        if self.parts is None:
            self.build(names, len(outputs))
        if len(targets) < len(outputs):  # outputs without a loss may have no targets
            given = iter(targets)
            wanted = {place for place, *_ in self.parts}
            targets = [next(given) if place in wanted else None for place in range(len(outputs))]
        return [
            (loss(targets[place], outputs[place], None if weights is None else weights[place]), weight)
            for place, loss, weight in self.parts
        ]

    def update_state(self, values):
        """Take the losses of a batch in; as in Keras, each batch counts the same here, whatever its size."""
        for tracker, (value, _) in zip(self.trackers, values):
            tracker.update_state(value)


def metrics_in(layer):
    """The metrics that are attributes of a layer."""
    values = [item for value in vars(layer).values() for item in (value if isinstance(value, list) else [value])]
    return [value for value in values if hasattr(value, "update_state") and hasattr(value, "reset_state")]


def single_values(logs):
    """Logs with the values of those that are dictionaries in their place."""
    parts = (value if isinstance(value, dict) else {name: value} for name, value in logs.items())
    return {name: value for part in parts for name, value in part.items()}


def plain_numbers(logs):
    """Logs as numbers of Python, by their sorted names."""
    return {name: float(np.asarray(as_arrays(value))) for name, value in sorted(single_values(logs).items())}


def printed(logs):
    """Logs as a line."""
    return " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())


# only if used
class Trainer:
    """Training, evaluation and prediction of a model, over batches of arrays."""

    compiled = stop_training = False
    optimizer = loss = history = None
    _loss = _metrics = _loss_tracker = None

    # only if used
    def compile(self, optimizer=None, loss=None, loss_weights=None, metrics=None, weighted_metrics=None, **options):
        """Set what training and evaluation need; a loss and metrics that are not given stay what they were.

        Options of how Keras runs it have no meaning here.
        """
        self.optimizer, self.compiled, self.history, self.stop_training = optimizer, True, None, False
        if loss is not None:
            self.loss, self._loss = loss, CompiledLoss(loss, loss_weights)
        if metrics is not None or weighted_metrics is not None:
            self._metrics = CompiledMetrics(metrics, weighted_metrics, self)
        self._loss_tracker = Mean(name="loss")

    # only if used
    @property
    def metrics(self):
        """The mean loss, those of ``compile`` as one, and those that are attributes of the model and its layers."""
        found = [self._loss_tracker] if self.compiled else []
        found += [self._metrics] if self._metrics is not None else []
        found += self._loss.trackers if self._loss is not None else []
        found += [m for m in metrics_in(self) if m is not self._loss_tracker and m is not self._metrics]
        inner = [layer for layer in self._flatten_layers(include_self=False) if not isinstance(layer, Trainer)]
        return found + [metric for layer in inner for metric in metrics_in(layer)]

    # only if used
    @property
    def metrics_names(self):
        """The names of the metrics."""
        return [metric.name for metric in self.metrics]

    # only if used
    def reset_metrics(self):
        """Forget what the metrics have gathered."""
        for metric in self.metrics:
            metric.reset_state()

    # only if used
    def get_metrics_result(self):
        """The values of the metrics by name."""
        return single_values({metric.name: metric.result() for metric in self.metrics})

    # only if used
    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The weighted sum of the losses of a batch, with those that layers add."""
        if self._loss is None and not self.losses:
            raise ValueError("there is no loss: give one to compile()")
        values = self._loss(*parts_by_output(self, y, y_pred, sample_weight)) if self._loss is not None else []
        return sum([*self.losses, *(value if weight is None else value * weight for value, weight in values)])

    # only if used
    def loss_of(self, x, y, y_pred, sample_weight, training):
        """What ``compute_loss`` gives, which a subclass may define without ``training``."""
        takes = "training" in inspect.signature(self.compute_loss).parameters
        options = {"training": training} if takes else {}
        return self.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, **options)

    # only if used
    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Take a batch into the metrics, and their values."""
        if self._metrics is not None:
            self._metrics.update_state(y, y_pred, sample_weight)
        return self.get_metrics_result()

    # only if used
    def _note(self, loss, x, y, y_pred, sample_weight):
        """Take the loss of a batch, its parts and the metrics in; gives all values."""
        size = len(next(leaf for leaf in array_leaves(x) if leaf is not None))
        self._loss_tracker.total = self._loss_tracker.total + loss * size
        self._loss_tracker.count += size
        if self._loss is not None and self._loss.trackers:
            self._loss.update_state(self._loss(*parts_by_output(self, y, y_pred, sample_weight)))
        return self.compute_metrics(x, y, y_pred, sample_weight)

    # only if used
    def train_step(self, data):
        """A step of training on a batch of inputs, targets and weights; gives the metrics."""
        x, y, sample_weight = unpacked(data)
        loss, y_pred = take_step(self, x, y, sample_weight)
        with without_gradients():
            return self._note(loss, x, y, y_pred, sample_weight)

    # only if used
    def test_step(self, data):
        """The metrics after a batch, without training."""
        x, y, sample_weight = unpacked(data)
        with without_gradients():
            y_pred = self.outputs_of(x, False)
            loss = self.loss_of(x, y, y_pred, sample_weight, False)
            return self._note(loss, x, y, y_pred, sample_weight)

    # only if used
    def predict_step(self, data):
        """The outputs for a batch."""
        with without_gradients():
            return self.outputs_of(unpacked(data)[0], False)

    # only if used
    def _epoch(self, step, batches, callbacks, kind):
        """The metrics after all batches of an epoch."""
        logs = {}
        self.reset_metrics()
        for index, batch in enumerate(batches):
            called(callbacks, f"on_{kind}_batch_begin", index)
            logs = step(batch)
            called(callbacks, f"on_{kind}_batch_end", index, logs)
            if kind == "train" and self.stop_training:
                break
        results = self.get_metrics_result()
        return plain_numbers(results if results.keys() == logs.keys() else logs)

    # only if used
    def fit(
        self, x=None, y=None, batch_size=None, epochs=1, verbose="auto", callbacks=None, validation_split=0.0,
        validation_data=None, shuffle=True, class_weight=None, sample_weight=None, initial_epoch=0,
        steps_per_epoch=None, validation_steps=None, validation_batch_size=None, validation_freq=1,
    ):  # fmt: skip
        """Train for some epochs; gives the object whose ``history`` holds the metrics of each epoch."""
        if not self.compiled:
            raise ValueError("call compile() before fit()")
        if validation_split and validation_data is None:
            (x, y, sample_weight), validation_data = split_off((x, y, sample_weight), validation_split)
        batches = Batches(x, y, sample_weight, batch_size, steps_per_epoch, shuffle, class_weight)
        tested = None
        if validation_data is not None:
            parts = unpacked(validation_data)
            tested = Batches(*parts, validation_batch_size or batch_size, validation_steps)
        self.history, self.stop_training, history = None, False, History()
        callbacks = [*array_leaves(callbacks if callbacks is not None else []), history]
        for callback in callbacks:
            callback.set_model(self)
            callback.set_params({"epochs": epochs, "verbose": verbose})
        called(callbacks, "on_train_begin")
        logs = None
        for epoch in range(initial_epoch, epochs):
            self.reset_metrics()
            called(callbacks, "on_epoch_begin", epoch)
            logs = self._epoch(self.train_step, batches, callbacks, "train")
            every = validation_freq if isinstance(validation_freq, int) else None
            due = (epoch + 1) % every == 0 if every else epoch + 1 in validation_freq
            if tested is not None and due:
                found = self._tested(tested, callbacks)
                logs.update({f"val_{name}": value for name, value in found.items()})
            called(callbacks, "on_epoch_end", epoch, logs)
            if verbose:
                print(f"Epoch {epoch + 1}/{epochs} - {printed(logs)}")
            if self.stop_training:
                break
        called(callbacks, "on_train_end", logs)
        self.history = history
        return history

    # only if used
    def _tested(self, batches, callbacks):
        """The metrics over all batches without training."""
        called(callbacks, "on_test_begin")
        logs = self._epoch(self.test_step, batches, callbacks, "test")
        called(callbacks, "on_test_end", logs)
        return logs

    # only if used
    def evaluate(
        self, x=None, y=None, batch_size=None, verbose="auto", sample_weight=None, steps=None, callbacks=None,
        return_dict=False,
    ):  # fmt: skip
        """The loss and the metrics over arrays or batches: a list, one number, or a dictionary."""
        if not self.compiled:
            raise ValueError("call compile() before evaluate()")
        logs = self._tested(Batches(x, y, sample_weight, batch_size, steps), callbacks or [])
        if verbose:
            print(printed(logs))
        return logs if return_dict else self._listed(logs)

    # only if used
    def _listed(self, logs):
        """The values of logs in the order of the metrics."""
        metrics = [part for metric in self.metrics for part in getattr(metric, "metrics", [metric])]
        known = [metric.name for metric in metrics if metric.name in logs]
        values = [logs[name] for name in (*known, *sorted(logs.keys() - set(known)))]
        return values[0] if len(values) == 1 else values

    # only if used
    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None):
        """The outputs for all inputs as arrays of NumPy."""
        outputs = [as_arrays(self.predict_step(batch)) for batch in Batches(x, batch_size=batch_size, steps=steps)]
        return joined_outputs(outputs)

    # only if used
    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        """A step of training on one batch; gives the loss and the metrics of it."""
        weights = sample_weight if class_weight is None else weights_of_classes(y, class_weight)
        return self._on_batch(self.train_step, (x, y, weights), return_dict)

    # only if used
    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """The loss and the metrics of one batch."""
        return self._on_batch(self.test_step, (x, y, sample_weight), return_dict)

    # only if used
    def _on_batch(self, step, batch, return_dict):
        self.reset_metrics()
        logs = plain_numbers(step(batch_tensors(whole_arrays(batch))))
        return logs if return_dict else self._listed(logs)

    # only if used
    def predict_on_batch(self, x):
        """The outputs for one batch as arrays of NumPy."""
        return as_arrays(self.predict_step((batch_tensors(whole_arrays(x)),)))


def joined_outputs(batches):
    """The outputs of batches one after another."""
    first = batches[0]
    if isinstance(first, dict):
        return {key: joined_outputs([batch[key] for batch in batches]) for key in first}
    if isinstance(first, (list, tuple)):
        return type(first)(joined_outputs(list(parts)) for parts in zip(*batches))
    return np.concatenate(batches)
