"""Callbacks of Keras: what is called during training."""

import csv
import math
import warnings
from pathlib import Path

import numpy as np


def called(callbacks, name, *args):
    """Call a method of all callbacks that have it."""
    for callback in callbacks:
        getattr(callback, name)(*args)


class Callback:
    """Base of what is called during training; ``model`` is the model."""

    def __init__(self):
        self.model, self.params = None, {}

    def set_model(self, model):
        """Take the model."""
        self.model = model

    def set_params(self, params):
        """Take the number of epochs and the like."""
        self.params = params

    def on_epoch_begin(self, epoch, logs=None):
        """Called before an epoch."""

    def on_epoch_end(self, epoch, logs=None):
        """Called after an epoch with its metrics."""

    def on_train_begin(self, logs=None):
        """Called before training."""

    def on_train_end(self, logs=None):
        """Called after training."""

    def on_test_begin(self, logs=None):
        """Called before an evaluation."""

    def on_test_end(self, logs=None):
        """Called after an evaluation."""

    def on_batch_begin(self, batch, logs=None):
        """Called before a batch."""

    def on_batch_end(self, batch, logs=None):
        """Called after a batch."""

    def on_train_batch_begin(self, batch, logs=None):
        """Called before a batch of training."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch, logs=None):
        """Called after a batch of training with the metrics so far."""
        self.on_batch_end(batch, logs)

    def on_test_batch_begin(self, batch, logs=None):
        """Called before a batch of an evaluation."""

    def on_test_batch_end(self, batch, logs=None):
        """Called after a batch of an evaluation."""


class History(Callback):
    """The metrics of each epoch, in ``history``."""

    def __init__(self):
        super().__init__()
        self.history, self.epoch = {}, []

    def on_epoch_end(self, epoch, logs=None):
        """Keep the metrics."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)


class LambdaCallback(Callback):
    """Functions that are called during training."""

    def __init__(
        self, on_epoch_begin=None, on_epoch_end=None, on_train_begin=None, on_train_end=None,
        on_train_batch_begin=None, on_train_batch_end=None,
    ):  # fmt: skip
        super().__init__()
        self.on_epoch_begin = on_epoch_begin or self.on_epoch_begin
        self.on_epoch_end = on_epoch_end or self.on_epoch_end
        self.on_train_begin = on_train_begin or self.on_train_begin
        self.on_train_end = on_train_end or self.on_train_end
        self.on_train_batch_begin = on_train_batch_begin or self.on_train_batch_begin
        self.on_train_batch_end = on_train_batch_end or self.on_train_batch_end


def direction(model, monitor):
    """Whether more is better of a metric: 1, or less: -1."""
    name = monitor.removeprefix("val_")
    if name == "loss":
        return -1
    kinds = [type(m).__name__ for m in model._metrics.metrics if m.name == name] if model._metrics else []
    for kind in kinds:
        if any(word in kind for word in ("Error", "rossentropy", "Hinge", "LogCosh")):
            return -1
        if any(word in kind for word in ("Accuracy", "Precision", "Recall", "AUC", "Score", "Cosine", "IoU", "At")):
            return 1
    raise ValueError(f"whether more or less of {monitor!r} is better is not known: give mode='max' or mode='min'")


class MonitorCallback(Callback):
    """Base of callbacks that compare a metric with its best value so far."""

    def __init__(self, monitor="val_loss", mode="auto", baseline=None, min_delta=0):
        super().__init__()
        self.monitor, self.mode, self.best, self.min_delta = monitor, mode, baseline, abs(min_delta)

    def is_improvement(self, value, best):
        """Whether a value is better than the best one."""
        sign = {"min": -1, "max": 1}.get(self.mode) or direction(self.model, self.monitor)
        return best is None or sign * value - self.min_delta > sign * best

    def current(self, logs):
        """The value of the metric in logs; None, with a warning, where there is none."""
        value = (logs or {}).get(self.monitor)
        if value is None:
            warnings.warn(f"{self.monitor!r} is not among the metrics {', '.join(logs or {})}", stacklevel=2)
        return value


