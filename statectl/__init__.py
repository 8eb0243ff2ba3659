"""``statectl``: the command line for the day after ``pulumi up``.

A noun is a package: its ``app`` holds the commands with what they print, the other modules what they do.
"""
