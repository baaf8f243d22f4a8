"""A proxy on loopback that slows the network: `python -m tests.s3utils.proxy PORT SECONDS` prints its own port."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress


async def copy_later(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    """Pass bytes on after a delay, keeping their order and their pace."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(64)

    async def write() -> None:
        data = b"-"
        while data:
            due, data = await queue.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            writer.write(data)
            await writer.drain()
        writer.close()

    writing = asyncio.ensure_future(write())
    with suppress(ConnectionError):
        while data := await reader.read(1 << 18):
            await queue.put((loop.time() + delay, data))
    await queue.put((0, b""))
    with suppress(ConnectionError):
        await writing


async def serve(port: int, delay: float) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back_reader, back_writer = await asyncio.open_connection("127.0.0.1", port)
        # The whole delay is put on the way there, so that answers stream at full speed.
        await asyncio.gather(copy_later(reader, back_writer, delay), copy_later(back_reader, writer, 0))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2])))
