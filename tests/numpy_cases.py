"""NumPy code as people write it, one expression or function body per line, and a runner for the converted module.

``A`` and ``B`` are float64 matrices, ``v`` and ``w`` float64 vectors, ``i`` an int64 vector, ``m`` a mask, ``s`` a
Python float, ``n`` a Python int and ``u`` an argument of unknown kind.
"""

from __future__ import annotations

import re
import types
from typing import Any

import numpy as np
from ivy.s2s.emit import helper_module
from ivy.s2s.model import Converted
from ivy.s2s.pipeline import convert_text
from ivy.s2s.tables import load

ANNOTATIONS = {
    "A": "np.ndarray", "B": "np.ndarray", "C": "np.ndarray", "S": "np.ndarray", "T": "np.ndarray", "f": "np.ndarray",
    "v": "np.ndarray", "w": "np.ndarray", "i": "npt.NDArray[np.int64]", "j": "npt.NDArray[np.int64]", "m": "npt.NDArray[np.bool_]", "s": "float",
    "n": "int", "u": "", "nan": "np.ndarray", "srt": "np.ndarray", "z": "np.ndarray",
}  # fmt: skip

EXPRESSIONS = """
np.zeros(3)
np.zeros((2, 3), dtype=np.float32)
np.zeros(n, int)
np.ones((2, n))
np.empty((2, 3)).shape
np.full((2, 2), 0.5)
np.full(3, n)
np.full((2,), s, dtype='f4')
np.eye(3)
np.eye(3, 4, k=1)
np.identity(n)
np.arange(5)
np.arange(2, 8, 2)
np.arange(0.0, 1.0, 0.25)
np.arange(n) / 3
np.arange(s)
np.arange(3.0)
np.linspace(0, 1, 5)
np.linspace(0, s, num=n, endpoint=False)
np.linspace(0, 1, 5, retstep=True)[1]
np.logspace(0, 2, 5)
np.geomspace(1, 100, 5)
np.array([1.0, 2.5])
np.array([1, 2, 3])
np.array([[1, 2], [3, 4]], dtype=float)
np.array([True, False])
np.array(v)
np.array(s)
np.array([v, w])
np.array([s, n])
np.array((1, 2.5), dtype=np.float32)
np.asarray(u)
np.asarray(u, dtype=float)
np.asarray([1, 2], dtype='float32')
np.asanyarray(v)
np.ascontiguousarray(A)
np.atleast_1d(s)
np.atleast_2d(v)
np.atleast_1d(v)
np.zeros_like(A)
np.ones_like(i, dtype=float)
np.full_like(A, 2.0)
np.full_like(A, np.nan)
np.empty_like(A).shape
np.copy(A)
A.copy()
A.astype(np.float32)
A.astype('int32')
A.astype(int)
i.astype(float)
np.float64(3)
np.float32(s)
np.int64(s)
v.astype(bool)
A.shape
A.shape[0]
A.ndim
A.size
len(A)
A.T
A.real
z.imag
z.real
A.item(3)
v[2].item()
A.tolist()
A.itemsize
A.nbytes
v.flat[3]
A.flatten()
A.ravel()
A.reshape(4, 3)
A.reshape((2, -1))
A.reshape(-1)
A.reshape(3, 4, order='C')
np.isscalar(s)
np.isscalar(v)
np.ndim(A)
np.ndim(s)
np.size(A)
np.size(A, 0)
np.shape(A)
np.sqrt(2.0)
np.log(10)
np.exp(s)
np.sin(n)
np.sqrt(u)
np.sqrt(v * v)
np.sqrt(np.arange(4))
np.exp(-v)
np.log1p(v * v)
np.power(v, 2)
np.power(2.0, v)
np.abs(v)
np.abs(-3)
np.fabs(v)
np.floor(s)
np.ceil(v)
np.round(v, 2)
np.around(v, decimals=1)
np.rint(v)
np.fix(v)
np.trunc(v)
np.sign(v)
np.square(v)
np.reciprocal(w)
np.maximum(v, 0)
np.maximum(v, w)
np.minimum(s, n)
np.maximum(0, s)
np.fmax(v, w)
np.hypot(v, w)
np.arctan2(v, w)
np.arctan2(s, 2)
np.mod(v, 3)
np.mod(n, 3)
np.fmod(v, 2.0)
np.remainder(i, 3)
np.floor_divide(i, 2)
np.true_divide(i, 2)
np.divide(v, w)
np.add(v, 1)
np.subtract(1, v)
np.multiply(v, w)
np.negative(v)
np.logaddexp(v, w)
np.deg2rad(v)
np.radians(90)
np.degrees(v)
np.rad2deg(v)
np.sinc(v)
np.cbrt(v)
np.exp2(v)
np.log2(w)
np.log10(w)
np.expm1(v)
np.tan(v)
np.arcsin(np.tanh(v))
np.heaviside(v, 0.5)
np.copysign(v, w)
np.isnan(nan)
np.isfinite(v)
np.isinf(v)
np.isnan(s)
np.nan_to_num(nan)
np.isclose(v, w)
np.allclose(v, v)
np.array_equal(v, w)
np.array_equal(v, v)
np.logical_and(v > 0, w > 1)
np.logical_or(m, ~m)
np.logical_not(m)
np.logical_xor(m, v > 0)
np.bitwise_and(i, 3)
np.bitwise_or(i, j)
np.left_shift(i, 1)
np.right_shift(i, 1)
np.invert(i)
np.greater(v, w)
np.equal(i, j)
np.sum(A)
np.sum(A, axis=0)
np.sum(A, axis=(0, 1))
np.sum(A, axis=1, keepdims=True)
np.sum([1, 2, 3])
np.sum(m)
np.sum(i)
np.sum(A > 0, axis=1)
A.sum(0)
A.sum(axis=-1)
A.mean()
np.mean(A, axis=0)
np.mean(i)
np.mean([1, 2, 4])
np.mean(m)
np.std(A)
np.std(A, axis=1, ddof=1)
np.var(v, ddof=1)
A.std(axis=0)
np.std(i)
np.max(A)
np.max(A, axis=1)
np.max((n, 2))
np.amax(A, axis=0)
np.min(v)
A.max(axis=0, keepdims=True)
A.min()
np.ptp(v)
np.ptp(A, axis=0)
np.prod(i)
np.prod([2, 3])
np.prod(A, axis=0)
np.prod(A.shape)
np.argmax(A)
np.argmax(A, axis=1)
A.argmin(axis=0)
v.argmax()
np.any(m)
np.all(A > 0, axis=1)
np.any(A > 1, axis=0)
m.all()
np.cumsum(A)
np.cumsum(v)
np.cumsum(A, axis=1)
v.cumsum()
np.cumsum(i)
np.cumprod(v)
np.count_nonzero(m)
np.count_nonzero(A > 0, axis=0)
np.nanmean(nan)
np.nansum(nan)
np.nanmax(nan)
np.nanmin(nan)
np.nanstd(nan)
np.nanvar(nan)
np.nanmedian(nan)
np.nanargmax(nan)
np.nanpercentile(nan, 50)
np.nancumsum(nan)
np.average(v)
np.average(v, weights=w)
np.average(A, axis=0)
np.average(A, axis=1, weights=np.array([0.1, 0.2, 0.3, 0.4]))
np.median(v)
np.median(A, axis=0)
np.median(A)
np.percentile(v, 30)
np.percentile(v, [25, 75])
np.percentile(A, 50, axis=1)
np.quantile(v, 0.3)
np.quantile(A, [0.1, 0.9], axis=0)
np.cov(A)
np.cov(v, w)
np.corrcoef(A)
np.corrcoef(v, w)
np.corrcoef(v, w)[0, 1]
np.histogram(v, bins=4)
np.histogram(v, 4)[0]
np.histogram(v, bins=5, range=(-2, 2))
np.histogram(v, bins=np.array([-1.0, 0.0, 1.0]))[0]
np.bincount(j)
np.bincount(j, weights=v)
np.bincount(j, minlength=10)
np.digitize(v, np.array([-1.0, 0.0, 1.0]))
np.digitize(v, srt, right=True)
np.searchsorted(srt, v)
np.searchsorted(srt, 0.5)
np.searchsorted(srt, v, side='right')
srt.searchsorted(v)
np.interp(v, srt, w)
np.interp(0.5, srt, w)
np.interp(v, srt, w, left=0.0, right=1.0)
np.unique(j)
np.unique(j, return_counts=True)
np.unique(j, return_inverse=True)[1]
np.unique(j, return_index=True)[1]
np.setdiff1d(j, np.array([1, 2]))
np.in1d(j, [1, 2])
np.isin(j, [1, 2])
np.isin(j, np.array([1, 2]), invert=True)
np.union1d(i, j)
np.intersect1d(i, j)
np.sort(v)
np.sort(A, axis=0)
np.sort(A, axis=None)
np.sort(v)[::-1]
np.argsort(v)
np.argsort(-v)
np.argsort(A, axis=0)
v.argsort()
np.argsort(v, kind='stable')
np.argsort(v, kind='mergesort')
np.argsort(v)[::-1]
np.lexsort((v, j))
np.partition(v, 2)[2]
np.argpartition(v, 2)[2]
np.diff(v)
np.diff(A, axis=0)
np.diff(v, n=2)
np.diff(v, prepend=0)
np.ediff1d(v)
np.gradient(v)
np.gradient(v, 0.5)
np.gradient(A)
np.gradient(A, axis=0)
np.convolve(v, w)
np.convolve(v, w[:3], mode='same')
np.convolve(v, w[:3], 'valid')
np.correlate(v, w[:3])
np.correlate(v, w, mode='full')
np.cross(A[:, :3], B[:, :3])
np.kron(C, C)
np.outer(v, w)
np.inner(v, w)
np.inner(A, B)
np.dot(v, w)
np.dot(A, B.T)
np.cov(A, rowvar=False)
np.dot(A, v[:4])
np.dot(s, v)
A.dot(B.T)
v @ w
A @ B.T
np.matmul(A, B.T)
np.vdot(v, w)
np.tensordot(A, B, axes=([0], [0]))
np.tensordot(A, B.T, axes=1)
np.einsum('ij,kj->ik', A, B)
np.einsum('ii', C)
np.einsum('ij,ij->i', A, B)
np.trace(C)
np.trapezoid(v)
np.trapz(v, dx=0.5)
np.trapz(v, srt)
np.polyfit(srt, v, 2)
np.polyval([1.0, 2.0, 3.0], v)
np.polyval(w, 2.0)
np.poly1d([1.0, 2.0])(3.0)
np.roots([1.0, -3.0, 2.0])
np.clip(v, -1, 1)
np.clip(v, None, 0.5)
np.clip(v, 0, None)
np.clip(s, 0, 1)
v.clip(0)
v.clip(min=-0.5, max=0.5)
np.clip(u, 0, 1)
np.where(v > 0)
np.where(v > 0)[0]
np.where(v > 0, v, 0)
np.where(v > 0, 1, 0)
np.where(A > 0, A, B)
np.where(m, 1.0, np.nan)
np.nonzero(v > 0)
np.nonzero(A > 0)[0]
(v > 0).nonzero()[0]
np.argwhere(A > 1)
np.flatnonzero(m)
np.take(v, [0, 2])
np.take(A, i, axis=1)
A.take([0, 1], axis=0)
np.take(A, 1, axis=1)
np.take_along_axis(A, np.argsort(A, axis=1), axis=1)
np.choose([0, 1, 0], [[1, 2, 3], [4, 5, 6]])
np.select([v < -1, v > 1], [v, v * 2])
np.select([v < -1, v > 1], [v, v * 2], default=5.0)
np.piecewise(v, [v < 0, v >= 0], [-1, 1])
np.compress(m, v)
np.extract(m, v)
v[m]
v[i]
A[:, i]
A[1]
A[-1, 1:3]
A[::2]
v[::-1]
A[:, ::-1]
A[::-1, ::-1]
A[..., 0]
A[:, None, :]
v[:, np.newaxis]
A[[0, 2]]
A[[0, 1], [1, 2]]
A[m[:3]]
A[A > 0]
v[1:-1] - v[:-2]
np.pad(v, 2)
np.pad(v, (1, 2))
np.pad(A, ((1, 1), (2, 0)))
np.pad(A, 1, mode='constant', constant_values=3)
np.pad(v, 2, mode='edge')
np.pad(v, 2, mode='reflect')
np.pad(A, ((0, 0), (1, 1)), 'symmetric')
np.pad(v, 3, mode='wrap')
np.tile(v, 2)
np.tile(A, (2, 1))
np.repeat(v, 2)
np.repeat(A, 2, axis=0)
np.repeat(v, j)
np.roll(v, 1)
np.roll(A, 1, axis=1)
np.roll(A, (1, 1), axis=(0, 1))
np.flip(v)
np.flip(A, axis=1)
np.fliplr(A)
np.flipud(A)
np.rot90(A)
np.hstack([v, w])
np.hstack((A, B))
np.vstack([v, w])
np.vstack((A, B))
np.row_stack((v, w))
np.dstack((A, B))
np.column_stack((v, w))
np.stack([A, B], axis=-1)
np.concatenate([v, w])
np.concatenate((A, B), axis=1)
np.concatenate([[0], v, [1.5]])
np.concatenate((v, np.zeros(3)))
np.append(v, 1.0)
np.append(v, w)
np.insert(v, 0, 5.0)
np.delete(v, 1)
np.delete(A, [0, 1], axis=1)
np.r_[0, v, 1]
np.r_[v, w]
np.c_[v, w]
np.r_[0:5]
np.s_[1:3]
np.split(v, 2)
np.split(v, [2, 4])
np.array_split(v, 4)
np.hsplit(A, 2)
np.vsplit(A, 3)
np.broadcast_to(v, (2, 6))
np.broadcast_arrays(v, A[:, :1])
np.expand_dims(v, 0)
np.expand_dims(v, (0, 2))
np.squeeze(v[None])
np.squeeze(A[:1], axis=0)
np.swapaxes(A, 0, 1)
np.moveaxis(T, 0, -1)
np.rollaxis(T, 2)
np.transpose(A)
np.transpose(T, (2, 0, 1))
T.transpose(2, 0, 1)
T.transpose()
np.meshgrid(v, w)
np.meshgrid(v, w, indexing='ij')
np.mgrid[0:3, 0:4]
np.ogrid[0:3, 0:4]
np.indices((2, 3))
np.tri(3)
np.tril(C)
np.triu(C, 1)
np.tril_indices(3)
np.triu_indices(3, k=1)
C[np.triu_indices(3, 1)]
np.diag(v)
np.diag(C)
np.diag(C, k=1)
np.diagonal(C)
np.diagflat(v)
np.fromfunction(lambda a, b: a + b, (2, 3))
np.vectorize(lambda a: a * 2)(v)
np.apply_along_axis(np.sum, 0, A)
np.apply_along_axis(lambda r: r.max() - r.min(), 1, A)
np.finfo(np.float32).eps
np.finfo(float).eps
np.iinfo(np.int32).max
np.angle(z)
np.conj(z)
np.real(z)
np.imag(z)
np.abs(z)
np.fft.fft(v)
np.fft.rfft(v)
np.fft.irfft(np.fft.rfft(v))
np.fft.ifft(z)
np.fft.fft2(A)
np.fft.fftfreq(8)
np.fft.rfftfreq(8, d=0.5)
np.fft.fftshift(v)
np.fft.fft(v, n=8)
np.hanning(5)
np.hamming(5)
np.blackman(5)
np.bartlett(5)
np.kaiser(5, 3.0)
np.linalg.norm(v)
np.linalg.norm(A, axis=1)
np.linalg.norm(A)
np.linalg.norm(A, axis=1, keepdims=True)
np.linalg.norm(v, 1)
np.linalg.norm(v, ord=np.inf)
np.linalg.inv(S)
np.linalg.det(S)
np.linalg.solve(S, v[:3])
np.linalg.solve(S, C)
np.linalg.eigvalsh(S)
np.linalg.eigh(S)[0]
np.linalg.cholesky(S)
np.linalg.pinv(A)
np.linalg.matrix_rank(A)
np.linalg.svd(A, compute_uv=False)
np.linalg.svd(A, full_matrices=False)[1]
np.linalg.qr(A)[1] ** 2
np.linalg.lstsq(A.T, v[:4], rcond=None)[0]
np.linalg.matrix_power(C, 2)
np.linalg.slogdet(S)[1]
np.linalg.cond(S)
np.pi * s
np.e + np.inf
v * 2 + 1
i / 2
i * 1.5
i // 2
i ** 2
2 ** i
2.0 ** v
v ** 0.5
1 / w
-v
v % 2
m & (v > 0)
m | (w > 1)
~m
v > w
(v > 0) * 1.0
(v > 0) * w
m * 1
m.astype(float) * v
m.sum()
v[j - 1]
np.arange(6) * v
v * np.arange(6)
v + i
f * v
f * 2.0
f + np.float32(1)
f.dtype == np.float32
np.add.reduce(v)
np.add.reduce(A, axis=1)
np.maximum.accumulate(v)
np.maximum.reduce(A, axis=0)
np.multiply.outer(v, w)
np.subtract.outer(v, w)
np.add.accumulate(v)
np.logical_and.reduce(A > -1, axis=0)
np.product(i)
np.alltrue(m)
np.sometrue(m)
np.cumproduct(v)
np.asfarray([1, 2])
np.float(3)
np.array([1, 2], dtype=np.float)
np.zeros(2, dtype=np.bool)
np.round_(v, 1)
A.squeeze()
A.swapaxes(0, 1)
v.repeat(2)
v.sum() / n
float(v[0])
int(i[0])
v.var(ddof=1)
v.dot(w)
v.round(1)
A.trace()
A.diagonal()
z.conj()
A.prod(axis=0)
A.any()
np.nanmax(A, axis=0)
max(v)
sorted(v)
sum(v)
abs(v)
round(s)
[x * 2 for x in v]
np.array([x * 2 for x in v])
np.array([len(A), 2])
np.array([np.sum(r) for r in A])
np.array(list(range(4)))
np.array(range(4))
np.sum(np.array([1, 2]))
np.mean(np.square(v - w))
np.iscomplexobj(v)
np.result_type(f, v)
np.dtype(np.float32).itemsize
np.issubdtype(f.dtype, np.floating)
np.unravel_index(np.argmax(A), A.shape)
np.ravel_multi_index((1, 2), A.shape)
np.resize(v, (2, 2))
np.nan
np.triu(C).sum()
np.block([[C, C], [C, C]])
np.ix_([0, 1], [1, 2])
A[np.ix_([0, 1], [1, 2])]
np.require(v)
np.may_share_memory(v, v)
np.lcm(4, 6)
np.gcd(12, 8)
np.signbit(v)
np.float_power(v, 2)
np.ldexp(1.0, 3)
np.trim_zeros(np.array([0, 1, 0]))
np.vander(v[:3])
np.array_equiv(v, v)
np.broadcast_shapes((2, 1), (1, 3))
np.base_repr(5)
np.bool_(True)
np.cumsum(A, axis=0)[-1]
np.i0(v)
np.exp(1j * v)
v.astype(complex)
np.array(v, dtype=np.float32)
np.array(v, copy=False)
np.iterable(v)
np.isrealobj(v)
np.flip(v, 0)
v.max() - v.min()
np.mean(A, axis=(0, 1))
np.mean(A, axis=-1, keepdims=True)
np.sum(A * B, axis=1) / np.sum(B, axis=1)
np.argmin(np.abs(v - s))
np.abs(v[:, None] - w[None, :]).min(axis=1)
np.sqrt(((A[:, None] - B[None]) ** 2).sum(-1))
np.array([1.0, 2.0]) @ np.array([[1.0], [2.0]])
np.zeros(2, np.dtype("float32"))
np.zeros(2, np.dtype(v.dtype))
np.zeros(2, np.result_type(v, np.float32))
np.zeros(2, np.result_type(np.float32, np.int64))
np.zeros(2, np.promote_types(np.int32, np.uint8))
v.dtype.type(3) * w
i.dtype.type(v)
v if v.dtype.kind == "f" else w
i if i.dtype.char == np.int64().dtype.char else w
{np.float32().dtype.char: v, np.int64().dtype.char: i}[i.dtype.char]
v if v.dtype.name.startswith("float") else w
""".strip().splitlines()

