"""All benchmarks: ``python -m benchmarks [--full] [--format json]``; under a minute without."""

from __future__ import annotations

from benchmarks import codecs, startup
from benchmarks.machine import describe_machine
from benchmarks.report import arguments, print_json, print_machine


def main(argv: list[str] | None = None) -> None:
    """Run all benchmarks and print them."""
    options = arguments("all benchmarks of smartboot").parse_args(argv)
    rows, peaks = codecs.run(full=options.full)
    times = startup.measure(20 if options.full else 7)
    facts = describe_machine()
    if options.format == "json":
        print_json(
            {
                "codecs": codecs.to_dict(rows, peaks, facts),
                "startup": startup.to_dict(times, facts),
            }
        )
        return
    print_machine(facts)
    codecs.show(rows, peaks)
    startup.show(times)


if __name__ == "__main__":
    main()
