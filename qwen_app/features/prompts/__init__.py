"""The prompt library: templates in YAML, composed into a prompt, enforced, and judged.

`model` says what a template is, `reading` reads YAML strictly, `library` holds what was read,
`compose` makes one prompt of a role, a format, a length and a way of thinking, `checks` are what
an answer is held to, `task` runs it all for a tab.
"""
