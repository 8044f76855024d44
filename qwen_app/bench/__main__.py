"""``python -m qwen_app.bench NAME``: measurements, as a table and as JSON."""

import argparse
import importlib
import sys

BENCHES = {
    "serve": "tokens a second and latency with several streams at once",
    "prefix": "time to the first token of a next turn, against the same prompt from cold",
    "tables": "questions about tables: answered, verified, right; what the query language can say",
    "tutor": "linear equations with every line judged, with and without what makes them right",
    "json": "JSON mode: what it costs; how well schemas of a data set are held",
    "json-documents": "documents generated under many schemas: valid, and none cut off",
    "prompts": "how often a model keeps what each template of the library asks; limits of length",
    "tutor-check": "how lines of mathematics are judged: checkable, holding, failing if altered",
    "quant": "memory, speed and accuracy of each quantization scheme, against transformers",
}

_MODULES = {
    "json": "json_mode",
    "tutor-check": "tutor_check",
    "json-documents": "json_documents",
}
"""Where a measurement's module is not called as the measurement is."""


def main(argv: list[str]) -> int:
    """Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m qwen_app.bench", description=__doc__)
    commands = parser.add_subparsers(dest="name", required=True, metavar="NAME")
    for name, summary in BENCHES.items():
        # Only the one that runs is imported: some need libraries that others do not.
        command = commands.add_parser(name, help=summary, add_help=name in argv[:1])
        if argv[:1] == [name]:
            module = importlib.import_module(f"qwen_app.bench.{_MODULES.get(name, name)}")
            command.description = (module.__doc__ or "").strip()
            command.formatter_class = argparse.RawDescriptionHelpFormatter
            module.add_arguments(command)
    arguments = parser.parse_args(argv)
    module = importlib.import_module(
        f"qwen_app.bench.{_MODULES.get(arguments.name, arguments.name)}"
    )
    status: int = module.run(arguments)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
