"""The HTTP API: JSON for programs, over TCP with tokens and over a Unix socket for the command line."""
