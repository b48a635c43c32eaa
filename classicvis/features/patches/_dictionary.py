"""Dictionaries of whitened patches: random ones, k-means, and orthogonal matching pursuit with one atom."""

import numpy as np
from scipy.sparse import csr_array
from sklearn.cluster import MiniBatchKMeans

from classicvis._forks import openmp_after_fork

DICTIONARIES = ("kmeans", "omp1", "random")
KMEANS_BATCH = 4096
PRODUCTS_AT_A_TIME = 2**20  # values, so that they stay in the cache


def learn_dictionary(patches, kind, n_components, max_iter, random):
    """Learn atoms from whitened patches.

    Parameters
    ----------
    patches : ndarray of shape (n_patches, n_values), float32
        At least `n_components` whitened patches.
    kind : {'kmeans', 'omp1', 'random'}
        ``'kmeans'`` gives means of patches, the other two atoms of length 1.
    n_components : int
        Number of atoms.
    max_iter : int
        Most passes over the patches.
    random : RandomState
        Draws the patches to begin with.

    Returns
    -------
    atoms : ndarray of shape (n_components, n_values), float32
        The dictionary.
    n_iter : int
        Passes made.
    """
    if kind == "kmeans":
        # On photographs its atoms were better than those of Lloyd's algorithm, and of k-means on a sphere.
        kmeans = MiniBatchKMeans(
            n_components, init="random", n_init=1, max_iter=max_iter, batch_size=KMEANS_BATCH, random_state=random
        )
        with openmp_after_fork():
            kmeans.fit(patches)
        return kmeans.cluster_centers_, kmeans.n_iter_
    atoms = with_length_one(patches[random.choice(len(patches), n_components, replace=False)])
    if kind == "random":
        return atoms, 0
    for _ in range(max_iter):
        atoms = _improve(atoms, patches, random)
    return atoms, max_iter


def with_length_one(rows):
    """Divide the rows of a matrix by their lengths."""
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    return rows / np.maximum(lengths, np.finfo(np.float32).tiny)[:, None]


def _improve(atoms, patches, random):
    """Describe each patch by the multiple of one atom, then make the atoms fit (Coates and Ng, 2011, section 3.1)."""
    chosen, weights = _most_similar(patches, atoms)
    members = csr_array((weights, (chosen, np.arange(len(patches)))), (len(atoms), len(patches)))
    atoms = with_length_one(members @ patches)
    empty = np.flatnonzero(np.bincount(chosen, minlength=len(atoms)) == 0)
    if len(empty):  # an atom that no patch chose begins anew
        atoms[empty] = with_length_one(patches[random.choice(len(patches), len(empty), replace=False)])
    return atoms


def _most_similar(patches, atoms):
    """Return the atom whose product with each patch is largest in magnitude, and the product."""
    chosen = np.empty(len(patches), np.int32)
    weights = np.empty(len(patches), np.float32)
    step = max(1, PRODUCTS_AT_A_TIME // len(atoms))
    for start in range(0, len(patches), step):
        part = slice(start, start + step)
        products = patches[part] @ atoms.T
        chosen[part] = np.abs(products).argmax(axis=1)
        weights[part] = products[np.arange(len(products)), chosen[part]]
    return chosen, weights
