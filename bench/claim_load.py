"""The client program of the release's measurement: it presses, counts and times, for any server.

    python bench/claim_load.py PLAN.json      prints what it saw as JSON

A plan is ``{"host", "port", "requests": file, "mode": "open" or "closed", "clients", "seconds"}``;
the file holds whole HTTP/1.1 requests, one base-64 line each. *Open*: each request has its moment,
evenly spread over ``seconds``, and is sent then whatever became of the others, on a connection of
its own that was opened before (as a phone's is that shows the page). *Closed*: so many clients,
each sends its next request when the last was answered. A time runs from the moment a request was
due until its answer was read whole. No coroutine is woken for an answer, so that it takes little of
the machine it shares with the server; ``cpu_s`` says how much.
"""

import asyncio
import base64
import gc
import json
import sys
from collections import Counter
from collections.abc import Callable
from time import perf_counter, process_time

import uvloop

KEPT_BODIES = 4
PATIENCE_S = 60  # after the last request was sent


class Client(asyncio.Protocol):
    """One connection that is kept; one request at a time."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.buffer = b""
        self.due: float | None = None
        """When the request that is under way was due; None when none is."""
        self.then: Callable[[Client, int, bytes], None] = lambda client, status, body: None

    def send(self, request: bytes, due: float) -> None:
        assert self.transport is not None
        self.due = due
        self.transport.write(request)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self.buffer = self.buffer + data if self.buffer else data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self.buffer[:end].lower()
        at = head.find(b"\r\ncontent-length:")
        if at >= 0:
            stop = head.find(b"\r\n", at + 2)
            length = int(head[at + 17 : stop if stop >= 0 else len(head)])
            if len(self.buffer) < end + 4 + length:
                return
            body = self.buffer[end + 4 : end + 4 + length]
        elif b"transfer-encoding: chunked" in head:
            if not self.buffer.endswith(b"0\r\n\r\n"):
                return
            body = self.buffer[end + 4 :]
        else:
            return  # read until the server closes
        self.buffer = b""
        self.then(self, int(head[9:12]), body)

    def connection_lost(self, error: Exception | None) -> None:
        self.transport = None
        if self.buffer:
            head, _, body = self.buffer.partition(b"\r\n\r\n")
            self.buffer = b""
            self.then(self, int(head[9:12]), body)
        elif self.due is not None:
            self.then(self, 0, type(error or ConnectionResetError()).__name__.encode())


class Counted:
    """What was seen."""

    def __init__(self, plan: dict) -> None:
        self.words = [(word.encode(), word) for word in plan.get("words", ())]
        self.times: list[float] = []
        self.said: Counter[str] = Counter()
        self.last: dict[str, float] = {}
        self.bodies: list[str] = []

    def note(self, status: int, body: bytes, seconds: float, since: float) -> None:
        if not status:
            self.said[body.decode()] += 1  # no answer: what happened instead
            return
        says = self._says(status, body)
        self.times.append(seconds)
        self.said[says] += 1
        self.last[says] = since
        if len(self.bodies) < KEPT_BODIES:
            self.bodies.append(body[:300].decode("latin-1"))

    def _says(self, status: int, body: bytes) -> str:
        for written, word in self.words:
            if written in body:
                return f"{status} {word}"
        return str(status)


async def connect(plan: dict) -> Client:
    loop = asyncio.get_running_loop()
    _, client = await loop.create_connection(Client, plan["host"], plan["port"])
    return client


async def open_loop(plan: dict, requests: list[bytes], seen: Counted) -> float:
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    clients = [await connect(plan) for _ in requests]
    begun = perf_counter() + 0.2
    ahead = loop.time() - perf_counter()
    left = len(requests)

    def then(client: Client, status: int, body: bytes) -> None:
        nonlocal left
        now, due = perf_counter(), client.due
        assert due is not None
        client.due = None
        seen.note(status, body, now - due, now - begun)
        left -= 1
        if not left:
            done.set()

    def press(client: Client, request: bytes, due: float) -> None:
        client.due = due
        if client.transport is None:  # the server closed it before it was her turn
            then(client, 0, b"ConnectionResetError")
        else:
            client.send(request, due)

    for number, (client, request) in enumerate(zip(clients, requests, strict=True)):
        client.then = then
        due = begun + plan["seconds"] * number / len(requests)
        loop.call_at(due + ahead, press, client, request, due)
    await wait(done, plan, seen, lambda: left)
    return perf_counter() - begun


async def closed_loop(plan: dict, requests: list[bytes], seen: Counted) -> float:
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    todo = iter(requests)
    clients = [await connect(plan) for _ in range(plan["clients"])]
    at_work = len(clients)
    again: set[asyncio.Task[None]] = set()
    begun = perf_counter()
    ends = begun + plan["seconds"]

    def then(client: Client, status: int, body: bytes) -> None:
        now, due = perf_counter(), client.due
        assert due is not None
        client.due = None
        seen.note(status, body, now - due, now - begun)
        press(client)

    def press(client: Client) -> None:
        nonlocal at_work
        request = next(todo, None) if perf_counter() < ends else b""
        if request and client.transport is not None and not client.transport.is_closing():
            client.send(request, perf_counter())
        elif request:
            task = loop.create_task(anew(request))
            again.add(task)
            task.add_done_callback(again.discard)
        else:
            seen.said["ran out of women"] += request is None
            at_work -= 1
            if not at_work:
                done.set()

    async def anew(request: bytes) -> None:
        client = await connect(plan)
        client.then = then
        client.send(request, perf_counter())

    for client in clients:
        client.then = then
        press(client)
    await wait(done, plan, seen, lambda: at_work)
    return perf_counter() - begun


async def wait(done: asyncio.Event, plan: dict, seen: Counted, left: Callable[[], int]) -> None:
    """Wait for the answers; what is not there after a minute was none."""
    try:
        await asyncio.wait_for(done.wait(), plan["seconds"] + PATIENCE_S)
    except TimeoutError:
        seen.said["TimeoutError"] += left()


def share(times: list[float], part: float) -> float | None:
    return times[min(len(times) - 1, int(part * len(times)))] * 1000 if times else None


async def main(path: str) -> None:
    with open(path, encoding="utf-8") as file:
        plan = json.load(file)
    with open(plan["requests"], "rb") as lines:
        requests = [base64.b64decode(line) for line in lines]
    seen = Counted(plan)
    gc.freeze()
    gc.disable()
    spent = process_time()
    took = await (open_loop if plan["mode"] == "open" else closed_loop)(plan, requests, seen)
    times = sorted(seen.times)
    print(
        json.dumps(
            {
                "seconds": took,
                "cpu_s": process_time() - spent,
                "answered": len(times),
                "a_second": len(times) / took,
                "p50_ms": share(times, 0.5),
                "p95_ms": share(times, 0.95),
                "p99_ms": share(times, 0.99),
                "max_ms": share(times, 1.0),
                "said": {says: count for says, count in seen.said.items() if count},
                "last_s": seen.last,
                "bodies": seen.bodies,
            }
        )
    )


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