FUNCTIONS = '''
def assign_slices(v):
    x = np.zeros(6)
    x[:3] = v[:3]
    x[3:] = 1
    x[-1] = np.linspace(0, 1, 4)[2]
    return x

def inplace(v, w):
    x = v.copy()
    x += w
    x[x < 0] = 0
    x *= 2
    return x

def view_written(A):
    x = A.copy()
    row = x[1]
    row += 1
    return x

def copy_not_view(A):
    y = A.flatten()
    y[0] = 100
    return A + 0

def astype_copies(v):
    y = v.astype(np.float64)
    y[0] = 100
    return v + 0

def array_copies(v):
    y = np.array(v)
    y[0] = 100
    return v + 0

def fancy_copies(v, i):
    y = v[i]
    y[0] = 100
    return v + 0

def reshape_views(A):
    x = A.copy()
    y = x.reshape(-1)
    y[0] = 100
    return x

def ravel_views(A):
    x = A.copy()
    y = x.ravel()
    y[0] = 100
    return x

def flip_view(v):
    x = v.copy()
    y = x[::-1]
    y[0] = 100
    return x

def flip_function_view(v):
    x = v.copy()
    y = np.flip(x)
    y[0] = 100
    return x

def transpose_view(A):
    x = A.copy()
    y = x.T
    y[0, 1] = 100
    return x

def out_argument(v, w):
    x = np.empty_like(v)
    np.multiply(v, w, out=x)
    return x

def out_view(v, w):
    x = np.zeros(6)
    part = x[2:5]
    np.maximum(v[:3], part, out=part)
    return x

def add_at(v, j):
    x = np.zeros(8)
    np.add.at(x, j, v)
    return x

def repeated(v, j):
    x = np.zeros(8)
    x[j] += v
    return x

def fills(v):
    x = np.empty(3)
    x.fill(2.5)
    return x

def sorts(v):
    x = v.copy()
    x.sort()
    return x

def put_values(v):
    x = v.copy()
    np.put(x, [0, 2], [5.0, 6.0])
    return x

def diagonal_filled(C):
    x = C.copy()
    np.fill_diagonal(x, 0)
    return x

def loops(A):
    out = []
    for row in A:
        out.append(row.sum())
    return np.array(out)

def loop_range(v):
    total = 0.0
    for k in range(len(v)):
        total += v[k] ** 2
    return np.sqrt(total)

def normalise(A):
    mean = np.mean(A, axis=0)
    std = np.std(A, axis=0)
    std[std == 0] = 1.0
    return (A - mean) / std

def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)

def one_hot(j, n):
    x = np.zeros((len(j), 8))
    x[np.arange(len(j)), j] = 1
    return x

def errstate(v, w):
    with np.errstate(divide='ignore', invalid='ignore'):
        x = v / (w - w)
    x[~np.isfinite(x)] = 0
    return x

def masked_mean(v, m):
    return v[m].mean() if m.any() else 0.0

def running(v):
    x = np.empty(len(v))
    x[0] = v[0]
    for k in range(1, len(v)):
        x[k] = 0.5 * x[k - 1] + 0.5 * v[k]
    return x

def table_of_functions(v):
    table = {'max': np.max, 'mean': np.mean}
    return table['max'](v) + table['mean'](v)

def default_function(v, reduce=np.sum):
    return reduce(v)

def checks(x):
    if not isinstance(x, np.ndarray):
        raise TypeError('an array is needed')
    return x * 2

def swap_rows(A):
    x = A.copy()
    x[[0, 1]] = x[[1, 0]]
    return x

def shape_test(A):
    if A.ndim == 2 and A.shape[0] < A.shape[1]:
        return A.T
    return A

def unpack(A):
    rows, cols = A.shape
    return np.ones((cols, rows)) * rows

def distance(A, B):
    return np.sqrt(np.sum((A - B) ** 2, axis=1))

def column_written(A):
    x = np.zeros((3, 4))
    for k in range(4):
        column = x[:, k]
        column[:] = A[:, k] * k
    return x

def written_by_callee(A):
    x = np.zeros((3, 4))
    for k in range(4):
        column = x[:, k]
        put_into(A[:, k], column)
    return x

def put_into(values, place):
    part = place[1:3]
    np.maximum(values[1:3], part, out=part)

def chained_views(A):
    x = A.copy()
    y = x[1:]
    z2 = y[:, 0]
    z2 *= 3
    return x

def int_average(i, j):
    return (i + j) / 2

def bool_subtracted(j, m):
    x = j.copy()
    x -= m
    return x

def view_then_base(v):
    x = v.copy()
    part = x[:3]
    x += 1
    return part
'''


