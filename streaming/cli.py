"""The command line `cantlie`: what can be asked, and how answers and errors leave.

Exit codes: 0 done, 1 an unexpected fault, 2 something the person can put right (or a wrong argument), 130 Ctrl-C.
Nothing heavy is imported here: `cantlie --help` answers at once.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from types import FrameType

from engine.errors import CantlieError, OperationCancelledError
from streaming.commands import (
    anatomy,
    audit,
    cases,
    compare,
    convert_weights,
    correct,
    demo,
    donor,
    evaluate,
    export,
    label_efficiency,
    measure,
    minutes,
    phantom,
    prepare,
    propose,
    replay,
    resectogram,
    selfcheck,
    serial,
    serve,
    train,
)
from streaming.commands.output import NOTICE, write_error, write_json

EXIT_FAULT = 1
EXIT_REFUSED = 2
EXIT_INTERRUPTED = 130

_COMMANDS = (
    prepare,
    correct,
    serve,
    replay,
    minutes,
    audit,
    measure,
    compare,
    serial,
    donor,
    selfcheck,
    propose,
    anatomy,
    export,
    resectogram,
    evaluate,
    cases,
    phantom,
    demo,
    train,
    convert_weights,
    label_efficiency,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns the exit code."""
    arguments = build_parser().parse_args(argv)
    signal.signal(signal.SIGTERM, _terminate)
    try:
        # Python tries the temporary folder out with a file at first use; a Ctrl-C just then would leave it there.
        tempfile.gettempdir()
        code: int = arguments.run(arguments)
        sys.stdout.flush()
        return code
    except (KeyboardInterrupt, OperationCancelledError):
        write_error("Stopped. Nothing was left half-written.")
        return EXIT_INTERRUPTED
    except CantlieError as error:
        _refuse(error, as_json=getattr(arguments, "json", False))
        return EXIT_REFUSED
    except BrokenPipeError:
        # The reader of a pipe went away (`| head`): nothing to say, and nobody to say it to.
        sys.stderr.close()
        return EXIT_FAULT
    except Exception as error:
        # The text of an unexpected exception may quote the scan, so only its kind and place are shown.
        if arguments.debug:
            raise
        write_error(
            f"Unexpected fault in cantlie ({type(error).__name__} in {_place_of(error)}). "
            "Run the command again with --debug for the whole trace, which may hold patient data."
        )
        return EXIT_FAULT


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="cantlie",
        description=f"Immersive planning of liver surgery: prepare a CT, serve it, measure a plan. {NOTICE}.",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in _COMMANDS:
        added = command.add_parser(commands)
        added.add_argument("--debug", action="store_true", help="show the whole trace of an unexpected fault")
    return parser


def _refuse(error: CantlieError, *, as_json: bool) -> None:
    write_error(f"{error.what}\n{error.cure}".strip())
    if as_json:
        write_json({"error": {"type": type(error).__name__, "what": error.what, "cure": error.cure}})


def _place_of(error: BaseException) -> str:
    """Module and line where the exception was raised."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "an unknown place"
    return f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    """A polite kill is a Ctrl-C: everything half-written is removed."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
