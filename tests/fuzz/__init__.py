"""Nonsense for everything that reads: `make fuzz` for many inputs, `test_fuzz.py` for a few.

    target.py      what a target is, and the limits that each input is held to
    targets.py     the table of targets
    mutate.py      changes that get past a checksum, a packing or a syntax
    one.py         one target under the coverage-guided fuzzer, a process of its own
    __main__.py    all targets, and the table
    found/         inputs that once broke something
"""