def samples() -> dict[str, Any]:
    """The arguments by name, as NumPy arrays and Python numbers."""
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((3, 3))
    nan = rng.standard_normal(6)
    nan[2] = np.nan
    return {
        "A": rng.standard_normal((3, 4)),
        "B": rng.standard_normal((3, 4)),
        "C": matrix,
        "S": matrix @ matrix.T + 3 * np.eye(3),
        "T": rng.standard_normal((2, 3, 4)),
        "f": rng.standard_normal(6).astype(np.float32),
        "v": rng.standard_normal(6),
        "w": 0.5 + rng.random(6),
        "i": np.array([0, 2, 1, 3, 3, 1]),
        "j": np.array([1, 3, 2, 2, 5, 1]),
        "m": np.array([True, False, True, True, False, True]),
        "s": 2.5,
        "n": 4,
        "u": 1.5,
        "x": rng.standard_normal((3, 4)),
        "nan": nan,
        "srt": np.sort(rng.standard_normal(6)),
        "z": rng.standard_normal(6) + 1j * rng.standard_normal(6),
    }


def expression_source(text: str) -> str:
    """One expression as a module with a function of the sample names that it reads."""
    names = [name for name in ANNOTATIONS if re.search(rf"(?<![\w.'])(?:{name})(?![\w'(])", text)]
    params = ", ".join(f"{name}: {ANNOTATIONS[name]}" if ANNOTATIONS[name] else name for name in names)
    return f"import numpy as np\nimport numpy.typing as npt\n\n\ndef case({params}):\n    return {text}\n"


