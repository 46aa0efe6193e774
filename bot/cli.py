"""The command `loket`: thin, each command imports only what it needs."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from bot.logs import configure_logs, hide_texts_of_errors
from routing.processor import use_fast_kernels

EXPORT = (
    "write the corrections as JSON lines, with the text where the resident agreed; names, addresses and "
    "numbers are taken out by patterns that do not find everything, so read it before it is used"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    use_fast_kernels(os.environ)
    options = _parser().parse_args(arguments)
    configure_logs()
    return options.run(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="loket", description="One front door for people with a plan for their city"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="serve the whole product; trains the assistant first if needed")
    serve.add_argument("--host", help="address to listen on (default 127.0.0.1)")
    serve.add_argument("--port", type=int, help="port to listen on (default 8080)")
    serve.add_argument("--data", help="folder of database, models and mailbox (default var)")
    serve.set_defaults(run=_serve)
    train = commands.add_parser("train", help="train the assistant, if its files changed")
    train.add_argument("--data", help="folder that the model goes to (default var)")
    train.set_defaults(run=_train)
    tick = commands.add_parser("tick", help="do once what is due by itself, and deliver; `serve` does it too")
    tick.add_argument("--data", help="folder of the database (default var)")
    tick.set_defaults(run=_tick)
    advise = commands.add_parser("advise", help="read JSON lines with id and text, write the advice on each")
    advise.set_defaults(run=_advise)
    check = commands.add_parser("check", help="check the catalogue and its rules")
    check.add_argument("catalogue", nargs="?", help="name or folder of a catalogue (default: the one in use)")
    check.set_defaults(run=_check)
    _add_desk_commands(commands)
    return parser


def _add_desk_commands(commands: argparse._SubParsersAction) -> None:
    partner = commands.add_parser("partner", help="accounts of the desk")
    actions = partner.add_subparsers(required=True, metavar="ACTION")
    add = actions.add_parser("add", help="make an account; asks for the password")
    add.add_argument("login", help="mail address to sign in with")
    add.add_argument("--name", required=True, help="name as colleagues and residents see it")
    add.add_argument("--role", default="partner", help="reader, partner, lead or admin (default partner)")
    add.add_argument("--partner", help="id of the partner in the catalogue")
    add.add_argument("--language", default="nl", help="nl or en (default nl)")
    actions.add_parser("list", help="show all accounts")
    password = actions.add_parser("password", help="give an account another password; asks for it")
    password.add_argument("login", help="mail address of the account")
    stop = actions.add_parser("deactivate", help="end an account; what it did stays")
    stop.add_argument("login", help="mail address of the account")
    feedback = commands.add_parser("feedback", help="what staff and residents corrected")
    kinds = feedback.add_subparsers(required=True, metavar="ACTION")
    kinds.add_parser("export", help=EXPORT)
    for name, group in (("partner", actions), ("feedback", kinds)):
        for action, parser in group.choices.items():
            parser.add_argument("--data", help="folder of the database (default var)")
            parser.set_defaults(run=_desk, command=f"{name} {action}")


def _desk(options: argparse.Namespace) -> int:
    from routing.desk.commands import run_command

    settings = _settings(data=options.data)
    if settings is None or _problems(settings.catalogue):
        return 2
    hide_texts_of_errors()
    return run_command(options, settings)


def _serve(options: argparse.Namespace) -> int:
    from aiohttp import web

    from bot.app import OUTCOME, build_app
    from bot.training import trained_model

    settings = _settings(host=options.host, port=options.port, data=options.data)
    if settings is None or _problems(settings.catalogue):
        return 2
    model = trained_model(settings.models)
    hide_texts_of_errors()
    # Our own access log names kinds of paths only; aiohttp's would show whole addresses.
    app = build_app(settings, model)
    web.run_app(app, host=settings.host, port=settings.port, access_log=None)
    return 1 if app[OUTCOME].failed else 0


def _train(options: argparse.Namespace) -> int:
    from bot.training import trained_model

    settings = _settings(data=options.data)
    if settings is None:
        return 2
    print(trained_model(settings.models))
    return 0


def _tick(options: argparse.Namespace) -> int:
    import asyncio

    from routing.backoffice import open_backoffice
    from routing.handoff.assembly import ticker_of, worker_of

    settings = _settings(data=options.data)
    if settings is None or _problems(settings.catalogue):
        return 2
    hide_texts_of_errors()
    backoffice = open_backoffice(settings)
    done = ticker_of(settings, backoffice).tick()
    delivered = asyncio.run(worker_of(settings, backoffice).deliver_due())
    print(f"{done.deliveries} new, {delivered.sent} delivered, {delivered.failed} to be tried again")
    return 0


def _advise(options: argparse.Namespace) -> int:
    from routing.advice.jsonl import advise_lines
    from routing.backoffice import advisor_of

    settings = _settings()
    if settings is None or _problems(settings.catalogue):
        return 2
    return advise_lines(advisor_of(settings.catalogue), sys.stdin, sys.stdout)


def _check(options: argparse.Namespace) -> int:
    from routing.settings import catalogue_folder

    settings = _settings()
    if settings is None:
        return 2
    folder = catalogue_folder(options.catalogue) if options.catalogue else settings.catalogue
    return 1 if _problems(folder, rules=True) else 0


def _settings(**given: object):
    """The settings, or None after saying which variable cannot be read."""
    from environs import EnvError

    from routing.settings import read_settings

    try:
        return read_settings(**given)
    except EnvError as error:
        print(f"loket: {error}", file=sys.stderr)
        return None


def _problems(folder, rules: bool = False) -> int:
    """Print every problem of a catalogue, warnings too; the number of errors."""
    from routing.backoffice import catalogue_of
    from routing.catalogue import CatalogueError
    from routing.catalogue.check import check

    try:
        problems = check(catalogue_of(folder)) if rules else []
    except CatalogueError as error:
        problems = error.problems
    for problem in problems:
        print(problem, file=sys.stderr)
    errors = sum(problem.level == "error" for problem in problems)
    if rules and not errors:
        print(f"{folder.name}: no errors")
    return errors


if __name__ == "__main__":
    sys.exit(main())
