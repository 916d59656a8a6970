"""The client program of the release's measurement: it presses, counts and times, for any server.

    python bench/claim_load.py PLAN.json      prints what it saw as JSON

A plan is ``{"host", "port", "requests": file, "mode": "open" or "closed", "clients", "seconds"}``;
the file holds whole HTTP/1.1 requests, one base-64 line each. *Open*: each request has its moment,
evenly spread over ``seconds``, and is sent then whatever became of the others, on a connection of
its own that was opened before (as a phone's is that shows the page). *Closed*: so many clients,
each sends its next request when the last was answered. A time runs from the moment a request was
due until its answer was read whole. Standard library only, so that it takes little of the machine.
"""

import asyncio
import base64
import gc
import json
import sys
from collections import Counter
from time import perf_counter

KEPT_BODIES = 4


class Client(asyncio.Protocol):
    """One connection that is kept; one request at a time."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.answer: asyncio.Future[tuple[int, bytes]] | None = None
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self.buffer += data
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
        self._done(int(head[9:12]), body)

    def connection_lost(self, error: Exception | None) -> None:
        if self.buffer:
            head, _, body = self.buffer.partition(b"\r\n\r\n")
            self._done(int(head[9:12]), body)
        elif self.answer is not None and not self.answer.done():
            self.answer.set_exception(error or ConnectionResetError())
        self.transport = None

    def _done(self, status: int, body: bytes) -> None:
        if self.answer is not None and not self.answer.done():
            self.answer.set_result((status, body))


class Counted:
    """What was seen."""

    def __init__(self, plan: dict) -> None:
        self.plan = plan
        self.times: list[float] = []
        self.said: Counter[str] = Counter()
        self.last: dict[str, float] = {}
        self.bodies: list[str] = []

    def note(self, status: int, body: bytes, seconds: float, since: float) -> None:
        says = self._says(status, body)
        self.times.append(seconds)
        self.said[says] += 1
        self.last[says] = since
        if len(self.bodies) < KEPT_BODIES:
            self.bodies.append(body[:300].decode("latin-1"))

    def _says(self, status: int, body: bytes) -> str:
        for word in self.plan.get("words", ()):
            if word.encode() in body:
                return f"{status} {word}"
        return str(status)


async def ask(client: Client, request: bytes) -> tuple[int, bytes]:
    client.answer = asyncio.get_running_loop().create_future()
    assert client.transport is not None
    client.transport.write(request)
    return await client.answer


async def connect(plan: dict) -> Client:
    loop = asyncio.get_running_loop()
    _, client = await loop.create_connection(Client, plan["host"], plan["port"])
    return client


async def open_loop(plan: dict, requests: list[bytes], seen: Counted) -> float:
    seconds = plan["seconds"]
    clients = []
    for _ in requests:
        clients.append(await connect(plan))
    begun = perf_counter() + 0.2

    async def one(number: int) -> None:
        due = begun + seconds * number / len(requests)
        await asyncio.sleep(due - perf_counter())
        try:
            client = clients[number]
            if client.transport is None:
                client = await connect(plan)
            status, body = await asyncio.wait_for(ask(client, requests[number]), 60)
        except (OSError, TimeoutError) as error:
            seen.said[type(error).__name__] += 1
            return
        now = perf_counter()
        seen.note(status, body, now - due, now - begun)

    await asyncio.gather(*(one(number) for number in range(len(requests))))
    return perf_counter() - begun


async def closed_loop(plan: dict, requests: list[bytes], seen: Counted) -> float:
    todo = iter(requests)
    begun = perf_counter()
    ends = begun + plan["seconds"]

    async def one() -> None:
        client = await connect(plan)
        while perf_counter() < ends:
            request = next(todo, None)
            if request is None:
                seen.said["ran out of women"] += 1
                return
            if client.transport is None:
                client = await connect(plan)
            sent = perf_counter()
            try:
                status, body = await asyncio.wait_for(ask(client, request), 60)
            except (OSError, TimeoutError) as error:
                seen.said[type(error).__name__] += 1
                continue
            now = perf_counter()
            seen.note(status, body, now - sent, now - begun)

    await asyncio.gather(*(one() for _ in range(plan["clients"])))
    return perf_counter() - begun


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
    took = await (open_loop if plan["mode"] == "open" else closed_loop)(plan, requests, seen)
    times = sorted(seen.times)
    print(
        json.dumps(
            {
                "seconds": took,
                "answered": len(times),
                "a_second": len(times) / took,
                "p50_ms": share(times, 0.5),
                "p95_ms": share(times, 0.95),
                "p99_ms": share(times, 0.99),
                "max_ms": share(times, 1.0),
                "said": dict(seen.said),
                "last_s": seen.last,
                "bodies": seen.bodies,
            }
        )
    )


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
