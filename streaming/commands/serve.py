"""`cantlie serve CASES`: opens cases to browsers and headsets."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Adds the command."""
    parser = commands.add_parser("serve", help="open cases to browsers and headsets")
    parser.add_argument("cases", type=Path, metavar="CASES", help="a folder of cases, or one case")
    parser.add_argument("--host", default="127.0.0.1", help="where to listen; 0.0.0.0 lets headsets in (HTTPS)")
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--public-host", metavar="NAME", help="the name people type, if it is not this computer's own")
    parser.add_argument(
        "--behind-proxy",
        action="store_true",
        help="a reverse proxy does HTTPS (it has to set X-Forwarded-Proto, and to keep the header Host)",
    )
    parser.add_argument(
        "--certificate",
        type=Path,
        metavar="FILE",
        help="the certificate for HTTPS with those of its authorities, PEM, in place of the server's own",
    )
    parser.add_argument("--key", type=Path, metavar="FILE", help="its private key, PEM, without a password")
    parser.add_argument(
        "--ice-server",
        action="append",
        default=[],
        metavar="URL",
        help="a STUN or TURN server of your own, for voice between networks (stun:host:port, turn:host:port)",
    )
    parser.add_argument("--ice-user", metavar="NAME", help="known to the TURN servers")
    parser.add_argument("--ice-password-file", type=Path, metavar="FILE", help="holds the password of that user")
    parser.set_defaults(run=run, refuse=parser.error)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Serves until Ctrl-C."""
    from streaming.serving.ice import ice_servers
    from streaming.serving.place import Place
    from streaming.serving.server import serve
    from streaming.serving.tls import TlsFiles

    if (arguments.certificate is None) != (arguments.key is None):
        arguments.refuse("--certificate and --key belong together")
    given = None if arguments.key is None else TlsFiles(certificate=arguments.certificate, key=arguments.key)
    place = Place(
        host=arguments.host,
        port=arguments.port,
        public_host=arguments.public_host,
        behind_proxy=arguments.behind_proxy,
        tls=given,
        ice_servers=ice_servers(arguments.ice_server, arguments.ice_user, arguments.ice_password_file),
    )
    serve(arguments.cases, place)
    return 0
