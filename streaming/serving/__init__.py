"""The one port: routes, sockets, who may come in, and the process around them."""
