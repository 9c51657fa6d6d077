"""`gridpost tags`: what a person can type about the chargers of a running gateway."""

# ruff: noqa: FBT002 - the options of a command line
from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.at_the_doors import GATEWAY, PlainHttp, Reason, TokenFile, Url

tags = typer.Typer(help="Who may charge, at a running gateway.", no_args_is_help=True)

TagFile = Annotated[Path, typer.Argument(help="Tags as CSV: tag,label,until,blocked,note. Delete it once it is in.")]


@tags.command("import")
def tags_import(
    file: TagFile,
    dry: Annotated[bool, typer.Option("--dry", help="Only say what it would do.")] = False,
    reason: Reason = "",
    url: Url = GATEWAY,
    token_file: TokenFile = None,
    plain_http: PlainHttp = False,
) -> None:
    """Import tags, all or nothing; every row that is wrong is listed, and no tag."""
    from gateway.commands.tags import TagsOf

    raise typer.Exit(TagsOf(url, token_file, plain_http=plain_http).take_file(file, reason, dry=dry))


@tags.command("list")
def tags_list(
    words: Annotated[str, typer.Argument(help="Only those with this in label, note or hash.")] = "",
    url: Url = GATEWAY,
    token_file: TokenFile = None,
    plain_http: PlainHttp = False,
) -> None:
    """List tags: hash, label, until when, whether it is blocked, note."""
    from gateway.commands.tags import TagsOf

    raise typer.Exit(TagsOf(url, token_file, plain_http=plain_http).listing(words))


@tags.command("drop")
def tags_drop(
    tag: Annotated[str, typer.Argument(help="The tag's hash, as `list` shows it.")],
    reason: Annotated[str, typer.Option(help="Why; it is journalled.")],
    url: Url = GATEWAY,
    token_file: TokenFile = None,
    plain_http: PlainHttp = False,
) -> None:
    """Forget a tag: it may charge no more."""
    from gateway.commands.tags import TagsOf

    raise typer.Exit(TagsOf(url, token_file, plain_http=plain_http).drop(tag, reason))
