"""The command families, one file each. Each class gives its commands with `commands()`."""
