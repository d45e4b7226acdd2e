"""Checkpoints of TensorFlow: the values of models, optimizers and variables in one file after another."""

import json
import os
import re

from .tracked_values import ENDING, give_values, read_values, values_of, write_values


class Checkpoint:
    """Objects, given by name, whose values are saved and restored together.

    Paths are given without the ending of the files, as TensorFlow has them.
    """

    def __init__(self, root=None, **objects):
        self.root, self.save_counter = root, 0
        vars(self).update(objects)

    def write(self, file_prefix):
        """Write the values to a file; its path without the ending."""
        values = {name: values_of(item) for name, item in vars(self).items() if item is not None}
        os.makedirs(os.path.dirname(file_prefix) or ".", exist_ok=True)
        write_values(values, f"{file_prefix}.unfinished")
        os.replace(f"{file_prefix}.unfinished", f"{file_prefix}{ENDING}")
        return file_prefix

    def save(self, file_prefix):
        """Write the values to the next file of this name, of which the folder keeps a note; its path."""
        self.save_counter += 1
        path = self.write(f"{file_prefix}-{self.save_counter}")
        known = noted_checkpoints(os.path.dirname(path))
        note_checkpoints(os.path.dirname(path), [*(other for other in known if other != path), path])
        return path

    def restore(self, save_path):
        """Give the objects the values of a file; None changes nothing."""
        if save_path is None:
            return Restored(["the file"], [])
        values, missing = read_values(f"{save_path}{ENDING}"), []
        for name, item in vars(self).items():
            if name not in values and item is not None:
                missing.append(name)
            elif name == "save_counter":
                self.save_counter = values[name]
            elif item is not None:
                missing += [f"{name}.{part}" for part in give_values(item, values[name])]
        return Restored(missing, [name for name in values if name not in vars(self)])

    read = restore


class Restored:
    """What a checkpoint did not hold, and what of it was not used."""

    def __init__(self, missing, unused):
        self.missing, self.unused = missing, unused

    def assert_existing_objects_matched(self):
        """Raise unless all objects have got their values."""
        if self.missing:
            raise AssertionError(f"no values were found for {', '.join(self.missing)}")
        return self

    def assert_consumed(self):
        """Raise unless all objects have got their values, and all values their objects."""
        if self.unused:
            raise AssertionError(f"the checkpoint also holds {', '.join(self.unused)}")
        return self.assert_existing_objects_matched()

    assert_nontrivial_match = assert_existing_objects_matched

    def expect_partial(self):
        """Nothing: values that are not used are not complained about."""
        return self


class CheckpointManager:
    """Numbered checkpoints in a folder, of which the last ``max_to_keep`` are kept (None: all)."""

    def __init__(
        self, checkpoint, directory, max_to_keep, keep_checkpoint_every_n_hours=None, checkpoint_name="ckpt",
        step_counter=None, checkpoint_interval=None, init_fn=None,
    ):  # fmt: skip
        if keep_checkpoint_every_n_hours is not None:
            raise NotImplementedError("checkpoints are not kept by the hour")
        if checkpoint_interval is not None and step_counter is None:
            raise ValueError("checkpoint_interval needs a step_counter")
        self.checkpoint, self.directory, self.max_to_keep = checkpoint, os.fspath(directory), max_to_keep
        self.prefix, self.step_counter, self.interval = checkpoint_name, step_counter, checkpoint_interval
        self.init_fn, self.last_step = init_fn, None
        self.checkpoints = noted_checkpoints(self.directory)

    @property
    def latest_checkpoint(self):
        """The path of the last checkpoint, or None."""
        return self.checkpoints[-1] if self.checkpoints else None

    def save(self, checkpoint_number=None, check_interval=True):
        """Write a checkpoint and remove those that are too old; its path, or None within the interval."""
        step = None if self.step_counter is None else int(self.step_counter)
        if self.interval is not None and check_interval and self.last_step is not None:
            if step - self.last_step < self.interval:
                return None
        self.last_step = step
        self.checkpoint.save_counter += 1
        number = self.checkpoint.save_counter if checkpoint_number is None else int(checkpoint_number)
        path = self.checkpoint.write(os.path.join(self.directory, f"{self.prefix}-{number}"))
        kept = [*(other for other in self.checkpoints if other != path), path]
        old = kept[: -self.max_to_keep] if self.max_to_keep else []
        self.checkpoints = kept[len(old) :]
        note_checkpoints(self.directory, self.checkpoints)
        for other in old:
            if os.path.exists(f"{other}{ENDING}"):
                os.remove(f"{other}{ENDING}")
        return path

    def restore_or_initialize(self):
        """Restore the last checkpoint, or call ``init_fn``; the path of the checkpoint, if there was one."""
        if self.latest_checkpoint is not None:
            self.checkpoint.restore(self.latest_checkpoint)
            self.last_step = None if self.step_counter is None else int(self.step_counter)
        elif self.init_fn is not None:
            self.init_fn()
        return self.latest_checkpoint


def noted_checkpoints(folder):
    """Paths of the checkpoints that the note of a folder names, and that are there, in their order."""
    path = os.path.join(folder, "checkpoint")
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        names = re.findall(r"^all_model_checkpoint_paths: (.*)$", file.read(), re.MULTILINE)
    found = [os.path.join(folder, json.loads(name)) for name in names]
    return [path for path in found if os.path.exists(f"{path}{ENDING}")]


def note_checkpoints(folder, paths):
    """Write the names of checkpoints to the note of a folder, the last one first, as TensorFlow does."""
    names = [json.dumps(os.path.basename(path)) for path in paths]
    lines = [f"model_checkpoint_path: {names[-1]}", *(f"all_model_checkpoint_paths: {name}" for name in names)]
    with open(os.path.join(folder, "checkpoint"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def latest_checkpoint(checkpoint_dir):
    """The path of the last checkpoint of a folder, or None."""
    found = noted_checkpoints(os.fspath(checkpoint_dir))
    return found[-1] if found else None
