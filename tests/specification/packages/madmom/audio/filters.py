"""Frequencies in Hz on other scales."""

import numpy as np

A4 = 440.0


def hz2midi(f, fref=A4):
    """The numbers of MIDI notes, 69 at the reference; 0 Hz is minus infinity."""
    return 12.0 * np.log2(np.asarray(f, dtype=float) / fref) + 69.0


def midi2hz(m, fref=A4):
    """Frequencies in Hz of the numbers of MIDI notes."""
    return fref * 2.0 ** ((np.asarray(m, dtype=float) - 69.0) / 12.0)


class Scale(np.ndarray):
    """Frequencies that know the reference they are measured by."""

    def __new__(cls, data, fref=A4):
        obj = np.asarray(data, dtype=float).view(cls)
        obj.fref = fref
        return obj

    def __array_finalize__(self, obj):
        if obj is not None:
            self.fref = getattr(obj, "fref", A4)

    def midi(self):
        """The same as numbers of MIDI notes."""
        return hz2midi(np.asarray(self), self.fref)
