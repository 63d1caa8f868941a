"""Hooks of MkDocs: the command reference from the parsers, docstrings in Markdown.

Nothing here imports torch or MMPose: the site is built with requirements/docs.txt alone.
"""

import os
import re

COMMANDS_MARK = '<!-- commands -->'
ROLE = re.compile(r':(?:func|class|meth|mod|data|attr|obj|exc):<code>[~.]?([^<]+)</code>')


def command_reference() -> str:
    """Return Markdown with the help of every command, by section."""
    from mmpose_lrfg.cli.main import SECTIONS, build_parser

    os.environ.update(COLUMNS='96', NO_COLOR='1')  # of argparse
    parts = []
    for title, commands in SECTIONS.items():
        parts.append(f'## {title[0].upper()}{title[1:]}')
        for name, summary in commands.items():
            text = build_parser(name).format_help()
            parts.append(f'### lrfg {name}\n\n{summary[0].upper()}{summary[1:]}.\n\n')
            parts.append(f'```text\n{text}```')
    return '\n\n'.join(parts)


def on_page_markdown(markdown, **_):
    """Insert the command reference where its mark stands."""
    if COMMANDS_MARK not in markdown:
        return markdown
    return markdown.replace(COMMANDS_MARK, command_reference())


def on_page_content(html, **_):
    """Show the roles of docstrings, such as :class:`NAME`, as code."""
    return ROLE.sub(r'<code>\1</code>', html)