def function_sources() -> dict[str, str]:
    """The functions by name, each as a module of its own with annotated arguments."""
    found = {}
    parts = [part for part in re.split(r"\n(?=def )", FUNCTIONS.strip())]
    shared = "".join(f"\n\n{part.strip()}\n" for part in parts if part.startswith("def put_into"))
    for part in parts:
        name = part[4 : part.index("(")]
        head, body = part.split("\n", 1)
        annotated = re.sub(r"\b([A-Zvwijmx])\b(?=[,)])", r"\1: np.ndarray", head)
        text = f"{annotated}\n{body}".strip()
        found[name] = f"import numpy as np\n{shared if 'put_into(' in text else ''}\n\n{text}\n"
    found.pop("put_into")
    return found


PATCHES = {
    "float": float, "in1d": lambda a, b: np.isin(a, b), "trapz": np.trapezoid, "row_stack": np.vstack,
    "product": np.prod, "alltrue": np.all, "sometrue": np.any, "cumproduct": np.cumprod, "round_": np.round,
    "asfarray": lambda a: np.asarray(a, dtype=float),
}  # fmt: skip


class OldNumpy(types.ModuleType):
    """NumPy with the names that NumPy 2 removed."""

    def __getattr__(self, name: str) -> Any:
        return PATCHES[name] if name in PATCHES else getattr(np, name)


def execute(text: str, helpers: str = "", target: str = "numpy") -> dict[str, Any]:
    """The names that a module text defines, with its helper module beside it."""
    import sys

    if helpers:
        module = types.ModuleType(f"{target}_helpers")
        sys.modules[module.__name__] = module
        exec(compile(helpers, module.__name__, "exec"), module.__dict__)
    if target == "numpy":
        text = text.replace("import numpy as np\n", "", 1)
    space: dict[str, Any] = {"__name__": "module", "np": OldNumpy("numpy")} if target == "numpy" else {"__name__": "module"}
    exec(compile(text, "module", "exec"), space)
    sys.modules.pop(f"{target}_helpers", None)
    return space


def converted(text: str, target: str) -> tuple[Converted, dict[str, Any]]:
    """The conversion of a module text and what it defines."""
    result = convert_text(text, "numpy", target)
    table = load()[target]
    return result, execute(result.code or text, helper_module(result.helpers, table), target)