class EarlyStopping(MonitorCallback):
    """Ends training when a metric has not improved for some epochs."""

    def __init__(
        self, monitor="val_loss", min_delta=0, patience=0, verbose=0, mode="auto", baseline=None,
        restore_best_weights=False, start_from_epoch=0,
    ):  # fmt: skip
        super().__init__(monitor, mode, None, min_delta)
        self.patience, self.verbose, self.baseline = patience, verbose, baseline
        self.restore_best_weights, self.start_from_epoch = restore_best_weights, start_from_epoch
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best_weights = None

    def on_train_begin(self, logs=None):
        """Begin anew."""
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best = self.best_weights = None

    def on_epoch_end(self, epoch, logs=None):
        """Compare the metric."""
        value = self.current(logs)
        if value is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self.best_weights, self.best_epoch = self.model.get_weights(), epoch
        self.wait += 1
        if self.is_improvement(value, self.best):
            self.best, self.best_epoch = value, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self.baseline is None or self.is_improvement(value, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch, self.model.stop_training = epoch, True

    def on_train_end(self, logs=None):
        """Put the best weights back."""
        if self.stopped_epoch > 0 and self.verbose:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.best_weights is not None:
            self.model.set_weights(self.best_weights)


class ReduceLROnPlateau(MonitorCallback):
    """Multiplies the learning rate by ``factor`` when a metric has not improved for some epochs."""

    def __init__(
        self, monitor="val_loss", factor=0.1, patience=10, verbose=0, mode="auto", min_delta=1e-4, cooldown=0,
        min_lr=0.0,
    ):  # fmt: skip
        super().__init__(monitor, mode, None, min_delta)
        if factor >= 1.0:
            raise ValueError(f"the factor must be below 1, not {factor}")
        self.factor, self.patience, self.verbose = factor, patience, verbose
        self.cooldown, self.min_lr, self.wait, self.resting = cooldown, min_lr, 0, 0

    def on_train_begin(self, logs=None):
        """Begin anew."""
        self.best, self.wait, self.resting = None, 0, 0

    def on_epoch_end(self, epoch, logs=None):
        """Compare the metric."""
        logs["learning_rate"] = float(self.model.optimizer.learning_rate)
        value = self.current(logs)
        if value is None:
            return
        if self.resting > 0:
            self.resting -= 1
            self.wait = 0
        if self.is_improvement(value, self.best):
            self.best, self.wait = value, 0
        elif self.resting <= 0:
            self.wait += 1
            if self.wait >= self.patience and self._reduce(epoch):
                self.resting, self.wait = self.cooldown, 0

    def _reduce(self, epoch):
        """Lower the rate, unless it is the lowest."""
        rate = float(self.model.optimizer.learning_rate)
        if rate <= np.float32(self.min_lr):
            return False
        self.model.optimizer.learning_rate = max(rate * self.factor, self.min_lr)
        if self.verbose:
            print(f"Epoch {epoch + 1}: learning rate {self.model.optimizer.learning_rate}")
        return True


class LearningRateScheduler(Callback):
    """Sets the learning rate before each epoch to what a function of the epoch and the last rate gives."""

    def __init__(self, schedule, verbose=0):
        super().__init__()
        self.schedule, self.verbose = schedule, verbose

    def on_epoch_begin(self, epoch, logs=None):
        """Set the rate."""
        try:
            rate = self.schedule(epoch, float(self.model.optimizer.learning_rate))
        except TypeError:
            rate = self.schedule(epoch)
        self.model.optimizer.learning_rate = float(rate)
        if self.verbose:
            print(f"Epoch {epoch + 1}: learning rate {rate}")

    def on_epoch_end(self, epoch, logs=None):
        """Note the rate."""
        logs["learning_rate"] = float(self.model.optimizer.learning_rate)


class TerminateOnNaN(Callback):
    """Ends training when the loss is not a finite number."""

    def __init__(self, raise_error=False):
        super().__init__()
        self.raise_error = raise_error

    def on_batch_end(self, batch, logs=None):
        """Look at the loss."""
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(float(loss)):
            return
        if self.raise_error:
            raise RuntimeError(f"the loss of batch {batch} is {float(loss)}")
        print(f"Batch {batch}: the loss is not a number, training ends")
        self.model.stop_training = True


class CSVLogger(Callback):
    """Writes the metrics of each epoch as a line of a file."""

    def __init__(self, filename, separator=",", append=False):
        super().__init__()
        self.filename, self.separator, self.append, self.keys = Path(filename), separator, append, None

    def on_train_begin(self, logs=None):
        """Begin the file, or go on with it."""
        self.keys = None
        self.has_head = self.append and self.filename.exists() and self.filename.stat().st_size > 0
        if not self.append:
            self.filename.write_text("")

    def on_epoch_end(self, epoch, logs=None):
        """Write the metrics."""
        logs = logs or {}
        if self.keys is None:
            self.keys = sorted(logs)
            if not any(key.startswith("val_") for key in self.keys):
                self.keys += [f"val_{key}" for key in self.keys]
        with self.filename.open("a", newline="") as file:
            writer = csv.writer(file, delimiter=self.separator)
            if not self.has_head:
                writer.writerow(["epoch", *self.keys])
                self.has_head = True
            writer.writerow([epoch, *(logs.get(key, "NA") for key in self.keys)])


class ModelCheckpoint(MonitorCallback):
    """Saves the weights after each epoch or some batches; the path may name the epoch and metrics in braces.

    Models are saved as their weights alone, whatever ``save_weights_only`` says.
    """

    def __init__(
        self, filepath, monitor="val_loss", verbose=0, save_best_only=False, save_weights_only=False, mode="auto",
        save_freq="epoch", initial_value_threshold=None,
    ):  # fmt: skip
        super().__init__(monitor, mode, initial_value_threshold)
        self.filepath, self.verbose, self.save_best_only, self.save_freq = filepath, verbose, save_best_only, save_freq
        self.epoch = self.seen = 0

    def on_epoch_begin(self, epoch, logs=None):
        """Note the epoch."""
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        """Save when so many batches have passed."""
        self.seen += 1
        if self.save_freq != "epoch" and self.seen >= self.save_freq:
            self.seen = 0
            self._save(self.epoch, {"batch": batch + 1, **(logs or {})})

    def on_epoch_end(self, epoch, logs=None):
        """Save after an epoch."""
        if self.save_freq == "epoch":
            self._save(epoch, logs or {})

    def _save(self, epoch, logs):
        """Save the weights unless they are not the best."""
        value = self.current(logs) if self.save_best_only else None
        if value is not None and not self.is_improvement(value, self.best):
            return
        self.best = value if value is not None else self.best
        path = Path(str(self.filepath).format(epoch=epoch + 1, **logs))
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.verbose:
            print(f"Epoch {epoch + 1}: weights saved to {path}")
        self.model.save_weights(path)
