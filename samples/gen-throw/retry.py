"""A worker that hands a failed job's exception back to the generator that is still handling it."""


def worker(jobs):
    for job in jobs:
        try:
            job()
        except Exception as failure:
            try:
                yield failure
            except Exception:
                raise KeyError("no such job")


def explode():
    raise ValueError("boom")


def main():
    work = worker([explode])
    failure = next(work)
    work.throw(failure)


main()
