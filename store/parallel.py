"""Many calls at once, their answers in the order of the questions, and only so many of both in memory."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from store.clients import WORKERS

Question = TypeVar("Question")
Answer = TypeVar("Answer")


def in_order(
    ask: Callable[[Question], Answer], questions: Iterable[Question], *, workers: int = WORKERS
) -> Iterator[Answer]:
    """What ``ask`` answers to each question; the first exception ends it.

    :param workers: how many are asked at once; twice as many answers wait at most.
    """
    under_way: deque[Future[Answer]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for question in questions:
                under_way.append(pool.submit(ask, question))
                if len(under_way) == 2 * workers:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)
