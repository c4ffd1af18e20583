"""Fuzzing of everything that reads what others wrote. ``python -m tests.fuzz --help``.

Each module in ``targets`` has ``one_input(data)``, which raises when a promise is broken, and
``seeds()``; none imports a fuzzer, so that ordinary tests run them too.
"""
