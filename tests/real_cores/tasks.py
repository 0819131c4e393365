# Tasks of asyncio that wait in every way, beside one that ends the process.
import asyncio
import os


async def inner(future):
    await future


async def outer(future):
    await inner(future)


async def values():
    while True:
        await asyncio.sleep(1000)
        yield 1


async def iterates():
    async for _ in values():
        pass


async def joins(task):
    await task


async def has_ended():
    return 1


async def main():
    future = asyncio.get_event_loop().create_future()
    tasks = [asyncio.ensure_future(outer(future)), asyncio.ensure_future(iterates())]
    tasks.append(asyncio.ensure_future(joins(tasks[0])))
    tasks.append(asyncio.ensure_future(has_ended()))
    await asyncio.sleep(0.1)
    os.abort()


asyncio.run(main())
