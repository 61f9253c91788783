"""Everything that touches the wire: protocol, sessions, assets, server, command line."""
