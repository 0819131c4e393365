"""A task awaits a future that nobody sets, and the main task awaits that task."""

import asyncio


async def read(future):
    return await future


async def session(future):
    return await read(future)


async def main():
    loop = asyncio.get_event_loop()
    task = loop.create_task(session(loop.create_future()))
    # By then the event loop has nothing left to do.
    loop.call_later(0.2, lambda: print("ready", flush=True))
    await task


# asyncio.run is not there in Python 3.6.
asyncio.new_event_loop().run_until_complete(main())
