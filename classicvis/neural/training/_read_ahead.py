"""Making items in a thread, a few of them ahead of whoever takes them."""

from collections import deque
from concurrent.futures import ThreadPoolExecutor

N_AHEAD = 2


def read_ahead(items):
    """Yield the items of a generator that runs in a thread; close it if you stop early.

    Parameters
    ----------
    items : generator
        Makes items other than None. Two are made or under way while one is in use.

    Yields
    ------
    item : object
        The items in their order; an exception of the generator is raised in its place.
    """
    thread = ThreadPoolExecutor(max_workers=1)
    try:
        ahead = deque(thread.submit(next, items, None) for _ in range(N_AHEAD))
        while (item := ahead.popleft().result()) is not None:
            ahead.append(thread.submit(next, items, None))
            yield item
    finally:
        thread.shutdown(cancel_futures=True)
        items.close()
