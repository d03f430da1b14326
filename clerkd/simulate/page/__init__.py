"""The demo's page: virtual phones and the virtual workspace in a browser."""
