"""clerkd: a self-hosted SMS gateway daemon with every conversation in Slack."""

__version__ = "0.1.0"
